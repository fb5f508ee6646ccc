"""The holdout group: those who are left out of a workflow, so that one can see what it changes."""

from __future__ import annotations

from engine.steps.split import position


def is_held_out(workflow_id: int, contact_id: int, percent: float) -> bool:
    """By hash of workflow and contact: the same person every time, and a greater percentage only adds people."""
    return position(workflow_id, "holdout", contact_id) < percent
