"""The one door by which pages and API come to a workflow or a version."""

from __future__ import annotations

from django.http import Http404

from builder.models import Workflow, WorkflowVersion


def workflow(pk: int) -> Workflow:
    """The workflow with its live version and people in one query; raises Http404. The view's rule says who may ask."""
    found = Workflow.objects.select_related("live_version", "owner", "draft_author").filter(pk=_id(pk)).first()
    if found is None:
        raise Http404("This workflow does not exist.")
    return found


def version(workflow_pk: int, number: int) -> WorkflowVersion:
    """One version; raises Http404."""
    found = WorkflowVersion.objects.select_related("published_by")
    one = found.filter(workflow_id=_id(workflow_pk), number=min(number, 2**31 - 1)).first()
    if one is None:
        raise Http404("This version does not exist.")
    return one


def _id(pk: int) -> int:
    # Beyond 63 bits a database raises instead of finding nothing.
    return min(pk, 2**63 - 1)
