"""kill -9 inside the hand-off to a real SMTP server: nobody gets a mail twice, and only calls under way are in doubt."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from engine.messaging.models import Status
from tests.messaging.smtp_server import Mailbox, Running

ROOT = Path(__file__).resolve().parents[2]
CROWD = 120


@pytest.mark.processes
def test_killed_workers_send_nothing_twice(tmp_path):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    draw = random.Random(seed)
    box = Mailbox()
    with Running(box) as server:
        base = {
            **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "TEST_DATABASE_URL")},
            "DATA_DIR": str(tmp_path),
            "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
            "SECRET_KEY": "for this test",
            "PYTHONPATH": str(ROOT),
        }

        def run(*what: str, fault: str = "") -> int:
            told = [sys.executable, str(ROOT / "tests/messaging/outbox_process.py"), *what]
            return subprocess.run(
                told, env={**base, "TRELLIS_FAULT": fault}, cwd=ROOT, timeout=120, check=False
            ).returncode

        assert run("plan", str(CROWD)) == 0
        kills = 0
        for point in ("claimed", "before_call", "after_call", "recorded", "after_call"):
            most = 2 if point in ("claimed", "recorded") else 15
            kills += run("work", fault=f"delivery.{point}=kill@{draw.randint(1, most)}") == -9
        assert run("work") == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "trellis.sqlite3")) as database:
        rows = database.execute("SELECT status, count(*) FROM messaging_message GROUP BY status").fetchall()
    counts = {Status(status): number for status, number in rows}
    assert kills == 5
    assert len(box.ids) == len(set(box.ids))
    assert sum(counts.values()) == CROWD
    assert set(counts) <= {Status.ACCEPTED, Status.IN_DOUBT}
    assert counts.get(Status.IN_DOUBT, 0) <= kills
    # All arrived but those in doubt, of which some did.
    assert counts[Status.ACCEPTED] <= len(box.ids) <= CROWD
