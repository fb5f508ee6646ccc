from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from django.db.models import Count
from pydantic import Field

from builder.nodes import Names, Port, Settings
from builder.problem import Problem
from engine.batch import Batch
from engine.models import Visit
from engine.steps.base import Step

LOOP = "loop"


class GoToSettings(Settings):
    target: str = Field(
        "",
        title="Go back to",
        max_length=64,
        json_schema_extra={"x-widget": "node", "x-jump": True, "x-noun": "the step"},
    )
    max_loops: int = Field(
        3, title="At most how many times", ge=1, le=100, description="Whoever has been sent that often goes on by Done."
    )


class GoTo(Step):
    """Sends people back to an earlier step, a few times at most; then they go on by Done.

    What they come past again counts as new visits: waits begin anew, messages are sent again. The way round needs a Wait of at
    least a minute.
    """

    kind = "go_to"
    label = "Go to"
    icon = "arrow-iteration"
    group = "logic"
    place = 60
    ports = (Port("done", "Done", "next"),)
    may_jump = True
    example = {"target": "n2", "max_loops": 3}
    Settings = GoToSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        settings = batch.settings
        # Over all versions: who was moved to another one keeps count.
        sent = dict(
            Visit.objects.filter(
                contact_id__in=[token.contact_id for token in batch.tokens],
                run_id__in=[token.id for token in batch.tokens],
                node=batch.node.id,
                port=LOOP,
            )
            .values_list("run_id")
            .annotate(n=Count("nth"))
        )
        used_up = [["loops_used", settings.max_loops]]
        for token in batch.tokens:
            n = sent.get(token.id, 0)
            if n < settings.max_loops:
                batch.jump(token, settings.target, LOOP, [["loop", n + 1, settings.max_loops]])
            else:
                batch.go(token, "done", used_up)

    @classmethod
    def jumps(cls, settings: GoToSettings) -> Iterable[str]:
        return (settings.target,) if settings.target else ()

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if not node.settings.get("target"):
            yield Problem(node.id, "target", "No step is chosen")

    @classmethod
    def summary(cls, settings: GoToSettings, names: Names) -> str:
        if not settings.target:
            return "Goes nowhere yet"
        times = "once" if settings.max_loops == 1 else f"{settings.max_loops} times at most"
        return f"Back to {names.node(settings.target)}, {times}"

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] == "loop":
            return f"Sent back, time {entry[1]} of {entry[2]}."
        if entry[0] == "loops_used":
            return "Was sent back once already." if entry[1] == 1 else f"Was sent back {entry[1]} times already."
        return None
