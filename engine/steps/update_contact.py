from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from contacts import columns, conditions, fields
from contacts.models import Contact
from engine.batch import Batch, Token
from engine.steps.base import Step
from engine.steps.texts import CannotBeWritten, Texts, texts_problems
from engine.steps.words import joined


class Change(BaseModel):
    field: str = Field(title="Field", max_length=60, json_schema_extra={"x-widget": "field"})
    op: Literal["set", "template", "clear", "increment"] = Field(
        "set",
        title="What to do",
        json_schema_extra={
            "x-widget": "select",
            "x-labels": {
                "set": "Set it to",
                "template": "Write into it",
                "clear": "Clear it",
                "increment": "Add to it",
            },
        },
    )
    value: str | float | bool | None = Field(
        None,
        title="Value",
        description="What is written may name values, such as {{ event.order_id }}.",
        json_schema_extra={"x-show-if": {"op": ["set", "template", "increment"]}},
    )


class UpdateContactSettings(Settings):
    changes: list[Change] = Field(default_factory=list, title="Changes", max_length=20)
    score: int = Field(0, title="Add to the score", ge=-10_000, le=10_000, description="A minus takes away.")


class UpdateContact(Step):
    """Writes into the contact's own fields: sets a value, writes a text with values of the contact or the event into it, clears it, or
    counts up; and changes the score.

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
        if any(change.op in ("increment", "template") for change in changes):
            current = Contact.objects.in_bulk([token.contact_id for token in batch.tokens])
        texts = Texts.of([str(change.value) for change in changes if change.op == "template"], batch.tokens, current)
        for tokens, depth in batch.by_depth():
            wanted: dict[int, dict[str, Any]] = {}
            for token in tokens:
                try:
                    wanted[token.contact_id] = cls._wanted(changes, current.get(token.contact_id), texts, token)
                except CannotBeWritten as error:
                    batch.fail(token, str(error))
            done = fields.update(wanted, by_workflow=batch.program.workflow_id, depth=depth, strict=False, lock=False)
            for token in tokens:
                wrong = done.problems.get(token.contact_id)
                if token.contact_id not in wanted:
                    continue
                if wrong:
                    batch.fail(token, "; ".join(one["message"] for one in wrong))
                else:
                    batch.go(token)

    @classmethod
    def _wanted(cls, changes: list[Change], contact: Contact | None, texts: Texts, token: Token) -> dict[str, Any]:
        wanted: dict[str, Any] = {}
        for change in changes:
            if change.op == "increment":
                held = wanted.get(change.field, columns.get(contact, change.field) if contact else None)
                step = change.value if isinstance(change.value, int | float) else 1
                wanted[change.field] = (held if isinstance(held, int | float) else 0) + step
            elif change.op == "template":
                wanted[change.field] = texts.written(str(change.value), token)
            else:
                wanted[change.field] = None if change.op == "clear" else change.value
        return wanted

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if not node.settings["changes"] and not node.settings["score"]:
            yield Problem(node.id, "changes", "It changes nothing yet")
            return
        known = conditions.known("columns", columns.Columns.load)
        for index, change in enumerate(node.settings["changes"]):
            field, op, value = change["field"], change["op"], change["value"]
            if op == "template":
                if not known.knows(field):
                    yield Problem(node.id, f"changes.{index}.field", f"There is no field “{field}”.")
                for message, severity in texts_problems(value):
                    yield Problem(node.id, f"changes.{index}.value", message, severity)
                continue
            for message in fields.problems(field, op, value, known):
                yield Problem(node.id, f"changes.{index}.value", message)

    @classmethod
    def summary(cls, settings: UpdateContactSettings, names: Names) -> str:
        parts = []
        if settings.changes:
            parts.append(f"Updates {joined([change.field.replace('_', ' ') for change in settings.changes])}")
        if settings.score:
            parts.append(f"score {settings.score:+d}")
        return ", ".join(parts) or "Changes nothing yet"
