"""What may be stored as a drawing at all. Inside these bounds a draft saves however wrong it is."""

from __future__ import annotations

import json
from math import isinf
from typing import Any, NoReturn

from builder.errors import DocumentTooLarge, MalformedDocument
from builder.graph import MAX_EDGES, MAX_NODES

MAX_BYTES = 2 * 1024 * 1024
# Far beyond a condition of depth 20 inside a branch; below what Python's recursion bears.
MAX_DEPTH = 100


def read(raw: bytes, most: int = MAX_BYTES) -> Any:
    """JSON text as values. Raises `DocumentTooLarge` or `MalformedDocument` with the place of the first error."""
    if len(raw) > most:
        raise DocumentTooLarge
    try:
        value = json.loads(raw, parse_constant=_not_a_number, parse_float=_number)
    except json.JSONDecodeError as error:
        if not raw.strip():
            raise MalformedDocument("This is not JSON: there is nothing in it.") from error
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedDocument(f"This is not JSON: {error.msg} in {place}.", place) from error
    except UnicodeDecodeError as error:
        raise MalformedDocument(f"This is not UTF-8 text: byte {error.start}.", f"byte {error.start}") from error
    except ValueError as error:  # a number of thousands of digits
        raise MalformedDocument(f"This JSON cannot be read: {error}") from error
    except RecursionError as error:
        raise MalformedDocument("This JSON is nested too deeply.") from error
    check_depth(value)
    return value


def _not_a_number(name: str) -> NoReturn:
    raise MalformedDocument(f"This is not JSON: {name} is no number.")


def _number(text: str) -> float:
    number = float(text)
    if isinf(number):  # 1e999 is JSON, but nothing that could be stored as JSON again
        raise MalformedDocument(f"This JSON cannot be read: {text[:40]} is too large a number.")
    return number


def check_depth(value: Any) -> None:
    """Refuse what is nested beyond `MAX_DEPTH`, and text that is no Unicode (half a surrogate pair)."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        deeper: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                deeper.extend(item.values())
                deeper.extend(item)
            elif isinstance(item, list):
                deeper.extend(item)
            elif isinstance(item, str) and not _is_unicode(item):
                raise MalformedDocument("Some text in this document is broken: it holds half a character.")
        if not deeper:
            return
        level = deeper
    raise MalformedDocument(f"This document is nested more than {MAX_DEPTH} levels deep.")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check(document: Any, *, strict: bool = False) -> dict[str, Any]:
    """The document, if it has the shape of one; raises `MalformedDocument` with the place of the first error.

    `strict` is for imports: every step has an id and a kind, every connection its ends. A draft may lack them.
    """
    if not isinstance(document, dict) or "nodes" not in document:
        # Without this, an empty body would wipe a drawing.
        raise MalformedDocument("A workflow is a JSON object with “nodes” and “edges”.", "nodes")
    for key, most, words in (
        ("nodes", MAX_NODES, "steps"),
        ("edges", MAX_EDGES, "connections"),
        ("notes", MAX_NODES, "notes"),
    ):
        items = document.get(key, [])
        if not isinstance(items, list):
            raise MalformedDocument(f"“{key}” is not a list.", key)
        if len(items) > most:
            raise MalformedDocument(f"A workflow may have at most {most:,} {words}; this one has {len(items):,}.", key)
        for place, item in enumerate(items):
            if not isinstance(item, dict):
                raise MalformedDocument(f"“{key}.{place}” is not an object.", f"{key}.{place}")
    if not isinstance(document.get("settings", {}), dict):
        raise MalformedDocument("“settings” is not an object.", "settings")
    if strict:
        _check_items(document)
    return document


def _check_items(document: dict[str, Any]) -> None:
    for key, parts in (("nodes", ("id", "kind")), ("edges", ("source", "port", "target"))):
        for place, item in enumerate(document.get(key, [])):
            for part in parts:
                if not isinstance(item.get(part), str) or not item[part]:
                    raise MalformedDocument(f"“{key}.{place}.{part}” is missing or not text.", f"{key}.{place}.{part}")
    for place, item in enumerate(document["nodes"]):
        if not isinstance(item.get("settings", {}), dict):
            raise MalformedDocument(f"“nodes.{place}.settings” is not an object.", f"nodes.{place}.settings")
