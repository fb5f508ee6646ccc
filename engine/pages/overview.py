"""The first page: who is inside, what came and went, what was sent, what wants a hand."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from builder import people
from builder.models import Workflow
from contacts import access, clock
from contacts.models import Workspace
from contacts.views.page import page, person_of
from engine.pages import troubles
from engine.pages.charts import sparkline, two_lines
from engine.pages.numbers import LEFT, Days, date_of, messages_since, messages_today, start_of, today

CHART_DAYS = 14
_WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


@access.needs("overview.read")
def overview(request: HttpRequest) -> HttpResponse:
    workspace = Workspace.current()
    zone = workspace.zone
    day = today(zone)
    days = Days(day - 35, day)
    workflows = {
        workflow.pk: workflow
        for workflow in Workflow.objects.exclude(status=Workflow.Status.ARCHIVED).defer("draft", "publish_plan")
    }
    inside = people.totals(workflows)
    live = [workflow for workflow in workflows.values() if workflow.status == Workflow.Status.LIVE]
    may = {rule.replace(".", "_"): access.may(request.user, rule) for rule in access.RULES}
    with timezone.override(zone):
        wants = troubles.of_sending(workspace) + troubles.all_of(workflows, inside, may)
    channels = messages_since(start_of(day - 6, zone))
    stopped = {group.workflow: group.people for group in troubles.groups(limit=50)} if wants else {}
    first = day - CHART_DAYS + 1
    context = {
        "greeting": f"{greeting(clock.now().astimezone(zone).hour)}, {person_of(request).split()[0]}",
        "now": clock.now(),
        "live_words": live_words(len(live)),
        "kpi": kpi(days, day, inside, workflows, messages_today(start_of(day, zone))),
        "chart": chart(days, first, day),
        "wants": wants,
        "channels": channels,
        "machine_opens": sum(channel.machine_opens for channel in channels),
        "live": [
            {
                "workflow": workflow,
                "inside": inside.get(workflow.pk, 0),
                "failed": stopped.get(workflow.pk, 0),
                "spark": sparkline(
                    days.series(workflow.pk, first, day, "entered"),
                    tone="danger" if stopped.get(workflow.pk) else "live",
                    width=70,
                    height=22,
                ),
            }
            for workflow in sorted(live, key=lambda one: -inside.get(one.pk, 0))[:5]
        ],
        "workflow_count": len(workflows),
    }
    return page(request, "engine/overview.html", context, here="overview")


def greeting(hour: int) -> str:
    return "Good morning" if 4 <= hour < 12 else "Good afternoon" if 12 <= hour < 18 else "Good evening"


def live_words(count: int) -> str:
    """six workflows are live"""
    word = _WORDS[count] if count < len(_WORDS) else f"{count:,}"
    return f"{word} workflow is live" if count == 1 else f"{word} workflows are live"


def kpi(
    days: Days, day: int, inside: Mapping[int, int], workflows: dict[int, Workflow], sent: dict[str, int]
) -> dict[str, object]:
    """The four cards; every second line is left out where nothing can be said."""
    entered, usual = days.total(day, "entered"), days.usual(day, "entered")
    weekday = f"{date_of(day):%A}"
    paused = sum(n for key, n in inside.items() if key in workflows and workflows[key].status == "paused")
    busy = sum(1 for key, n in inside.items() if n > 0)
    goal = days.total(day, "met")
    return {
        "inside": sum(inside.values()),
        "busy": busy,
        "paused": paused,
        "entered": entered,
        "difference": None if usual is None else entered - usual,
        "distance": None if usual is None else abs(entered - usual),
        "weekday": weekday,
        "finished": days.total(day, *LEFT),
        "goal": goal,
        "failed": days.total(day, "failed"),
        "removed": days.total(day, "removed"),
        **sent,
    }


def chart(days: Days, first: int, last: int) -> object:
    """Fourteen days; every second one is labelled, the first and each first of a month with its month."""
    entered = [days.total(day, "entered") for day in range(first, last + 1)]
    finished = [days.total(day, *LEFT) for day in range(first, last + 1)]
    labels, words, month = [], [], 0
    for i, day in enumerate(range(first, last + 1)):
        at = date_of(day)
        labels.append("" if i % 2 else f"{at.day}" if at.month == month else f"{at.day} {at:%b}")
        if i % 2 == 0:
            month = at.month
        words.append(f"{at:%A} {at.day} {at:%B}: {entered[i]:,} entered, {finished[i]:,} finished")
    return two_lines(entered, finished, labels, words)
