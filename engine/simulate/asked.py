"""What is to be tried: plain values, checked by the API before (engine/api/simulate.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that an invented person did before: `before` is a duration such as P3D, counted back from the start."""

    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    before: str = "P1D"


@dataclass(frozen=True)
class Persona:
    """An invented person: `values` are a contact's as the API takes them (fields, tags, lists, consents ...)."""

    values: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    known_for: str = ""


@dataclass(frozen=True)
class Happening:
    """One thing that the person does, or that is done to them: see `engine.simulate.happenings`."""

    do: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """What is to happen while the person is at `node`, for the `visit`th time there (0: every time).

    `port` is the way to take: at a wait its condition is made true `after` a while; where there is no telling how, and at splits
    and conditions, the way is taken just so. `happening` is anything else that happens there.
    """

    node: str
    visit: int = 0
    port: str = ""
    happening: Happening | None = None
    after: str = "PT1H"

    def fits(self, node: str, visit: int) -> bool:
        return self.node == node and self.visit in (0, visit)


@dataclass(frozen=True)
class Planned:
    """Something that happens at a moment, wherever the person is by then."""

    happening: Happening
    at: datetime | None = None
    after: str = ""


@dataclass(frozen=True)
class Asked:
    contact_id: int | None = None
    persona: Persona | None = None
    starts_at: datetime | None = None
    trigger: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    events: tuple[Planned, ...] = ()
    # Let them in although the rules would not: what the trigger, the audience and re-entry say is told all the same.
    anyway: bool = False
