"""The demo lives: people come in by the doors, read through the public links, and days pass in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client

from contacts import clock, demo_clock
from contacts.models import ConsentState, Contact, Event, Workspace
from engine.demo import accounts, arrivals, history, shop
from engine.demo.advance import advance
from engine.demo.people import OWN_THREE, someone
from engine.demo.visitor import Visitor
from engine.messaging.models import Hit, Message
from engine.models import Run, Visit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo(settings, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.DEMO, settings.DATA_DIR, settings.STATIC_ROOT = True, tmp_path, tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.ALLOWED_HOSTS = ["*"]
    monkeypatch.setenv("DEMO_PASSWORD", "juniper-and-oak")
    demo_clock.sync(now=True)
    yield
    clock.set_offset(timedelta())


@pytest.fixture
def opened(demo: None) -> None:
    accounts.log_ins()
    shop.open_shop(get_user_model()._default_manager.get(username="marketer"))


def path_of(external_id: str) -> list[str]:
    """Nodes in the order of the visits, the open one last."""
    run = Run.objects.get(contact__external_id=external_id)
    left = Visit.objects.filter(contact_id=run.contact_id, run_id=run.pk).order_by("nth").values_list("node", flat=True)
    return [*left, *([run.node] if run.ended_at is None else [])]


def test_the_three_take_their_paths_when_nine_days_pass(opened: None) -> None:
    arrivals.let_in(OWN_THREE)
    done = advance("P9D", seconds=120)
    assert not done.left
    assert path_of("demo-alice") == ["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"]
    assert path_of("demo-bob") == ["n1", "n2", "n3", "n9", "n10", "n11", "n12", "n13", "n14"]
    assert path_of("demo-charlie") == ["n1", "n2", "n3", "n9", "n15", "n16", "n18", "n19"]


def test_nine_days_are_nine_times_one_day(opened: None) -> None:
    arrivals.let_in(OWN_THREE)
    for _ in range(9):
        advance("P1D", seconds=60)
    assert path_of("demo-alice")[-1] == "n8"
    assert path_of("demo-bob")[-1] == "n14"
    assert path_of("demo-charlie")[-1] == "n19"


def test_what_took_too_long_is_told_and_goes_on(opened: None) -> None:
    arrivals.let_in(OWN_THREE)
    done = advance("P9D", seconds=0)
    assert done.left > timedelta(days=8)
    while done.left:
        done = advance(f"PT{int(done.left.total_seconds()) + 1}S", seconds=2)
    assert path_of("demo-alice")[-1] == "n8"


def test_people_come_in_by_the_doors_with_what_they_said_and_bought(opened: None) -> None:
    people = [someone(number) for number in range(1, 30)]
    arrivals.let_in(people)
    arrivals.let_in(people)
    assert Contact.objects.count() == 29
    assert not Contact.objects.filter(is_demo=False).exists()
    said = ConsentState.objects.filter(contact__external_id="cdnow-00001").values_list("subject", flat=True)
    assert set(said) == set(someone(1).says_yes_to)
    assert Event.objects.filter(contact__external_id="cdnow-00001", name="purchase").count() == 4
    newest = Event.objects.filter(name="purchase").order_by("-occurred_at").first()
    assert newest is not None
    assert newest.occurred_at < clock.now()
    advance("PT1M", seconds=60)
    assert Run.objects.count() == 29


def test_customers_from_before_enter_nothing(opened: None) -> None:
    arrivals.let_in([someone(1), someone(2)], quiet=True)
    advance("PT1H", seconds=60)
    assert Contact.objects.count() == 2
    assert not Run.objects.exists()
    assert not Message.objects.exists()


def test_a_newcomer_comes_when_the_last_is_long_enough_ago(opened: None) -> None:
    assert arrivals.newcomer()
    assert not arrivals.newcomer()
    demo_clock.move_to(clock.now() + timedelta(seconds=arrivals.PAUSE_S[1]))
    assert arrivals.newcomer()
    assert list(Contact.objects.order_by("pk").values_list("external_id", flat=True)) == ["cdnow-00001", "cdnow-00002"]


def test_reading_goes_through_the_public_links_and_happens_once(opened: None) -> None:
    arrivals.let_in([OWN_THREE[0]])
    advance("PT3H", seconds=60)
    message = Message.objects.get(channel="email")
    assert message.opened_at is not None
    hits = Hit.objects.filter(message=message)
    assert hits.exists()
    assert all("Mozilla" in hit.agent for hit in hits), "a hit has the agent of a browser: it came as a request"
    before = hits.count()
    # Another process's visitor, which knows nothing of what this one did.
    Visitor().visit()
    assert hits.count() == before


@pytest.mark.slow
def test_the_past_is_lived_through_to_today(demo: None) -> None:
    call_command("demo", people=12, stdout=StringIO())
    assert clock.offset() == timedelta()
    assert Workspace.current().name == "Juniper & Oak"
    oldest = Contact.objects.order_by("created_at").first()
    assert oldest is not None
    age = datetime.now(UTC) - oldest.created_at
    assert timedelta(days=history.DAYS) - timedelta(minutes=5) < age < timedelta(days=history.DAYS, minutes=5)
    assert Contact.objects.count() == 15
    assert path_of("demo-bob")[-1] == "n14"
    sent = Message.objects.exclude(accepted_at=None).order_by("accepted_at")
    assert sent[0].accepted_at < datetime.now(UTC) - timedelta(days=13)

    said = StringIO()
    call_command("demo", people=12, stdout=said)
    assert Contact.objects.count() == 15, "safe to repeat"
    assert said.getvalue() == "15 demo people are here already.\n"
    call_command("demo", people=20, stdout=StringIO())
    assert Contact.objects.count() == 23


def test_the_three_log_ins_have_their_roles_and_keep_their_sessions(demo: None) -> None:
    roles = {one.username: one.password for one in accounts.log_ins()}
    assert roles == dict.fromkeys(("marketer", "admin", "staff"), "juniper-and-oak")
    client = Client()
    assert client.login(username="staff", password="juniper-and-oak")
    accounts.log_ins()
    user = get_user_model()._default_manager.get(username="staff")
    assert list(user.groups.values_list("name", flat=True)) == ["staff"]
    assert not user.is_staff
    assert client.get("/history/").status_code == 200


def test_a_password_is_made_up_once_and_kept(demo: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_PASSWORD")
    first = accounts.log_ins()[0].password
    assert len(first) >= 12
    assert accounts.log_ins()[0].password == first


def test_the_clock_moves_over_the_api_for_all_roles_and_nobody_else(opened: None) -> None:
    client = Client()
    assert client.post("/api/demo/clock/", {"advance": "P1D"}, "application/json").status_code in (401, 403)
    client.login(username="staff", password="juniper-and-oak")
    answer = client.post("/api/demo/clock/", {"advance": "P1D"}, "application/json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["left_s"] == 0
    assert 86_000 < answer.json()["ahead_s"] < 86_800
    assert client.post("/api/demo/clock/", {"advance": "soon"}, "application/json").status_code == 400
    assert client.get("/api/demo/clock/").json()["ahead_s"] == answer.json()["ahead_s"]


@pytest.mark.django_db
def test_fewer_than_nobody_is_refused(settings) -> None:
    settings.DEMO = True
    with pytest.raises(CommandError, match="0 or more"):
        call_command("demo", people=-5)


@pytest.mark.django_db
def test_without_demo_mode_both_are_refused(settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo")
    user = get_user_model()._default_manager.create_superuser("root")
    client = Client()
    client.force_login(user)
    assert client.post("/api/demo/clock/", {"advance": "P1D"}, "application/json").status_code == 403
