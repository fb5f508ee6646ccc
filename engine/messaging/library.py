"""Contents of a batch made ready, from a cache in this process. Versions never change, so what is cached stays true."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import transaction

from contacts import clock
from engine.messaging import sql
from engine.messaging.models import ContentVersion, Purpose, Wording
from engine.messaging.prepare import Prepared, Written, prepare

# In the order of Written's.
_FIELDS = ("subject", "preheader", "html", "text", "from_name", "from_email", "topic")
_MOST = 500


class Kind(NamedTuple):
    """Messages that are written alike: one prepared content serves them all."""

    content_version_id: int | None
    wording_id: int | None
    channel: str
    purpose: int

    @property
    def footer(self) -> bool:
        return self.purpose != Purpose.TRANSACTIONAL


class _Entry:
    __slots__ = ("kept", "prepared", "written")

    def __init__(self, written: Written, prepared: Prepared) -> None:
        self.written, self.prepared = written, prepared
        self.kept = False


_cache: dict[tuple[int | None, int | None, str, bool], _Entry] = {}


def load(kinds: Iterable[Kind]) -> dict[Kind, Written | None]:
    """The words of each kind; None if its content or wording is gone. Two queries."""
    wanted = set(kinds)
    versions = {kind.content_version_id for kind in wanted if kind.content_version_id is not None}
    wordings = {kind.wording_id for kind in wanted if kind.wording_id is not None}
    found: dict[int, tuple[Any, ...]] = {}
    if versions:
        found = {row[0]: row[1:] for row in ContentVersion.objects.filter(pk__in=versions).values_list("id", *_FIELDS)}
    bodies: dict[int, Any] = {}
    if wordings:
        bodies = dict(Wording.objects.filter(pk__in=wordings).values_list("id", "body"))
    return {kind: _written(kind, found, bodies) for kind in wanted}


def _written(kind: Kind, versions: Mapping[int, tuple[Any, ...]], bodies: Mapping[int, Any]) -> Written | None:
    written = Written()
    if kind.content_version_id is not None:
        if kind.content_version_id not in versions:
            return None
        written = Written(*versions[kind.content_version_id])
    if kind.wording_id is not None:
        body = bodies.get(kind.wording_id)
        if isinstance(body, str):
            body = json.loads(body)
        if not isinstance(body, dict):
            return None
        written = written.with_body(body)
    return written


def ready(kind: Kind, written: Written) -> Prepared:
    """The content prepared; its links are in the database afterwards. Raises LiquidError."""
    key = (kind.content_version_id, kind.wording_id, kind.channel, kind.footer)
    entry = _cache.get(key)
    if entry is None or entry.written != written:
        entry = _Entry(written, prepare(written, channel=kind.channel, footer=kind.footer))
        if len(_cache) >= _MOST:
            _cache.clear()
        _cache[key] = entry
    if not entry.kept or clock.is_simulated():  # a simulation has a database of its own
        rows = [(href.link_id, href.url, None) for href in entry.prepared.hrefs if href.link_id is not None]
        if rows:
            sql.insert_links(sorted(rows))
        # Kept only once committed: a transaction that is rolled back takes its links with it.
        transaction.on_commit(lambda: setattr(entry, "kept", True))
    return entry.prepared
