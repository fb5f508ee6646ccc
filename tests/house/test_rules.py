"""The rules that keep one thing in one place. Each names the places where it may be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import APPS, ROOT, calls, files, imports, tree

OURS = (*APPS, "trellis")
LONGEST_FILE = 450

# What a file may import of a library that has one home.
HOMES = {
    "django_q": {"engine/queue.py"},
    "httpx": {"engine/messaging/http.py"},
    # django-anymail speaks requests; its sender must know how that fails.
    "requests": {"engine/messaging/senders/email.py"},
    "urllib3": set(),
    "urllib.request": set(),
    # The supervisor asks its own web server, and nobody else, whether it is up.
    "http.client": {"engine/supervisor/supervise.py"},
    "celery": set(),
}
# Hand-written SQL: the hot paths, and what no ORM can say.
SQL_HOMES = {
    "engine/sql.py",
    "engine/watch_sql.py",
    "engine/messaging/sql.py",
    "contacts/sql.py",  # bulk writes of tags, lists, events, with ON CONFLICT
    "contacts/locks.py",  # FOR NO KEY UPDATE over ids in order
    "contacts/erasure.py",  # secure_delete and a truncating checkpoint are pragmas
    "contacts/conditions/columns.py",  # runs what the ORM compiled, past its copying of every row
    "engine/demo/history.py",  # one pragma
    "engine/simulate/sandbox.py",  # where the ids of a private database in memory begin
    "engine/bench/measure.py",  # the benchmark measures databases, and compares with plain SQL
    "engine/bench/product.py",
    "engine/bench/pure_sql.py",
    "engine/partitioning.py",  # no ORM cuts a table into parts
    "trellis/sqlite/base.py",  # how SQLite waits for a lock is pragmas and BEGIN
    "trellis/make/database.py",  # a backup speaks to the database, not to models
}
SQL_CALLS = {"RawSQL", "execute", "executemany", "raw", "extra", "copy"}
# Wall time, where the law asks for it: leases, heartbeats, sessions, signatures.
WALL_CLOCK_HOMES = {
    "contacts/clock.py",
    "engine/outbox.py",  # leases
}


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_library_with_one_home_is_imported_there_alone(library: str) -> None:
    wrong = [
        str(found)
        for path in files(*OURS)
        for found in imports(path)
        if (found.module == library or found.module.startswith(library + ".")) and path not in HOMES[library]
    ]
    assert not wrong, "\n".join(wrong)


def test_channels_lives_in_live_py() -> None:
    wrong = [
        str(found)
        for path in files(*OURS)
        for found in imports(path)
        if found.module.split(".")[0] in ("channels", "channels_redis")
        and Path(path).name != "live.py"
        and path != "trellis/asgi.py"
    ]
    assert not wrong, "\n".join(wrong)


def test_downloads_stream_from_one_place() -> None:
    """Under ASGI Django collects a plain iterator whole before the first byte goes out."""
    wrong = [
        f"{path}:{line} makes a {name}"
        for path in files(*OURS)
        if path != "contacts/streaming.py"
        for line, name, _ in calls(path)
        if name in ("StreamingHttpResponse", "FileResponse")
    ]
    assert not wrong, "\n".join(wrong) + "\nUse contacts.streaming.attachment()."


def test_business_time_comes_from_the_one_clock() -> None:
    wrong = [
        f"{path}:{line} calls {name}()"
        for path in files(*APPS)
        if path not in WALL_CLOCK_HOMES
        for line, name, call in calls(path)
        if name in ("timezone.now", "datetime.now", "datetime.utcnow", "datetime.datetime.now", "Now")
        # With a moment given they convert it; without one they ask the wall clock.
        or (name in ("timezone.localtime", "timezone.localdate") and not call.args)
        or name.endswith(".today")
    ]
    assert not wrong, "\n".join(wrong) + "\nUse contacts.clock.now()."


def test_no_column_fills_itself_with_wall_time() -> None:
    wrong = [
        f"{path}:{line} {keyword.arg}"
        for path in files(*APPS)
        for line, _, call in calls(path)
        for keyword in call.keywords
        if keyword.arg in ("auto_now", "auto_now_add")
    ]
    assert not wrong, "\n".join(wrong)


def test_sql_does_not_ask_the_database_for_the_time() -> None:
    pattern = re.compile(
        r"\b(now\(\)|current_timestamp|clock_timestamp\(\)|statement_timestamp\(\)|datetime\('now'|strftime\([^)]*'now')",
        re.I,
    )
    wrong = [
        f"{path}:{node.lineno} {node.value[:60]!r}"
        for path in files(*APPS)
        for node in _sql_texts(path)
        if pattern.search(node.value)
    ]
    assert not wrong, "\n".join(wrong)


def _sql_texts(path: str) -> Iterator[ast.Constant]:
    """String constants that look like SQL; docstrings and prose do not."""
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(r"\b(SELECT|UPDATE|INSERT|DELETE)\b", node.value)
        ):
            yield node


def test_hand_written_sql_has_its_own_files() -> None:
    wrong = [
        f"{path}:{line} calls {name}()"
        for path in files(*OURS)
        if path not in SQL_HOMES
        for line, name, _ in calls(path)
        if name.rsplit(".", 1)[-1] in SQL_CALLS and _about_sql(name)
    ]
    assert not wrong, "\n".join(wrong)


def _about_sql(name: str) -> bool:
    owner, _, verb = name.rpartition(".")
    if verb in ("execute", "executemany"):
        return "cursor" in owner or owner in ("?", "c", "connection")
    if verb == "RawSQL" or name == "RawSQL":
        return True
    return verb in ("raw", "extra") and "objects" in owner


def test_files_hold_one_idea() -> None:
    long = [
        f"{path}: {count} lines"
        for path in _written_files()
        if (count := len((ROOT / path).read_text().splitlines())) > LONGEST_FILE
    ]
    assert not long, "\n".join(long)


def _written_files() -> Iterator[str]:
    yield from files(*OURS, "tests")
    left_out = {"node_modules", "vendor", "dist"}
    for folder, patterns in (
        ("builder/frontend", ("*.ts", "*.tsx", "*.css")),
        ("static", ("*.css", "*.js")),
        ("templates", ("*.html",)),
    ):
        for pattern in patterns:
            for path in (ROOT / folder).rglob(pattern):
                relative = path.relative_to(ROOT)
                if not left_out & set(relative.parts) and not str(relative).startswith("static/builder/"):
                    yield str(relative)


def test_names_say_what_is_inside() -> None:
    empty_words = {"utils", "util", "common", "helpers", "helper", "misc", "shared", "lib", "base_utils"}
    wrong = [
        path for path in files(*OURS, "tests") if empty_words & {part.removesuffix(".py") for part in Path(path).parts}
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_left_unfinished() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    wrong = [
        f"{path}:{number} {line.strip()[:80]}"
        for path in _written_files()
        if path != "tests/house/test_rules.py"
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert not wrong, "\n".join(wrong)


def test_silenced_findings_give_a_reason() -> None:
    pattern = re.compile(r"#\s*noqa(?::\s*[A-Z0-9, ]+)?\s*$")
    wrong = [
        f"{path}:{number} {line.strip()[-60:]}"
        for path in files(*OURS)
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
        # The homes of hand-written SQL are known by name; that they build text is their purpose.
        if pattern.search(line) and not (path in SQL_HOMES and "S608" in line)
    ]
    assert not wrong, "\n".join(wrong)
