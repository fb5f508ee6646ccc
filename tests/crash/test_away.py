"""The database is down, Redis is down, the disk is full: whoever asks gets 503, nothing is lost, everything goes on by itself."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from tests.crash.databases import POSTGRESQL, Database, database, need, need_redis
from tests.crash.post_office import PostOffice
from tests.crash.wire import Wire
from tests.house.running import Running, until

pytestmark = [pytest.mark.processes, pytest.mark.slow]

AWAY_S = 60 if os.environ.get("SOAK") else 8
PEOPLE = 600
OVER = "SELECT count(*) FROM engine_run WHERE outcome = 'completed'"
MAILS = "SELECT count(*) FROM messaging_message WHERE status = 3"
GOES_ON_WITHIN_S = 35


@contextmanager
def at_work(ground: Database, post: PostOffice, **environment: str) -> Iterator[tuple[Running, httpx.Client]]:
    """People on their way, and a client that may record events."""
    ground.more = {"SECRET_KEY": "s" * 60}
    made = ground.manage("-m", "tests.crash.farm_land")
    assert made.returncode == 0, made.stderr
    import json

    token = json.loads(made.stdout.splitlines()[-1])["token"]
    made = ground.manage("-m", "tests.crash.journey", str(PEOPLE))
    assert made.returncode == 0, made.stderr
    more = {"WORKERS": "2", "EMAIL_URL": f"smtp://127.0.0.1:{post.port}", "SECRET_KEY": "s" * 60, **environment}
    with (
        Running(ground.data, **more) as running,
        httpx.Client(
            base_url=f"http://127.0.0.1:{running.port}", headers={"Authorization": f"Token {token}"}, timeout=60
        ) as client,
    ):
        yield running, client
        print(*running.lines[-60:], sep="\n")


def order(client: httpx.Client, number: int) -> int:
    event = {"id": f"away-{number}", "contact": {"email": "one@farm.example"}, "name": "order"}
    return client.post("/api/events/", json={**event, "properties": {"order_id": str(number)}}).status_code


def go_through(
    ground: Database, client: httpx.Client, take: Callable[[], None], give_back: Callable[[], None]
) -> list[int]:
    """Take something away in the middle, ask meanwhile, give it back; answers the codes that callers got meanwhile."""
    until(lambda: ground.number(MAILS) > PEOPLE / 10, 120, "the first mails")
    assert order(client, 0) in (200, 201)
    take()
    began, codes, number = time.monotonic(), [], 0
    while time.monotonic() - began < AWAY_S:
        number += 1
        codes.append(order(client, number))
        time.sleep(0.5)
    give_back()
    moved = ground.number(MAILS)
    took = until(
        lambda: ground.number(MAILS) > moved or ground.number(OVER) >= PEOPLE, GOES_ON_WITHIN_S, "goes on by itself"
    )
    print(f"went on {took:.1f} s after it was back; callers got {sorted(set(codes))}")
    # Who was told to try again does, and is heard once.
    for again in range(number + 1):
        until(lambda again=again: order(client, again) in (200, 201), 30)  # type: ignore[misc]
    until(lambda: ground.number(OVER) >= PEOPLE, 240, "everybody ends")
    until(
        lambda: ground.number("SELECT count(*) FROM engine_run WHERE status = 1 AND slot LIKE 'key:%'") == number + 1,
        30,
        "every order counted once",
    )
    return codes


def check(ground: Database, post: PostOffice) -> None:
    doubt = ground.number("SELECT count(*) FROM messaging_message WHERE status = 9")
    assert doubt <= 2, "only the calls that were going on can be in doubt"
    assert max(post.received.values()) == 1
    assert PEOPLE - doubt <= len(post.received) <= PEOPLE
    ground.is_sound()


def test_postgresql_is_away(tmp_path: Path) -> None:
    need("postgresql")
    server = urlsplit(POSTGRESQL)
    with (
        database("postgresql", tmp_path) as ground,
        PostOffice() as post,
        Wire(server.hostname or "127.0.0.1", server.port or 5432) as wire,
    ):
        through = urlsplit(ground.url)
        user = f"{through.netloc.rpartition('@')[0]}@" if "@" in through.netloc else ""
        url = urlunsplit(through._replace(netloc=f"{user}127.0.0.1:{wire.port}"))
        with at_work(ground, post, DATABASE_URL=url) as (running, client):
            pages: list[int] = []

            def take() -> None:
                wire.cut()
                pages.extend(client.get(path).status_code for path in ("/health", "/login/", "/api/workflows/"))

            codes = go_through(ground, client, take, wire.mend)
            assert set(codes) == {503}
            assert pages[0] == 503
            assert pages[2] == 503
            assert pages[1] in (200, 503)  # the log-in page may not need the database
            assert not running.said("has not answered"), "a database that is down is not the cluster's fault"
        check(ground, post)


def test_redis_is_away(tmp_path: Path) -> None:
    """Only the doorbell is gone: events are taken, and what is due goes on when it is back."""
    need("postgresql")
    queue = urlsplit(need_redis())
    with (
        database("postgresql", tmp_path) as ground,
        PostOffice() as post,
        Wire(queue.hostname or "127.0.0.1", queue.port or 6379) as wire,
    ):
        url = urlunsplit(queue._replace(netloc=f"127.0.0.1:{wire.port}"))
        with at_work(ground, post, DATABASE_URL=ground.url, REDIS_URL=url) as (running, client):
            codes = go_through(ground, client, wire.cut, wire.mend)
            assert set(codes) <= {200, 201}
            assert len(running.pids("pulse")) == len(running.pids("web")) == 1, "nobody falls over for a doorbell"
        check(ground, post)


def test_the_disk_is_full(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(small)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no small disk for tests: {mounted.stderr.strip()}")
    try:
        with database("sqlite", small) as ground, PostOffice() as post:
            with at_work(ground, post) as (_, client):
                ballast = small / "ballast"
                codes = go_through(ground, client, lambda: fill(ballast), ballast.unlink)
                assert set(codes) <= {200, 201, 503}
                assert 503 in codes
            check(ground, post)
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def fill(ballast: Path) -> None:
    """Take what is left of the disk, and what the database frees in the first moments."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 512):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
