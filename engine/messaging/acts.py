"""The messages that a message fact asks about, and what was done with them: in SQL, and in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from django.db.models import F, Q
from pydantic import Field, model_validator

from contacts.clock import to_micros
from contacts.conditions.comparing_sql import JsonNumber
from contacts.conditions.fact import Answer
from contacts.conditions.patterns import Matches, matches
from contacts.conditions.texts import Id, Name, labelled
from contacts.conditions.windows import Bounds, Windowed
from contacts.models import Event
from engine.messaging.models import Hit, HitClass, HitKind, Message, Status

DID = {
    "sent": "Was sent", "delivered": "Received", "opened": "Opened", "clicked": "Clicked", "bounced": "Bounced",
    "replied": "Replied to", "skipped": "Was not sent",
}  # fmt: skip


class Asked(Windowed):
    did: Literal["sent", "delivered", "opened", "clicked", "bounced", "replied", "skipped"] = Field(
        "opened", title="What happened", json_schema_extra=labelled(DID)
    )
    node: str | None = Field(
        None,
        min_length=1,
        max_length=64,
        title="Message",
        json_schema_extra={"x-widget": "message_node", "x-run": True},
    )
    content: Id | None = Field(None, title="or content", json_schema_extra={"x-widget": "content"})
    any: Literal[True] | None = Field(None, title="or any message")
    link: Name | None = Field(
        None, title="Which link", description="An address; * stands for anything. Empty: any link."
    )
    machines: bool = Field(
        False, title="Count machines", description="Opens and clicks by privacy proxies, scanners and link checkers."
    )

    @model_validator(mode="after")
    def _one(self) -> Asked:
        if sum(which is not None for which in (self.node, self.content, self.any)) != 1:
            raise ValueError("Choose which message: one of this workflow, a content, or any.")
        if self.link and self.did != "clicked":
            raise ValueError("A link can only be clicked.")
        return self


class Sent(NamedTuple):
    """A message as far as conditions care. `role`: o the node's own, r a resend of it, s what it sends again itself."""

    accepted: int | None
    acts: Sequence[int]
    machine: int
    role: str


def micros_of(at: Any) -> int | None:
    return None if at is None else to_micros(at)


def roles_of(leaf: Asked, same_as: Any) -> dict[str, str]:
    """Which nodes' messages count for the leaf's node, and as what."""
    if leaf.node is None:
        return {}
    roles = {
        original: "s"
        for original, resends in same_as.items()
        if leaf.node in resends and leaf.did in ("opened", "clicked")
    }
    roles |= dict.fromkeys(same_as.get(leaf.node, ()), "r")
    return roles | {leaf.node: "o"}


def by_hits(leaf: Asked) -> bool:
    """Are the single opens and clicks needed, or do the moments of the first ones on the message do?

    They do wherever the window cannot begin after the hand-off: for a step's message since that step, or since the run began. Who
    opened last month and again today has opened within the last day, and only the single opens know.
    """
    if leaf.did not in ("opened", "clicked"):
        return False
    if leaf.link or leaf.machines:
        return True
    own = leaf.node is not None and leaf.since in ("run", leaf.node)
    return bool((leaf.since or leaf.within) and not own)


def by_firsts(leaf: Asked) -> bool:
    """Do the moments on the message count? Beside the single ones too: those of busy messages are not kept for ever."""
    return leaf.did != "replied" and not (by_hits(leaf) and (leaf.link or leaf.machines))


def again(leaf: Asked) -> bool:
    """Does it matter that something is opened or clicked once more?"""
    return by_hits(leaf) and bool(leaf.since or leaf.within)


def act_columns(leaf: Asked) -> tuple[str, ...]:
    """The columns of a message whose moments mean that it was done."""
    return {
        "sent": ("accepted_at",), "delivered": ("delivered_at",), "opened": ("opened_at", "clicked_at"),
        "clicked": ("clicked_at",), "bounced": ("accepted_at",), "skipped": ("planned_at",), "replied": (),
    }[leaf.did]  # fmt: skip


