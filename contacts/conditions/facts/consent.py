from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import tzinfo
from typing import Any, Literal

from django.db.models import CharField, Q, Subquery
from pydantic import Field

from contacts.clock import to_micros
from contacts.conditions.columns import Columns
from contacts.conditions.fact import Answer, Fact, FactSettings, Names, Reader, Row
from contacts.conditions.known import known
from contacts.conditions.packing import Packed
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope, Subject
from contacts.conditions.texts import Name, day
from contacts.models import CHANNELS, ConsentProof, ConsentState, Topic


class Asked(FactSettings):
    subject: Name = Field(
        title="Consent to",
        description="A channel (email, sms, web_push, mobile_push) or a topic such as newsletter.",
        json_schema_extra={"x-widget": "select", "x-options": "/api/consents/subjects/"},
    )
    state: Literal["in", "out", "unknown"] = Field(
        "in",
        title="is",
        json_schema_extra={"x-labels": {"in": "Given", "out": "Withdrawn", "unknown": "Never asked"}},
    )


@register
class Consent(Fact):
    """What the contact agreed to: a channel or a topic, given, withdrawn, or never said."""

    fact = "consent"
    label = "Consent"
    group = "contact"
    examples = (
        {"fact": "consent", "subject": "sms", "state": "in"},
        {"fact": "consent", "subject": "newsletter", "state": "unknown"},
    )
    Settings = Asked

    def sql(self, leaf: Asked, scope: Scope) -> Q:
        said = ConsentState.objects.filter(subject=leaf.subject)
        if leaf.state == "unknown":
            return ~Q(pk__in=said.values("contact_id"))
        return Q(pk__in=said.filter(state=leaf.state).values("contact_id"))

    def reader(self, leaf: Asked, columns: Columns) -> Reader:
        said = ConsentState.objects.filter(subject=leaf.subject, contact_id=columns.contact)
        # The source of the latest proof of this state stands in the why: "given 23 Nov on the sign-up form".
        proof = ConsentProof.objects.filter(subject=leaf.subject, contact_id=columns.contact).order_by("-at", "-id")
        state = columns.add(
            Subquery(said.values(said=Packed("state", "since"))[:1], output_field=CharField()),
            ("consent", leaf.subject),
        )
        source = columns.add(
            Subquery(proof.values(told=Packed("state", "source"))[:1], output_field=CharField()),
            ("proof", leaf.subject),
        )
        unknown = Answer(leaf.state == "unknown", {"subject": leaf.subject, "state": "unknown"})

        def read(row: Row) -> Answer:
            if row[state] is None:
                return unknown
            found, since = row[state].split("|")
            told = row[source].split("|", 1) if row[source] else ("", "")
            return _answer(leaf, found, int(since), told[1] if told[0] == found else "")

        return read

    def ask(self, leaf: Asked, subject: Subject) -> Answer:
        said = ConsentState.objects.filter(contact=subject.contact, subject=leaf.subject).first()
        if said is None:
            return Answer(leaf.state == "unknown", {"subject": leaf.subject, "state": "unknown"})
        proof = (
            ConsentProof.objects.filter(contact=subject.contact, subject=leaf.subject).order_by("-at", "-id").first()
        )
        source = proof.source if proof is not None and proof.state == said.state else ""
        return _answer(leaf, said.state, to_micros(said.since), source)

    def topics(self, leaf: Asked) -> Iterable[str]:
        return ("consent_changed",)

    def problems(self, leaf: Asked, graph: Any) -> Iterable[tuple[str, str]]:
        if leaf.subject not in CHANNELS and leaf.subject not in known("topics", _topics):
            yield "subject", f"“{leaf.subject}” is neither a channel nor a topic."

    def words(self, leaf: Asked, names: Names) -> str:
        said = {"in": "has", "out": "has withdrawn", "unknown": "was never asked for"}[leaf.state]
        return f"{said.capitalize()} {_called(leaf.subject)} consent"

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        state = seen.get("state", "unknown")
        told = f"{_called(str(seen.get('subject', '')))} consent: {state}"
        if "since" in seen:
            told += f", {'given' if state == 'in' else 'withdrawn'} {day(seen['since'], zone)}"
        return told + (f" {_place(seen['source'])}" if seen.get("source") else "")


def _answer(leaf: Asked, state: str, since: int, source: str) -> Answer:
    value = state == leaf.state
    seen = {"subject": leaf.subject, "state": state, "since": since // 1_000_000}
    if source:
        seen["source"] = source[:80]
    return Answer(value, seen, since if value else None)


def _topics() -> set[str]:
    return set(Topic.objects.values_list("slug", flat=True))


def _called(subject: str) -> str:
    return {"email": "e-mail"}.get(subject) or CHANNELS.get(subject) or subject


def _place(source: str) -> str:
    """Where it was said, in words: sources are codes such as form:sign-up, import:12, api, admin, or plain text."""
    kind, _, rest = source.partition(":")
    if kind == "form" and rest:
        return f"on the {re.sub(r'[-_]+form$', '', rest)} form"
    if kind == "import":
        return f"by import {rest}".rstrip()
    if kind == "workflow":
        return "by a workflow"
    return {"api": "over the API", "admin": "in the admin"}.get(source, f"({source})")
