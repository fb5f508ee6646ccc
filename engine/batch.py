"""What a step sees: the runs that are due at one node, and the four things that can become of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from contacts.clock import from_micros, to_micros
from contacts.durations import parse
from engine.scope import RunScope

_DAY = 86_400_000_000

if TYPE_CHECKING:
    from engine.messaging.plan import NewMessage
    from engine.models import Effect
    from engine.program import Node, Program


class Token:
    """One run while the runner holds it. Moments are microseconds since the epoch."""

    __slots__ = (
        "attempts",
        "contact_id",
        "deadline",
        "depth",
        "due_at",
        "entered_at",
        "error",
        "event_id",
        "fence",
        "heard_at",
        "id",
        "is_demo",
        "lane",
        "node",
        "nth",
        "outcome",
        "port",
        "result",
        "started_at",
        "state",
        "target",
        "time_zone",
        "topics",
        "version_id",
        "why",
        "workflow_id",
    )
    # What was decided: GO through `port`, PARK until `due_at`, EXIT with `outcome`, FAIL with `error`, JUMP to `target`.
    GO, PARK, EXIT, FAIL, JUMP = 1, 2, 3, 4, 5

    def __init__(self, row: Sequence[Any]) -> None:
        (
            self.id,
            self.contact_id,
            self.workflow_id,
            self.version_id,
            self.node,
            self.nth,
            self.entered_at,
            self.started_at,
            self.deadline,
            self.attempts,
            self.fence,
            self.result,
            self.lane,
            self.depth,
            self.event_id,
            self.time_zone,
            self.is_demo,
            self.heard_at,
        ) = row
        self.state = 0
        self.port = ""
        self.due_at: int | None = None
        self.topics: Sequence[str] = ()
        self.outcome = ""
        self.target = ""
        self.error = ""
        self.why: Any = None


@dataclass
class Work:
    """What one transaction of the runner gathers beside the runs themselves, written at its end."""

    now: datetime
    zone: tzinfo
    messages: list[NewMessage] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    # (deadline computed for) -> the deadline: calendar maths once per distinct arrival
    deadlines: dict[tuple[int, str, str], int] = field(default_factory=dict)
    counts: dict[tuple[int, str, str], int] = field(default_factory=lambda: defaultdict(int))
    daily: dict[tuple[int, int, str], int] = field(default_factory=lambda: defaultdict(int))
    # (workflow, minute, node) -> people who failed there; empty when all goes well
    failures: dict[tuple[int, int, str], int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.now_us = to_micros(self.now)
        offset = self.now.astimezone(self.zone).utcoffset()
        self.day = (self.now_us + (int(offset.total_seconds()) * 1_000_000 if offset else 0)) // _DAY

    def count_day(self, workflow_id: int, what: str) -> None:
        self.daily[workflow_id, self.day, what] += 1


_zones: dict[str, tzinfo] = {}


def zone_of(name: str, default: tzinfo) -> tzinfo:
    """The zone of an IANA name; an unknown or empty one is the workspace's."""
    if not name:
        return default
    if name not in _zones:
        try:
            _zones[name] = ZoneInfo(name)
        except (ValueError, OSError):  # unknown key, or a name that is a path
            return default
    return _zones[name]


class Batch:
    """The due runs of one (version, node)."""

    def __init__(self, work: Work, program: Program, node: Node, tokens: list[Token]) -> None:
        self.work = work
        self.program = program
        self.node = node
        self.settings = node.settings
        self.tokens = tokens
        self.now = work.now
        self.now_us = work.now_us

    # --- asking -------------------------------------------------------------------------------
    def scope(self, tokens: Sequence[Token] | None = None, *, until_deadline: bool = False, **bounds: Any) -> RunScope:
        """The runs, for `contacts.conditions.decide`. `until_deadline`: only what happened by the run's deadline counts."""
        ids = [token.id for token in (self.tokens if tokens is None else tokens)]
        return RunScope.of(
            ids, program=self.program, now=self.now, zone=self.work.zone, until_deadline=until_deadline, **bounds
        )

    def by_depth(self) -> list[tuple[list[Token], int]]:
        """The runs by how long a chain of causes they stand in; what they cause is one deeper."""
        found: dict[int, list[Token]] = defaultdict(list)
        for token in self.tokens:
            found[token.depth + 1].append(token)
        return [(tokens, depth) for depth, tokens in found.items()]

    def later(self, token: Token, duration: str) -> int:
        """The moment `duration` after the run came to this node, on the contact's calendar."""
        key = (token.entered_at, duration, token.time_zone)
        found = self.work.deadlines.get(key)
        if found is None:
            zone = zone_of(token.time_zone, self.work.zone)
            found = to_micros(parse(duration).add_to(from_micros(token.entered_at), zone))
            self.work.deadlines[key] = found
        return found

    def zone(self, token: Token) -> tzinfo:
        return zone_of(token.time_zone, self.work.zone)

    # --- deciding -----------------------------------------------------------------------------
    def go(self, token: Token, port: str = "next", why: Any = None) -> None:
        token.state, token.port, token.why = Token.GO, port, why

    def go_all(self, port: str = "next") -> None:
        for token in self.tokens:
            # Without a reason of its own: the one before must not be written twice.
            token.state, token.port, token.why = Token.GO, port, None

    def park(self, token: Token, due_at: int | None, topics: Sequence[str] = ()) -> None:
        """Stay here until `due_at` (None: until the outbox answers) or until an event of `topics`."""
        token.state, token.due_at, token.topics = Token.PARK, due_at, topics

    def exit(self, token: Token, outcome: str, why: Any = None, port: str = "end") -> None:
        token.state, token.outcome, token.why, token.port = Token.EXIT, outcome, why, port

    def jump(self, token: Token, target: str, port: str, why: Any = None) -> None:
        """Leave for the node `target`, wherever the drawing's lines lead. `port` names the way in visit and counters."""
        token.state, token.target, token.port, token.why = Token.JUMP, target, port, why

    def fail(self, token: Token, error: str) -> None:
        """Permanent: leave by `failed` if it is wired, else as the node's `on_error` says."""
        token.state, token.error, token.why = Token.FAIL, error, [["failed", error[:300]]]


def utc(micros: int) -> datetime:
    return from_micros(micros).astimezone(UTC)
