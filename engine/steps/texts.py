"""Texts that a step writes into a contact's fields, in Liquid. Filled within the runner's transaction, so they must be quick: no loops."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Self

from liquid.exceptions import LiquidError

from builder.problem import Severity
from contacts.models import Contact
from engine import template_values
from engine.batch import Token
from engine.messaging import content
from engine.messaging.gate import Person
from engine.messaging.render import House
from engine.messaging.template import Template

# What may cost more than a moment: a thousand people wait for it.
_SLOW = frozenset({"for", "tablerow"})


class CannotBeWritten(ValueError):
    """The text could not be written for this contact."""


@lru_cache(maxsize=512)
def _template(source: str) -> Template:
    return Template(source, escape=False)


class Texts:
    """The texts of one batch, with what they ask for."""

    def __init__(self, contacts: Mapping[int, Contact], runs: Mapping[int, Mapping[str, Any]], workspace: Any) -> None:
        self._contacts, self._runs, self._workspace = contacts, runs, workspace

    @classmethod
    def of(cls, sources: Sequence[str], tokens: Sequence[Token], contacts: Mapping[int, Contact]) -> Self:
        """No query without a text; else one for the workspace, and those for runs that some text asks for."""
        roots = {path[0] for source in sources for path in _template(source).paths}
        runs: Mapping[int, Mapping[str, Any]] = {}
        if roots & {"event", "run", "steps"}:
            runs = template_values.values([token.id for token in tokens], steps="steps" in roots)
        return cls(contacts, runs, House.current().workspace if "workspace" in roots else {})

    def written(self, source: str, token: Token) -> str:
        """Raises `CannotBeWritten`: values are hostile, and filters may stumble over them."""
        contact = self._contacts.get(token.contact_id)
        values: dict[str, Any] = {"contact": _shown(contact) if contact else {}, "workspace": self._workspace}
        values.update(self._runs.get(token.id, {}))
        try:
            return _template(source).fill(values).strip()
        except Exception as error:
            raise CannotBeWritten(f"The text could not be written: {error}") from error


def _shown(contact: Contact) -> dict[str, Any]:
    """As messages see a contact."""
    return Person(
        contact.pk, contact.email, contact.phone, contact.external_id, contact.first_name, contact.last_name, contact.language,
        contact.time_zone, contact.score, contact.is_demo, json.dumps(contact.fields), None, None, None,
    ).values()  # fmt: skip


def texts_problems(source: Any) -> Iterable[tuple[str, Severity]]:
    """(message, severity) for a text that is to be written into a field."""
    if not isinstance(source, str) or not source.strip():
        yield "Write what is to stand there, such as {{ event.order_id }}.", "error"
        return
    if len(source) > 1000:
        yield "The text may have at most 1,000 characters.", "error"
        return
    wrong = False
    for _, message, severity in content.text_problems({"value": source}):
        wrong = wrong or severity == "error"
        yield message, "warning" if severity == "warning" else "error"
    if not wrong:
        try:
            slow = _template(source).tags & _SLOW
        except LiquidError as error:
            yield content.explain(error), "error"
            return
        if slow:
            yield "A field is filled with a short text: there are no loops here.", "error"
