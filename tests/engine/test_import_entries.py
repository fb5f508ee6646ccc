"""An import says before it starts how many could enter which workflow."""

from __future__ import annotations

import pytest

from builder.actions.pause import pause
from contacts.imports.estimate import Estimate
from contacts.models import Import, List
from engine.import_entries import entering
from tests.engine.kit import draw, publish

pytestmark = pytest.mark.django_db


def waits(name: str, **settings: str) -> object:
    return publish(draw({"n1": ("trigger", settings), "n2": ("exit", {})}, ["n1 next n2"]), name)


def test_each_workflow_is_named_with_the_most_who_could_enter_it() -> None:
    List.objects.create(slug="news", name="News")
    waits("New", on="contact_added")
    waits("Tagged", on="tag_added", tag="Fair 2026")
    waits("Other tag", on="tag_added", tag="other")
    waits("On the list", on="list_joined", list="news")
    waits("Changed", on="field_changed", field="score")
    pause(waits("Paused", on="contact_added"))  # type: ignore[arg-type]
    of = Import(options={"tags": ["fair  2026"], "lists": ["news"]}, mapping=[{"column": "Points", "to": "score"}])
    found = entering(of, Estimate(rows=10, new=6, known=3, rejected=1))
    assert [tuple(one) for one in found] == [("Changed", 3), ("New", 6), ("On the list", 9), ("Tagged", 9)]
    of.options["update_existing"] = False
    assert ("Changed", 3) not in entering(of, Estimate(new=6, known=3))
