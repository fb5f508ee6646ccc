"""Who is asked about: many rows at once (`Scope`), or one contact (`Subject`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any

from contacts import clock
from contacts.models import Contact, Workspace


def _nowhere(node: str) -> datetime | None:
    return None


@dataclass
class Scope:
    """The rows of a batch: contacts, or whatever has a contact.

    `contact` is the path from a row to the contact's id, `prefix` to the contact's columns ("contact__" on a run). `run`,
    `started` and `until` are paths on the row to the run's id, its start and the moment up to which behaviour counts; None
    where there is no run. `same_as` says which nodes send a node's message again: {original: [nodes that resend it]}.
    `zone` is the workspace's, for contacts without one of their own; it is looked up (a query) when it is needed and not given.
    """

    rows: Any
    contact: str = "pk"
    prefix: str = ""
    run: str | None = None
    started: str | None = None
    until: str | None = None
    now: datetime = field(default_factory=clock.now)
    zone: tzinfo | None = None
    same_as: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def anchor(self, node: str) -> Any:
        """When the row's run last was at `node`, as an expression in microseconds, NULL if never; None where nobody knows.

        For a node that sends, the moment of the latest hand-off. Who has runs overrides this.
        """
        return None

    def began(self) -> Any:
        """From when on behaviour counts "since the run began", as an expression in microseconds; None: from `started` on."""
        return None

    @cached_property
    def now_us(self) -> int:
        return clock.to_micros(self.now)

    @cached_property
    def home(self) -> tzinfo:
        """The zone of contacts that have none."""
        return self.zone or Workspace.current().zone


@dataclass
class Subject:
    """One contact, perhaps within a run. `anchor(node)` answers like `Scope.anchor`, as a moment or None."""

    contact: Contact
    now: datetime = field(default_factory=clock.now)
    run_id: int | None = None
    started_at: datetime | None = None
    until: datetime | None = None
    anchor: Callable[[str], datetime | None] = _nowhere
    zone: tzinfo | None = None
    same_as: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def now_us(self) -> int:
        return clock.to_micros(self.now)

    @cached_property
    def home(self) -> tzinfo:
        return self.zone or Workspace.current().zone
