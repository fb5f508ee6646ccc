"""People per node and way out, from counters."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Sum
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder.models import Workflow, WorkflowVersion
from engine.models import Counter
from engine.models.counter import GOAL, GONE, HELD_OUT, HOLDOUT


def counts(version_ids: list[int]) -> dict[str, dict[str, Any]]:
    """{node: {entered, waiting, left, failed, skipped, ports: {port: n}}} over these versions. One query."""
    nodes: dict[str, dict[str, Any]] = defaultdict(
        lambda: {"entered": 0, "waiting": 0, "left": 0, "failed": 0, "skipped": 0, "ports": defaultdict(int)}
    )
    rows = Counter.objects.filter(version_id__in=version_ids).exclude(node="")
    for node, port, n in rows.values_list("node", "port", "n"):
        if port.startswith(GONE):
            continue
        if port.startswith("+"):
            name = port[1:]
            nodes[node][name] = nodes[node].get(name, 0) + n
        elif port == "moved":
            nodes[node]["moved"] = nodes[node].get("moved", 0) + n
        else:
            nodes[node]["ports"][port] += n
            nodes[node]["left"] += n
    for row in nodes.values():
        row["waiting"] = row["entered"] - row["left"] - row.get("moved", 0) - row.get("erased", 0)
    return nodes


def goal(version_ids: list[int]) -> dict[str, int]:
    """How many reached the workflow's goal inside it; how many were held out, and how many of those did. One query."""
    rows = Counter.objects.filter(version_id__in=version_ids, node="", port__in=[GOAL, HOLDOUT, HELD_OUT])
    found = {row["port"]: row["n"] for row in rows.values("port").annotate(n=Sum("n"))}
    return {
        "reached": found.get(GOAL, 0),
        "held_out": found.get(HOLDOUT, 0),
        "held_out_reached": found.get(HELD_OUT, 0),
    }


class CountsView(APIView):
    """Counts of one version (`?version=n`), or of all versions together."""

    rules = {"GET": "counts.read"}

    @extend_schema(
        parameters=[OpenApiParameter("version", int, description="version number; without it all versions")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, pk: int) -> Response:
        workflow = get_object_or_404(Workflow, pk=pk)
        versions = WorkflowVersion.objects.filter(workflow=workflow)
        wanted = request.query_params.get("version")
        if wanted:
            versions = (
                versions.filter(number=int(wanted)) if wanted.isdecimal() and len(wanted) < 10 else versions.none()
            )
            if not versions.exists():
                raise Http404
        ids = list(versions.values_list("pk", flat=True))
        return Response({"version": int(wanted) if wanted else None, "nodes": counts(ids), "goal": goal(ids)})
