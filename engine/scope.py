"""How conditions ask about runs: the contact's facts through the run, and "since node S" from visits and messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, Case, OuterRef, Subquery, Value, When
from django.db.models.functions import Cast

from contacts.among import Among
from contacts.conditions import ARRIVAL, Scope
from contacts.conditions.columns import micros
from engine.messaging.models import Message
from engine.models import Run, Visit

if TYPE_CHECKING:
    from engine.program import Program


@dataclass
class RunScope(Scope):
    """Rows are runs. Built anew for each batch; the query's shape depends on the condition alone."""

    message_nodes: frozenset[str] = field(default_factory=frozenset)
    same_as: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # When the runs came to the node that asks, in microseconds, where the row does not say so yet.
    arrived: int | None = None

    @classmethod
    def of(
        cls,
        run_ids: Sequence[int],
        *,
        program: Program,
        now: datetime,
        until_deadline: bool = False,
        only: Mapping[str, Any] | None = None,
        **bounds: Any,
    ) -> RunScope:
        return cls(
            rows=Run.objects.filter(Among("pk", run_ids), **(only or {})),
            contact="contact_id",
            prefix="contact__",
            run="pk",
            started="started_at",
            until="deadline" if until_deadline else None,
            now=now,
            message_nodes=frozenset(node.id for node in program.nodes.values() if node.step.channel),
            same_as=program.same_as,
            **bounds,
        )

    def began(self) -> Any:
        """Just after the event that let them in: a purchase that starts a run is none since it began."""
        by_event = Case(When(event_id__isnull=False, then=Value(1)), default=Value(0), output_field=BigIntegerField())
        return micros("started_at") + by_event

    def anchor(self, node: str) -> Any:
        """When the run was last at `node`, in microseconds: for a message its hand-off, else when it left the node."""
        if node == ARRIVAL:
            return micros("entered_at") if self.arrived is None else Value(self.arrived, BigIntegerField())
        if node in self.message_nodes:
            rows = Message.objects.filter(
                contact_id=OuterRef("contact_id"), run_id=OuterRef("pk"), node=node, accepted_at__isnull=False
            )
            return Subquery(
                rows.order_by("-nth").values(at=Cast("accepted_at", BigIntegerField()))[:1],
                output_field=BigIntegerField(),
            )
        visits = Visit.objects.filter(contact_id=OuterRef("contact_id"), run_id=OuterRef("pk"), node=node)
        return Subquery(
            visits.order_by("-nth").values(at=Cast("left_at", BigIntegerField()))[:1], output_field=BigIntegerField()
        )
