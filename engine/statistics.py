"""Which of several arms is better: two-proportion z-tests, corrected for how many arms are compared.

Used by the experiment and by messages with variants. Pure: numbers in, a verdict out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import erfc, sqrt

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Arm:
    """`people` of whom `wins` did what is measured."""

    people: int
    wins: int

    @property
    def rate(self) -> float:
        return self.wins / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """`winner` None: no difference that chance would not make. `p` is the largest of the winner's corrected p-values."""

    winner: str | None
    p: float


def p_value(one: Arm, other: Arm) -> float:
    """How often chance alone makes two equal arms differ by as much: two-sided two-proportion z-test with pooled variance."""
    if not one.people or not other.people:
        return 1.0
    pooled = (one.wins + other.wins) / (one.people + other.people)
    spread = sqrt(pooled * (1 - pooled) * (1 / one.people + 1 / other.people))
    if spread == 0:  # nobody did it, or everybody
        return 1.0
    return erfc(abs(one.rate - other.rate) / spread / sqrt(2))


def best(arms: Mapping[str, Arm]) -> str | None:
    """The arm with the highest rate; None where several share it, or nobody did anything."""
    if not arms:
        return None
    top = max(arm.rate for arm in arms.values())
    leaders = [name for name, arm in arms.items() if arm.rate == top]
    return leaders[0] if len(leaders) == 1 and top > 0 else None


def decide(arms: Mapping[str, Arm], *, confidence: float = CONFIDENCE) -> Decision:
    """The best arm if it beats each other one at this confidence, Bonferroni-corrected over the arms it is compared with."""
    leader = best(arms)
    if leader is None or len(arms) < 2:
        return Decision(None, 1.0)
    others = [arm for name, arm in arms.items() if name != leader]
    p = max(min(1.0, p_value(arms[leader], other) * len(others)) for other in others)
    return Decision(leader if p < 1 - confidence else None, p)


def ready(arms: Mapping[str, Arm], least: int) -> bool:
    """Has every arm its least number of people with a complete window?"""
    return bool(arms) and all(arm.people >= least for arm in arms.values())
