"""Winners are proven, not guessed."""

from __future__ import annotations

import pytest

from engine.statistics import Arm, best, decide, p_value, ready


def test_the_z_test_agrees_with_the_textbook() -> None:
    # Pooled 0.15, z = 0.1 / sqrt(0.15 * 0.85 * 2 / 200) = 2.8006
    assert p_value(Arm(200, 40), Arm(200, 20)) == pytest.approx(0.00511, abs=0.00005)
    assert p_value(Arm(200, 20), Arm(200, 40)) == p_value(Arm(200, 40), Arm(200, 20))


def test_no_people_and_no_difference_prove_nothing() -> None:
    assert p_value(Arm(0, 0), Arm(100, 50)) == 1.0
    assert p_value(Arm(100, 0), Arm(100, 0)) == 1.0
    assert p_value(Arm(100, 100), Arm(100, 100)) == 1.0
    assert decide({"a": Arm(100, 20), "b": Arm(100, 20)}).winner is None
    assert decide({"a": Arm(100, 20)}).winner is None
    assert decide({}).winner is None


def test_a_clear_winner_wins_and_a_near_one_does_not() -> None:
    assert decide({"a": Arm(200, 40), "b": Arm(200, 20)}).winner == "a"
    assert decide({"a": Arm(200, 30), "b": Arm(200, 20)}).winner is None


def test_more_arms_ask_for_more_proof() -> None:
    two = {"a": Arm(200, 36), "b": Arm(200, 21)}
    assert p_value(two["a"], two["b"]) < 0.05
    assert decide(two).winner == "a"
    assert decide({**two, "c": Arm(200, 21), "d": Arm(200, 21)}).winner is None


def test_the_best_must_beat_each_other_arm() -> None:
    assert decide({"a": Arm(1000, 300), "b": Arm(1000, 295), "c": Arm(1000, 100)}).winner is None


def test_the_best_so_far_is_one_or_nobody() -> None:
    assert best({"a": Arm(10, 3), "b": Arm(10, 2)}) == "a"
    assert best({"a": Arm(10, 3), "b": Arm(10, 3)}) is None
    assert best({"a": Arm(10, 0), "b": Arm(0, 0)}) is None


def test_every_arm_needs_its_people() -> None:
    assert ready({"a": Arm(10, 0), "b": Arm(10, 9)}, 10)
    assert not ready({"a": Arm(10, 0), "b": Arm(9, 9)}, 10)
    assert not ready({}, 10)
