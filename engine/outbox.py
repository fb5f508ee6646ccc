"""The outbox: what leaves the house. Lease and commit; call with no transaction open; result, commit, and the run goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from contacts import clock, demo_clock, faults, locks
from contacts.among import Among
from contacts.models import Workspace
from contacts.normalise import storable
from engine import answers, health, message_events, notices, sql
from engine.messaging import delivery, waiting
from engine.messaging.claimed import Result, Settled
from engine.messaging.models import Message, Status
from engine.models import Effect, Run
from engine.models.effect import EffectStatus

log = logging.getLogger("trellis.engine")

LEASE_S = 25
# Groups of effects are carried out one after another: with the longest call (20 s) what begins within this time ends within its
# lease. What has not begun by then is handed back.
BEGIN_WITHIN_S = 4
RETRIES_S = (30, 120, 600, 3600)

# What carries out effects of a kind: contacts and their payload -> "" or why it was refused for good. Raises
# `engine.messaging.senders.SendError` for what may pass with time.
Carrier = Callable[[dict, Sequence[int]], str]
_carriers: dict[str, Carrier] = {}
# What becomes of some effects: their status, and when they are tried again.
Decided = tuple[EffectStatus, datetime | None, list[Effect]]


def carries(kind: str, carrier: Carrier) -> None:
    """Register who carries out effects of `kind`."""
    _carriers[kind] = carrier


# Its transactions are short and writing the mails holds no lock, so the outbox needs no pace of its own.
BATCH = 500


def tick(limit: int = BATCH) -> int:
    """One round: recover what a crash left, hand over messages, carry out effects. Returns how many were settled or retried."""
    demo_clock.sync()
    now = clock.now()
    settled: list[Settled] = []
    if delivery.something_expired():
        with transaction.atomic():
            # Without the contacts' locks, which come before those of messages: their runs go on with the next batch.
            settled = delivery.recover(now)
            answers.settle(_answers(settled))
        message_events.settled(settled, lock=True)
    if waiting.something_due(now):
        with transaction.atomic():
            settled += (given_up := waiting.work(now))
            message_events.settled(given_up)
            answers.go_on(_answers(given_up))
    claimed = delivery.claim(limit, now)
    if claimed:
        results = delivery.deliver(claimed)
        faults.point("outbox.delivered")
        with transaction.atomic():
            locks.lock({result.message.contact_id for result in results})
            _held_still(results)
            _give_up_what_is_over(results)
            final = delivery.record(results)
            message_events.settled(final)
            answers.go_on(_answers(final))
        faults.point("outbox.recorded")
    done = len(settled) + len(claimed) + carry_out(limit)
    health.look_at_noted()
    return done + notices.mail_due()


def _held_still(results: Iterable[Result]) -> None:
    """Somebody may have resumed since these were asked: nobody would ever come for what is held by a pause that is over."""
    held = [one for one in results if one.status is Status.HELD and one.reason in ("paused", "stopped_all")]
    if not held:
        return
    # Locked until it is written: a resume at the same moment would not see what we hold.
    stopped = any(one.stopped_at for one in Workspace.objects.select_for_update(no_key=True))
    paused = sql.still_paused({one.message.workflow_id for one in held})
    for one in held:
        if not (stopped if one.reason == "stopped_all" else one.message.workflow_id in paused):
            one.status, one.reason, one.retry_at = Status.PLANNED, "", one.at


def something_due() -> bool:
    """Is there a message or an effect that may go now, or a lease that ran out?"""
    now = clock.now()
    return (
        delivery.something_due(now)
        or (sql.effects_wait(clock.to_micros(now)) and _due(now).exists())
        or notices.something_due()
    )


def _answers(settled: Iterable[Settled]) -> list[answers.Answer]:
    return [answers.Answer(one.run_id, one.contact_id, one.nth, int(one.status)) for one in settled]


def _give_up_what_is_over(results: Sequence[Result]) -> None:
    """A run that ended while its message was claimed: what has not left by then is not tried again. Contacts locked.

    What was issued again by hand, for somebody who had left before, is newer than the end and goes on.
    """
    back = {result.message.id: result for result in results if result.status in (Status.PLANNED, Status.HELD)}
    if not back:
        return
    ended = _ended({result.message.run_id for result in back.values()})
    ours = [pk for pk, result in back.items() if result.message.run_id in ended]
    for pk, not_before in Message.objects.filter(pk__in=ours).values_list("pk", "not_before"):
        result = back[pk]
        if not_before <= ended[result.message.run_id]:
            result.status, result.reason, result.retry_at = Status.CANCELLED, "", None


def _ended(run_ids: Iterable[int]) -> dict[int, datetime]:
    """Which of these runs are over, and since when."""
    rows = Run.objects.filter(pk__in=run_ids, ended_at__isnull=False).values_list("pk", "ended_at")
    return {pk: at for pk, at in rows if at is not None}


# --- effects ------------------------------------------------------------------------------------
def _due(now: datetime) -> QuerySet[Effect]:
    """What may be carried out: not while its workflow is paused, and nothing while the workspace is stopped."""
    free = Effect.objects.filter(due_at__lte=now)
    if not free.exists():
        return free.none()
    if Workspace.objects.filter(stopped_at__isnull=False).exists():
        return free.none()
    if paused := sql.paused_workflows():
        free = free.exclude(Exists(Run.objects.filter(pk=OuterRef("run_id"), workflow_id__in=paused)))
    return free.filter(lease_until=None) | free.filter(lease_until__lt=datetime.now(UTC))


def carry_out(limit: int) -> int:
    """Claim due effects and carry them out, one call for all contacts of the same kind and payload."""
    now = clock.now()
    if not sql.effects_wait(clock.to_micros(now)):
        return 0
    with transaction.atomic():
        found = _due(now).order_by("due_at", "id")
        if sql.on_postgresql():
            found = found.select_for_update(skip_locked=True)
        effects = list(found[:limit])
        ids = [effect.pk for effect in effects]
        Effect.objects.filter(pk__in=ids).update(
            status=EffectStatus.CLAIMED,
            lease_until=datetime.fromtimestamp(time.time() + LEASE_S, UTC),
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
        )
    taken = time.monotonic()
    if effects:
        faults.point("outbox.claimed")
    groups: dict[str, list[Effect]] = {}
    for effect in effects:
        effect.fence += 1
        effect.attempts += 1
        groups.setdefault(f"{effect.kind}:{effect.payload!r}", []).append(effect)
    late: list[Effect] = []
    for group in groups.values():
        if time.monotonic() - taken > BEGIN_WITHIN_S:
            late += group
        else:
            _carry(group)
    if late:
        _hand_back(late)
    return len(effects)


def _hand_back(effects: list[Effect]) -> None:
    """They may be claimed again at once, and have not been tried."""
    with transaction.atomic():
        held = _held(effects)
        ours = [effect.pk for effect in effects if held.get(effect.pk) == effect.fence]
        Effect.objects.filter(Among("pk", ours)).update(
            status=EffectStatus.PLANNED, lease_until=None, attempts=F("attempts") - 1
        )


def _held(group: list[Effect]) -> dict[int, int]:
    """{id: fence} of those that somebody holds, locked."""
    held = Effect.objects.filter(Among("pk", [effect.pk for effect in group]), status=EffectStatus.CLAIMED)
    if sql.on_postgresql():
        held = held.select_for_update()
    return dict(held.values_list("pk", "fence"))


def _carry(group: list[Effect]) -> None:
    from engine.messaging.senders import SendError

    first = group[0]
    error, permanent, wait_s = "", True, 0.0
    try:
        # A simulation takes every effect for carried out.
        if not clock.is_simulated():
            error = _carriers[first.kind](first.payload, [effect.contact_id for effect in group])
    except SendError as problem:
        error, permanent, wait_s = str(problem), problem.permanent, problem.retry_after_s
    except DatabaseError:
        raise
    except Exception as problem:  # nothing is tried for ever, and the other groups must not wait for it
        log.exception("Effects of the kind %s could not be carried out.", first.kind)
        error, permanent = f"{type(problem).__name__}: {problem}", False
    faults.point("outbox.carried")
    with transaction.atomic():
        locks.lock({effect.contact_id for effect in group})
        given: list[answers.Answer] = []
        now = clock.now()
        # Only the holder of the newest lease may answer.
        fences = _held(group)
        for status, retry_at, effects in _still_wanted(_sorted_out(group, error, permanent, now, wait_s)):
            ours = [effect for effect in effects if fences.get(effect.pk) == effect.fence]
            Effect.objects.filter(Among("pk", [effect.pk for effect in ours])).update(
                status=status, due_at=retry_at, lease_until=None, error=storable(error[:2000])
            )
            if len(ours) < len(effects):
                log.warning("%d answers for %s came too late and were dropped.", len(effects) - len(ours), first.kind)
            if retry_at is None and status != EffectStatus.CANCELLED:
                answer = Status.ACCEPTED if status == EffectStatus.DONE else Status.REJECTED
                given += [
                    answers.Answer(effect.run_id, effect.contact_id, effect.nth, int(answer), of_message=False)
                    for effect in ours
                ]
        answers.go_on(given)


def _sorted_out(group: list[Effect], error: str, permanent: bool, now: datetime, wait_s: float = 0) -> list[Decided]:
    if not error:
        return [(EffectStatus.DONE, None, group)]
    given_up = [one for one in group if permanent or one.attempts > len(RETRIES_S)]
    again: dict[int, list[Effect]] = {}
    for one in group:
        if one not in given_up:
            again.setdefault(RETRIES_S[one.attempts - 1], []).append(one)
    return [
        (EffectStatus.REJECTED, None, given_up),
        *(
            (EffectStatus.PLANNED, now + timedelta(seconds=max(wait, min(wait_s, 86_400))), those)
            for wait, those in again.items()
        ),
    ]


def _still_wanted(decided: list[Decided]) -> list[Decided]:
    """As with messages: what would be tried again for a run that has ended meanwhile is cancelled."""
    back = [one for status, _, effects in decided if status == EffectStatus.PLANNED for one in effects]
    ended = _ended({one.run_id for one in back}) if back else {}
    over = [one for one in back if one.run_id in ended and one.due_at and one.due_at <= ended[one.run_id]]
    if not over:
        return decided
    rest = [(status, at, [one for one in effects if one not in over]) for status, at, effects in decided]
    return [*rest, (EffectStatus.CANCELLED, None, over)]


def next_due(after: int) -> int | None:
    """The earliest moment later than `after` (microseconds) at which a message or an effect may go."""
    waiting = Effect.objects.filter(due_at__gt=clock.from_micros(after)).order_by("due_at").first()
    found = [delivery.next_due(after), clock.to_micros(waiting.due_at) if waiting and waiting.due_at else None]
    return min((at for at in found if at is not None), default=None)
