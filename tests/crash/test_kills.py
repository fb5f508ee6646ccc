"""kill -9 at random moments while thousands are under way: nothing is lost, nothing is doubled, and it goes on by itself."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash.post_office import PostOffice
from tests.house.running import Running, group, until
from tests.house.source import ROOT

pytestmark = [pytest.mark.processes, pytest.mark.slow]

PEOPLE = int(os.environ.get("CRASH_PEOPLE", "5000"))
KILLS = 200 if os.environ.get("SOAK") else 20
IN_HAND_OFF = KILLS // 4
GOES_ON_WITHIN_S = 35


def query(data: Path, text: str) -> int:
    """One number of the database, read beside the running processes."""
    connection = sqlite3.connect(f"file:{data / 'trellis.sqlite3'}?mode=ro", uri=True, timeout=30)
    try:
        return int(connection.execute(text).fetchone()[0] or 0)
    finally:
        connection.close()


def manage(running: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=running.environment, capture_output=True, text=True, timeout=300
    )


def test_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    seed = int(os.environ.get("CRASH_SEED", random.randrange(10**6)))
    chance = random.Random(seed)
    print(f"seed {seed}: {KILLS} kills, {IN_HAND_OFF} of them inside a hand-off, {PEOPLE} people")
    at = set(chance.sample(range(50, PEOPLE - 200), IN_HAND_OFF))
    with (
        PostOffice(kill_at=at) as post,
        Running(tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{post.port}", WORKERS="2", SECRET_KEY="s" * 60) as running,
    ):
        made = manage(running, "-m", "tests.crash.journey", str(PEOPLE))
        assert made.returncode == 0, made.stderr
        outside = 0
        gaps: list[float] = []
        while outside < KILLS - IN_HAND_OFF:
            time.sleep(chance.uniform(0.3, 2.5))
            victims = {
                "worker": sorted(group(running.pids("cluster")[-1])),
                "cluster": running.pids("cluster")[-1:],
                "web": running.pids("web")[-1:],
                "pulse": running.pids("pulse")[-1:],
            }
            what = chance.choice(["worker", "worker", "worker", "cluster", "web", "pulse"])
            if not victims[what]:
                continue
            try:
                os.kill(chance.choice(victims[what]), signal.SIGKILL)
            except ProcessLookupError:
                continue
            outside += 1
        steps = query(tmp_path, "SELECT count(*) FROM engine_visit")
        ended = "SELECT count(*) FROM engine_run WHERE status = 2"
        if query(tmp_path, ended) < PEOPLE:
            gaps.append(
                until(lambda: query(tmp_path, "SELECT count(*) FROM engine_visit") > steps, GOES_ON_WITHIN_S, "goes on")
            )
        until(lambda: query(tmp_path, ended) == PEOPLE, 420, "everybody ends")
        until(
            lambda: not query(tmp_path, "SELECT count(*) FROM messaging_message WHERE status IN (0, 2)"),
            60,
            "all answered",
        )
        doubt = query(tmp_path, "SELECT count(*) FROM messaging_message WHERE status = 9")
        accepted = query(tmp_path, "SELECT count(*) FROM messaging_message WHERE status IN (3, 4)")
        print(f"went on after {gaps}, in doubt {doubt}, killed in hand-off {len(post.killed)}")
        assert accepted + doubt == PEOPLE
        # A kill before the text was sent leaves a mail in doubt that never left: each such mail is known to be in doubt.
        never_left = PEOPLE - len(post.received)
        assert 0 <= never_left <= doubt - len(post.killed), "a mail never left, and nobody knows of it"
        assert max(post.received.values()) == 1, "a mail went twice"
        assert len(post.killed) >= IN_HAND_OFF, "too few died inside a hand-off: send more people"
        # Outside kills can strike inside a call as well, one each.
        assert doubt <= KILLS
        sound = manage(running, "manage.py", "trellis_verify")
        assert sound.returncode == 0, sound.stderr
