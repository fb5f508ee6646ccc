"""Databases for tests with processes of their own: a SQLite file, or a database on the PostgreSQL that is reachable."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.house.source import ROOT

# make test says where they are; by hand, the usual addresses are tried.
POSTGRESQL = (
    os.environ.get("TEST_POSTGRESQL_URL")
    or os.environ.get("TEST_DATABASE_URL")
    or "postgres://postgres@127.0.0.1:5432/postgres"
)
REDIS = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/9"
KINDS = ("sqlite", "postgresql")
_numbers = itertools.count(1)


@dataclass
class Database:
    """One database with its tables and no rows, and a data folder beside it. `environment` makes processes use it."""

    kind: str
    data: Path
    url: str = ""
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {"DATA_DIR": str(self.data), "DATABASE_URL": self.url, "REDIS_URL": "", "DEMO": "0", **self.more}

    def rows(self, text: str) -> list[Any]:
        """Read beside the running processes. The SQL must be understood by both databases."""
        if self.kind == "sqlite":
            connection = sqlite3.connect(f"file:{self.data / 'trellis.sqlite3'}?mode=ro", uri=True, timeout=30)
            try:
                return connection.execute(text).fetchall()
            finally:
                connection.close()
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as server:
            return server.execute(text).fetchall()  # type: ignore[call-overload, no-any-return]

    def number(self, text: str) -> int:
        return int(self.rows(text)[0][0] or 0)

    def manage(self, *arguments: str, timeout_s: int = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )

    def is_sound(self) -> None:
        """`trellis_verify`, which every crash test ends with."""
        done = self.manage("manage.py", "trellis_verify")
        assert done.returncode == 0, done.stderr


@contextmanager
def database(kind: str, data: Path, like: Database | None = None) -> Any:
    """A database of its own for the block: empty, or a copy of `like`. Skips where there is no PostgreSQL."""
    data.mkdir(parents=True, exist_ok=True)
    if like is not None:
        shutil.copytree(like.data, data, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*-shm"))
    if kind == "sqlite":
        if like is None:
            shutil.copy(_sqlite(), data)
        yield Database(kind, data)
        return
    name = f"trellis_crash_{os.getpid()}_{next(_numbers)}"
    template = urlsplit(like.url).path[1:] if like is not None else _postgresql()
    on_server(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield Database(kind, data, _named(name))
    finally:
        on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def on_server(text: str) -> None:
    import psycopg

    with psycopg.connect(_named("postgres"), autocommit=True) as server:
        server.execute(text)  # type: ignore[call-overload]


def _named(name: str) -> str:
    return urlunsplit(urlsplit(POSTGRESQL)._replace(path=f"/{name}"))


@cache
def _why_no_postgresql() -> str:
    try:
        on_server("SELECT 1")
    except Exception as error:
        return str(error).strip().splitlines()[-1]
    return ""


def need(kind: str) -> None:
    if kind == "postgresql" and _why_no_postgresql():
        pytest.skip(f"no PostgreSQL for tests: {_why_no_postgresql()}")


def need_redis() -> str:
    try:
        import redis

        redis.from_url(REDIS).ping()
    except Exception as error:
        pytest.skip(f"no Redis for tests: {error}")
    return REDIS


@cache
def _sqlite() -> Path:
    """An empty database with its tables, made once: migrating takes longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="trellis-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _migrate({"DATA_DIR": str(folder), "DATABASE_URL": ""})
    return folder / "trellis.sqlite3"


@cache
def _postgresql() -> str:
    need("postgresql")
    name = f"trellis_crash_{os.getpid()}_empty"
    on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    on_server(f"CREATE DATABASE {name}")
    atexit.register(on_server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    with tempfile.TemporaryDirectory() as folder:
        _migrate({"DATA_DIR": folder, "DATABASE_URL": _named(name)})
    return name


def _migrate(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ | {"DEMO": "0", "REDIS_URL": "", **environment},
        check=True,
    )
