from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from django.db.models import BigIntegerField, Q, Subquery
from pydantic import Field

from contacts.clock import to_micros
from contacts.conditions.columns import Columns, micros
from contacts.conditions.fact import Answer, Fact, FactSettings, Names, Reader, Row
from contacts.conditions.known import known
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope, Subject
from contacts.conditions.texts import Name, day, yes
from contacts.models import List, ListMember


class Asked(FactSettings):
    is_: Name = Field(alias="is", title="List", json_schema_extra={"x-widget": "list"})


@register
class InList(Fact):
    """Is on a list."""

    fact = "list"
    label = "List"
    group = "membership"
    examples = ({"fact": "list", "is": "newsletter"},)
    Settings = Asked

    def sql(self, leaf: Asked, scope: Scope) -> Q:
        return Q(pk__in=ListMember.objects.filter(list__slug=leaf.is_).values("contact_id"))

    def reader(self, leaf: Asked, columns: Columns) -> Reader:
        rows = ListMember.objects.filter(list__slug=leaf.is_, contact_id=columns.contact)
        place = columns.add(
            Subquery(rows.values(at=micros("since"))[:1], output_field=BigIntegerField()), ("list", leaf.is_)
        )
        absent = Answer(False, {"list": leaf.is_})

        def read(row: Row) -> Answer:
            at = row[place]
            return absent if at is None else Answer(True, {"list": leaf.is_, "since": at // 1_000_000}, at)

        return read

    def ask(self, leaf: Asked, subject: Subject) -> Answer:
        member = ListMember.objects.filter(contact=subject.contact, list__slug=leaf.is_).first()
        if member is None:
            return Answer(False, {"list": leaf.is_})
        at = to_micros(member.since)
        return Answer(True, {"list": leaf.is_, "since": at // 1_000_000}, at)

    def topics(self, leaf: Asked) -> Iterable[str]:
        return ("list_joined", "list_left")

    def problems(self, leaf: Asked, graph: Any) -> Iterable[tuple[str, str]]:
        if leaf.is_ not in known("lists", _lists):
            yield "is", f"The list “{leaf.is_}” does not exist. Choose another, or add it."

    def words(self, leaf: Asked, names: Names) -> str:
        return f"Is on the list {names.list(leaf.is_)}"

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        since = f", since {day(seen['since'], zone)}" if "since" in seen else ""
        return f"on the list {names.list(seen.get('list', ''))}: {yes(value)}{since}"


def _lists() -> set[str]:
    return set(List.objects.values_list("slug", flat=True))
