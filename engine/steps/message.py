"""What all steps that send have in common: the gate, the plan, the wait for the outbox's answer, the ways out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any, ClassVar

from builder.nodes import Names, Port
from engine.batch import Batch, Token
from engine.messaging import gate
from engine.messaging.models import Status
from engine.messaging.plan import NewMessage
from engine.steps.base import Step
from engine.steps.planning import Planning
from engine.steps.wording import Words

# Accepted and in doubt leave by next; what was delivered or bounced meanwhile had been accepted.
SENT = frozenset({Status.ACCEPTED, Status.DELIVERED, Status.BOUNCED, Status.COMPLAINED, Status.IN_DOUBT})

REFUSALS = {
    "no_address": "there is no address",
    "no_consent": "there is no consent",
    "no_topic_consent": "there is no consent to the topic",
    "opted_out": "the contact said no",
    "topic_opted_out": "the contact said no to the topic",
    "suppressed": "the address is suppressed",
    "hard_bounce": "the address does not exist",
    "complaint": "the contact complained before",
    "unsubscribe": "the contact unsubscribed",
    "manual": "the address was blocked by hand",
    "capped": "the contact has had enough messages",
    "quiet_hours": "it was not the hour for it",
    "test_only": "the address is not one of the test addresses",
    "stopped": "it was stopped and cancelled by hand",
}


class MessageStep(Step):
    """Base of e-mail and SMS. While its message is on the way the run stays here, so "since this step" means the hand-off."""

    ports = (Step.NEXT, Port("skipped", "Skipped", "skipped"), Port("failed", "Failed", "failed"))
    group = "messages"
    channel: ClassVar[str]  # type: ignore[misc]

    @classmethod
    def written(cls, batch: Batch, tokens: Sequence[Token]) -> Iterable[tuple[Words, Sequence[Token]]]:
        """What this node sends, and to whom: one group for all who get the same words."""
        raise NotImplementedError(cls)

    @classmethod
    def run(cls, batch: Batch) -> None:
        fresh = []
        for token in batch.tokens:
            if token.result is None:
                fresh.append(token)
            elif token.result == Status.PLANNED:
                batch.park(token, None)
            else:
                cls._leave(batch, token)
        if fresh:
            cls._plan(batch, fresh)

    @classmethod
    def _plan(cls, batch: Batch, tokens: list[Token]) -> None:
        purpose = batch.settings.purpose
        hold = Planning(batch, cls.channel, tokens)
        add = batch.work.messages.append
        for words, group in cls.written(batch, tokens):
            if words.content_version_id is None and not words.says_all:
                for token in group:
                    batch.fail(token, "Its content was deleted")
                continue
            verdicts = gate.Verdicts(cls.channel, purpose, words.topic, [token.contact_id for token in group])
            reasons = verdicts.reasons
            for token in group:
                reason = reasons[token.contact_id]
                status, not_before = Status.PLANNED, batch.now
                if reason is not None:
                    status = Status.SKIPPED
                elif hold.acts:
                    status, reason, not_before = hold.of(token, verdicts.hashes[token.contact_id])
                # Held or planned, it is the outbox that answers.
                token.result = Status.SKIPPED if status is Status.SKIPPED else Status.PLANNED
                add(
                    NewMessage(
                        contact_id=token.contact_id,
                        run_id=token.id,
                        nth=token.nth,
                        version_id=token.version_id,
                        workflow_id=token.workflow_id,
                        node=token.node,
                        channel=cls.channel,
                        purpose=purpose,
                        content_version_id=words.content_version_id,
                        body=words.body,
                        not_before=not_before,
                        is_demo=bool(token.is_demo),
                        status=status,
                        reason=reason or "",
                    )
                )
                if status is Status.SKIPPED:
                    batch.go(token, "skipped", [["skipped", reason]])
                else:
                    batch.park(token, None)

    @classmethod
    def _leave(cls, batch: Batch, token: Token) -> None:
        if token.result in SENT:
            batch.go(token, "next", [["in_doubt"]] if token.result == Status.IN_DOUBT else None)
        elif token.result == Status.SKIPPED:
            batch.go(token, "skipped", [["skipped", "later"]])
        elif token.result == Status.CANCELLED:
            batch.go(token, "skipped", [["skipped", "stopped"]])
        else:
            batch.fail(token, "The provider did not accept it")

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] == "skipped":
            return f"Not sent: {REFUSALS.get(entry[1], 'the gate refused it when it was to go out')}."
        if entry[0] == "in_doubt":
            return "Handed over, but the answer was lost: in doubt, not sent again by itself."
        return None
