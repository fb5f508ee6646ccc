"""The clock of the machine is set back by an hour and forward by two while thousands are under way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.databases import database
from tests.crash.post_office import PostOffice
from tests.house.running import Running, until
from tests.house.source import ROOT

pytestmark = [pytest.mark.processes, pytest.mark.slow]

PEOPLE = 800
STEPS_S = (-3600, 3600, 0)  # against the true time: back by one hour, forward by two, back to the truth


def test_nobody_is_lost_or_doubled_when_the_clock_jumps(tmp_path: Path) -> None:
    shift = tmp_path / "shift"
    shift.write_text("0")
    with (
        database("sqlite", tmp_path / "data") as ground,
        PostOffice() as post,
        Running(
            ground.data,
            EMAIL_URL=f"smtp://127.0.0.1:{post.port}",
            WORKERS="2",
            SECRET_KEY="s" * 60,
            TRELLIS_SHIFT=str(shift),
            PYTHONPATH=f"{ROOT / 'tests' / 'crash' / 'shifted'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        ) as running,
    ):
        ground.more = {"SECRET_KEY": "s" * 60}
        made = ground.manage("-m", "tests.crash.journey", str(PEOPLE))
        assert made.returncode == 0, made.stderr
        mails = "SELECT count(*) FROM messaging_message WHERE status IN (3, 9)"
        for number, seconds in enumerate(STEPS_S, 1):
            until(lambda number=number: ground.number(mails) > PEOPLE * number / 8, 60, "on their way")  # type: ignore[misc]
            moved = ground.number(mails)
            shift.write_text(str(seconds))
            took = until(lambda moved=moved: ground.number(mails) > min(moved, PEOPLE - 1), 35, "goes on")  # type: ignore[misc]
            print(f"the clock is wrong by {seconds} s: went on after {took:.1f} s")
        until(
            lambda: ground.number("SELECT count(*) FROM engine_run WHERE outcome = 'completed'") == PEOPLE,
            120,
            "all end",
        )
        assert running.said("The clock was set back"), "the pulse saw nothing"
        doubt = ground.number("SELECT count(*) FROM messaging_message WHERE status = 9")
        assert doubt <= 2 * len(STEPS_S), "only what was being handed over at that moment can be in doubt"
        assert max(post.received.values()) == 1
        assert PEOPLE - doubt <= len(post.received) <= PEOPLE
        ground.is_sound()
