"""Work an import off in turns. A turn may be killed anywhere: what a chunk wrote and where it ended commit together."""

from __future__ import annotations

import logging
import time
from itertools import islice
from typing import BinaryIO

from django.db import OperationalError, connection, transaction

from contacts import clock, faults
from contacts.columns import Columns
from contacts.errors import Refused
from contacts.imports import chunk, records
from contacts.imports.records import Record
from contacts.imports.rings import ring_on_commit
from contacts.imports.rows import Row, understand
from contacts.imports.stored import forget_upload, open_upload
from contacts.models import Import

log = logging.getLogger("trellis.imports")

_PAUSE_S = 0.005
MOST_STRIKES = 3
_strikes: dict[int, int] = {}  # in this process


class Broken(Exception):
    """Nobody foresaw what stands there."""

    def __init__(self, line: int) -> None:
        super().__init__(f"Something broke after line {line}. What stands before is read; the server's log says more.")


def work(import_id: int, seconds: float = 15) -> bool:
    """Go on with this import for about so long; True when nothing is left to do. Calling it anywhere, any time is safe.

    Two workers on one import: the one that commits second sees that the file was read further, throws its chunk away
    and goes on from there.
    """
    until = time.monotonic() + seconds
    of = Import.objects.filter(pk=import_id, status="running").first()
    if of is None:
        return True
    try:
        catalogue = Columns.load(of.options.get("country"))
        with open_upload(of) as file:
            while True:
                rows = [understand(record, of, catalogue) for record in _next(file, of)]
                of = _commit(rows, of)
                _strikes.pop(import_id, None)
                if of.status != "running":
                    return True
                if time.monotonic() >= until:
                    break
                # Between two write transactions the web gets its turn at SQLite's one writer.
                time.sleep(_PAUSE_S)
    except (Refused, FileNotFoundError) as error:
        _fail(import_id, error)
        return True
    except OperationalError:
        raise
    except Exception:
        # It may pass, but nothing is tried for ever: somebody waits for this file.
        _strikes[import_id] = _strikes.get(import_id, 0) + 1
        if _strikes[import_id] < MOST_STRIKES:
            raise
        log.exception("Import %s broke.", import_id)
        _fail(import_id, Broken(of.line))
        _strikes.pop(import_id)
        return True
    ring_on_commit(import_id)
    return False


def chunk_size() -> int:
    """Rows a transaction: on SQLite fewer, for it keeps every other writer waiting meanwhile."""
    return 400 if connection.vendor == "sqlite" else 1_000


def _next(file: BinaryIO, of: Import) -> list[Record]:
    return list(islice(records.read(file, of.delimiter, of.offset, of.line), chunk_size()))


def _commit(rows: list[Row], seen: Import) -> Import:
    """Write a chunk and its progress; answers the import as it stands then."""
    with transaction.atomic():
        of = Import.objects.select_for_update(of=("self",)).select_related("by").get(pk=seen.pk)
        if of.status != "running" or of.offset != seen.offset:
            return of
        if not rows:
            of.status, of.finished_at = "done", clock.now()
            forget_upload(of)
        else:
            tally = chunk.write(rows, of)
            faults.point("imports.written")
            last = rows[-1].record
            of.offset, of.line = last.end, last.line + last.lines - 1
            of.rows += sum(not row.empty for row in rows)
            of.created += tally.created
            of.updated += tally.updated
            of.unchanged += tally.unchanged
            of.rejected += tally.rejected
        of.save()
        return of


def _fail(import_id: int, error: Exception) -> None:
    words = "The uploaded file is not there any more." if isinstance(error, FileNotFoundError) else str(error)
    if isinstance(error, Refused) and error.problems:
        words = error.problems[0]["message"]
    log.warning("Import %s stopped: %s", import_id, words)
    Import.objects.filter(pk=import_id, status="running").update(
        status="failed", problem=words[:400], finished_at=clock.to_micros(clock.now())
    )
