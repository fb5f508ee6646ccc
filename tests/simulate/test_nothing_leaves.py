"""A simulation writes nothing, uses up no id, sends nothing and calls nobody; nobody else lives by its clock."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from builder import library, publishing
from contacts import clock, events
from engine import queue, triggers
from engine.messaging import http, plan
from engine.messaging.models import Message
from engine.messaging.senders import registry
from engine.simulate import Asked, Choice, Happening, Persona, rows, sandbox, simulate
from engine.simulate.asked import Planned
from engine.verify import verify
from tests.engine.kit import person, run_of, settle

pytestmark = pytest.mark.django_db

NOW = "2026-11-23T08:00:00+00:00"


def everything() -> dict[str, Any]:
    """Every row of every table, and where every sequence stands."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT * FROM "{table}"')  # names of our own tables
            found[table] = sorted(map(repr, cursor.fetchall()))
        if connection.vendor == "postgresql":
            cursor.execute("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")
            found["sequences"] = cursor.fetchall()
        else:
            cursor.execute("SELECT name, seq FROM sqlite_sequence ORDER BY 1")
            found["sequences"] = cursor.fetchall()
    return found


@pytest.fixture
def no_way_out(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Real senders are configured, and every road out of the house is mined."""
    settings.EMAIL_URL, settings.SMS_URL = "smtp://mail.example.com:25", "https://sms.example.com/send"

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("the simulation tried to leave the house")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(queue, "async_task", refuse)
    monkeypatch.setattr("channels.layers.get_channel_layer", refuse)


def test_nothing_is_written_and_nothing_leaves(admin_user: Any, no_way_out: None) -> None:
    with clock.freeze(NOW) as frozen:
        workflow = library.use("lead-nurturing", {}, user=admin_user)
        publishing.publish(workflow, user=admin_user)
        workflow.refresh_from_db()
        alice = person("Alice", phone="+48600148214", is_demo=True)
        triggers.enrol(workflow, [alice.pk])
        settle()  # the catcher, as she is of the demo
        frozen.advance("PT1H")
        wordings = set(plan._known_wordings)
        before = everything()
        for asked in (
            Asked(contact_id=alice.pk, anyway=True, choices=(Choice("n3", port="b1"), Choice("n5", port="b1"))),
            Asked(
                contact_id=alice.pk,
                anyway=True,
                events=(
                    Planned(Happening("purchase", {"properties": {"value": 5}}), after="PT2H"),
                    Planned(Happening("tag", {"tag": "brand new"}), after="PT3H"),
                    Planned(Happening("unsubscribed"), after="P1D"),
                    Planned(Happening("field", {"field": "first_name", "value": "Alicja"}), after="P1D"),
                ),
            ),
            Asked(persona=Persona({"email": "bob@example.com", "phone": "+48600148215", "consents": {"email": "in"}})),
            Asked(contact_id=alice.pk),
        ):
            answer = simulate(workflow, asked)
            assert answer["messages"] or answer["refused"]
        assert everything() == before
        assert plan._known_wordings == wordings
        assert verify() == []


def test_the_engine_goes_on_afterwards_as_if_nothing_had_been(admin_user: Any) -> None:
    """What a process remembers (wordings, links, conditions in SQL) must not come from a world that is gone."""
    with clock.freeze(NOW) as frozen:
        workflow = library.use("lead-nurturing", {}, user=admin_user)
        simulate(workflow, Asked(persona=Persona({"email": "x@example.com", "consents": {"email": "in"}})))
        publishing.publish(workflow, user=admin_user)
        bob = person("Bob", phone="+48600148214")
        events.record(bob.pk, "contact_added")
        settle()
        for _ in range(6):
            simulate(workflow, Asked(contact_id=bob.pk, anyway=True))
            frozen.advance("P1D")
            settle()
        assert run_of(bob).outcome == "no_response"
        assert Message.objects.filter(contact=bob).count() == 4
        assert verify() == []


def test_its_clock_is_nobody_elses() -> None:
    with clock.freeze(NOW):
        seen = []
        with clock.simulate(clock.now()) as moment:
            moment.go_to(clock.from_micros(clock.to_micros(clock.now()) + 86_400_000_000))
            other = threading.Thread(target=lambda: seen.append(clock.now()))
            other.start()
            other.join()
            assert clock.now() > seen[0] and clock.is_simulated()
        assert clock.now() == seen[0] and not clock.is_simulated()


def test_senders_and_the_one_client_refuse_to_work_inside_one() -> None:
    with clock.simulate(clock.now()):
        with pytest.raises(RuntimeError, match="sends nothing"):
            registry.of("email")
        with pytest.raises(RuntimeError, match="calls nobody"):
            http.request("GET", "https://example.com/")
        assert queue.ring("engine") is False


def test_every_table_is_taken_along_or_left_out_by_somebodys_decision() -> None:
    unsaid = [
        model._meta.label
        for label in rows.LABELS
        for model in apps.get_app_config(label).get_models()
        if rows.group_of(model) is None
    ]
    assert not unsaid, f"engine/simulate/rows.py does not say what becomes of {unsaid}"


def test_a_mistake_inside_is_told_outside_and_frees_the_seat() -> None:
    def fail() -> None:
        raise LookupError("no")

    for _ in range(5):
        with pytest.raises(LookupError):
            sandbox.run([], fail)
    assert sandbox.run([], lambda: connection.vendor) == "sqlite"


def test_too_many_at_once_are_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "WAIT_S", 0.05)
    hold, begun = threading.Event(), threading.Barrier(3)

    def wait() -> None:
        begun.wait(5)
        hold.wait(5)

    threads = [threading.Thread(target=lambda: sandbox.run([], wait)) for _ in range(2)]
    for thread in threads:
        thread.start()
    begun.wait(5)
    with pytest.raises(sandbox.Busy):
        sandbox.run([], lambda: None)
    hold.set()
    for thread in threads:
        thread.join()
