from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from contacts import consents
from contacts.models import CHANNELS
from engine.batch import Batch
from engine.steps.base import Step


class ConsentSettings(Settings):
    subject: str = Field(
        "",
        title="Consent to",
        max_length=60,
        description="A channel, or a topic such as your newsletter.",
        json_schema_extra={"x-widget": "select", "x-options": "/api/consents/subjects/"},
    )
    state: Literal["in", "out"] = Field(
        "in", title="Is", json_schema_extra={"x-widget": "select", "x-labels": {"in": "Given", "out": "Withdrawn"}}
    )
    basis: str = Field(
        "",
        title="On what basis",
        max_length=2000,
        description="What they agreed to, and where. It stands in the proof log.",
        json_schema_extra={"x-placeholder": "Ticked “Send me the newsletter” on the sign-up form"},
    )


class Consent(Step):
    """Notes that the contact agreed to a channel or a topic, or withdrew. It goes into the proof log, with the basis that you give.

    Only note what people really said: a workflow cannot agree in their place.
    """

    kind = "consent"
    label = "Consent"
    icon = "shield-check"
    group = "contact"
    place = 40
    ports = (Step.NEXT,)
    example = {"subject": "email", "state": "in", "basis": "Ticked the box on the sign-up form"}
    Settings = ConsentSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        settings = batch.settings
        for tokens, depth in batch.by_depth():
            consents.set(
                [token.contact_id for token in tokens],
                settings.subject,
                settings.state,
                source=f"workflow:{batch.program.workflow_id}",
                text=settings.basis,
                by_workflow=batch.program.workflow_id,
                run_ids={token.contact_id: token.id for token in tokens},
                depth=depth,
                lock=False,
            )
        batch.go_all()

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        subject = node.settings.get("subject", "")
        if not subject:
            yield Problem(node.id, "subject", "Consent to what?")
        elif subject not in CHANNELS and subject not in names.topics:
            yield Problem(node.id, "subject", f"“{subject}” is neither a channel nor a topic.")
        if not node.settings.get("basis", "").strip() and node.settings.get("state", "in") == "in":
            yield Problem(node.id, "basis", "A consent needs its basis: what did they agree to, and where?")

    @classmethod
    def summary(cls, settings: ConsentSettings, names: Names) -> str:
        called = CHANNELS.get(settings.subject) or names.topic(settings.subject) or "…"
        return f"Consent to {called}: {'given' if settings.state == 'in' else 'withdrawn'}"
