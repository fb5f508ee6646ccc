"""PostgreSQL and Redis, two web servers, two clusters and two pulses, each under a supervisor of its own, as on many machines."""

from __future__ import annotations

import json
import os
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.crash.databases import Database, database, need, need_redis
from tests.crash.post_office import PostOffice, owner_of
from tests.house.running import Running, group, until

pytestmark = [pytest.mark.processes, pytest.mark.slow]

PEOPLE = int(os.environ.get("CRASH_PEOPLE", "1500"))
EVENTS = 100


@dataclass
class Farm:
    database: Database
    post: PostOffice
    web: list[Running]
    clusters: list[Running]
    token: str = ""
    cookie: str = ""
    workflow: int = 0

    def ask(self, which: int) -> httpx.Client:
        address = f"http://127.0.0.1:{self.web[which].port}"
        return httpx.Client(base_url=address, headers={"Authorization": f"Token {self.token}"}, timeout=30)

    def socket(self, which: int) -> ClientConnection:
        port = self.web[which].port
        return connect(
            f"ws://127.0.0.1:{port}/ws/workflows/{self.workflow}/",
            origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
            additional_headers={"Cookie": f"sessionid={self.cookie}"},
        )


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    need("postgresql")
    queue = need_redis()
    folder = tmp_path_factory.mktemp("farm")
    with ExitStack() as stack:
        post = stack.enter_context(PostOffice())
        ground: Database = stack.enter_context(database("postgresql", folder))
        ground.more = {
            "REDIS_URL": queue,
            "EMAIL_URL": f"smtp://127.0.0.1:{post.port}",
            "SECRET_KEY": "s" * 60,
            "WORKERS": "2",
        }
        _forget(queue)
        made = ground.manage("-m", "tests.crash.farm_land")
        assert made.returncode == 0, made.stderr
        land = json.loads(made.stdout.splitlines()[-1])
        environment = {key: value for key, value in ground.environment.items() if key != "DATA_DIR"}

        def start(part: str) -> Running:
            return stack.enter_context(Running(folder, part, **environment))

        web, clusters, _ = ([start(part) for _ in range(2)] for part in ("web", "cluster", "pulse"))
        yield Farm(ground, post, web, clusters, **land)
        for running in (*web, *clusters):
            print(*running.lines[-40:], sep="\n")
        ground.is_sound()
    _forget(queue)


def _forget(queue: str) -> None:
    import redis

    server = redis.from_url(queue)
    for key in [*server.scan_iter("django_q:trellis*"), *server.scan_iter("asgi*")]:
        server.delete(key)


