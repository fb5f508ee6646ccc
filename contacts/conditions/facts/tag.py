from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any, Literal

from django.db.models import BigIntegerField, Q, Subquery
from pydantic import Field

from contacts.clock import to_micros
from contacts.conditions.columns import Columns, micros
from contacts.conditions.fact import Answer, Fact, Names, Reader, Row
from contacts.conditions.registry import register
from contacts.conditions.scope import Scope, Subject
from contacts.conditions.texts import Name, moment, yes
from contacts.conditions.windows import Span, Windowed, bounds, window_problems, window_q, window_words
from contacts.models import ContactTag, fold

BY = {
    "anyone": Q(),
    "person": Q(by_user__isnull=False),
    "workflow": Q(by_workflow__isnull=False),
}


class Asked(Windowed):
    is_: Name = Field(alias="is", title="Tag", json_schema_extra={"x-widget": "tag"})
    by: Literal["anyone", "person", "workflow"] = Field(
        "anyone",
        title="Put on by",
        json_schema_extra={"x-labels": {"anyone": "Anyone", "person": "A person", "workflow": "A workflow"}},
    )


@register
class Tag(Fact):
    """Carries a tag; if you like, only one that was put on by a person or by a workflow, or only since a certain time."""

    fact = "tag"
    label = "Tag"
    group = "membership"
    examples = (
        {"fact": "tag", "is": "vip"},
        {"fact": "tag", "is": "vip", "by": "person", "within": "P7D"},
    )
    Settings = Asked

    def _rows(self, leaf: Asked) -> Any:
        return ContactTag.objects.filter(BY[leaf.by], tag__name=fold(leaf.is_))

    def sql(self, leaf: Asked, scope: Scope) -> Q:
        window = Q() if not (leaf.within or leaf.since) else window_q("since", leaf, scope, "contact__time_zone")
        return Q(pk__in=self._rows(leaf).filter(window).values("contact_id"))

    def reader(self, leaf: Asked, columns: Columns) -> Reader:
        since = self._rows(leaf).filter(contact_id=columns.contact)
        place = columns.add(
            Subquery(since.values(at=micros("since"))[:1], output_field=BigIntegerField()), ("tag", leaf.is_, leaf.by)
        )
        name = fold(leaf.is_)
        absent = Answer(False, {"tag": name})
        if not (leaf.within or leaf.since):

            def simple(row: Row) -> Answer:
                at = row[place]
                return absent if at is None else Answer(True, {"tag": name, "since": at // 1_000_000}, at)

            return simple
        read = Span(leaf, columns).reader()

        def windowed(row: Row) -> Answer:
            at = row[place]
            if at is None:
                return absent
            window = read(row, (at,))
            value = window is not None and window[0] <= at <= window[1]
            return Answer(value, {"tag": name, "since": at // 1_000_000}, at if value else None)

        return windowed

    def ask(self, leaf: Asked, subject: Subject) -> Answer:
        name = fold(leaf.is_)
        for row in ContactTag.objects.filter(contact=subject.contact).select_related("tag"):
            by = {"anyone": True, "person": row.by_user_id is not None, "workflow": row.by_workflow is not None}[
                leaf.by
            ]
            if row.tag.name == name and by:
                at = to_micros(row.since)
                window = bounds(leaf, subject)
                any_time = not (leaf.within or leaf.since)
                value = any_time or (window is not None and window[0] <= at <= window[1])
                return Answer(value, {"tag": name, "since": at // 1_000_000}, at if value else None)
        return Answer(False, {"tag": name})

    def topics(self, leaf: Asked) -> Iterable[str]:
        return ("tag_added", "tag_removed")

    def problems(self, leaf: Asked, graph: Any) -> Iterable[tuple[str, str]]:
        if not fold(leaf.is_):
            yield "is", "Which tag? Its name is empty."
        yield from window_problems(leaf, graph)

    def words(self, leaf: Asked, names: Names) -> str:
        by = {"anyone": "", "person": " put on by a person", "workflow": " put on by a workflow"}[leaf.by]
        return f"Has the tag {fold(leaf.is_)}{by}{window_words(leaf, names)}"

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        since = f", since {moment(seen['since'], zone)}" if "since" in seen else ""
        return f"tag {seen.get('tag', '')}: {yes(value)}{since}"
