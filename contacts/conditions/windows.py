"""Windows: which stretch of time counts for what a contact did.

| leaf | counts |
|---|---|
| nothing | everything up to now |
| `"within": "P2D"` | the last two days |
| `"since": "run"` | since the run began; the event that let them in came before |
| `"since": "n2"` | since the latest visit of node n2 in this run: for a node that sends, since the hand-off |
| `"since": "n2", "within": "P2D"` | the two days that begin with it |

Both ends are included: what happened exactly two days ago is within the last two days, and what happens in the very
microsecond of a deadline is in time. The end is never after now, nor after the moment a wait gives up (`until`). Days and
months are steps on the contact's wall clock, hours are absolute. A window whose anchor never happened is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from django.db.models import Q
from pydantic import AfterValidator, Field

from contacts.clock import to_micros
from contacts.conditions import zones
from contacts.conditions.columns import Columns
from contacts.conditions.fact import FactSettings, Names, Row
from contacts.conditions.scope import Scope, Subject
from contacts.durations import parse, words

# Before everything that ever happened.
EVER = -(2**62)
Bounds = tuple[int, int]
WindowReader = Callable[[Row, Sequence[int]], Bounds | None]
NOBODY = Q(pk__in=())


def _duration(text: str) -> str:
    if parse(text).approximate_seconds() > 100 * 366 * 86_400:
        raise ValueError("This is longer than a hundred years.")
    return text


DurationText = Annotated[str, AfterValidator(_duration)]


class Windowed(FactSettings):
    """Settings of a fact about behaviour."""

    within: DurationText | None = Field(
        None,
        title="Within",
        description="The last days or hours, or those after the step chosen below.",
        json_schema_extra={"x-widget": "duration"},
    )
    since: str | None = Field(
        None,
        min_length=1,
        max_length=64,
        title="Since",
        description="Since the run began, or since a step of this workflow.",
        json_schema_extra={"x-widget": "node", "x-run": True},
    )


class Span:
    """The window of one leaf for the rows of a batch."""

    def __init__(self, leaf: Any, columns: Columns, *, own: bool = False) -> None:
        """`leaf` has `within` and `since`. Orders the columns that the ends need; with `own` the fact knows the anchor itself."""
        scope = columns.scope
        self.since, self.within = leaf.since, leaf.within
        self._now = scope.now_us
        self._until = columns.moment(scope.until) if scope.until else None
        self._duration = parse(leaf.within) if leaf.within else None
        self._home: Any = None
        self._zone: int | None = None
        self._anchor: int | None = None
        self._start = EVER
        self._starts: dict[str, int] = {}
        # For subqueries: at or after this; None if all that ever happened counts. Where zones begin at different moments,
        # this is the last of them, and what happened in the `band` before it (from, up to) must be looked at one by one.
        self.start: Any = None
        self.band: tuple[int, int] | None = None
        if leaf.since:
            self._anchored(leaf, columns, own)
        elif leaf.within:
            self._recent(leaf, columns)

    def _anchored(self, leaf: Any, columns: Columns, own: bool) -> None:
        scope = columns.scope
        if not own:
            if leaf.since == "run":
                self._anchor = columns.began()
            else:
                self._anchor = columns.anchor(leaf.since)
            if self._anchor is None:
                return
            self.start = columns.outer(self._anchor)
        if self._duration and (self._duration.days or self._duration.months):
            self._zone = columns.field("time_zone")
            self._home = scope.home
            # No month is shorter than 28 days or longer than 31, and no clock is ever moved by more than a day.
            days, months, seconds = self._duration.days, self._duration.months, self._duration.seconds
            self._least = ((days + 28 * months) * 86_400 + seconds - 90_000) * 1_000_000
            self._most = ((days + 31 * months) * 86_400 + seconds + 90_000) * 1_000_000

    def _recent(self, leaf: Any, columns: Columns) -> None:
        scope = columns.scope
        self._start, others = zones.starts(scope.now, leaf.within, self._home_of(scope))
        if not others:
            self.start = self._start
            return
        self._zone = columns.field("time_zone")
        self._starts = {name: at for at, names in others.items() for name in names}
        all_starts = (self._start, *others)
        self.start, self.band = max(all_starts), (min(all_starts), max(all_starts))

    def _home_of(self, scope: Scope) -> Any:
        assert self._duration is not None
        # Hours are the same everywhere: the workspace need not be asked for its zone.
        return scope.home if self._duration.days or self._duration.months else UTC

    @property
    def is_ever(self) -> bool:
        """Does all that ever happened count, up to now?"""
        return not self.since and not self.within

    def reader(self) -> WindowReader:
        """Answers with the first and last microsecond that count; None if the anchor never happened.

        Its second argument are the moments in question: on which side of the last microsecond they lie is exact, that
        microsecond itself only as far as it matters to them. Calendar steps cost 10 us a row otherwise.
        """
        now, until, start = self._now, self._until, self._start
        if self.since:
            return self._read_anchored if self._anchor is not None else _never
        if self._starts:
            return self._read_by_zone
        if until is None:
            always = (start, now)
            return lambda row, moments: always

        def read(row: Row, moments: Sequence[int]) -> Bounds | None:
            end = row[until]
            return (start, now if end is None or end > now else end)

        return read

    def _end(self, row: Row) -> int:
        end = row[self._until] if self._until is not None else None
        return self._now if end is None or end > self._now else end  # type: ignore[no-any-return]

    def _read_by_zone(self, row: Row, moments: Sequence[int]) -> Bounds | None:
        return (self._starts.get(row[self._zone or 0], self._start), self._end(row))

    def _read_anchored(self, row: Row, moments: Sequence[int]) -> Bounds | None:
        anchor = row[self._anchor or 0]
        return None if anchor is None else self.around(anchor, row, moments)

    def around(self, anchor: int, row: Row, moments: Sequence[int]) -> Bounds:
        """The window that begins at `anchor`."""
        end = self._end(row)
        if self._duration is None:
            return (anchor, end)
        if self._zone is None or self._home is None:
            return (anchor, min(end, anchor + self._duration.seconds * 1_000_000))
        low, high = anchor + self._least, anchor + self._most
        if all(at <= low or at > high for at in moments):
            return (anchor, min(end, low))
        zone = zones.zone_of(row[self._zone], self._home)
        return (anchor, min(end, zones.after(anchor, self._duration, zone)))


def _never(row: Row, moments: Sequence[int]) -> Bounds | None:
    return None


def bounds(leaf: Any, subject: Subject) -> Bounds | None:
    """The same for one contact, in plain Python."""
    end = subject.now if subject.until is None or subject.until > subject.now else subject.until
    duration = parse(leaf.within) if leaf.within else None

    def zone() -> Any:
        return zones.zone_of(subject.contact.time_zone, subject.home)

    if not leaf.since:
        if duration is None:
            return (EVER, to_micros(end))
        needs_zone = duration.days or duration.months
        return (zones.before(subject.now, duration, zone() if needs_zone else UTC), to_micros(end))
    anchor: datetime | None = None
    if subject.run_id is not None:
        anchor = subject.started_at if leaf.since == "run" else subject.anchor(leaf.since)
    if anchor is None:
        return None
    if duration is not None:
        end = min(end, duration.add_to(anchor, zone() if duration.days or duration.months else UTC))
    return (to_micros(anchor), to_micros(end))


def window_q(path: str, leaf: Any, scope: Scope, zone_path: str) -> Q:
    """The window as a filter on the moment at `path`, outside runs. `zone_path` leads to the contact's zone."""
    if leaf.since:
        return NOBODY
    found = Q(**{f"{path}__lte": scope.now})
    if leaf.within:
        duration = parse(leaf.within)
        home = scope.home if duration.days or duration.months else UTC
        found &= Q(**{f"{path}__gte": zones.start_expression(scope.now, leaf.within, home, zone_path)})
    return found


def window_words(leaf: Any, names: Names) -> str:
    """ " within 2 days", " since Introduction", with a space before; "" for ever."""
    since = "" if not leaf.since else "the run began" if leaf.since == "run" else names.node(leaf.since)
    if leaf.within and since:
        return f" within {words(leaf.within)} of {'the start of the run' if leaf.since == 'run' else since}"
    if leaf.within:
        return f" within the last {words(leaf.within)}"
    return f" since {since}" if since else ""


def window_problems(leaf: Any, graph: Any) -> Iterable[tuple[str, str]]:
    if not leaf.since:
        return
    if graph is None:
        yield "since", "There is no run here to count from: this works at a step of a workflow only."
    elif leaf.since != "run" and leaf.since not in graph.nodes:
        yield "since", f"It counts since the step “{leaf.since}”, which does not exist."
