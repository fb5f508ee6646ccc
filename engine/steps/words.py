"""Turns of phrase that several steps share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from contacts import tags
from contacts.errors import Invalid


def joined(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def adds_and_removes(thing: str, added: Sequence[str], removed: Sequence[str]) -> str:
    """ "Adds the tag vip, removes the tag lead"."""

    def part(verb: str, items: Sequence[str]) -> str:
        return f"{verb} {thing}{'' if len(items) == 1 else 's'} {joined(items)}"

    parts = [part(verb, items) for verb, items in (("adds", added), ("removes", removed)) if items]
    text = ", ".join(parts) or f"names no {thing.removeprefix('the ')} yet"
    return text[0].upper() + text[1:]


def wrong_tags(field: str, names: Sequence[str]) -> Iterable[tuple[str, str]]:
    """(field, message) for each name that cannot be a tag: it would fail on everybody who comes by."""
    for place, name in enumerate(names):
        try:
            tags.names_of([name])
        except Invalid as error:
            yield f"{field}.{place}", error.problems[0]["message"]
