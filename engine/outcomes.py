"""How a run can end: the product's closed list beside the marketer's own words."""

from engine.models import RunStatus

# end: a way out that leads nowhere; removed_by_edit: its node was deleted by a publish.
OUTCOMES = {
    "completed": "Completed",
    "end": "Came to the end",
    "goal": "Reached the goal",
    "restarted": "Started again",
    "removed": "Taken out",
    "removed_by_edit": "Its step was removed",
    "moved": "Moved to another workflow",
    "left_audience": "Left the audience",
    "cancelled": "Cancelled",
    "workflow_ended": "The workflow ended",
    "holdout": "Held out",
    "failed": "Failed",
}
_REMOVED = {"restarted", "removed", "removed_by_edit", "left_audience", "cancelled", "workflow_ended", "holdout"}


def status_of(outcome: str) -> RunStatus:
    if outcome == "failed":
        return RunStatus.FAILED
    return RunStatus.REMOVED if outcome in _REMOVED else RunStatus.ENDED


def daily_of(outcome: str) -> str:
    """The class under which a day's chart counts this end."""
    if outcome == "goal":
        return "goal"
    return {RunStatus.FAILED: "failed", RunStatus.REMOVED: "removed"}.get(status_of(outcome), "ended")


def words(outcome: str) -> str:
    return OUTCOMES.get(outcome) or outcome.replace("_", " ").capitalize()
