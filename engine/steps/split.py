from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, Field

from builder.models import WorkflowVersion
from builder.nodes import Names, Settings
from builder.problem import Problem
from engine.batch import Batch
from engine.models import Visit
from engine.steps.base import Step


class Arm(BaseModel):
    port: str = Field(pattern=r"^[a-j]$")
    name: str = Field("", max_length=60)
    weight: float = Field(ge=0, le=100)


class SplitSettings(Settings):
    arms: list[Arm] = Field(min_length=2, max_length=10, title="Ways", json_schema_extra={"x-widget": "weights"})
    sticky: bool = Field(
        True,
        title="Same way every time",
        description="Who comes again, even in a later run, goes the way of the first time.",
    )


def position(workflow_id: int, node: str, contact_id: int, salt: str = "") -> float:
    """Where this contact stands between 0 and 100 at this node: even, and the same on every machine, for ever."""
    digest = hashlib.blake2b(f"{workflow_id}:{node}:{contact_id}:{salt}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 * 100


class Split(Step):
    """Divides people by chance, by the weights that you give. The same person goes the same way each time."""

    kind = "split"
    label = "Split"
    icon = "percentage"
    group = "logic"
    place = 30
    branch_field = "arms"
    example = {
        "arms": [{"port": "a", "name": "A", "weight": 50}, {"port": "b", "name": "B", "weight": 50}],
        "sticky": True,
    }
    Settings = SplitSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        arms, sticky = batch.settings.arms, batch.settings.sticky
        before = weighed_otherwise(batch.program.version_id, batch.node.id) if sticky else ()
        kept = cls._ways_before(batch, before) if before else {}
        by_port = {arm.port: arm for arm in arms}
        for token in batch.tokens:
            if token.contact_id in kept:
                batch.go(token, kept[token.contact_id], [["split_kept", by_port[kept[token.contact_id]].weight]])
                continue
            salt = "" if sticky else f"{token.id}:{token.nth}"
            place = position(token.workflow_id, token.node, token.contact_id, salt)
            edge = 0.0
            for arm in arms:
                edge += arm.weight
                if place < edge:
                    break
            batch.go(token, arm.port, [["split", arm.weight]])

    @staticmethod
    def _ways_before(batch: Batch, versions: Sequence[int]) -> dict[int, str]:
        """Contact -> the way of the first time, if it was under other weights: a change of weights moves only newcomers."""
        rows = Visit.objects.filter(
            contact_id__in=[token.contact_id for token in batch.tokens],
            node=batch.node.id,
            version_id__in=versions,
            port__in=[arm.port for arm in batch.settings.arms],
        )
        return dict(rows.order_by("-run_id", "-nth").values_list("contact_id", "port"))

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        total = sum(arm.get("weight", 0) for arm in node.settings.get("arms", ()))
        if abs(total - 100) > 0.01:
            yield Problem(node.id, "arms", f"The weights make {total:g} %, not 100 %")

    @classmethod
    def summary(cls, settings: SplitSettings, names: Names) -> str:
        return ", ".join(f"{arm.weight:g} % {arm.name or arm.port.upper()}" for arm in settings.arms)

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: Any) -> str | None:
        if entry[0] == "split_kept":
            return f"The way of the first time, whatever the weights are by now ({entry[1]:g} %)."
        return f"By chance: {entry[1]:g} % go this way." if entry[0] == "split" else None


@lru_cache(maxsize=4096)
def weighed_otherwise(version_id: int, node: str) -> tuple[int, ...]:
    """The older versions that have this split, if one of them weighs its ways otherwise; else nothing, and nobody is asked.

    Versions never change, so this is read once a process.
    """
    own = WorkflowVersion.objects.filter(pk=version_id).values_list("workflow_id", "number").first()
    if own is None:
        return ()
    older = WorkflowVersion.objects.filter(workflow_id=own[0], number__lte=own[1]).order_by("number")
    found: dict[int, Any] = {}
    for version in older.only("id", "document").iterator(50):
        for raw in version.document.get("nodes", ()):
            if raw.get("id") == node and raw.get("kind") == Split.kind:
                found[version.pk] = [(arm["port"], arm["weight"]) for arm in raw["settings"]["arms"]]
    mine = found.pop(version_id, None)
    return tuple(found) if any(arms != mine for arms in found.values()) else ()
