"""Two workers and two pulses, under supervisors of their own, over ten thousand people who are due at the same moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.databases import KINDS, database, need
from tests.house.running import Running, until

pytestmark = [pytest.mark.processes, pytest.mark.slow]

PEOPLE = 10_000


@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_due_at_once_are_resumed_once_each(kind: str, tmp_path: Path) -> None:
    need(kind)
    with database(kind, tmp_path) as ground:
        ground.more = {"SECRET_KEY": "s" * 60}
        made = ground.manage("-m", "tests.crash.sleepers", str(PEOPLE))
        assert made.returncode == 0, made.stderr
        assert ground.number("SELECT count(*) FROM engine_run WHERE status = 1 AND node = 'n2'") == PEOPLE
        environment = {key: value for key, value in ground.environment.items() if key != "DATA_DIR"}
        with (
            Running(tmp_path, "cluster", "pulse", **environment) as one,
            Running(tmp_path, "cluster", "pulse", **environment) as two,
        ):
            over = "SELECT count(*) FROM engine_run WHERE outcome = 'completed'"
            took = until(lambda: ground.number(over) == PEOPLE, 120, "all have gone on")
            until(lambda: ground.number("SELECT count(*) FROM contacts_event WHERE NOT handled") == 0, 60, "handled")
            print(f"{PEOPLE} resumed within {took:.1f} s of both being up, on {kind}")
            assert len(one.pids("cluster")) == len(two.pids("cluster")) == 1, "nobody had to be started again"
        for node in ("n2", "n3", "n4", "n5"):
            assert ground.number(f"SELECT count(*) FROM engine_visit WHERE node = '{node}'") == PEOPLE
        assert ground.number("SELECT count(*) FROM contacts_contacttag") == PEOPLE
        assert ground.number("SELECT count(*) FROM contacts_event WHERE name = 'awake'") == PEOPLE
        ground.is_sound()
