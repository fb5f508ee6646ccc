"""Conditions in plain English: what is asked, and why it came out as it did."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any

from contacts.conditions import registry
from contacts.conditions.fact import Names, Plain
from contacts.conditions.tree import Leaf, Node, read

MOST = 4
JOINED = {"all": " and ", "any": " or ", "none": " or "}


def sentence(tree: Any, names: Names | None = None) -> str:
    """ "Opened Introduction and has the tag vip". Never raises: what cannot be read is said to be unfinished."""
    node, problems = read(tree)
    told = _words(node, names or Plain(), outermost=True)
    if not told:
        return "Not finished yet" if problems else "Everybody"
    return told[:1].upper() + told[1:]


def _words(node: Node, names: Names, *, outermost: bool = False) -> str:
    if isinstance(node, Leaf):
        told = node.fact.words(node.settings, names)
        # Names of brands and addresses keep their letters: only our own first word becomes small.
        return told[:1].lower() + told[1:]
    parts = [said for part in node.parts if (said := _words(part, names))]
    if not parts:
        return ""
    shown = parts[:MOST]
    told = JOINED[node.kind].join(shown)
    if len(parts) > MOST:
        told += f"{JOINED[node.kind]}{len(parts) - MOST} more"
    if node.kind == "none":
        return f"not: {told}" if outermost else f"not ({told})"
    return told if outermost or len(parts) == 1 else f"({told})"


def why_sentence(why: Any, names: Names | None = None, zone: tzinfo = UTC) -> str:
    """One plain sentence or two from what a visit stored: "Opened Introduction: no. Sent 12 May 09:02; 2 machine opens ignored."

    Entries that are no facts of conditions (their kinds explain them) are passed over. Never raises: rows are old.
    """
    told = []
    for entry in why if isinstance(why, list) else []:
        if not (isinstance(entry, list) and len(entry) == 3 and isinstance(entry[2], dict)):
            continue
        fact = registry.get(entry[0]) if isinstance(entry[0], str) else None
        if fact is None:
            continue
        try:
            said = fact.why_words(bool(entry[1]), entry[2], names or Plain(), zone)
        except (KeyError, TypeError, ValueError, OverflowError):  # written by another release
            said = f"{fact.label}: {'yes' if entry[1] else 'no'}"
        said = said[:1].upper() + said[1:]
        told.append(said if said.endswith((".", "!", "?")) else f"{said}.")
    return " ".join(told)
