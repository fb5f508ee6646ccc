"""`/api/demo/clock/`: what time it is in the demo, and letting days pass."""

from __future__ import annotations

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts import clock, demo_clock
from contacts.durations import BadDuration
from contacts.errors import Invalid, problem
from engine.demo.advance import advance

# Longer than this no browser should wait; what is left then is told.
LONGEST_S = 25.0


class Advance(serializers.Serializer):
    """`{"advance": "P3D"}`"""

    advance = serializers.CharField(max_length=40, help_text="A duration such as P3D (3 days) or PT2H (2 hours).")


class Clock(serializers.Serializer):
    """`left_s`: what remains of an advance that took too long; ask for that next."""

    now = serializers.DateTimeField()
    ahead_s = serializers.IntegerField(help_text="How far the demo's clock is ahead of the wall clock.")
    left_s = serializers.IntegerField()


class ClockView(APIView):
    rules = {"GET": "demo.clock", "POST": "demo.clock"}

    @extend_schema(summary="The demo's clock", responses=Clock)
    def get(self, request: Request) -> Response:
        _only_in_a_demo()
        demo_clock.sync(now=True)
        return Response(_told(0))

    @extend_schema(
        summary="Let days pass in the demo",
        request=Advance,
        responses={200: Clock, 202: OpenApiResponse(Clock, "Not yet there: `left_s` remains.")},
    )
    def post(self, request: Request) -> Response:
        asked = Advance(data=request.data)
        asked.is_valid(raise_exception=True)
        _only_in_a_demo()
        try:
            done = advance(asked.validated_data["advance"], seconds=LONGEST_S)
        except BadDuration as error:
            raise Invalid(str(error), [problem("advance", str(error))]) from error
        left = round(done.left.total_seconds())
        return Response(_told(left), status=202 if left else 200)


def _only_in_a_demo() -> None:
    if not settings.DEMO:
        raise demo_clock.NotADemo


def _told(left: int) -> dict[str, object]:
    return Clock({"now": clock.now(), "ahead_s": round(clock.offset().total_seconds()), "left_s": left}).data
