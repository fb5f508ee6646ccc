"""The sockets: who gets in, counts without a reload, who else edits, one contact's path."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group

from builder import drafts
from contacts import events
from engine import live, pulse
from engine.models import Run
from tests.engine.kit import draw, person, publish, run_of
from tests.engine.socket import Socket

pytestmark = pytest.mark.django_db(transaction=True)


def user(role: str) -> Any:
    made = get_user_model().objects.create_user(role, first_name=role.capitalize())
    made.groups.add(Group.objects.get_or_create(name=role)[0])
    return made


def socket(path: str, who: Any) -> Socket:
    """A socket as it is behind session and origin checks, which Channels tests itself."""
    return Socket(live.sockets, path, who)


@pytest.fixture
def workflow() -> Any:
    return publish(
        draw(
            {"n1": ("trigger", {"on": "contact_added"}), "n2": ("wait", {"duration": "P1D"}), "n3": ("exit", {})},
            ["n1 next n2", "n2 next n3"],
        )
    )


async def test_strangers_stay_outside(workflow: Any) -> None:
    for path in (f"/ws/workflows/{workflow.pk}/", "/ws/runs/"):
        made = socket(path, AnonymousUser())
        assert not await made.connect()


async def test_an_address_that_leads_nowhere_is_refused() -> None:
    for path in ("/ws/", "/ws/nothing/", "/ws/workflows/x/"):
        assert not await socket(path, AnonymousUser()).connect()


async def test_frames_that_are_no_message_are_passed_over(workflow: Any) -> None:
    made = socket(f"/ws/workflows/{workflow.pk}/", await sync_to_async(user)("marketer"))
    assert await made.connect()
    for text in ("{", "", "\x00", "null", "[]", "[" * 100_000):
        await made.send_frame(text=text)
    await made.send_frame(bytes=b"\xff")
    await made.send({"type": "hello", "client": "a"})
    assert (await made.next("welcome"))["revision"] == 1
    await made.close()


async def test_counts_follow_without_a_reload_and_the_path_too(workflow: Any) -> None:
    staff = await sync_to_async(user)("staff")
    alice = await sync_to_async(person)("Alice")

    def come_in() -> int:
        events.record(alice.pk, "contact_added")
        assert pulse.drain(20)
        return run_of(alice).pk

    run_id = await sync_to_async(come_in)()
    made = socket(f"/ws/workflows/{workflow.pk}/", staff)
    assert await made.connect()
    await made.send({"type": "watch", "version": 1, "run": run_id})
    first = await made.next("counts")
    assert first["snapshot"] and first["nodes"]["n2"]["waiting"] == 1
    path = await made.next("path")
    assert [visit["node"] for visit in path["run"]["visits"]] == ["n1", "n2"]
    bob = await sync_to_async(person)("Bob")

    def another() -> None:
        events.record(bob.pk, "contact_added")
        assert pulse.drain(20)

    await sync_to_async(another)()
    delta = await made.next("counts")
    assert not delta["snapshot"] and delta["seq"] == first["seq"] + 1
    assert delta["nodes"]["n2"]["waiting"] == 2
    assert delta["nodes"]["n1"]["ports"] == {"next": 2}
    await made.close()


async def test_a_socket_that_cannot_be_told_silences_nobody_else(workflow: Any, monkeypatch: Any) -> None:
    staff = await sync_to_async(user)("staff")
    run_id = await sync_to_async(_somebody_inside)()

    def broken(*args: Any) -> Any:
        raise ValueError("no such drawing")

    monkeypatch.setattr(live, "read_path", broken)
    one, two = (socket(f"/ws/workflows/{workflow.pk}/", staff) for _ in range(2))
    assert await one.connect()
    assert await two.connect()
    await one.send({"type": "watch", "version": 1, "run": run_id})
    assert await one.closed() == 1011
    await two.send({"type": "watch", "version": 1})
    first = await two.next("counts")
    await sync_to_async(_somebody_inside)()
    assert (await two.next("counts"))["seq"] == first["seq"] + 1
    await one.close()
    await two.close()


@pytest.mark.parametrize("place", ["workflow", "history"])
async def test_who_loses_the_role_is_told_nothing_more(workflow: Any, monkeypatch: Any, place: str) -> None:
    monkeypatch.setattr(live, "ASKED_AGAIN_S", 0.0)
    staff = await sync_to_async(user)("staff")
    made = socket(f"/ws/workflows/{workflow.pk}/" if place == "workflow" else "/ws/runs/", staff)
    assert await made.connect()
    if place == "workflow":
        await made.send({"type": "watch", "version": 1})
        await made.next("counts")
    await sync_to_async(staff.groups.clear)()
    assert await made.closed() == 4403
    assert not live.tail.watchers and not live.tail.feeds
    await made.close()


def _somebody_inside() -> int:
    who = person(f"Somebody {Run.objects.count()}")
    events.record(who.pk, "contact_added")
    assert pulse.drain(20)
    return run_of(who).pk


async def test_who_cannot_be_told_keeps_nobody_else_from_hearing(
    workflow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = await sync_to_async(user)("staff")
    gone, there = (socket(f"/ws/workflows/{workflow.pk}/", staff) for _ in range(2))
    assert await gone.connect() and await there.connect()
    told = live.EditorConsumer.tell_counts
    first: list[Any] = []

    async def breaks(self: Any, *values: Any) -> None:
        first.append(self)
        if self is first[0]:
            raise OSError("the other end is gone")
        await told(self, *values)

    monkeypatch.setattr(live.EditorConsumer, "tell_counts", breaks)
    await gone.send({"type": "watch"})
    while not first:
        await asyncio.sleep(0.01)
    await there.send({"type": "watch"})
    assert (await there.next("counts"))["snapshot"]
    assert first.count(first[0]) == 1
    await there.close()


async def test_editors_see_each_other_and_each_others_saves(workflow: Any) -> None:
    marketer, admin = await sync_to_async(user)("marketer"), await sync_to_async(user)("admin")
    one, two = (socket(f"/ws/workflows/{workflow.pk}/", who) for who in (marketer, admin))
    for made, client in ((one, "tab-one"), (two, "tab-two")):
        assert await made.connect()
        await made.send({"type": "hello", "client": client})
        await made.next("welcome")
    assert [who["name"] for who in (await one.next("editors"))["editors"]] == ["Admin"]
    assert [who["name"] for who in (await two.next("editors"))["editors"]] == ["Marketer"]
    await two.send({"type": "presence", "selected": ["n2"]})
    assert (await one.next("editors"))["editors"][0]["selected"] == ["n2"]

    def save() -> None:
        drafts.save(workflow.pk, workflow.draft, revision=workflow.revision, user=admin, client="tab-two")

    await sync_to_async(save)()
    saved = await one.next("saved")
    assert saved["revision"] == workflow.revision + 1 and saved["author"]["name"] == "Admin"
    await two.close()
    assert (await one.next("editors"))["editors"] == []
    await one.close()
