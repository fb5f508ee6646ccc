"""How each kind of database is copied whole: consistent while everything runs, and put back in one step."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from .environment import Refused


class SQLite:
    """SQLite's own online backup: a consistent copy, in steps that let writers in between."""

    member = "database.sqlite3"

    def __init__(self, settings: dict[str, Any]) -> None:
        self._path = Path(settings["NAME"])

    def copy_to(self, target: Path) -> None:
        if not self._path.exists():
            raise Refused(f"there is no database at {self._path}.")
        source, copy = sqlite3.connect(self._path, timeout=60), sqlite3.connect(target)
        try:
            # In one step: a copy in small steps begins again whenever somebody writes, and may never end on a busy
            # system. In WAL mode the read that this holds open keeps nobody from writing.
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
            source.close()
        self.check(target)

    def check(self, copy: Path) -> None:
        connection = sqlite3.connect(copy)
        try:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            answer = str(error)
        finally:
            connection.close()
        if answer != "ok":
            raise Refused(f"the copy of the database is damaged ({answer}).")

    def put_back(self, copy: Path) -> str:
        """Take the place of the present database, which is kept beside; returns a sentence about that."""
        self.check(copy)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        kept = self._path.with_name(self._path.name + ".before-restore")
        staged = self._path.with_name(self._path.name + ".restoring")
        shutil.copyfile(copy, staged)
        said = "There was no database before."
        if self._path.exists():
            with sqlite3.connect(self._path, timeout=60) as present:  # what is still in the log belongs to it
                present.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            present.close()
            shutil.copyfile(self._path, kept)
            said = f"What was there before is kept as {kept}."
        for ending in ("-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
        staged.replace(self._path)
        return said


class PostgreSQL:
    """pg_dump reads one snapshot; the way back drops and fills the schema in one transaction."""

    member = "database.dump"

    def __init__(self, settings: dict[str, Any]) -> None:
        names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
        given = {variable: str(settings[key]) for variable, key in names.items() if settings.get(key)}
        # In the environment, not on the command line: other users of the machine can read that.
        self._environment = os.environ | given

    def copy_to(self, target: Path) -> None:
        self._call("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")

    def check(self, copy: Path) -> None:
        self._call("pg_restore", "--list", str(copy))

    def put_back(self, copy: Path) -> str:
        self.check(copy)
        script = copy.with_suffix(".sql")
        self._call("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(copy))
        # The schema goes as a whole: tables of later migrations are not in the copy and would be in the way.
        fresh = copy.with_name("fresh.sql")
        fresh.write_text("DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n")
        files = ["--file", str(fresh), "--file", str(script)]
        self._call("psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", *files)
        return "The schema was replaced in one transaction."

    def _call(self, program: str, *arguments: str) -> None:
        if not shutil.which(program):
            raise Refused(f"{program} is missing; it comes with PostgreSQL's client (apt install postgresql-client).")
        done = subprocess.run([program, *arguments], env=self._environment, capture_output=True, text=True)
        if done.returncode:
            said = done.stderr.strip().splitlines()
            raise Refused(f"{program} failed: {said[0] if said else 'no reason given'}")


def database() -> SQLite | PostgreSQL:
    """The one that the settings name."""
    from django.conf import settings

    chosen = settings.DATABASES["default"]
    return SQLite(chosen) if chosen["ENGINE"] == "trellis.sqlite" else PostgreSQL(chosen)
