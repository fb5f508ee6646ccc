"""What a publish would do: what changed, who waits where, and what would become of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from builder import catalogue, diff, people
from builder.graph import Graph, parse
from builder.models import Workflow
from builder.names import DocumentNames
from builder.sentences import sentence


def impact(workflow: Workflow) -> dict[str, Any]:
    """The draft against the live version, as `POST impact/` answers.

    {"version": the next number, "people": n, "changes": [{node, label, what, text}], "waiting": [{node, label, kind,
    people, what, change, becomes, target}], "entering": [{node, label, people}]}. `entering` are those whom triggers let in
    at the publish, since they qualify already. `what` is same, changed or removed; `target` is for people at a removed
    step the nearest step after it that is left (None: they exit).
    """
    new = parse(workflow.draft)
    live = workflow.live_version
    old = parse(live.document) if live else None
    changes = diff.changes(old, new) if old else []
    last = workflow.versions.order_by("-number").values_list("number", flat=True).first() or 0
    waiting = _waiting(workflow, old, new, changes) if old else []
    return {
        "version": last + 1,
        "people": sum(place["people"] for place in waiting),
        "changes": [change.as_json() for change in changes],
        "waiting": waiting,
        "entering": _entering(workflow, new),
    }


def _entering(workflow: Workflow, drawing: Graph) -> list[dict[str, Any]]:
    names = DocumentNames(drawing)
    return [
        {
            "node": node,
            "label": drawing.nodes[node].label or sentence(drawing.nodes[node], names),
            "people": number,
        }
        for node, number in people.newcomers(workflow, drawing).items()
    ]


def _waiting(workflow: Workflow, old: Graph, new: Graph, changes: list[diff.Change]) -> list[dict[str, Any]]:
    inside: Counter[str] = Counter()
    for nodes in people.places(workflow.pk).values():
        inside.update(nodes)
    said = {change.node: change for change in changes}
    fates = people.forecast(
        workflow.pk, {node: new.nodes[node].settings for node in inside if node in said and node in new.nodes}
    )
    names, older = DocumentNames(new), DocumentNames(old)
    rows = []
    for node, number in inside.items():
        if not number:
            continue
        change = said.get(node)
        gone = node not in new.nodes
        other_kind = not gone and node in old.nodes and old.nodes[node].kind != new.nodes[node].kind
        place = old.nodes.get(node) if gone else new.nodes[node]
        target = _nearest(node, old, new) if gone or other_kind else None
        if gone or other_kind:
            what, text = "removed", "Removed" if gone else "It is another kind of step now"
            becomes = f"Go to {names.node(target)}" if target else "They leave the workflow"
        elif change:
            what, text = "changed", change.text
            becomes = fates.get(node) or "Stay, and go on by the new settings"
        else:
            what, text, becomes = "same", "Nothing", "Stay, and wait on as before"
        rows.append(
            {
                "node": node,
                "label": (older if gone else names).node(node),
                "kind": place.kind if place else "",
                "people": number,
                "what": what,
                "change": text,
                "becomes": becomes,
                "target": target,
            }
        )
    order = {"changed": 0, "removed": 1, "same": 2}
    return sorted(rows, key=lambda row: (order[row["what"]], -row["people"]))


def _nearest(node: str, old: Graph, new: Graph) -> str | None:
    """The first step behind a removed one that is still there, by the old drawing; `next`-like ways first."""
    queue, seen = [node], {node}
    while queue:
        at = queue.pop(0)
        kind = catalogue.get(old.nodes[at].kind) if at in old.nodes else None
        order = [port.name for port in kind.ports_of(old.nodes[at].settings)] if kind else []
        ways = old.ways(at)
        for port in [*[name for name in order if name in ways], *[name for name in ways if name not in order]]:
            target = ways[port]
            if target in new.nodes and new.nodes[target].kind == old.nodes[target].kind:
                return target
            if target not in seen:
                seen.add(target)
                queue.append(target)
    return None
