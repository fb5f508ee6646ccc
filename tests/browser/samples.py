"""Small drawings to begin with."""

from __future__ import annotations

from typing import Any


def node(number: str, kind: str, x: int, y: int, label: str = "", **settings: Any) -> dict[str, Any]:
    return {
        "id": number,
        "kind": kind,
        "label": label,
        "note": "",
        "position": {"x": x, "y": y},
        "enabled": True,
        "settings": settings,
    }


def document(nodes: list[dict[str, Any]], ways: str) -> dict[str, Any]:
    """`ways`: "n1>n2 n2.yes>n3"."""
    edges = []
    for number, way in enumerate(ways.split(), 1):
        start, _, target = way.partition(">")
        source, _, port = start.partition(".")
        edges.append({"id": f"e{number}", "source": source, "port": port or "next", "target": target})
    return {"format": 1, "nodes": nodes, "edges": edges, "notes": [], "settings": {"reentry": "once"}}


def choice() -> dict[str, Any]:
    """Trigger, wait, condition, an exit on each side."""
    return document(
        [
            node("n1", "trigger", 264, 0, on="manual"),
            node("n2", "wait", 264, 104, mode="duration", duration="P1D"),
            node("n3", "condition", 264, 208, when={"all": [{"fact": "phone_valid"}]}),
            node("n4", "exit", 128, 336, "Reached", outcome="completed", tags=[]),
            node("n5", "exit", 400, 336, "Not reached", outcome="no_response", tags=[]),
        ],
        "n1>n2 n2>n3 n3.yes>n4 n3.no>n5",
    )
