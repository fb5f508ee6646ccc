"""What concerns a run wherever it stands: the workflow's goal, `exit_when`, and goal nodes that pull."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.model.reference.calendar import later
from tests.model.reference.kinds import Exit, Jump
from tests.model.reference.people import Run

if TYPE_CHECKING:
    from tests.model.reference.world import Trellis


def look(world: Trellis, run: Run, node: dict[str, Any]) -> Exit | Jump | None:
    """When something happened that they depend on, and before each message. None: nothing came true, the step decides."""
    sends = node["kind"] in ("email", "sms") and node.get("enabled", True) and run.result is None
    if run.heard_at is None and not sends:
        return None
    decision = _decide(world, run)
    run.heard_at = None
    if decision is not None and run.result is not None:
        world.cancel(run)  # what no sender has taken yet
    return decision


def _decide(world: Trellis, run: Run) -> Exit | Jump | None:
    version, asking = run.version, world.asking(run.person, run)
    goal = version.goal
    met = goal is not None and reaches(world, run, goal)
    if goal and met and goal["on"] == "exit":
        return Exit("goal", "goal")
    if version.settings.get("exit_when") and asking.ask(version.settings["exit_when"]).true:
        return Exit("left_audience", "removed")
    if goal and met and goal["on"] == "jump" and run.node != goal["node"]:
        return Jump(goal["node"], "goal")
    for pull in version.pulls:
        if run.node in version.upstream(pull["id"]) and asking.ask(pull["settings"]["when"]).true:
            return Jump(pull["id"], "pulled")
    return None


def reaches(world: Trellis, run: Run, goal: dict[str, Any]) -> bool:
    """Counted once a run, and only within its window from the entry. A state counts by the moment of the event."""
    if run.goal_at is not None:
        return False
    answer = world.asking(run.person, run).ask(goal["condition"])
    if not answer.true:
        return False
    at = answer.at or run.heard_at or world.now
    if goal.get("window"):
        until = later(run.started_at, goal["window"], world.zone_of(run.person))
        if not run.started_at <= at <= until:
            return False
    run.goal_at = at
    world.counters[run.workflow.index, run.version.number, "", "+goal"] += 1
    return True
