"""`manage.py run` with real processes: nothing outlives it, and what dies comes back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.running import Running, free_port, group, until
from tests.house.source import ROOT

pytestmark = pytest.mark.processes
NAMES = ("web", "cluster", "pulse")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests that leave it running."""
    with Running(tmp_path_factory.mktemp("data")) as started:
        yield started


@pytest.mark.parametrize("name", NAMES)
def test_a_child_that_is_killed_is_back_within_ten_seconds(running: Running, name: str) -> None:
    before = running.pids(name)
    os.kill(before[-1], signal.SIGKILL)
    until(lambda: len(running.pids(name)) > len(before), 10, f"{name} started again")
    until(running.healthy, 10, "healthy again")
    assert not group(before[-1]), "something of the dead child's group lives on"


def test_a_cluster_that_lives_but_does_nothing_is_started_again(running: Running) -> None:
    """The wedge that kill -9 of an idle worker can leave, made certain: everybody in the group is stopped."""
    leader = running.pids("cluster")[-1]
    until(lambda: len(group(leader)) >= 4, 30, "the cluster's workers are up")
    until(lambda: _beats(running) is not None, 30, "the cluster answered")
    os.killpg(leader, signal.SIGSTOP)
    # 15 s of silence; for one that has just been started (other tests here kill it) 30 s, and a pause before the next start.
    until(lambda: running.pids("cluster")[-1] != leader, 60, "the cluster was started again")
    assert not group(leader)
    assert running.said("has not answered for 15 s")
    since = _beats(running)
    until(lambda: _beats(running) != since, 60, "the next cluster answers")


def test_web_keeps_answering_while_it_restarts(running: Running) -> None:
    """The supervisor holds the socket: a visitor waits for the next process instead of being refused."""
    os.kill(running.pids("web")[-1], signal.SIGKILL)
    with socket.create_connection(("127.0.0.1", running.port), timeout=30) as visitor:
        visitor.sendall(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert visitor.recv(100).startswith(b"HTTP/1.1 200")


def test_the_supervisor_killed_leaves_nobody(tmp_path: Path) -> None:
    with Running(tmp_path) as running:
        leaders = {name: running.pids(name)[-1] for name in NAMES}
        until(lambda: len(group(leaders["cluster"])) >= 4, 30, "the cluster's workers are up")
        # Stopped processes hear no signal but this one.
        os.killpg(leaders["cluster"], signal.SIGSTOP)
        running.process.kill()
        running.process.wait()
        until(lambda: not any(group(leader) for leader in leaders.values()), 10, "all are gone")


def test_ctrl_c_stops_everything_within_ten_seconds(tmp_path: Path) -> None:
    with Running(tmp_path) as running:
        leaders = [running.pids(name)[-1] for name in NAMES]
        until(lambda: len(group(running.pids("cluster")[-1])) >= 4, 30, "the cluster's workers are up")
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=10) == 0
        assert not any(group(leader) for leader in leaders)
        until(lambda: running.said("run     | stopped"), 2)


def test_an_empty_house_says_how_to_make_its_first_user(tmp_path: Path) -> None:
    with Running(tmp_path) as running:
        until(lambda: running.said("Ctrl+C stops it"), 10)
        assert running.said(f"DATA_DIR={tmp_path} .venv/bin/python manage.py createsuperuser")


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=os.environ | {"DATA_DIR": str(tmp_path), "PORT": str(port), "DEMO": "0"},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert f"Port {port}" in line
    assert "PORT=" in line


def test_a_database_of_an_older_release_is_said_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "run"],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(tmp_path), "PORT": str(free_port()), "DEMO": "0"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "manage.py migrate" in line


def _beats(running: Running) -> object:
    import sqlite3

    connection = sqlite3.connect(Path(running.environment["DATA_DIR"]) / "trellis.sqlite3", timeout=10)
    try:
        return connection.execute("SELECT max(at) FROM engine_beat").fetchone()[0]
    finally:
        connection.close()
