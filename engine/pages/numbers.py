"""The numbers of overview and lists, from counters that are kept, not counted."""

from __future__ import annotations

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum

from contacts import clock
from engine.messaging.models import Message, Status
from engine.messaging.models.message import SENT
from engine.models import Daily

EPOCH = date(1970, 1, 1)
LEFT = ("ended", "goal")


def today(zone: ZoneInfo) -> int:
    """Today in the workspace's zone, as days since the epoch: how `Daily` counts days."""
    return (clock.now().astimezone(zone).date() - EPOCH).days


def date_of(day: int) -> date:
    return EPOCH + timedelta(days=day)


def start_of(day: int, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins in the zone."""
    return datetime.combine(date_of(day), time(), zone).astimezone(UTC)


class Days:
    """Who entered and left, per workflow and day. One query."""

    def __init__(self, first: int, last: int, workflows: Iterable[int] | None = None) -> None:
        self.first, self.last = first, last
        self._n: dict[tuple[int, int], Tally[str]] = defaultdict(Tally)
        self._all: dict[int, Tally[str]] = defaultdict(Tally)
        rows = Daily.objects.filter(day__gte=first, day__lte=last)
        if workflows is not None:
            rows = rows.filter(workflow_id__in=list(workflows))
        for workflow, day, what, n in rows.values_list("workflow_id", "day", "what", "n"):
            self._n[workflow, day][what] += n
            self._all[day][what] += n

    def total(self, day: int, *what: str) -> int:
        return sum(self._all[day][one] for one in what)

    def of(self, workflow: int, first: int, last: int, *what: str) -> int:
        return sum(self._n[workflow, day][one] for day in range(first, last + 1) for one in what)

    def series(self, workflow: int, first: int, last: int, what: str) -> list[int]:
        return [self._n[workflow, day][what] for day in range(first, last + 1)]

    def usual(self, day: int, what: str) -> int | None:
        """The mean of the same weekday over up to four weeks before; None without any such day."""
        before = [self.total(day - 7 * weeks, what) for weeks in range(1, 5) if day - 7 * weeks >= self.first]
        known = [n for n in before if n]
        return round(sum(known) / len(known)) if known else None


@dataclass(frozen=True)
class Channel:
    """What became of one channel's messages. `opened` None: this channel cannot tell."""

    channel: str
    label: str
    icon: str
    sent: int
    delivered: int
    opened: int | None
    clicked: int
    machine_opens: int


CHANNELS = {
    "email": ("E-mail", "mail", True),
    "sms": ("SMS", "message-2", False),
    "web_push": ("Web push", "bell-ringing", False),
    "mobile_push": ("Mobile push", "device-mobile", True),
    "onsite": ("On site", "world", True),
}


def messages_since(at: datetime) -> list[Channel]:
    """What was handed over since then, per channel; opens and clicks by people. One query.

    Delivered is what was taken and did not come back: most e-mail servers never say more than that.
    """
    lost = (Status.BOUNCED, Status.IN_DOUBT)
    rows = (
        Message.objects.filter(accepted_at__gte=at, status__in=SENT)
        .values("channel")
        .annotate(
            sent=Count("id"),
            delivered=Count("id", filter=~Q(status__in=lost)),
            opened=Count("id", filter=Q(opened_at__isnull=False)),
            clicked=Count("id", filter=Q(clicked_at__isnull=False)),
            machines=Sum("machine_opens"),
        )
    )
    found = {row["channel"]: row for row in rows}
    return [
        Channel(
            channel,
            label,
            icon,
            row["sent"],
            row["delivered"],
            row["opened"] if knows_opens else None,
            row["clicked"],
            row["machines"] or 0,
        )
        for channel, (label, icon, knows_opens) in CHANNELS.items()
        if (row := found.get(channel))
    ]


def messages_today(at: datetime) -> dict[str, int]:
    """{"sent", "delivered", "bounced"} since the day began. One query."""
    return Message.objects.filter(accepted_at__gte=at, status__in=SENT).aggregate(
        sent=Count("id"),
        delivered=Count("id", filter=~Q(status__in=(Status.BOUNCED, Status.IN_DOUBT))),
        bounced=Count("id", filter=Q(status=Status.BOUNCED)),
    )
