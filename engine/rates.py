"""At most n within a period, first in, first out: who may pass now, and when the turn of everybody else comes. Pure: lists of moments.

The period rolls: in no stretch of that length do more than n pass. Each new person gets a turn one period after the nth before them, so
that everybody knows at once when to come back and the clock wakes each. A turn that was missed by much (the machines were down)
is asked for anew, or a whole backlog would pass at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

# Runs of equal moments: [[microseconds, how many], ...], oldest first.
Marks = list[list[int]]
# So many distinct moments are kept exactly; beyond that neighbours count as the later of them, which never lets more pass.
MOST = 500


@dataclass
class Rate:
    most: int
    period_us: int

    @property
    def patience_us(self) -> int:
        """A turn that is used no later than this counts as used in time."""
        return max(1_000_000, self.period_us // 20)


@dataclass
class Queue:
    """What one rate limit remembers."""

    rate: Rate
    now: int
    passed: Marks = field(default_factory=list)
    promised: Marks = field(default_factory=list)

    def __post_init__(self) -> None:
        old = self.now - self.rate.period_us - self.rate.patience_us
        # A moment after now is left from a clock that was set back.
        self.passed = _sorted([[min(at, self.now), n] for at, n in self.passed if at > old])
        self.promised = [[at, n] for at, n in self.promised if at > old]

    def arrive(self, people: int) -> list[int]:
        """The moments of the turns of so many who come now, in their order; `now` passes at once."""
        return self._promise(people, _sorted(self.passed + self.promised))

    def come_back(self, turns: list[int]) -> list[int]:
        """For each of those whose turn has come, in the order in which they stood: `now`, or another turn."""
        given: list[int] = []
        again: Marks = []
        for turn, group in groupby(turns):
            people = len(list(group))
            self._take_back(turn, people)
            at = turn if self.now - turn <= self.rate.patience_us else self.now
            used = sum(n for moment, n in self.passed if moment > at - self.rate.period_us)
            may = min(people, max(0, self.rate.most - used))
            if may:
                self._add(self.passed, at, may)
            given += [self.now] * may
            if may < people:
                turns_again = self._promise(people - may, _sorted(self.passed + again))
                for moment in turns_again:
                    self._add(again, moment)
                given += turns_again
        return given

    def _promise(self, people: int, marks: Marks) -> list[int]:
        turns: list[int] = []
        while len(turns) < people:
            at, room = self._next(marks)
            # Nobody overtakes.
            at = max(at, marks[-1][0] if marks else at)
            room = min(room, people - len(turns))
            self._add(marks, at, room)
            self._add(self.passed if at <= self.now else self.promised, at, room)
            turns += [at] * room
        return turns

    def _next(self, marks: Marks) -> tuple[int, int]:
        """The next free moment, and for how many."""
        behind = 0
        for at, n in reversed(marks):
            behind += n
            if behind >= self.rate.most:
                free = at + self.rate.period_us
                return max(self.now, free), n - (behind - self.rate.most)
        return self.now, self.rate.most - behind

    def _take_back(self, turn: int, people: int) -> None:
        for mark in self.promised:
            if mark[0] == turn:
                mark[1] -= people
        self.promised = [mark for mark in self.promised if mark[1] > 0]

    def _add(self, marks: Marks, at: int, people: int = 1) -> None:
        if marks and marks[-1][0] == at:
            marks[-1][1] += people
        else:
            marks.append([at, people])
            marks.sort()
            if len(marks) > MOST:
                marks[:] = [
                    [later[0], sooner[1] + later[1]] for sooner, later in zip(marks[::2], marks[1::2], strict=False)
                ] + ([marks[-1]] if len(marks) % 2 else [])


def _sorted(marks: Marks) -> Marks:
    """Without doubles, oldest first; the lists inside are new ones."""
    found: dict[int, int] = {}
    for at, n in marks:
        found[at] = found.get(at, 0) + n
    return [[at, found[at]] for at in sorted(found)]
