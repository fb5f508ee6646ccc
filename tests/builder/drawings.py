"""Short ways to write a document."""

from __future__ import annotations

from typing import Any

VIP = {"all": [{"fact": "tag", "is": "vip"}]}


def node(name: str, kind: str, label: str = "", **settings: Any) -> dict[str, Any]:
    return {
        "id": name,
        "kind": kind,
        "label": label,
        "position": {"x": 0, "y": 0},
        "enabled": True,
        "settings": settings,
    }


def trigger(name: str = "n1") -> dict[str, Any]:
    return node(name, "trigger", on="contact_added")


def leave(name: str, outcome: str = "completed") -> dict[str, Any]:
    return {**node(name, "exit", outcome=outcome), "settings_version": 2}


def document(nodes: list[dict[str, Any]], *edges: str, **settings: Any) -> dict[str, Any]:
    """Edges as "n1 next n2"."""
    return {
        "format": 1,
        "nodes": nodes,
        "edges": [
            {"id": f"e{place}", **dict(zip(("source", "port", "target"), edge.split(), strict=True))}
            for place, edge in enumerate(edges, 1)
        ],
        "notes": [],
        "settings": settings,
    }


def simple(duration: str = "P3D") -> dict[str, Any]:
    """In, three days, out."""
    return document([trigger(), node("n2", "wait", duration=duration), leave("n3")], "n1 next n2", "n2 next n3")
