"""A simulation's own database: SQLite in memory, in a thread of its own, gone when the simulation ends.

The engine asks for `django.db.connection`, which belongs to a thread. In this thread that connection *is* the private
database, so the very same step code, conditions and SQL run there, and no way leads from it to the real one: nothing can be
written, no id is used up, no row is locked, however the simulation goes. One transaction encloses everything and is never
committed, so that no doorbell (`on_commit`) rings.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.apps import apps
from django.db import connections, models, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper

from contacts.errors import Refused

Answer = TypeVar("Answer")

# Ids begin beyond every real one, within the six bytes that a token has for one: no token of a simulated message can ever mean a
# real one.
FIRST_ID = 2**47
LABELS = ("auth", "contenttypes", "contacts", "builder", "messaging", "engine")
# Two at a time: a simulation is computing, and the web process has visitors to serve.
_seats = threading.BoundedSemaphore(2)
WAIT_S = 10.0


class Busy(Refused):
    """Other simulations are at work. Please try again in a moment."""

    status = 503


def run(rows: Iterable[Sequence[models.Model]], work: Callable[[], Answer]) -> Answer:
    """Call `work` with `rows` (lists of instances, one model each) as all there is in the world, and answer what it answers."""
    if not _seats.acquire(timeout=WAIT_S):
        raise Busy
    try:
        return _in_its_own_thread(list(rows), work)
    finally:
        _seats.release()


def _in_its_own_thread(rows: list[Sequence[models.Model]], work: Callable[[], Answer]) -> Answer:
    answers: list[Answer] = []
    errors: list[BaseException] = []

    def live() -> None:
        try:
            answers.append(_live(rows, work))
        except BaseException as error:  # told to whoever asked, in whose thread it is raised again
            errors.append(error)

    thread = threading.Thread(target=live, name="simulation", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return answers[0]


def _live(rows: list[Sequence[models.Model]], work: Callable[[], Answer]) -> Answer:
    connection = _wrapper()
    connections["default"] = connection
    try:
        connection.ensure_connection()
        _template().connection.backup(connection.connection)
        connection.disable_constraint_checking()  # what the rows point to need not have come along
        with transaction.atomic():
            for some in rows:
                if some:
                    type(some[0])._base_manager.bulk_create(some)
            answer = work()
            transaction.set_rollback(True)
            return answer
    finally:
        connection.close()
        del connections["default"]


def _wrapper() -> DatabaseWrapper:
    told: dict[str, Any] = {**connections.settings["default"]}
    told |= {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {}, "CONN_MAX_AGE": None}
    return _Private(told, alias="default")


class _Private(DatabaseWrapper):
    """Closing frees the memory; Django keeps a test's in-memory database open, ours is nobody else's."""

    def is_in_memory_db(self) -> bool:
        return False


_making = threading.Lock()


def _template() -> DatabaseWrapper:
    """The empty tables, made once a process (0.3 s) and copied for each simulation (a millisecond)."""
    with _making:
        return _made()


@lru_cache(maxsize=1)
def _made() -> DatabaseWrapper:
    template = _wrapper()
    template.inc_thread_sharing()
    before = connections["default"]
    connections["default"] = template
    try:
        with template.schema_editor(atomic=False) as editor:
            for label in LABELS:
                for model in apps.get_app_config(label).get_models():
                    if model._meta.managed and not model._meta.proxy:
                        editor.create_model(model)
        with template.cursor() as cursor:
            cursor.execute(
                "INSERT INTO sqlite_sequence (name, seq) SELECT name, %s FROM sqlite_master WHERE sql LIKE '%%AUTOINCREMENT%%'",
                [FIRST_ID],
            )
    finally:
        connections["default"] = before
    return template