def able(leaf: Asked) -> Q:
    """Which messages can have it done to them: those that were handed over, or not sent at all."""
    if leaf.did == "skipped":
        return Q(status=Status.SKIPPED)
    return (
        Q(accepted_at__isnull=False, status=Status.BOUNCED) if leaf.did == "bounced" else Q(accepted_at__isnull=False)
    )


def of_content(leaf: Asked) -> Q:
    return Q() if leaf.content is None else Q(content_version__content_id=leaf.content)


def single_acts(leaf: Asked, messages: Any, contact: Any) -> tuple[Any, str, str]:
    """The single opens, clicks or replies of `messages`: a queryset, the path to their moment, and to the contact's zone."""
    if leaf.did == "replied":
        about = JsonNumber(F("properties"), "message")
        replies = Event.objects.filter(contact_id=contact, name="message_replied").alias(about=about)
        return replies.filter(about__in=messages.values("pk")), "occurred_at", "contact__time_zone"
    hits = Hit.objects.filter(message__in=messages.values("pk"))
    if leaf.did == "clicked":
        hits = hits.filter(kind=HitKind.CLICK)
    if not leaf.machines:
        hits = hits.exclude(verdict=HitClass.MACHINE)
    if leaf.link:
        hits = hits.filter(Q(Matches(F("link__url"), leaf.link)))
    return hits, "at", "message__contact__time_zone"


def acts_of(leaf: Asked, message: Message) -> list[int]:
    """When it was done with this message, in plain Python."""
    if message.accepted_at is None and leaf.did != "skipped":
        return []
    if leaf.did == "replied":
        replies = Event.objects.filter(contact_id=message.contact_id, name="message_replied")
        return [to_micros(reply.occurred_at) for reply in replies if reply.properties.get("message") == message.pk]
    firsts = [to_micros(at) for name in act_columns(leaf) if (at := getattr(message, name)) is not None]
    if by_hits(leaf):
        return (firsts if by_firsts(leaf) else []) + [
            to_micros(hit.at)
            for hit in Hit.objects.filter(message=message).select_related("link")
            if (leaf.did == "opened" or hit.kind == HitKind.CLICK)
            and (leaf.machines or hit.verdict != HitClass.MACHINE)
            and (not leaf.link or (hit.link is not None and matches(leaf.link, hit.link.url)))
        ]
    if leaf.did == "bounced" and message.status != Status.BOUNCED:
        return []
    if leaf.did == "skipped" and message.status != Status.SKIPPED:
        return []
    return firsts


def answer(leaf: Asked, messages: Sequence[Sent], window: Bounds | None) -> Answer:
    """What the messages say. `window` is None if its anchor was never reached."""
    seen = told_of(leaf)
    handed = [one.accepted for one in messages if one.accepted is not None and one.role != "s"]
    if handed:
        seen["sent"] = max(handed) // 1_000_000
    machine = sum(one.machine for one in messages)
    if machine and leaf.did in ("opened", "clicked"):
        seen["machine"] = machine
        if leaf.machines:
            seen["counted"] = True
    if window is None:
        if leaf.since:
            seen["never"] = leaf.since
        return Answer(False, seen)
    if not handed and leaf.did != "skipped":
        return Answer(False, seen)
    own = [one.accepted for one in messages if one.role == "o" and one.accepted is not None]
    acts: list[int] = []
    for one in messages:
        # What this node sends again counts from the moment that this node sent.
        low = window[0] if one.role != "s" else max(window[0], min(own, default=window[1] + 1))
        acts.extend(act for act in one.acts if low <= act <= window[1])
    if not acts:
        return Answer(False, seen)
    at = min(acts)
    seen["at"] = at // 1_000_000
    return Answer(True, seen, at)


def told_of(leaf: Asked) -> dict[str, Any]:
    """What the why says of the question."""
    seen: dict[str, Any] = {"did": leaf.did}
    if leaf.node is not None:
        seen["node"] = leaf.node
    elif leaf.content is not None:
        seen["content"] = leaf.content
    if leaf.link:
        seen["link"] = leaf.link[:80]
    return seen
