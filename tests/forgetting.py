"""What processes remember of rows that never change in life. A rolled-back test, or world, gives their ids to others."""

from __future__ import annotations


def forget() -> None:
    from engine import comings, experiments, policies, program, standing
    from engine.messaging import workspace_rules
    from engine.steps import split

    program.program.cache_clear()
    program.rule_changed.cache_clear()
    policies._of.cache_clear()
    split.weighed_otherwise.cache_clear()
    workspace_rules.forget()
    standing._doors.cache_clear()
    comings.forget()
    experiments.forget()
    standing._home = (float("-inf"), standing.UTC)
