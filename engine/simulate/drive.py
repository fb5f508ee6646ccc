"""Lets the engine work and the clock jump: from due moment to due moment, with what was chosen happening in between."""

from __future__ import annotations

import heapq
import itertools
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from builder.nodes import NodeKind
from contacts import clock
from contacts.durations import parse
from engine import pulse
from engine.batch import Token, zone_of
from engine.models import Run, RunStatus, Visit
from engine.program import Program
from engine.simulate.asked import Asked, Choice, Happening
from engine.simulate.draft import Stuck
from engine.simulate.happenings import happen, possible
from engine.standing import home_zone

MOST_VISITS = 400
MOST_TIME = timedelta(days=5 * 366)
MOST_S = 8.0
MOST_HAPPENINGS = 500


@dataclass(frozen=True)
class Told:
    """Something that happened in the simulation, for its timeline. `problem` says why it could not."""

    at: datetime
    node: str | None
    nth: int | None
    what: Happening
    problem: str = ""


@dataclass
class Chooser:
    """Knows the visits made and the ways chosen for them (see `engine.simulate.draft.Chooser`)."""

    choices: Sequence[Choice]
    visits: dict[tuple[int, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    due: set[tuple[int, int]] = field(default_factory=set)
    main: int | None = None

    def number(self, run_id: int, node: str, nth: int) -> int:
        """How often this run has been at this node, this visit included."""
        seen = self.visits[run_id, node]
        if nth not in seen:
            seen.append(nth)
        return seen.index(nth) + 1

    def of(self, run_id: int, node: str, nth: int) -> list[Choice]:
        number = self.number(run_id, node, nth)
        fitting = [choice for choice in self.choices if choice.fits(node, number)]
        # What is said of this very visit goes before what is said of all.
        return [one for one in fitting if one.visit] or fitting

    def way(self, token: Token) -> str | None:
        return next((one.port for one in self.of(token.id, token.node, token.nth) if one.port), None)

    def is_due(self, token: Token) -> bool:
        return (token.id, token.nth) in self.due


class Drive:
    """One simulation under way; `run` is the contact's newest run in the workflow."""

    def __init__(self, program: Program, contact_id: int, asked: Asked, chooser: Chooser, moment: Any) -> None:
        self.program, self.contact_id, self.asked = program, contact_id, asked
        self.chooser, self.clock = chooser, moment
        self.until = time.monotonic() + MOST_S
        self.start = clock.now()
        self.told: list[Told] = []
        self.planned: list[tuple[datetime, int, Happening | None, tuple[int, int] | None, str | None]] = []
        self._numbers = itertools.count()
        self.looked_at: set[tuple[int, int]] = set()
        self.stopped = ""
        self.stopped_at: str | None = None
        for event in asked.events:
            at = event.at or parse(event.after or "PT0S").add_to(self.start, self.zone)
            self._plan(at, event.happening, None, None)

    @property
    def zone(self) -> Any:
        from contacts.models import Contact

        name = Contact.objects.filter(pk=self.contact_id).values_list("time_zone", flat=True).first() or ""
        return zone_of(name, home_zone())

    def run(self) -> Run | None:
        mine = Run.objects.filter(contact_id=self.contact_id, workflow_id=self.program.workflow_id)
        return mine.order_by("-pk").first()

    def go(self) -> None:
        """Until the run has ended, waits for what never comes, or a limit is reached; `stopped` says which, in words."""
        while True:
            run = self._quiet()
            if run is None or run.status != RunStatus.ACTIVE:
                return
            node = self.program.nodes.get(run.node)
            if node is not None and issubclass(node.step, Stuck):
                self.stopped_at, self.stopped = run.node, "stuck"
                return
            if self._too_much():
                return
            self._look(run)
            at = self._next()
            if at is None:
                self.stopped_at, self.stopped = run.node, "nothing comes"
                return
            if at - self.start > MOST_TIME:
                self.stopped_at, self.stopped = run.node, "too long"
                return
            self.clock.go_to(at)
            self._let_happen()

    def _quiet(self) -> Run | None:
        """Work off what is due at this moment."""
        while not self._too_much() and not pulse.drain(min(1.0, MOST_S)):
            continue
        return self.run()

    def _too_much(self) -> bool:
        if time.monotonic() > self.until:
            self.stopped = "took too long"
        elif Visit.objects.filter(contact_id=self.contact_id, entered_at__gte=self.start).count() > MOST_VISITS:
            self.stopped = "too many visits"
        elif len(self.told) > MOST_HAPPENINGS:
            self.stopped = "too many happenings"
        return bool(self.stopped)

    # --- what is chosen -----------------------------------------------------------------------
    def _look(self, run: Run) -> None:
        """A visit that has begun to wait: plan what was chosen for it."""
        key = (run.pk, run.nth)
        if key in self.looked_at:
            return
        self.looked_at.add(key)
        for choice in self.chooser.of(run.pk, run.node, run.nth):
            at = parse(choice.after).add_to(run.entered_at, self.zone)
            if choice.happening is not None:
                self._plan(at, choice.happening, key, run.node)
            elif choice.port and choice.port != "timeout":
                for what in self._making(run.node, choice.port):
                    self._plan(at, what, key, run.node)
                # If that was not enough, the way is taken just so.
                self._plan(at, None, key, run.node)

    def _making(self, node_id: str, port: str) -> list[Happening]:
        return making(self.program.nodes[node_id].step, self.program.nodes[node_id].settings, port) or []

    def _plan(self, at: datetime, what: Happening | None, key: tuple[int, int] | None, node: str | None) -> None:
        heapq.heappush(self.planned, (max(at, self.start), next(self._numbers), what, key, node))

    def _next(self) -> datetime | None:
        found = [at for at in (pulse.next_due(), self.planned[0][0] if self.planned else None) if at is not None]
        return min(found, default=None)

    def _let_happen(self) -> None:
        """Everything planned up to now, in order. What belongs to a visit that is over happens to nobody."""
        while self.planned and self.planned[0][0] <= clock.now():
            at, _, what, key, node = heapq.heappop(self.planned)
            run = self.run()
            if run is None or (key is not None and (run.pk, run.nth) != key):
                continue
            if what is not None:
                problem = happen(self.contact_id, run.pk, what)
                self.told.append(Told(at, node or run.node, run.nth, what, problem))
                continue
            self._quiet()
            run = self.run()
            if run is not None and run.status == RunStatus.ACTIVE and (run.pk, run.nth) == key:
                self.chooser.due.add(key)
                Run.objects.filter(pk=run.pk).update(due_at=clock.now())


def making(step: type[NodeKind], settings: Any, port: str) -> list[Happening] | None:
    """What would let somebody leave this wait by this way; None where there is no telling how."""
    ways: Sequence[Any] = getattr(settings, step.branch_field or "", None) or ()
    for way in ways:
        told: Mapping[str, Any] = way if isinstance(way, Mapping) else way.model_dump(by_alias=True)
        if told.get("port") == port:
            return possible(told.get("when"))
    return None
