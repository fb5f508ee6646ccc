"""Who is who: one person has one contact, found by external id, else by e-mail, else by a phone that is all we have.

Rules. The external id is the strongest: who is found by it may change address. An address that belongs to somebody
with another external id is a conflict and never taken over. Who is told of by phone alone is the contact that has this
phone and nothing stronger; phones are shared in families, so a phone never joins two people who have more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from contacts import clock, columns, events, fields, sql
from contacts.columns import BUILT_IN, Columns
from contacts.errors import Conflict, Invalid, Problem, problem
from contacts.events import NewEvent
from contacts.models import Contact

_TRIES = 3
_COLUMNS = ("id", *BUILT_IN, "fields", "is_demo", "created_at", "updated_at")


class Outcome(NamedTuple):
    """What became of one person. `problems` filled: nothing was written for them."""

    contact_id: int | None
    created: bool
    changed: bool
    problems: list[Problem]


class Upserted(NamedTuple):
    contact: Contact
    created: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class Person:
    """One person with cleaned values by name (`clean`)."""

    values: Mapping[str, Any]
    problems: list[Problem] = field(default_factory=list)


def clean(raw: Mapping[str, Any], catalogue: Columns) -> Person:
    """Values as they are kept, and all problems. No query: the slow part of an import, done outside its transaction."""
    values: dict[str, Any] = {}
    problems = []
    for key, value in raw.items():
        try:
            values[key] = catalogue.clean(key, value)
        except ValueError as error:
            problems.append(problem(f"fields.{key}" if key in catalogue.fields else key[:80], str(error)))
    if not problems and not any(values.get(key) for key in ("external_id", "email", "phone")):
        problems.append(problem("email", "A contact needs an e-mail address, a phone number or an external id."))
    return Person(values, problems)


def upsert(
    values: Mapping[str, Any],
    *,
    quiet: bool = False,
    source: str = "",
    is_demo: bool = False,
    country: str | None = None,
) -> Upserted:
    """Find or create one contact and write these values (own columns and custom fields by key; None clears).

    A new contact leaves `contact_added`, a changed one `field_changed`; `quiet`: recorded as handled already, so that
    nobody enters a workflow for it. Calling twice is safe, also at the same moment. Raises `Invalid` or `Conflict`.
    """
    person = clean(values, Columns.load(country))
    if person.problems:
        raise Invalid(problems=person.problems)
    outcome = upsert_many([person], quiet=quiet, source=source, is_demo=is_demo)[0]
    if outcome.contact_id is None:
        raise Conflict(outcome.problems[0]["message"], outcome.problems)
    return Upserted(Contact.objects.get(pk=outcome.contact_id), outcome.created, outcome.changed)


def upsert_many(
    people: Sequence[Person],
    *,
    quiet: bool = False,
    source: str = "",
    is_demo: bool = False,
    update_existing: bool = True,
) -> list[Outcome]:
    """The same for a batch, in order; the same person twice in it is one contact. Nine queries at most.

    Answers one outcome a person. Two transactions that make the same person at once: one makes, the other finds.
    """
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return _Batch(quiet, source, is_demo, update_existing).run(people)
        except IntegrityError:
            # Somebody else took an address between our look and our write; the next look sees theirs.
            continue
    if len(people) > 1:
        return [
            outcome
            for person in people
            for outcome in upsert_many(
                [person], quiet=quiet, source=source, is_demo=is_demo, update_existing=update_existing
            )
        ]
    return [Outcome(None, False, False, [problem("email", Conflict.__doc__ or "")])]


def find(people: Iterable[Person]) -> list[Contact]:
    """Everybody whom these people may be, locked where the database knows row locks. One or two queries."""
    keys: dict[str, set[str]] = {"external_id": set(), "email": set(), "phone": set()}
    for person in people:
        stronger = False
        for key in ("external_id", "email"):
            if person.values.get(key):
                keys[key].add(person.values[key])
                stronger = True
        if not stronger and person.values.get("phone"):
            keys["phone"].add(person.values["phone"])
    # Three looks, each by its own index: one OR over three columns reads the whole table on SQLite.
    ids: set[int] = set()
    for key, values in keys.items():
        if values:
            only = Q(email__isnull=True, external_id__isnull=True) if key == "phone" else Q()
            ids.update(Contact.objects.filter(only, **{f"{key}__in": values}).values_list("pk", flat=True))
    if not ids:
        return []
    found = Contact.objects.filter(pk__in=ids).order_by("pk")
    if connection.features.has_select_for_update:
        found = found.select_for_update(no_key=True)
    return list(found)


class _Batch:
    """One transaction's work: everybody is found first, decided in order, then written at once."""

    def __init__(self, quiet: bool, source: str, is_demo: bool, update_existing: bool) -> None:
        self.quiet, self.source, self.is_demo, self.update_existing = quiet, source, is_demo, update_existing
        self.index: dict[tuple[str, str], Contact] = {}
        self.fresh: list[Contact] = []
        self.touched: dict[int, Contact] = {}
        self.news: list[NewEvent] = []

    def run(self, people: Sequence[Person]) -> list[Outcome]:
        for contact in find(people):
            self._remember(contact)
        decided: list[tuple[Contact | None, bool, bool, list[Problem]]] = [self._decide(person) for person in people]
        self._write()
        return [
            Outcome(contact.pk if contact else None, created, changed, problems)
            for contact, created, changed, problems in decided
        ]

    def _remember(self, contact: Contact) -> None:
        for key in ("external_id", "email"):
            if value := getattr(contact, key):
                self.index[key, value] = contact
        if contact.phone and not contact.email and not contact.external_id:
            self.index.setdefault(("phone", contact.phone), contact)

    def _decide(self, person: Person) -> tuple[Contact | None, bool, bool, list[Problem]]:
        if person.problems:
            return None, False, False, person.problems
        wanted = {key: person.values.get(key) for key in ("external_id", "email", "phone")}
        by_id = self.index.get(("external_id", wanted["external_id"])) if wanted["external_id"] else None
        by_email = self.index.get(("email", wanted["email"])) if wanted["email"] else None
        if by_email is not None and by_email is not by_id:
            if by_id is not None:
                return None, False, False, [problem("email", "This e-mail address belongs to another contact.")]
            if wanted["external_id"] and by_email.external_id:
                words = "This e-mail address belongs to a contact with another external id."
                return None, False, False, [problem("external_id", words)]
        contact = by_id or by_email
        if contact is None and not wanted["external_id"] and not wanted["email"]:
            contact = self.index.get(("phone", wanted["phone"] or ""))
        if contact is None:
            return self._create(person), True, True, []
        return contact, False, self.update_existing and self._change(contact, person), []

    def _create(self, person: Person) -> Contact:
        contact = Contact(is_demo=self.is_demo)
        for key, value in person.values.items():
            columns.put(contact, key, value)
        self.fresh.append(contact)
        self._remember(contact)
        return contact

    def _change(self, contact: Contact, person: Person) -> bool:
        changed = False
        for key, value in person.values.items():
            old = columns.get(contact, key)
            if old == value and type(old) is type(value):
                continue
            changed = True
            if key in ("external_id", "email") and old:
                self.index.pop((key, old), None)
            columns.put(contact, key, value)
            if contact.pk is not None:
                properties = {"field": key, "old": old, "new": value}
                self.news.append(NewEvent(contact.pk, "field_changed", properties, handled=self.quiet))
                self.touched[contact.pk] = contact
        if changed:
            self._remember(contact)
        return changed

    def _write(self) -> None:
        fields.save(self.touched.values())
        if self.fresh:
            now = clock.to_micros(clock.now())
            for contact, pk in zip(self.fresh, sql.reserve_ids(Contact, len(self.fresh)), strict=True):
                contact.pk = pk
            sql.insert(
                Contact,
                _COLUMNS,
                [
                    (
                        contact.pk,
                        *(getattr(contact, key) for key in BUILT_IN),
                        sql.dumps(contact.fields),
                        contact.is_demo,
                        now,
                        now,
                    )
                    for contact in self.fresh
                ],
            )
        properties = {"source": self.source} if self.source else {}
        added = [NewEvent(contact.pk, "contact_added", properties, handled=self.quiet) for contact in self.fresh]
        events.record_many([*added, *self.news], lock=False)
