"""Visits cut into parts by contact: people go on, and the record stays sound, there and back."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from contacts import clock, events
from engine import partitioning
from engine.models import Visit
from engine.verify import verify
from tests.engine.kit import draw, path, person, publish, settle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL can cut a table into parts")
def test_people_go_on_over_visits_in_parts() -> None:
    publish(
        draw(
            {"n1": ("trigger", {"on": "contact_added"}), "n2": ("wait", {"duration": "P1D"}), "n3": ("exit", {})},
            ["n1 next n2", "n2 next n3"],
        )
    )
    people = [person(name) for name in ("Alice", "Bob", "Charlie", "Dana")]
    with clock.freeze("2026-11-23T08:00:00+00:00") as frozen:
        events.record(people[0].pk, "contact_added")
        settle()
        try:
            call_command("partition_visits", 4, stdout=(told := StringIO()))
            assert told.getvalue() == "1 visits lie in 4 parts.\n"
            for one in people[1:]:
                events.record(one.pk, "contact_added")
            settle()
            frozen.advance("P1D")
            settle()
            assert [path(one) for one in people] == [["n1", "n2", "n3"]] * 4
            assert verify() == []
        finally:
            partitioning.cut(0)
        assert partitioning.parts() == 0
        assert Visit.objects.count() == 12
        assert verify() == []


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL can")
def test_sqlite_says_that_it_cannot() -> None:
    with pytest.raises(CommandError, match="Only PostgreSQL"):
        call_command("partition_visits", 4)
