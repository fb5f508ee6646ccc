from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from contacts import columns, fields
from contacts.models import Contact
from engine.batch import Batch
from engine.steps.base import Step
from engine.steps.words import joined


class Change(BaseModel):
    field: str = Field(title="Field", max_length=60, json_schema_extra={"x-widget": "field"})
    op: Literal["set", "clear", "increment"] = Field(
        "set",
        title="What to do",
        json_schema_extra={
            "x-widget": "select",
            "x-labels": {"set": "Set it to", "clear": "Clear it", "increment": "Add to it"},
        },
    )
    value: str | float | bool | None = Field(
        None, title="Value", json_schema_extra={"x-show-if": {"op": ["set", "increment"]}}
    )


class UpdateContactSettings(Settings):
    changes: list[Change] = Field(default_factory=list, title="Changes", max_length=20)
    score: int = Field(0, title="Add to the score", ge=-10_000, le=10_000, description="A minus takes away.")


class UpdateContact(Step):
    """Writes into the contact's own fields: sets a value, clears it, or counts up; and changes the score.

    Values are checked against the field's type; what does not fit fails here and says so.
    """

    kind = "update_contact"
    label = "Update contact"
    icon = "user-edit"
    group = "contact"
    place = 10
    ports = (Step.NEXT,)
    example = {"changes": [{"field": "language", "op": "set", "value": "en"}], "score": 0}
    Settings = UpdateContactSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        settings = batch.settings
        changes = list(settings.changes)
        if settings.score:
            changes.append(Change(field="score", op="increment", value=settings.score))
        current: dict[int, Contact] = {}
        if any(change.op == "increment" for change in changes):
            current = Contact.objects.in_bulk([token.contact_id for token in batch.tokens])
        for tokens, depth in batch.by_depth():
            done = fields.update(
                {token.contact_id: cls._wanted(changes, current.get(token.contact_id)) for token in tokens},
                by_workflow=batch.program.workflow_id,
                depth=depth,
                strict=False,
                lock=False,
            )
            for token in tokens:
                wrong = done.problems.get(token.contact_id)
                if wrong:
                    batch.fail(token, "; ".join(one["message"] for one in wrong))
                else:
                    batch.go(token)

    @classmethod
    def _wanted(cls, changes: list[Change], contact: Contact | None) -> dict[str, Any]:
        wanted: dict[str, Any] = {}
        for change in changes:
            if change.op == "increment":
                held = wanted.get(change.field, columns.get(contact, change.field) if contact else None)
                step = change.value if isinstance(change.value, int | float) else 1
                wanted[change.field] = (held if isinstance(held, int | float) else 0) + step
            else:
                wanted[change.field] = None if change.op == "clear" else change.value
        return wanted

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if not node.settings.get("changes") and not node.settings.get("score"):
            yield Problem(node.id, "changes", "It changes nothing yet")
            return
        known = columns.Columns.load()
        for index, change in enumerate(node.settings.get("changes", ())):
            try:
                known.clean(change["field"], change.get("value") if change.get("op", "set") == "set" else None)
            except ValueError as error:
                yield Problem(node.id, f"changes.{index}.value", str(error))

    @classmethod
    def summary(cls, settings: UpdateContactSettings, names: Names) -> str:
        parts = []
        if settings.changes:
            parts.append(f"Updates {joined([change.field.replace('_', ' ') for change in settings.changes])}")
        if settings.score:
            parts.append(f"score {settings.score:+d}")
        return ", ".join(parts) or "Changes nothing yet"
