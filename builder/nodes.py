"""What a node kind is: the one class from which palette, form, validation, help page and engine follow.

A kind is one class in one file (`engine/steps/<kind>.py`), registered at start-up with `builder.catalogue.register`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from builder.problem import Problem

if TYPE_CHECKING:
    from builder.graph import Graph, Node

__all__ = ["GROUPS", "Names", "NodeKind", "Port", "Problem", "Settings"]

Tone = Literal["yes", "no", "timeout", "next", "skipped", "failed", "branch"]
TONES: tuple[Tone, ...] = ("yes", "no", "timeout", "next", "skipped", "failed", "branch")

# The palette's groups, in its order.
GROUPS: dict[str, str] = {
    "start": "Start",
    "messages": "Messages",
    "timing": "Timing",
    "logic": "Logic",
    "contact": "Contact",
    "site": "Site and ads",
    "end": "End",
}


@dataclass(frozen=True)
class Port:
    """A named way out of a node. `name` is eternal lower_snake, `label` is what people read."""

    name: str
    label: str
    tone: Tone = "next"
    # Settings under which it is there, {"mode": ["call"]}; empty: always.
    show_if: Mapping[str, list[Any]] = field(default_factory=dict, hash=False)

    def as_json(self) -> dict[str, Any]:
        shown = {"name": self.name, "label": self.label, "tone": self.tone}
        return {**shown, "show_if": dict(self.show_if)} if self.show_if else shown


class Names(Protocol):
    """What sentences call things by. Answers with the id itself for what does not exist; never queries."""

    def node(self, node: str) -> str:
        """The node's label, else its kind's."""

    def content(self, content: int) -> str:
        """The content's name, such as "Introduction"."""

    def subject(self, content: int) -> str:
        """The content's own subject, such as "Good coffee starts here"; "" if it has none."""

    def list(self, slug: str) -> str:
        """The list's name."""

    def segment(self, segment: int | str) -> str:
        """The segment's name."""

    def workflow(self, workflow: int) -> str:
        """The name of another workflow."""

    def field(self, key: str) -> str:
        """The label of a contact's field."""

    @property
    def fields(self) -> Mapping[str, tuple[str, str]]:
        """{key: (label, type)} of the workspace's own fields."""

    def topic(self, slug: str) -> str:
        """The topic's name."""

    @property
    def topics(self) -> Mapping[str, str]:
        """{slug: name} of the topics that one can consent to."""


class Settings(BaseModel):
    """Base of every kind's settings. Keys of a newer release are kept, never dropped in silence."""

    model_config = ConfigDict(extra="allow")


class NodeKind:
    """Base of all node kinds. The docstring of each is the help text that marketers read."""

    kind: ClassVar[str] = ""
    label: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    group: ClassVar[str] = ""
    # Where it stands within its group in the palette, the lowest first: what is used most is found first.
    place: ClassVar[int] = 50

    # The ways out that do not depend on settings. They stand behind those of `branch_field`.
    ports: ClassVar[tuple[Port, ...]] = ()
    # Ways out that are there under some settings alone (see `Port.show_if`).
    extra_ports: ClassVar[tuple[Port, ...]] = ()
    # The setting that is a list of further ways out, each item with "port" and "name"; `branch_tone` is their look.
    branch_field: ClassVar[str | None] = None
    branch_tone: ClassVar[Tone] = "branch"

    # Valid settings: they stand in the docs, start a node dragged from the palette, and are checked at start-up.
    example: ClassVar[dict[str, Any]] = {}
    settings_version: ClassVar[int] = 1
    # What happens after a permanent failure whose port is not wired, if the node says nothing: "continue" or "stop".
    on_error: ClassVar[Literal["continue", "stop"]] = "continue"

    # Does `jumps` ever answer? Asked first, since a thousand nodes do not.
    may_jump: ClassVar[bool] = False

    Settings: ClassVar[type[BaseModel]] = Settings

    @classmethod
    def help(cls) -> str:
        """The help text: the class docstring, unindented."""
        import inspect

        return inspect.cleandoc(cls.__doc__ or "")

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Any:
        """The validated `Settings`; raises pydantic's ValidationError."""
        return cls.Settings.model_validate(dict(settings))

    @classmethod
    def ports_of(cls, settings: Mapping[str, Any]) -> tuple[Port, ...]:
        """All ways out under these settings, in order. `settings` is raw JSON of a draft: it may be all wrong."""
        extra = tuple(
            port for port in cls.extra_ports if all(settings.get(key) in some for key, some in port.show_if.items())
        )
        if cls.branch_field is None:
            return cls.ports + extra
        items = settings.get(cls.branch_field)
        named = tuple(
            Port(item["port"], str(item.get("name") or item["port"]), cls.branch_tone)
            for item in (items if isinstance(items, list) else [])
            if isinstance(item, dict) and isinstance(item.get("port"), str) and item["port"]
        )
        return named + cls.ports + extra

    @classmethod
    def summary(cls, settings: Any, names: Names) -> str:
        """The node's one sentence, such as "Wait 3 days". `settings` is a valid `Settings` (see `read`)."""
        return cls.label

    @classmethod
    def problems(cls, node: Node, graph: Graph, names: Names) -> Iterable[Problem]:
        """What the settings' own schema cannot see. Called only when they are valid, with `node.settings` as they were read, defaults
        included; fields as dotted paths."""
        return ()

    @classmethod
    def jumps(cls, settings: Any) -> Iterable[str]:
        """Where it sends people otherwise than through a port, such as the target of `go_to`. Needs `may_jump`."""
        return ()

    @classmethod
    def holds_s(cls, settings: Any) -> float:
        """For how many seconds it surely holds everybody who comes: what makes a loop bearable."""
        return 0

    @classmethod
    def upgrade(cls, settings: dict[str, Any], version: int) -> dict[str, Any]:
        """Settings of an older `version` as this release writes them."""
        return settings

    @classmethod
    def may_be_disabled(cls) -> bool:
        """A disabled node passes people through, so it needs a `next`."""
        return any(port.name == "next" for port in cls.ports) and cls.group != "start"
