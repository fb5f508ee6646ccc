"""A claimed batch written: who may still be written to, and their letters. Queries per batch, not per message."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError
from liquid.exceptions import LiquidError

from contacts import clock
from contacts.models import Workspace
from engine.messaging import library, runs, sql, workspace_rules
from engine.messaging.claimed import Claimed, Result
from engine.messaging.gate import Verdicts
from engine.messaging.library import Kind
from engine.messaging.models import Purpose, Status
from engine.messaging.prepare import Prepared, Written
from engine.messaging.render import House, Letter, render
from engine.messaging.restraint import Restraint

log = logging.getLogger("trellis.messages")

_PURPOSES = {int(purpose): purpose.label for purpose in Purpose}


@dataclass
class Batch:
    """`letters` by channel and whether they go to the catcher whatever is configured; `refused` is settled already.

    What is in neither was not come to before `until` (monotonic time).
    """

    until: float = float("inf")
    letters: dict[tuple[str, bool], list[tuple[Claimed, Letter]]] = field(default_factory=lambda: defaultdict(list))
    refused: list[Result] = field(default_factory=list)
    links: list[sql.Row] = field(default_factory=list)  # made for one message each

    def reject(self, messages: Iterable[Claimed], error: str, reason: str) -> None:
        now = clock.now()
        self.refused += [Result(one, Status.REJECTED, now, error=error[:500], reason=reason) for one in messages]


def write(claimed: Sequence[Claimed], until: float = float("inf")) -> Batch:
    """Ask the gate and write. Six queries, one more where a cap is set, two more for each further topic, one for links that are met for the first time."""
    batch = Batch(until)
    by_kind: dict[Kind, list[Claimed]] = defaultdict(list)
    for message in claimed:
        by_kind[message.kind].append(message)
    # One question to the gate for all contents that need the same consents.
    groups: dict[tuple[str, int, str], dict[Kind, Prepared]] = defaultdict(dict)
    for kind, written in library.load(by_kind).items():
        prepared = _prepared(batch, kind, written, by_kind[kind])
        if written is not None and prepared is not None:
            groups[kind.channel, kind.purpose, written.topic][kind] = prepared
    values = _values_of_runs(by_kind, groups)
    workspace = Workspace.current()
    house = House.of(workspace)
    restraint = Restraint(claimed, workspace_rules.of(workspace))
    for (channel, purpose, topic), kinds in groups.items():
        verdicts = Verdicts(
            channel,
            _PURPOSES[purpose],
            topic,
            [message.contact_id for kind in kinds for message in by_kind[kind]],
            fields=any(prepared.wants_fields for prepared in kinds.values()),
        )
        for kind, prepared in kinds.items():
            _write(batch, by_kind[kind], prepared, verdicts, house, values, restraint if restraint.acts else None)
    if batch.links:
        sql.insert_links(sorted(set(batch.links)))
    return batch


def _prepared(batch: Batch, kind: Kind, written: Written | None, messages: list[Claimed]) -> Prepared | None:
    if written is None:
        batch.reject(messages, "Its content was deleted.", "no_content")
        return None
    try:
        return library.ready(kind, written)
    except DatabaseError:
        raise
    except Exception as error:  # LiquidError, or what nobody foresaw: it ends these messages, not everybody's
        if not isinstance(error, LiquidError):
            log.exception("A content cannot be prepared.")
        batch.reject(messages, f"The content is broken: {error}", "broken_content")
        return None


def _values_of_runs(
    by_kind: Mapping[Kind, Sequence[Claimed]], groups: Mapping[Any, Mapping[Kind, Prepared]]
) -> Mapping[int, Mapping[str, Any]]:
    """What templates see of run, event and steps; asked only for those that look."""
    asking = {kind: prepared for kinds in groups.values() for kind, prepared in kinds.items() if prepared.wants_run}
    steps = any("steps" in prepared.roots for prepared in asking.values())
    return runs.values_of(sorted({message.run_id for kind in asking for message in by_kind[kind]}), steps=steps)


def _write(
    batch: Batch,
    messages: Sequence[Claimed],
    prepared: Prepared,
    verdicts: Verdicts,
    house: House,
    values: Mapping[int, Mapping[str, Any]],
    restraint: Restraint | None,
) -> None:
    reasons, people, hashes, channel = verdicts.reasons, verdicts.people, verdicts.hashes, verdicts.channel
    for message in messages:
        if time.monotonic() > batch.until and (batch.letters or batch.refused):
            return  # a text that takes long to write (see `language.RENDER_S`) leaves the rest for later
        contact_id = message.contact_id
        reason = reasons[contact_id]
        if reason is not None:
            batch.refused.append(Result(message, Status.SKIPPED, clock.now(), reason=reason))
            continue
        person = people[contact_id]
        if restraint is not None:
            kept = restraint.of(message, hashes[contact_id], person.time_zone)
            if kept is not None:
                batch.refused.append(kept)
                continue
        is_demo = bool(message.is_demo or person.is_demo)
        try:
            letter, links = render(
                prepared,
                person,
                house,
                message_id=message.id,
                run_id=message.run_id,
                nth=message.nth,
                workflow_id=message.workflow_id,
                channel=channel,
                purpose=message.purpose,
                address_hash=hashes[contact_id],
                is_demo=is_demo,
                run_values=values.get(message.run_id),
            )
        except Exception as error:  # values are hostile: whatever a filter makes of them ends this message alone
            batch.reject([message], f"The content could not be written: {error}", "broken_content")
            continue
        if links:
            batch.links += links
        batch.letters[channel, is_demo].append((message, letter))
