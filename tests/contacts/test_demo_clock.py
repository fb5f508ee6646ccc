"""The demo lets days pass for every process, and nobody else can."""

from datetime import timedelta

import pytest

from contacts import clock, demo_clock
from contacts.durations import BadDuration
from contacts.models import Workspace


@pytest.fixture
def demo(settings, monkeypatch, db):
    settings.DEMO = True
    monkeypatch.setattr(demo_clock, "_read_at", -1.0)
    yield
    clock.set_offset(timedelta())


def test_without_demo_mode_the_clock_cannot_be_moved(db, settings):
    settings.DEMO = False
    with pytest.raises(demo_clock.NotADemo):
        demo_clock.move("P1D")
    with pytest.raises(demo_clock.NotADemo):
        demo_clock.move_to(clock.now() + timedelta(days=1))
    Workspace.objects.update(clock_offset_s=5)
    demo_clock.sync(now=True)
    assert clock.offset() == timedelta()


def test_days_pass(demo):
    before = clock.now()
    assert timedelta(days=3) <= demo_clock.move("P3D") - before < timedelta(days=3, seconds=10)
    assert timedelta(days=3, hours=1) <= demo_clock.move("PT1H") - before < timedelta(days=3, hours=1, seconds=10)
    assert Workspace.current().clock_offset_s >= 3 * 86_400 + 3_600


def test_another_process_follows(demo):
    demo_clock.move("P3D")
    clock.set_offset(timedelta())  # as a process that has not asked yet
    demo_clock.sync(now=True)
    assert clock.offset() >= timedelta(days=3)


def test_asking_is_cheap(demo, django_assert_num_queries, monkeypatch):
    with django_assert_num_queries(1):
        for _ in range(50):
            demo_clock.sync()
    later = demo_clock.time.monotonic() + 1
    monkeypatch.setattr(demo_clock.time, "monotonic", lambda: later)
    with django_assert_num_queries(1):
        demo_clock.sync()


def test_the_clock_never_goes_back(demo):
    demo_clock.move("P3D")
    at = clock.now()
    assert demo_clock.move_to(at - timedelta(days=1)) >= at
    assert clock.offset() >= timedelta(days=3)


def test_a_moment_that_was_asked_for_is_reached(demo):
    goal = clock.now() + timedelta(days=1, milliseconds=1)
    assert demo_clock.move_to(goal) >= goal


@pytest.mark.parametrize(
    ("duration", "refusal"), [("P9999Y", BadDuration), ("P100Y", demo_clock.TooFar), ("", BadDuration)]
)
def test_nonsense_is_refused(demo, duration, refusal):
    with pytest.raises(refusal):
        demo_clock.move(duration)
    assert Workspace.current().clock_offset_s == 0
