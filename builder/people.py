"""How many people are inside. The engine knows; it registers here at start-up, since the builder does not import it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from builder.graph import Graph
    from builder.models import Workflow

# {version number: {node: people there now}}
Places = Mapping[int, Mapping[str, int]]

_counter: Callable[[int], Places] | None = None
_totals: Callable[[Iterable[int]], Mapping[int, int]] | None = None
_forecast: Callable[[int, Mapping[str, object]], Mapping[str, str]] | None = None
_newcomers: Callable[[Workflow, Graph], Mapping[str, int]] | None = None


def register(
    counter: Callable[[int], Places] | None,
    *,
    totals: Callable[[Iterable[int]], Mapping[int, int]] | None = None,
    forecast: Callable[[int, Mapping[str, object]], Mapping[str, str]] | None = None,
) -> None:
    """Say how people are counted.

    `counter(workflow_id)` gives the open runs per version number and node. `totals(workflow_ids)` gives
    {workflow: people} in one query, for lists. `forecast(workflow_id, {node: raw settings in the draft})` gives
    {node: sentence}: what becomes of the people at changed nodes if they are moved, such as "277 wait on with the new
    limit, 41 go on at once".
    """
    global _counter, _totals, _forecast
    _counter, _totals, _forecast = counter, totals, forecast


def on_newcomers(counter: Callable[[Workflow, Graph], Mapping[str, int]] | None) -> None:
    """Say how those are counted who come in by the publish itself: `counter(workflow, draft)` gives {trigger: people}."""
    global _newcomers
    _newcomers = counter


def places(workflow_id: int) -> Places:
    """Who is where: {version number: {node: people}}."""
    return _counter(workflow_id) if _counter else {}


def inside(workflow_id: int) -> int:
    """How many people are inside a workflow, over all its versions."""
    return totals([workflow_id]).get(workflow_id, 0)


def totals(workflow_ids: Iterable[int]) -> Mapping[int, int]:
    """How many people are inside each of these workflows."""
    if _totals:
        return _totals(workflow_ids)
    return {workflow: sum(sum(nodes.values()) for nodes in places(workflow).values()) for workflow in set(workflow_ids)}


def forecast(workflow_id: int, changed: Mapping[str, object]) -> Mapping[str, str]:
    """What becomes of the people at changed nodes, in a sentence each; empty where nobody knows."""
    return _forecast(workflow_id, changed) if _forecast and changed else {}


def newcomers(workflow: Workflow, drawing: Graph) -> Mapping[str, int]:
    """{trigger: people} who qualify already and would come in when this draft is published."""
    return _newcomers(workflow, drawing) if _newcomers else {}