class Ear:
    """A socket whose messages are asked for by kind, in whatever order they came."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.unread = socket, []  # type: ignore[var-annotated]

    def hear(self, kind: str, within_s: float = 20) -> dict[str, Any]:
        until_at = time.monotonic() + within_s
        while True:
            for row, message in enumerate(self.unread):
                if message["type"] == kind:
                    return dict(self.unread.pop(row))
            left = until_at - time.monotonic()
            assert left > 0, f"no {kind} came"
            self.unread.append(json.loads(self.socket.recv(timeout=left)))


def test_an_event_sent_to_both_web_servers_at_once_lets_in_once(farm: Farm) -> None:
    event = {"id": "twice", "contact": {"email": "one@farm.example"}, "name": "order", "properties": {"order_id": "7"}}

    def post(which: int) -> int:
        with farm.ask(which % 2) as client:
            return client.post("/api/events/", json=event).status_code

    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(post, range(20)))
    assert set(codes) <= {200, 201}
    until(lambda: farm.database.number("SELECT count(*) FROM contacts_event WHERE NOT handled") == 0, 20, "handled")
    runs = (
        "SELECT count(*) FROM engine_run r JOIN contacts_contact c ON c.id = r.contact_id "
        f"WHERE r.workflow_id = {farm.workflow} AND c.email = 'one@farm.example'"
    )
    assert farm.database.number(runs) == 1


def test_either_web_server_tells_what_happens_anywhere(farm: Farm) -> None:
    """Counts come from the database, who edits and what was saved through Redis."""
    with farm.socket(0) as one, farm.socket(1) as two:
        left, right = Ear(one), Ear(two)
        for ear in (left, right):
            ear.socket.send(json.dumps({"type": "hello", "client": f"tab-{id(ear)}"}))
            ear.hear("welcome")
            ear.socket.send(json.dumps({"type": "watch"}))
        assert left.hear("editors")["editors"], "the left one does not see who edits on the right"
        before = [ear.hear("counts")["nodes"].get("n1", {}).get("entered", 0) for ear in (left, right)]
        with farm.ask(0) as client:
            told = client.post(
                "/api/events/",
                json={
                    "id": "seen",
                    "contact": {"email": "two@farm.example"},
                    "name": "order",
                    "properties": {"order_id": "8"},
                },
            )
            assert told.status_code in (200, 201), told.text
            for ear, old in zip((left, right), before, strict=True):
                until_at = time.monotonic() + 20
                while ear.hear("counts")["nodes"].get("n1", {}).get("entered", 0) != old + 1:
                    assert time.monotonic() < until_at
            address = f"/api/workflows/{farm.workflow}/draft/"
            draft = client.get(address)
            saved = client.put(address, json=draft.json(), headers={"If-Match": draft.headers["ETag"]})
            assert saved.status_code in (200, 204), saved.text
        assert right.hear("saved")["revision"] == left.hear("saved")["revision"]


def test_an_event_leads_to_the_next_step_at_once(farm: Farm) -> None:
    with psycopg.connect(farm.database.url, autocommit=True) as server, farm.ask(0) as one, farm.ask(1) as two:
        until(lambda: farm.database.number("SELECT count(*) FROM engine_subscription WHERE topic = 'go'") == EVENTS, 60)
        took = []
        for number in range(EVENTS):
            began = time.perf_counter()
            told = (one, two)[number % 2].post(
                "/api/events/",
                json={"id": f"go-{number}", "contact": {"email": f"w{number}@farm.example"}, "name": "go"},
            )
            assert told.status_code in (200, 201), told.text
            gone = "SELECT 1 FROM engine_visit v JOIN contacts_contact c ON c.id = v.contact_id WHERE c.email = %s AND v.port = 'b1'"
            while not server.execute(gone, [f"w{number}@farm.example"]).fetchone():
                assert time.perf_counter() - began < 20, "the event woke nobody"
                time.sleep(0.001)
            took.append(time.perf_counter() - began)
    p95 = statistics.quantiles(took, n=20)[-1]
    print(f"event to next step on two web servers: p50 {statistics.median(took) * 1000:.0f}, p95 {p95 * 1000:.0f} ms")
    # The promise (50 ms) is for machines of their own, and the benchmark's; here nine processes and the test share the cores.
    assert p95 <= (0.15 if os.getloadavg()[0] <= 1.5 else 1.0)


def test_work_is_shared_and_goes_on_when_a_cluster_is_killed(farm: Farm) -> None:
    """Kill -9 of one cluster's supervisor in the middle: leases end, the other takes up what it held."""
    hands: Counter[int] = Counter()
    watching = threading.Event()

    def watch() -> None:
        while not watching.wait(0.05):
            for pid in {pid for pid in map(owner_of, list(farm.post.callers)[-2:]) if pid}:
                hands[_leader(pid)] += 1

    thread = threading.Thread(target=watch)
    thread.start()
    made = farm.database.manage("-m", "tests.crash.journey", str(PEOPLE))
    assert made.returncode == 0, made.stderr
    mails = f"SELECT count(*) FROM messaging_message WHERE node = 'n4' AND workflow_id <> {farm.workflow} AND accepted_at IS NOT NULL"
    until(lambda: farm.database.number(mails) > PEOPLE / 3, 120, "a third of the mails")
    leaders = [cluster.pids("cluster")[-1] for cluster in farm.clusters]
    killed = farm.clusters[0]
    os.kill(killed.process.pid, signal.SIGKILL)
    until(lambda: not group(leaders[0]), 5, "the killed supervisor's workers are gone")
    until(
        lambda: (
            farm.database.number(f"SELECT count(*) FROM engine_run WHERE status = 2 AND workflow_id <> {farm.workflow}")
            >= PEOPLE
        ),
        180,
        "everybody ends",
    )
    watching.set()
    thread.join()
    assert set(leaders) <= set(hands), f"only one of the clusters handed over mails: {hands}, {leaders}"
    assert max(farm.post.received.values()) == 1
    doubt = farm.database.number("SELECT count(*) FROM messaging_message WHERE status = 9")
    # One call a worker can be cut.
    assert doubt <= 2
    assert PEOPLE - doubt <= len(farm.post.received) <= PEOPLE
    assert not farm.clusters[1].said("has not answered")
    connections = farm.database.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    print(f"{connections} connections: two web servers, one cluster of two workers, two pulses")
    assert connections <= 2 * 12 + 8 + 2 * 2


def _leader(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0
