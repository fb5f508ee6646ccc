"""Workflows and versions as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from builder import diff, people
from builder.drafts import person
from builder.graph import parse
from builder.models import Workflow, WorkflowVersion
from builder.problem import Problem
from contacts import access


def workflow_in_list(workflow: Workflow, inside: int, user: Any) -> dict[str, Any]:
    """A workflow without its drawing. Expects `version_count`, the live version and the owner to be there."""
    live = workflow.live_version
    writes = access.may(user, "workflow.write") and workflow.status != Workflow.Status.ARCHIVED
    return {
        "id": workflow.pk,
        "name": workflow.name,
        "status": workflow.status,
        "revision": workflow.revision,
        "live_version": live.number if live else None,
        "versions": workflow.version_count,  # type: ignore[attr-defined]
        "owner": person(workflow.owner),
        "tactic": workflow.tactic,
        "objectives": workflow.objectives,
        "template": workflow.template,
        "people_inside": inside,
        "created_at": workflow.created_at,
        "updated_at": workflow.updated_at,
        "can": {"write": writes, "publish": writes, "live": access.may(user, "counts.read")},
    }


def workflow_shown(workflow: Workflow, user: Any) -> dict[str, Any]:
    """One workflow with how it differs from what is live."""
    workflow.version_count = workflow.versions.count()  # type: ignore[attr-defined]
    live = workflow.live_version
    return {
        **workflow_in_list(workflow, people.inside(workflow.pk), user),
        "changes": diff.count(parse(live.document), parse(workflow.draft)) if live else 0,
        "draft_author": person(workflow.draft_author),
        "draft_saved_at": workflow.draft_saved_at,
        "paused_at": workflow.paused_at,
        "publish_at": workflow.publish_at,
    }


def version_in_list(version: WorkflowVersion, live_id: int | None) -> dict[str, Any]:
    return {
        "number": version.number,
        "published_at": version.published_at,
        "published_by": person(version.published_by),
        "note": version.note,
        "live": version.pk == live_id,
        "steps": version.steps,
    }


def counts(problems: Sequence[Problem]) -> dict[str, int]:
    errors = sum(problem.severity == "error" for problem in problems)
    return {"errors": errors, "warnings": len(problems) - errors}
