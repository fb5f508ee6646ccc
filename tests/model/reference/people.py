"""What is known of one contact: state, what happened, what was sent, and the runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Event:
    name: str
    properties: dict[str, Any]
    occurred_at: datetime
    received_at: datetime
    key: str | None = None
    depth: int = 0
    by_workflow: int | None = None
    handled: bool = False


@dataclass
class Tagged:
    since: datetime
    by_person: bool = False
    by_workflow: bool = False


@dataclass
class Hit:
    """An open (no link) or a click."""

    at: datetime
    link: str | None
    machine: bool


@dataclass(eq=False)
class Message:
    run: Run
    nth: int
    node: str
    channel: str
    purpose: str
    topic: str
    content: int | None
    planned_at: datetime
    status: str = "planned"
    reason: str = ""
    not_before: datetime | None = None
    tries: int = 0
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    hits: list[Hit] = field(default_factory=list)

    def first(self, *, click: bool) -> datetime | None:
        """The first open (a click implies one) or the first click by a person."""
        return min((hit.at for hit in self.hits if not hit.machine and (hit.link or not click)), default=None)


@dataclass(eq=False)
class Effect:
    """An ad audience's call on its way."""

    run: Run
    nth: int
    name: str
    due_at: datetime
    tries: int = 0


@dataclass
class Visit:
    nth: int
    version: int
    node: str
    entered_at: datetime
    left_at: datetime
    port: str
    result: str | None = None


@dataclass(eq=False)
class Run:
    """One contact in one workflow. `number` is the id that the database gave: some dice are thrown by it."""

    person: Person
    workflow: Any
    version: Any
    node: str
    started_at: datetime
    entered_at: datetime
    due_at: datetime | None
    number: int
    depth: int = 0
    nth: int = 1
    slot: str | None = None
    event: Event | None = None
    status: str = "active"
    outcome: str = ""
    ended_at: datetime | None = None
    visits: list[Visit] = field(default_factory=list)
    # Of the open visit:
    deadline: datetime | None = None
    result: str | None = None  # the outbox's answer
    topics: frozenset[str] = frozenset()  # what would wake it
    woken: bool = False
    heard_at: datetime | None = None  # something happened that the workflow as a whole watches
    goal_at: datetime | None = None
    called_by: tuple[Run, int] | None = None  # the visit that waits for its end


@dataclass(eq=False)
class Person:
    """`number` is the id that the database gave: splits go by it."""

    number: int
    email: str | None = None
    phone: str | None = None
    first_name: str = ""
    language: str = ""
    time_zone: str = ""
    score: int = 0
    fields: dict[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    mailbox: str = "takes"  # how the provider answers: takes, refuses, busy, doubt
    tags: dict[str, Tagged] = field(default_factory=dict)
    lists: dict[str, datetime] = field(default_factory=dict)
    consents: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    blocked: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    refusals: list[tuple[int, str, datetime]] = field(default_factory=list)

    def get(self, key: str) -> Any:
        """A field: one of the contact's own columns, or one of the customer's."""
        own = ("email", "phone", "first_name", "language", "time_zone", "score", "created_at")
        return getattr(self, key) if key in own else self.fields.get(key)
