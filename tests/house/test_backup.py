"""A copy taken while everybody writes is whole; it comes back over a migration; what is no backup is refused."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT
from trellis.make.backup import backup
from trellis.make.database import PostgreSQL, SQLite
from trellis.make.environment import Refused
from trellis.make.restore import restore


@pytest.fixture
def data(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a small database in the product's journal mode, and the settings that name it."""
    settings.DATA_DIR = tmp_path
    path = tmp_path / "trellis.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE pair (a INTEGER, b INTEGER)")
    connection.close()
    (tmp_path / "secret_key").write_text("kept")
    monkeypatch.setattr("trellis.make.database.database", lambda: SQLite({"NAME": path}))
    return tmp_path


def pairs(path: Path) -> list[tuple[int, int]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT a, b FROM pair ORDER BY a").fetchall()
    finally:
        connection.close()


def test_a_copy_taken_while_somebody_writes_is_whole(data: Path) -> None:
    """Both halves of a pair are written in one transaction: a copy that tore one apart would show it."""
    stop = threading.Event()

    def write() -> None:
        connection = sqlite3.connect(data / "trellis.sqlite3", timeout=30, isolation_level=None)
        number = 0
        while not stop.is_set():
            number += 1
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO pair VALUES (?, NULL)", (number,))
            connection.execute("UPDATE pair SET b = ? WHERE a = ?", (number, number))
            connection.execute("COMMIT")
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [backup(data / f"copy{number}.tar.gz") for number in range(3)]
    finally:
        stop.set()
        writer.join()
    for copy in copies:
        restore(copy)
        seen = pairs(data / "trellis.sqlite3")
        assert [a for a, _ in seen] == list(range(1, len(seen) + 1))
        assert all(a == b for a, b in seen)


def test_what_was_lost_comes_back_with_its_key(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "media" / "uploads").mkdir(parents=True)
    (data / "media" / "uploads" / "people.csv").write_text("E-mail")
    with sqlite3.connect(data / "trellis.sqlite3") as connection:
        connection.execute("INSERT INTO pair VALUES (1, 1)")
    connection.close()
    copy = backup()
    assert copy.stat().st_mode & 0o077 == 0, "the key is in it: its owner alone may read it"
    with sqlite3.connect(data / "trellis.sqlite3") as connection:
        connection.execute("DELETE FROM pair")
    connection.close()
    (data / "secret_key").write_text("another")
    (data / "media" / "uploads" / "people.csv").unlink()
    # Python 3.11.2, which Debian 12 has, cannot be asked for a safe one.
    monkeypatch.delattr("tarfile.TarFile.extractall")

    said = restore(copy)

    assert pairs(data / "trellis.sqlite3") == [(1, 1)]
    assert (data / "secret_key").read_text() == "kept"
    assert (data / "media" / "uploads" / "people.csv").read_text() == "E-mail"
    assert "before-restore" in said
    assert pairs(data / "trellis.sqlite3.before-restore") == []


@pytest.mark.parametrize("content", [b"", b"not an archive", b"\x1f\x8b\x08broken"])
def test_what_is_no_backup_is_refused_and_changes_nothing(data: Path, content: bytes, capsys) -> None:
    (data / "file").write_bytes(content)
    before = (data / "trellis.sqlite3").read_bytes()
    with pytest.raises(Refused):
        restore(data / "file")
    (line,) = capsys.readouterr().out.splitlines()
    assert "is not a backup of Trellis" in line
    assert (data / "trellis.sqlite3").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "kind"), [("../outside", tarfile.REGTYPE), ("/outside", tarfile.REGTYPE), ("link", tarfile.SYMTYPE)]
)
def test_an_archive_that_reaches_outside_is_refused(data: Path, tmp_path: Path, name: str, kind: bytes, capsys) -> None:
    made = tmp_path / "made.tar.gz"
    with tarfile.open(made, "w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member, io.BytesIO())
    with pytest.raises(Refused):
        restore(made)
    assert f"it holds {name}" in capsys.readouterr().out
    assert not (data / "outside").exists() and not (data.parent / "outside").exists()


def test_a_damaged_copy_is_refused(data: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"SQLite format 3\x00" + b"\x00" * 5000)
    with pytest.raises(Refused):
        SQLite({"NAME": data / "trellis.sqlite3"}).put_back(broken)


def test_restoring_beside_a_running_trellis_is_refused(data: Path, capsys) -> None:
    from engine.supervisor.lock import shared

    copy = backup()
    with shared(data), pytest.raises(Refused):
        restore(copy)
    assert "stop it first" in capsys.readouterr().out


@pytest.mark.slow
def test_an_older_copy_is_brought_up_to_date_by_the_commands(tmp_path: Path) -> None:
    """`make backup` and `make restore` themselves, the copy being one migration behind."""
    environment = os.environ | {"DATA_DIR": str(tmp_path), "DATABASE_URL": "", "DEMO": "0"}

    def call(*arguments: str) -> str:
        done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    call("manage.py", "migrate", "--no-input", "--verbosity", "0")
    last = call("manage.py", "showmigrations", "authtoken", "--plan")
    call("manage.py", "migrate", "authtoken", "0002", "--verbosity", "0")
    assert call("manage.py", "showmigrations", "authtoken", "--plan") != last
    call("-m", "trellis.make.backup", str(tmp_path / "copy.tar.gz"))
    (tmp_path / "trellis.sqlite3").unlink()
    call("-m", "trellis.make.restore", str(tmp_path / "copy.tar.gz"))
    assert call("manage.py", "showmigrations", "authtoken", "--plan") == last


@pytest.fixture
def server() -> Iterator[dict[str, str]]:
    """A PostgreSQL database of its own, gone afterwards; skipped where the suite has none."""
    import environ

    url = os.environ.get("TEST_DATABASE_URL", "")
    if not url or not shutil.which("pg_dump"):
        pytest.skip("no PostgreSQL named by TEST_DATABASE_URL, or no pg_dump")
    import psycopg

    settings = environ.Env.db_url_config(url) | {"NAME": f"trellis_backup_{os.getpid()}"}
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {settings['NAME']}")
        yield settings
        connection.execute(f"DROP DATABASE {settings['NAME']} WITH (FORCE)")


def test_postgresql_comes_back_without_what_came_later(server: dict[str, str], tmp_path: Path) -> None:
    import psycopg

    url = os.environ["TEST_DATABASE_URL"]
    with psycopg.connect(url, dbname=server["NAME"], autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
        database = PostgreSQL(server)
        database.copy_to(tmp_path / database.member)
        connection.execute("DELETE FROM kept; CREATE TABLE later (n int)")
        database.put_back(tmp_path / database.member)
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]
        assert connection.execute("SELECT to_regclass('later')").fetchone() == (None,)
