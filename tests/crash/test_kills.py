"""kill -9 at random moments while thousands are under way: nothing is lost, nothing is doubled, and it goes on by itself."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.crash.databases import KINDS, Database, database, need
from tests.crash.post_office import PostOffice
from tests.crash.text_office import TextOffice
from tests.house.running import Running, children, group, until

pytestmark = [pytest.mark.processes, pytest.mark.slow]

SOAK = bool(os.environ.get("SOAK"))
# PostgreSQL gets fewer in make test: it has to end in half an hour.
PEOPLE_ON = {
    "sqlite": int(os.environ.get("CRASH_PEOPLE", "5000")),
    "postgresql": int(os.environ.get("CRASH_PEOPLE", "5000" if SOAK else "2000")),
}
KILLS = 10
# In soak 200 kills on each database: people are through before so many of them could strike in one round.
ROUNDS = 20 if SOAK else 1
IN_HAND_OFF = KILLS * 3 // 10
GOES_ON_WITHIN_S = 35
# The three that the sentinel forks for its work look alike from outside: who dies is a matter of chance.
ROLES = ("worker, pusher or monitor", "worker, pusher or monitor", "sentinel", "cluster", "web", "pulse", "supervisor")

OVER = "SELECT count(*) FROM engine_run WHERE status = 2 AND outcome = 'completed'"
STEPS = "SELECT count(*) FROM engine_visit"
ANSWERED = "SELECT count(*) FROM messaging_message WHERE status IN (3, 4, 9)"
OPEN = "SELECT count(*) FROM messaging_message WHERE status IN (0, 1, 2)"


class Progress:
    """Watches from beside how long after the last kill nothing at all moves while people are still under way."""

    def __init__(self, ground: Database, people: int) -> None:
        self.ground, self.people, self.longest_s, self.at, self.last = ground, people, 0.0, 0.0, 0
        self.since = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Progress:
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._done.set()
        self._thread.join()

    def killed(self) -> None:
        self.since = time.monotonic()

    def _watch(self) -> None:
        while not self._done.wait(0.5):
            now = self.ground.number(f"SELECT ({STEPS}) + ({ANSWERED})")
            if now != self.last:
                self.last, self.since = now, time.monotonic()
            stands_s = time.monotonic() - self.since
            if stands_s > self.longest_s and self.ground.number(OVER) < self.people:
                self.longest_s, self.at = stands_s, self.since


def victim(role: str, running: Running) -> list[int]:
    """The ids of those who may be killed in this role right now."""
    leader = (running.pids("cluster") or [0])[-1]
    if role == "supervisor":
        return [running.process.pid]
    if role in ("web", "pulse", "cluster"):
        return running.pids(role)[-1:]
    sentinels = children(leader)
    if role == "sentinel":
        return sentinels
    return sorted(group(leader) - {leader, *sentinels})


def kill(role: str, running: Running, chance: random.Random) -> bool:
    """Kill one in this role, unless nobody is there; a killed supervisor is started again, as systemd would."""
    for _ in range(20):
        who = victim(role, running)
        if who:
            break
        time.sleep(0.2)
    try:
        os.kill(chance.choice(who), signal.SIGKILL)
    except (IndexError, ProcessLookupError):
        return False
    if role == "supervisor":
        running.process.wait()
        running.start()
    return True


@pytest.mark.parametrize("turn", range(ROUNDS))
@pytest.mark.parametrize("kind", KINDS)
def test_kills_lose_and_double_nothing(kind: str, turn: int, tmp_path: Path) -> None:
    need(kind)
    people = PEOPLE_ON[kind]
    seed = int(os.environ.get("CRASH_SEED", random.randrange(10**6))) + turn
    chance = random.Random(seed)
    print(f"seed {seed}: {KILLS} kills, {IN_HAND_OFF} of them inside a hand-off, {people} people, {kind}")
    mails = set(chance.sample(range(50, people - 200), IN_HAND_OFF - IN_HAND_OFF // 3))
    texts = set(chance.sample(range(20, people // 2 - 200), IN_HAND_OFF // 3))
    roles = [*ROLES, *(chance.choice(ROLES) for _ in range(KILLS))][: KILLS - IN_HAND_OFF]
    chance.shuffle(roles)
    with (
        database(kind, tmp_path) as ground,
        PostOffice(kill_at=mails) as post,
        TextOffice(kill_at=texts) as shop,
        Running(
            tmp_path,
            DATABASE_URL=ground.url,
            EMAIL_URL=f"smtp://127.0.0.1:{post.port}",
            SMS_URL=shop.url,
            WORKERS="2",
            SECRET_KEY="s" * 60,
        ) as running,
    ):
        ground.more = {"SECRET_KEY": "s" * 60}
        made = ground.manage("-m", "tests.crash.journey", str(people))
        assert made.returncode == 0, made.stderr
        began = time.monotonic()
        told: list[tuple[float, str]] = []
        with Progress(ground, people) as progress:
            for role in roles:
                time.sleep(chance.uniform(0.3, 5))
                while not kill(role, running, chance):
                    time.sleep(0.2)
                progress.killed()
                told.append((time.monotonic(), f"killed: {role}"))
            until(lambda: ground.number(OVER) == people, 420, "everybody ends")
        until(lambda: not ground.number(OPEN), 60, "all answered")
        doubt = ground.number("SELECT count(*) FROM messaging_message WHERE status = 9")
        accepted = ground.number("SELECT count(*) FROM messaging_message WHERE status IN (3, 4)")
        messages = ground.number("SELECT count(*) FROM messaging_message")
        left, killed = len(post.received) + len(shop.received), len(post.killed) + len(shop.killed)
        print(
            f"over after {time.monotonic() - began:.0f} s, longest standstill {progress.longest_s:.1f} s, in doubt {doubt},"
            f" killed in hand-off {killed}, {len(post.received)} mails, {len(shop.received)} texts"
        )
        # What is read when it fails: who died when, and what was said meanwhile.
        for at, line in sorted([*told, *zip(running.heard_at, running.lines, strict=False)]):
            if not line.partition("|")[2].startswith(" 20"):
                print(f"{at - began:7.1f} {line[:150]}")
        print(f"the longest standstill began at {progress.at - began:.1f}")
        assert progress.longest_s <= GOES_ON_WITHIN_S
        assert accepted + doubt == messages
        assert ground.number("SELECT count(*) FROM messaging_message WHERE channel = 'email'") == people
        assert ground.number("SELECT count(*) FROM engine_visit WHERE node = 'n7'") == messages - people
        # A kill before the text was sent leaves a message in doubt that never left: each such one is known to be in doubt.
        assert 0 <= messages - left <= doubt - killed, "a message never left, and nobody knows of it"
        assert max((post.received + shop.received).values()) == 1, "a message went twice"
        assert killed >= IN_HAND_OFF, "too few died inside a hand-off: send more people"
        assert doubt <= KILLS
        assert ground.number("SELECT count(*) FROM contacts_event WHERE name = 'half'") == ground.number(
            "SELECT count(*) FROM engine_visit WHERE node = 'n6'"
        )
        ground.is_sound()
