from __future__ import annotations

from typing import Any

from django.test import Client

from builder.actions.pause import pause
from contacts.models import Workspace
from engine.pages.charts import ceiling
from engine.pages.numbers import Days, today
from tests.engine.kit import publish
from tests.pages.conftest import HOSTILE, story


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_it_tells_what_really_happened_today(marketer: Client, world: dict[str, Any]) -> None:
    html = text(marketer.get("/"))
    assert "Good afternoon, Marketer" in html
    assert "one workflow is live" in html
    assert '<h3>People inside</h3><span class="tile t-start">' in html
    assert marketer.get("/").context["kpi"]["inside"] == 1
    assert marketer.get("/").context["kpi"]["entered"] == 1
    assert marketer.get("/").context["kpi"]["finished"] == 2


def test_a_paused_workflow_wants_a_hand(marketer: Client, world: dict[str, Any]) -> None:
    pause(world["workflow"])
    wants = marketer.get("/").context["wants"]
    assert [(one.title, one.words, one.action) for one in wants] == [
        ("Welcome is paused since Friday", "1 person keeps their place.", "Resume")
    ]


def test_staff_may_look_where_marketers_may_act(staff: Client, world: dict[str, Any]) -> None:
    pause(world["workflow"])
    assert [one.action for one in staff.get("/").context["wants"]] == ["Look"]


def test_names_are_never_markup(marketer: Client) -> None:
    publish(story(), HOSTILE[:100])
    assert "<script>alert" not in marketer.get("/").content.decode()


def test_an_empty_house_says_so(marketer: Client) -> None:
    html = text(marketer.get("/"))
    assert "nobody is inside a workflow" in html
    assert "Nothing stopped" in html


def test_queries_do_not_grow_with_workflows(
    marketer: Client, world: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    marketer.get("/")
    with django_assert_max_num_queries(20):
        marketer.get("/")
    for n in range(8):
        publish(story(), f"Workflow {n}")
    with django_assert_max_num_queries(20):
        marketer.get("/")


def test_a_usual_day_is_the_mean_of_the_same_weekdays() -> None:
    from engine.models import Daily

    day = today(Workspace.current().zone)
    for weeks, n in ((1, 10), (2, 20)):
        Daily.objects.create(workflow_id=1, day=day - 7 * weeks, what="entered", n=n)
    Daily.objects.create(workflow_id=1, day=day - 1, what="entered", n=999)
    assert Days(day - 35, day).usual(day, "entered") == 15
    assert Days(day - 35, day).usual(day - 3, "entered") is None


def test_axes_end_at_round_numbers() -> None:
    assert [ceiling(n) for n in (0, 1, 3, 4, 13, 214, 240, 241, 2999)] == [3, 3, 3, 6, 15, 240, 240, 300, 3000]
