"""What became of a message: the one fact that messaging adds to conditions.

A node's messages are those of this run. An open or click of S's message counts for S, and for each node that sends "the
same as S" from the moment that node sent; what such a node sends counts for S as well, for it is S sent again. Clicked
implies opened. Opens and clicks by machines do not count unless asked for. Nothing sent, or an anchor that was never
reached: false, and the why says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from django.db.models import Exists, OuterRef, Q

from contacts.conditions import Fact, Names, Scope, Subject, known, register
from contacts.conditions.columns import Columns
from contacts.conditions.fact import Answer, Reader
from contacts.conditions.texts import moment, yes
from contacts.conditions.windows import NOBODY, bounds, window_problems, window_q, window_words
from contacts.models import CHANNELS
from engine.messaging.acts import (
    DID,
    Asked,
    Sent,
    able,
    act_columns,
    acts_of,
    again,
    answer,
    by_firsts,
    by_hits,
    micros_of,
    of_content,
    roles_of,
    single_acts,
)
from engine.messaging.asked import node_reader, total_reader
from engine.messaging.models import Content, Message


def _contents() -> set[int]:
    return set(Content.objects.values_list("pk", flat=True))


# Kinds of nodes that send are named like their channels.
SENDING = (*CHANNELS, "onsite")
TOPICS = {
    "sent": ("message_sent",), "delivered": ("message_delivered",), "opened": ("message_opened", "message_clicked"),
    "clicked": ("message_clicked",), "bounced": ("message_bounced",), "replied": ("message_replied",),
    "skipped": ("message_skipped",),
}  # fmt: skip
# What is not the first of its kind has events of its own, which let nobody in but wake who waits for it.
AGAIN = {
    "opened": ("message_opened_again", "message_clicked_again"),
    "clicked": ("message_clicked_again",),
}


@register
class MessageFact(Fact):
    """What became of a message of this workflow, of a content, or of any message: sent, delivered, opened, clicked …"""

    fact = "message"
    label = "Message"
    group = "messages"
    looks_back = True
    examples = (
        {"fact": "message", "node": "n2", "did": "opened", "since": "n2"},
        {"fact": "message", "node": "n2", "did": "clicked", "link": "https://shop.example/*", "within": "P2D"},
        {"fact": "message", "content": 3, "did": "opened", "within": "P30D"},
        {"fact": "message", "any": True, "did": "clicked", "machines": True},
    )
    Settings = Asked

    def topics(self, leaf: Asked) -> Iterable[str]:
        return (*TOPICS[leaf.did], *(AGAIN[leaf.did] if again(leaf) else ()))

    def problems(self, leaf: Asked, graph: Any) -> Iterable[tuple[str, str]]:
        yield from window_problems(leaf, graph)
        if leaf.content is not None and leaf.content not in known("contents", _contents):
            yield "content", "This content does not exist any more. Choose another."
        if leaf.node is None:
            return
        if graph is None:
            yield "node", "There is no run here: choose a content, or any message."
        elif leaf.node not in graph.nodes:
            yield "node", f"It asks about the step “{leaf.node}”, which does not exist."
        elif graph.nodes[leaf.node].kind not in SENDING:
            yield "node", f"The step “{leaf.node}” sends no message."

    def words(self, leaf: Asked, names: Names) -> str:
        return f"{_said(leaf.did, leaf.link, _which(leaf.model_dump(), names))}{window_words(leaf, names)}"

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        which = _which(seen, names)
        told = f"{_said(seen.get('did', 'opened'), seen.get('link'), which)}: {yes(value)}"
        if value and "at" in seen:
            told += f", {moment(seen['at'], zone)}"
        more = []
        if "sent" in seen:
            if seen.get("did") != "sent" or not value:
                more.append(f"Sent {moment(seen['sent'], zone)}")
        elif seen.get("did") != "skipped":
            more.append("It was never sent")
        if "never" in seen and "sent" in seen:
            more.append(f"{'The run' if seen['never'] == 'run' else names.node(seen['never'])} was not reached before")
        if seen.get("machine") and not seen.get("counted"):
            n = seen["machine"]
            more.append(f"{n} machine open{'' if n == 1 else 's'} ignored")
        return f"{told}. {'; '.join(more)}" if more else told

    # --- many contacts, no run: segments -------------------------------------------------------

    def sql(self, leaf: Asked, scope: Scope) -> Q:
        if leaf.node is not None:
            return NOBODY
        rows = Message.objects.filter(of_content(leaf), contact_id=OuterRef("pk"))
        if leaf.did == "replied" or by_hits(leaf):
            rows = Message.objects.filter(
                of_content(leaf), contact_id=OuterRef(OuterRef("pk")), accepted_at__isnull=False
            )
            acts, at, zone = single_acts(leaf, rows, OuterRef("pk"))
            single = Q(Exists(acts.filter(window_q(at, leaf, scope, zone))))
            if not by_firsts(leaf):
                return single
        else:
            single = NOBODY
        found = NOBODY
        for act in act_columns(leaf):
            found |= window_q(act, leaf, scope, "contact__time_zone") & Q(**{f"{act}__isnull": False})
        firsts = Message.objects.filter(of_content(leaf), contact_id=OuterRef("pk"))
        return single | Q(Exists(firsts.filter(able(leaf), found)))

    # --- a batch of rows ------------------------------------------------------------------------

    def reader(self, leaf: Asked, columns: Columns) -> Reader:
        if leaf.node is None:
            return total_reader(leaf, columns)
        if columns.scope.run is None:
            nothing = answer(leaf, [], None)
            return lambda row: nothing
        return node_reader(leaf, columns)

    # --- one contact ----------------------------------------------------------------------------

    def ask(self, leaf: Asked, subject: Subject) -> Answer:
        rows = list(Message.objects.filter(contact=subject.contact).select_related("content_version"))
        roles = roles_of(leaf, subject.same_as)
        if leaf.node is not None:
            inside = subject.run_id is not None
            rows = [row for row in rows if inside and row.run_id == subject.run_id and row.node in roles]
        elif leaf.content is not None:
            rows = [row for row in rows if row.content_version and row.content_version.content_id == leaf.content]
        messages = [
            Sent(micros_of(row.accepted_at), acts_of(leaf, row), row.machine_opens, roles.get(row.node, "o"))
            for row in rows
        ]
        return answer(leaf, messages, bounds(leaf, subject))


def _said(did: str, link: str | None, which: str) -> str:
    what = DID.get(did, did)
    return f"{what} {link} in {which}" if link else f"{what} {which}"


def _which(told: dict[str, Any], names: Names) -> str:
    if told.get("node") is not None:
        return names.node(told["node"])
    return names.content(told["content"]) if told.get("content") is not None else "any message"
