"""Change what is known about contacts, typed and checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from contacts import clock, columns, events, locks, sql
from contacts.cause import Cause, PerContact
from contacts.columns import BUILT_IN, Columns
from contacts.errors import Conflict, Gone, Invalid, Problem, problem
from contacts.events import NewEvent, Recorded
from contacts.models import Contact
from contacts.values import cast

UNIQUE = ("email", "external_id")


@dataclass(frozen=True, slots=True)
class Changed:
    """The `field_changed` events, and for each contact what was not taken and why."""

    events: list[Recorded]
    problems: dict[int, list[Problem]]


def update(
    values: Mapping[int, Mapping[str, Any]],
    *,
    by_workflow: int | None = None,
    run_ids: PerContact = None,
    depth: PerContact = 0,
    handled: bool = False,
    strict: bool = True,
    lock: bool = True,
    catalogue: Columns | None = None,
) -> Changed:
    """Set values by contact id: own columns (first_name, email, score ...) and custom fields by key; None clears.

    `strict`: any value that does not fit refuses all (`Invalid`, `Conflict`). Otherwise what fits is written and the
    rest is told. Calling twice is safe: only real changes are written, and leave an event. Constant number of queries.
    """
    catalogue = catalogue or Columns.load()
    clean, problems = _cleaned(values, catalogue)
    if strict and problems:
        raise Invalid(problems=[found for one in problems.values() for found in one])
    cause = Cause(by_workflow, run_ids, depth, handled)
    try:
        with transaction.atomic():
            if lock:
                existing = locks.lock_existing(values)
                if strict and existing != values.keys():
                    raise Gone
            contacts = {contact.pk: contact for contact in Contact.objects.filter(pk__in=list(values))}
            _without_taken(clean, contacts, problems, strict=strict)
            return Changed(write(contacts, clean, cause), problems)
    except IntegrityError:
        # Somebody else took the same address between our look and our write.
        raise Conflict from None


def write(contacts: Mapping[int, Contact], clean: Mapping[int, Mapping[str, Any]], cause: Cause) -> list[Recorded]:
    """Write cleaned values to contacts whose locks are held, and record what changed. At most five queries."""
    news: list[NewEvent] = []
    touched: list[Contact] = []
    for contact_id, wanted in clean.items():
        contact = contacts.get(contact_id)
        if contact is None:
            continue
        before = len(news)
        for key, value in wanted.items():
            old = columns.get(contact, key)
            if old == value and type(old) is type(value):
                continue
            columns.put(contact, key, value)
            news.append(
                NewEvent(
                    contact_id,
                    "field_changed",
                    {"field": key, "old": old, "new": value},
                    depth=cause.depth_of(contact_id),
                    workflow_id=cause.workflow_id,
                    run_id=cause.run_of(contact_id),
                    handled=cause.handled,
                )
            )
        if len(news) > before:
            touched.append(contact)
    save(touched)
    return events.record_many(news, lock=False)


def save(touched: Collection[Contact]) -> None:
    """Write every column of these contacts. One query."""
    now = clock.now()
    micros = clock.to_micros(now)
    rows = []
    for contact in touched:
        contact.updated_at = now
        rows.append((contact.pk, *(getattr(contact, key) for key in BUILT_IN), sql.dumps(contact.fields), micros))
    sql.update(Contact, (*BUILT_IN, "fields", "updated_at"), rows)


def change(
    contact_ids: Collection[int],
    changes: Sequence[tuple[str, str, Any]],
    *,
    by_workflow: int | None = None,
    run_ids: PerContact = None,
    depth: PerContact = 0,
    lock: bool = True,
) -> Changed:
    """The same changes for a batch: (field, op, value) in order, op `set`, `clear` or `increment` (empty counts as 0).

    What does not fit one contact is told in `problems` and left out; the rest is written.
    """
    catalogue = Columns.load()
    with transaction.atomic():
        if lock:
            locks.lock(contact_ids)
        values: dict[int, dict[str, Any]] = {}
        for contact in Contact.objects.filter(pk__in=list(contact_ids)):
            wanted = values.setdefault(contact.pk, {})
            for key, op, value in changes:
                if op == "increment":
                    before = wanted[key] if key in wanted else columns.get(contact, key)
                    wanted[key] = _sum(before, value)
                else:
                    wanted[key] = None if op == "clear" else value
        return update(
            values,
            by_workflow=by_workflow,
            run_ids=run_ids,
            depth=depth,
            strict=False,
            lock=False,
            catalogue=catalogue,
        )


def problems(key: str, op: str, value: Any, catalogue: Columns | None = None) -> list[str]:
    """What is wrong with one such change, in words; asked before publishing. Two queries, none with the catalogue given."""
    catalogue = catalogue or Columns.load()
    if not catalogue.knows(key):
        return [f"There is no field “{key[:60]}”."]
    if op == "clear":
        return []
    if op == "increment" and key != "score" and getattr(catalogue.fields.get(key), "type", "") != "number":
        return ["Only a number can be counted up."]
    try:
        cast(value, "number") if op == "increment" else catalogue.clean(key, value)
    except ValueError as error:
        return [str(error)]
    return []


def _sum(before: Any, value: Any) -> Any:
    # What is no number is handed on as it came: cleaning refuses it in words, for that contact alone.
    try:
        return cast(before or 0, "number") + cast(value, "number")  # type: ignore[operator]
    except ValueError:
        return value


def _cleaned(
    values: Mapping[int, Mapping[str, Any]], catalogue: Columns
) -> tuple[dict[int, dict[str, Any]], dict[int, list[Problem]]]:
    clean: dict[int, dict[str, Any]] = {}
    problems: dict[int, list[Problem]] = {}
    for contact_id, wanted in values.items():
        for key, value in wanted.items():
            try:
                clean.setdefault(contact_id, {})[key] = catalogue.clean(key, value)
            except ValueError as error:
                path = f"fields.{key}" if key in catalogue.fields else key
                problems.setdefault(contact_id, []).append(problem(path[:80], str(error)))
    return clean, problems


def _without_taken(
    clean: dict[int, dict[str, Any]],
    contacts: Mapping[int, Contact],
    problems: dict[int, list[Problem]],
    *,
    strict: bool,
) -> None:
    """Leave out addresses and ids that another contact has, or that two of this batch want. At most two queries."""
    for key in UNIQUE:
        wanted = {pk: one[key] for pk, one in clean.items() if one.get(key) is not None}
        if not wanted:
            continue
        owners = dict(Contact.objects.filter(**{f"{key}__in": wanted.values()}).values_list(key, "pk"))
        for contact_id, value in wanted.items():
            if contact_id in contacts and owners.setdefault(value, contact_id) != contact_id:
                found = problem(key, Conflict.__doc__ or "")
                if strict:
                    raise Conflict(problems=[found])
                problems.setdefault(contact_id, []).append(found)
                del clean[contact_id][key]
