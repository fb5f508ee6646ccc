"""Stop now: for one workflow, and for the whole workspace."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder.errors import NotNow
from builder.models import Workflow
from contacts.errors import Refused
from contacts.models import Workspace
from engine import stopping


class NotStoppable(Refused):
    status = 409


class StopShape(serializers.Serializer[Any]):
    """What becomes of the messages that have not left: held (and you decide later), cancelled, or let go again."""

    rest = serializers.ChoiceField(choices=["hold", "cancel", "release"], default="hold")


class StoppedShape(serializers.Serializer[Any]):
    """`left`: handed over within the last 24 hours; `on_their_way`: with the provider right now; `held`: not sent."""

    status = serializers.CharField()
    left = serializers.IntegerField()
    left_ever = serializers.IntegerField()
    on_their_way = serializers.IntegerField()
    held = serializers.IntegerField()


def _rest(request: Request) -> str:
    asked = StopShape(data=request.data)
    asked.is_valid(raise_exception=True)
    return str(asked.validated_data["rest"])


class StopWorkflow(APIView):
    """Stop a workflow now: nothing more of it leaves, everybody keeps their place."""

    rules = {"GET": "workflow.read", "POST": "workflow.write"}

    @extend_schema(responses=StoppedShape)
    def get(self, request: Request, pk: int) -> Response:
        """What has left and what has not; changes nothing."""
        workflow = get_object_or_404(Workflow, pk=pk)
        return Response({"status": workflow.status, **stopping.standing(workflow).as_json()})

    @extend_schema(request=StopShape, responses=StoppedShape)
    def post(self, request: Request, pk: int) -> Response:
        """`{}` stops and holds; then `{"rest": "cancel"}` cancels what is held, `{"rest": "release"}` goes on with it."""
        workflow, rest = get_object_or_404(Workflow, pk=pk), _rest(request)
        try:
            if rest == "release":
                done = stopping.release(workflow, user=request.user)
            else:
                done = stopping.stop(workflow, user=request.user)
                if rest == "cancel":
                    done = stopping.cancel(workflow)
        except NotNow as error:
            raise NotStoppable(str(error)) from error
        workflow.refresh_from_db(fields=["status"])
        return Response({"status": workflow.status, **done.as_json()})


class StopAll(APIView):
    """Stop all sending of the workspace now."""

    rules = {"GET": "overview.read", "POST": "settings.write"}

    @extend_schema(responses=StoppedShape)
    def get(self, request: Request) -> Response:
        """What has left and what has not; changes nothing."""
        return self._answer(stopping.standing())

    @extend_schema(request=StopShape, responses=StoppedShape)
    def post(self, request: Request) -> Response:
        """`{}` stops and holds; then `{"rest": "cancel"}` cancels what is held, `{"rest": "release"}` sends again, it too."""
        rest = _rest(request)
        if rest == "release":
            return self._answer(stopping.release_all())
        done = stopping.stop_all()
        return self._answer(stopping.cancel_all() if rest == "cancel" else done)

    def _answer(self, done: stopping.Stopped) -> Response:
        stopped = Workspace.current().stopped_at is not None
        return Response({"status": "stopped" if stopped else "sending", **done.as_json()})
