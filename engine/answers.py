"""What the outbox answers lets runs go on: in the transaction that writes the answer."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import transaction

from contacts import clock
from engine import sql, wake
from engine.batch import Token, Work
from engine.messaging.models import Status
from engine.runner import Attempt, to_the_next_wait
from engine.standing import home_zone

log = logging.getLogger("trellis.engine")


class Answer(NamedTuple):
    """What the outbox says of the open visit of a run: a message's status, or what it means for an effect."""

    run_id: int
    contact_id: int
    nth: int
    result: int
    of_message: bool = True


def go_on(answers: Sequence[Answer]) -> None:
    """The outbox has final answers: their runs go on at once, in the caller's transaction and with its locks on the contacts.

    Writing the run once here, not twice (the answer now, the next node after a claim), is a third of what a message costs. What
    cannot go on now is due, with its answer: a second run of the same contact, and all if one fails (`advance` finds out which).
    """
    if not answers:
        return
    try:
        with transaction.atomic(), wake.deferred() as heard:
            _go_on(answers, heard)
    except Exception as error:
        log.warning("%d runs with an answer could not go on together: %s", len(answers), error)
        settle(answers)


def _go_on(answers: Sequence[Answer], heard: wake.Heard) -> None:
    heard.add(_heard_of(answers))
    work = Work(now=clock.now(), zone=home_zone())
    rows = {row[0]: row for row in sql.runs_of([answer.run_id for answer in answers])}
    tokens: dict[int, Token] = {}
    later = []
    for answer in answers:
        row = rows.get(answer.run_id)
        if row is None or row[5] != answer.nth:
            continue  # it has ended, or was moved on
        if answer.contact_id in tokens:
            later.append(answer)
            continue
        token = tokens[answer.contact_id] = Token(row)
        token.result = answer.result
    _mark_due(later, work.now_us)
    to_the_next_wait(list(tokens.values()), work, heard, Attempt())


def settle(answers: Sequence[Answer]) -> None:
    """The same without going on: the runs are due, with their answers. Needs no locks."""
    now_us = clock.to_micros(clock.now())
    _mark_due(answers, now_us)
    wake.ring(_heard_of(answers))


def _mark_due(answers: Iterable[Answer], now_us: int) -> None:
    sql.settle_runs([(now_us, answer.result, answer.run_id, answer.nth) for answer in answers])


def _heard_of(answers: Iterable[Answer]) -> set[tuple[int, str]]:
    return {
        (answer.contact_id, "message_skipped" if answer.result == Status.SKIPPED else "message_sent")
        for answer in answers
        if answer.of_message
    }
