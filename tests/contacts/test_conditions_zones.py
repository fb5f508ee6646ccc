"""Windows in days begin at the right instant in every zone, however the batch shares the work."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from contacts.clock import to_micros
from contacts.conditions import zones
from contacts.durations import parse

WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.mark.parametrize("text", ["P1D", "P2D", "P7DT5H", "P30D", "P1M", "P6M", "P1Y", "P90D"])
def test_shared_starts_are_those_of_each_zone(text: str) -> None:
    rng = random.Random(text)
    for _ in range(12):
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(2 * 366 * 86_400))
        at_home, others = zones.starts(now, text, WARSAW)
        elsewhere = {name: at for at, names in others.items() for name in names}
        for name, zone in zones.known().items():
            assert elsewhere.get(name, at_home) == zones.before(now, parse(text), zone), (now, name)


@pytest.mark.parametrize(
    ("zone", "now", "begins"),
    [
        # The night of the spring change has 23 hours, that of the autumn change 25.
        ("Europe/Warsaw", "2026-03-29T10:00:00+00:00", "2026-03-28T11:00:00+00:00"),
        ("Europe/Warsaw", "2026-10-25T11:00:00+00:00", "2026-10-24T10:00:00+00:00"),
        # A day before 02:30 that does not exist: the next valid moment.
        ("Europe/Warsaw", "2026-03-30T00:30:00+00:00", "2026-03-29T01:00:00+00:00"),
        # One that exists twice: the first.
        ("America/New_York", "2026-11-02T06:30:00+00:00", "2026-11-01T05:30:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-05T12:00:00+00:00", "2026-04-04T11:30:00+00:00"),
        ("Asia/Kolkata", "2026-03-29T10:00:00+00:00", "2026-03-28T10:00:00+00:00"),
    ],
)
def test_a_day_ago_where_clocks_are_moved(zone: str, now: str, begins: str) -> None:
    at = zones.before(datetime.fromisoformat(now), parse("P1D"), ZoneInfo(zone))
    assert at == to_micros(datetime.fromisoformat(begins))


def test_steps_forward_take_the_short_way_only_where_it_is_right() -> None:
    rng = random.Random(7)
    for name in ("Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"):
        zone = ZoneInfo(name)
        for _ in range(400):
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(366 * 86_400))
            for text in ("P1D", "P2DT3H", "P1M"):
                assert zones.after(to_micros(at), parse(text), zone) == to_micros(parse(text).add_to(at, zone))


def test_an_unknown_zone_is_at_home() -> None:
    assert zones.zone_of("", WARSAW) is WARSAW
    assert zones.zone_of("Mars/Olympus", WARSAW) is WARSAW
    assert zones.zone_of("../etc/passwd", WARSAW) is WARSAW
