"""What one does to a workflow as a whole: publish, pause, resume, end, archive, duplicate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from builder import access
from builder.actions.archive import archive
from builder.actions.duplicate import duplicate
from builder.actions.end import end
from builder.actions.pause import pause
from builder.actions.resume import resume
from builder.actions.schedule import schedule
from builder.api import shapes
from builder.api.door import BuilderView, body_of, if_match
from builder.api.shown import version_in_list, workflow_shown
from builder.models import Workflow
from builder.publishing import publish


class Publish(BuilderView):
    """Take the draft live, now or at a moment to come."""

    rules = {"POST": "workflow.write"}

    @extend_schema(
        request=shapes.Publish,
        responses={200: shapes.Published, 202: shapes.WorkflowShape, 409: shapes.Stale, 422: shapes.Refused},
        tags=["builder"],
    )
    def post(self, request: Request, pk: int) -> Response:
        """With If-Match only this very revision is published. Publishing a revision twice makes one version."""
        asked = shapes.Publish(data=body_of(request))
        asked.is_valid(raise_exception=True)
        choices: dict[str, Any] = dict(asked.validated_data)
        at, workflow, revision = choices.pop("at"), access.workflow(pk), if_match(request)
        if at is not None:
            schedule(workflow, at=at, user=request.user, revision=revision, **choices)
            return Response(workflow_shown(access.workflow(pk), request.user), status=202)
        version = publish(workflow, user=request.user, revision=revision, **choices)
        status = Workflow.objects.values_list("status", flat=True).get(pk=workflow.pk)
        return Response({**version_in_list(version, version.pk), "status": status})


class Lifecycle(BuilderView):
    """A verb without settings: it answers with the workflow as it is afterwards."""

    rules = {"POST": "workflow.write"}
    verb: ClassVar[Callable[..., Workflow]]

    @extend_schema(request=None, responses={200: shapes.WorkflowShape, 409: shapes.Refused}, tags=["builder"])
    def post(self, request: Request, pk: int) -> Response:
        type(self).verb(access.workflow(pk), user=request.user)
        return Response(workflow_shown(access.workflow(pk), request.user))


class Pause(Lifecycle):
    """Nobody enters and nothing is sent; everybody keeps their place."""

    verb = staticmethod(pause)


class Resume(Lifecycle):
    """A paused workflow goes on."""

    verb = staticmethod(resume)


class End(Lifecycle):
    """Over for everybody: those inside leave where they are, with the outcome `workflow_ended`, and nobody enters any more."""

    verb = staticmethod(end)


class Archive(Lifecycle):
    """Put away a workflow that is ended or empty."""

    verb = staticmethod(archive)


class Duplicate(BuilderView):
    """A new draft with the same drawing."""

    rules = {"POST": "workflow.write"}

    @extend_schema(request=shapes.NewName, responses={201: shapes.WorkflowShape}, tags=["builder"])
    def post(self, request: Request, pk: int) -> Response:
        asked = shapes.NewName(data=body_of(request))
        asked.is_valid(raise_exception=True)
        made = duplicate(access.workflow(pk), user=request.user, name=asked.validated_data["name"])
        return Response(workflow_shown(access.workflow(made.pk), request.user), status=201)
