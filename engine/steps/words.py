"""Turns of phrase that several steps share."""

from __future__ import annotations

from collections.abc import Sequence


def joined(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def adds_and_removes(thing: str, added: Sequence[str], removed: Sequence[str]) -> str:
    """ "Adds the tag vip, removes the tag lead"."""

    def part(verb: str, items: Sequence[str]) -> str:
        return f"{verb} {thing}{'' if len(items) == 1 else 's'} {joined(items)}"

    parts = [part(verb, items) for verb, items in (("adds", added), ("removes", removed)) if items]
    text = ", ".join(parts) or f"names no {thing.removeprefix('the ')} yet"
    return text[0].upper() + text[1:]
