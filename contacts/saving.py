"""Write a whole contact as the API and forms give it: values, tags, lists and consents, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from contacts import consents, fields, lists, tags
from contacts.cause import Actor
from contacts.columns import BUILT_IN
from contacts.consents import Evidence, Said
from contacts.errors import Gone, Invalid, Problem, problem
from contacts.identity import Upserted, upsert
from contacts.models import ConsentState, Contact

_TOLD = frozenset(
    {"id", "name", "created_at", "updated_at", "is_demo"}
)  # shown, never taken: what was read may come back


def save_new(body: Mapping[str, Any], *, by_user: Actor, source: str = "api") -> Upserted:
    """Upsert by external id or e-mail. Tags and lists named are added to those there. Raises `Invalid`, `Conflict`."""
    values = _values(body)
    with transaction.atomic():
        with _named_as_sent(body):
            found = upsert(values, source=source)
        _join(found.contact.pk, body, by_user, source)
        return found


def save_changes(contact_id: int, body: Mapping[str, Any], *, by_user: Actor, source: str = "api") -> Contact:
    """Change what the body names. Tags and lists, if named, are then exactly those. Raises `Invalid`, `Conflict`, `Gone`."""
    values = _values(body)
    with transaction.atomic():
        with _named_as_sent(body):
            fields.update({contact_id: values})
        contact = Contact.objects.filter(pk=contact_id).first()
        if contact is None:
            raise Gone
        _join(contact_id, body, by_user, source)
        if "tags" in body:
            wanted = set(tags.names_of(body["tags"]))
            have = set(contact.tags.values_list("name", flat=True))
            tags.remove([contact_id], have - wanted, by_user=by_user)
        if "lists" in body:
            have = set(contact.lists.values_list("slug", flat=True))
            lists.leave([contact_id], have - set(body["lists"]))
        contact.refresh_from_db()
        return contact


def _join(contact_id: int, body: Mapping[str, Any], by_user: Actor, source: str) -> None:
    tags.add([contact_id], body.get("tags") or [], by_user=by_user)
    lists.join([contact_id], body.get("lists") or [], source=source)
    known = dict(ConsentState.objects.filter(contact_id=contact_id).values_list("subject", "state"))
    said = [
        Said(contact_id, subject, state)
        for subject, state in (body.get("consents") or {}).items()
        if known.get(subject, "unknown") != state
    ]
    consents.set_many(said, Evidence(source, by_user=by_user))


@contextmanager
def _named_as_sent(body: Mapping[str, Any]) -> Iterator[None]:
    """A field that nobody knows is told as `fields.town`, where the sender finds it."""
    try:
        yield
    except Invalid as refused:
        sent = set(body.get("fields") or ()) - set(BUILT_IN)
        for one in refused.problems:
            if one["field"] in sent:
                one["field"] = f"fields.{one['field']}"
        raise


def _values(body: Mapping[str, Any]) -> dict[str, Any]:
    """Own columns and fields in one flat mapping; raises `Invalid` for shapes and names nobody knows."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for key, value in body.items():
        if key in BUILT_IN:
            values[key] = value
        elif key == "fields":
            if isinstance(value, Mapping):
                values |= {name: inner for name, inner in value.items() if name not in BUILT_IN}
                problems += [
                    problem(f"fields.{name}", "This stands beside the fields, not in them.")
                    for name in value
                    if name in BUILT_IN
                ]
            else:
                problems.append(problem(key, "This must be an object."))
        elif key in ("tags", "lists"):
            if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
                problems.append(problem(key, "This must be a list of texts."))
        elif key == "consents":
            if not isinstance(value, Mapping) or not all(isinstance(state, str) for state in value.values()):
                problems.append(problem(key, "This must be an object such as {“email”: “in”}."))
        elif key not in _TOLD:
            problems.append(problem(key[:80], "A contact has nothing of this name."))
    if problems:
        raise Invalid(problems=problems)
    return values
