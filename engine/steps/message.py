"""What all steps that send have in common: the gate, the plan, the wait for the outbox's answer, the ways out."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, ClassVar

from builder.nodes import Names, Port
from engine.batch import Batch, Token
from engine.messaging import gate
from engine.messaging.models import Status
from engine.messaging.plan import NewMessage
from engine.steps.base import Step

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
}


class MessageStep(Step):
    """Base of e-mail and SMS. While its message is on the way the run stays here, so "since this step" means the hand-off."""

    ports = (Step.NEXT, Port("skipped", "Skipped", "skipped"), Port("failed", "Failed", "failed"))
    group = "messages"
    channel: ClassVar[str]  # type: ignore[misc]

    @classmethod
    def written(cls, batch: Batch) -> tuple[int | None, dict[str, Any] | None, str]:
        """What this node sends: (content version, the node's own words beside or instead of it, topic)."""
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
        version, body, topic = cls.written(batch)
        purpose = batch.settings.purpose
        reasons = gate.decide(cls.channel, purpose, topic, [token.contact_id for token in tokens])
        add = batch.work.messages.append
        for token in tokens:
            reason = reasons[token.contact_id]
            token.result = Status.PLANNED if reason is None else Status.SKIPPED
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
                    content_version_id=version,
                    body=body,
                    not_before=batch.now,
                    is_demo=bool(token.is_demo),
                    status=Status(token.result),
                    reason=reason or "",
                )
            )
            if reason is None:
                batch.park(token, None)
            else:
                batch.go(token, "skipped", [["skipped", reason]])

    @classmethod
    def _leave(cls, batch: Batch, token: Token) -> None:
        if token.result in SENT:
            batch.go(token, "next", [["in_doubt"]] if token.result == Status.IN_DOUBT else None)
        elif token.result == Status.SKIPPED:
            batch.go(token, "skipped", [["skipped", "later"]])
        else:
            batch.fail(token, "The provider did not accept it")

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] == "skipped":
            return f"Not sent: {REFUSALS.get(entry[1], 'the gate refused it when it was to go out')}."
        if entry[0] == "in_doubt":
            return "Handed over, but the answer was lost: in doubt, not sent again by itself."
        return None
