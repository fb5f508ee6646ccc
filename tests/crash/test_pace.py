"""How soon people go on, with web and workers in processes of their own and thousands of others on their way."""

from __future__ import annotations

import os
import sqlite3
import statistics
import time
from pathlib import Path

import httpx
import pytest

from tests.crash.databases import Database
from tests.house.running import Running, until

pytestmark = [pytest.mark.processes, pytest.mark.slow]

EVENTS, OTHERS = 200, 5000


def test_events_wake_within_a_quarter_second_and_the_clock_within_two(tmp_path: Path) -> None:
    with Running(tmp_path, WORKERS="2", SECRET_KEY="s" * 60) as running:
        ground = Database("sqlite", tmp_path)
        made = ground.manage("-m", "tests.crash.waiting_room", str(EVENTS), str(OTHERS))
        assert made.returncode == 0, made.stderr
        waits = "SELECT count(*) FROM engine_subscription WHERE topic = 'go'"
        until(lambda: ground.number(waits) == EVENTS, 120, "everybody waits")
        database = sqlite3.connect(f"file:{tmp_path / 'trellis.sqlite3'}?mode=ro", uri=True, timeout=30)
        latencies = []
        with httpx.Client(
            base_url=f"http://127.0.0.1:{running.port}",
            headers={"Authorization": f"Token {made.stdout.strip()}"},
            timeout=30,
        ) as client:
            for number in range(EVENTS):
                began = time.perf_counter()
                answer = client.post(
                    "/api/events/",
                    json={"id": f"go-{number}", "contact": {"email": f"p{number}@pace.example"}, "name": "go"},
                )
                assert answer.status_code in (200, 201), answer.text
                contact = database.execute(
                    "SELECT id FROM contacts_contact WHERE email = ?", [f"p{number}@pace.example"]
                ).fetchone()
                while not database.execute(
                    "SELECT 1 FROM engine_visit WHERE contact_id = ? AND node = 'n2' AND port = 'b1'", contact
                ).fetchone():
                    assert time.perf_counter() - began < 20, "the event woke nobody"
                    time.sleep(0.002)
                latencies.append(time.perf_counter() - began)
        p95 = statistics.quantiles(latencies, n=20)[-1]
        print(f"event to next step: p50 {statistics.median(latencies) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
        # The promise is for a machine of its own; on one that others keep busy it only must not be absurd.
        assert p95 <= (0.25 if os.getloadavg()[0] <= 3 else 1.5)
        # The clock: someone who waits now, alone, goes on at most two seconds late.
        until(
            lambda: not ground.number("SELECT count(*) FROM engine_run WHERE status = 1"), 300, "all others have gone"
        )
        with httpx.Client(
            base_url=f"http://127.0.0.1:{running.port}",
            headers={"Authorization": f"Token {made.stdout.strip()}"},
            timeout=30,
        ) as client:
            client.post(
                "/api/events/",
                json={"id": "late", "contact": {"email": "p0@pace.example"}, "name": "clock", "properties": {"n": "x"}},
            )
        row = "SELECT left_at - entered_at FROM engine_visit WHERE node = 'n2' AND contact_id = (SELECT id FROM contacts_contact WHERE email = 'p0@pace.example') AND port = 'next'"
        until(lambda: database.execute(row).fetchone(), 20, "the clock woke")
        assert database.execute(row).fetchone()[0] <= 8_000_000
