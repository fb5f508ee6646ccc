"""What a fact is: one thing that can be known of a contact, asked of many in SQL and explained of one in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from django.db.models import Q
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from contacts.conditions.columns import Columns
    from contacts.conditions.scope import Scope, Subject

# The browser's menu of facts, in its order.
GROUPS: dict[str, str] = {
    "contact": "Contact",
    "membership": "Tags, lists, segments",
    "behaviour": "What they did",
    "messages": "Messages",
    "workflow": "Workflows",
    "time": "Time",
}


class Names(Protocol):
    """What sentences call things by. Answers with the id itself for what does not exist; never queries."""

    def node(self, node: str) -> str: ...

    def content(self, content: int) -> str: ...

    def list(self, slug: str) -> str: ...

    def segment(self, segment: int | str) -> str: ...


class Plain:
    """Names where nobody knows better: everything is called by its id."""

    def node(self, node: str) -> str:
        return node

    def content(self, content: int) -> str:
        return f"content {content}"

    def list(self, slug: str) -> str:
        return slug

    def segment(self, segment: int | str) -> str:
        return str(segment)


class FactSettings(BaseModel):
    """Base of every fact's settings: what stands in a leaf beside `fact`. Unknown keys are problems, so a typing error shows."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Answer(NamedTuple):
    """What one leaf says of one contact. `seen` is compact JSON; `at`, in microseconds, is when it came true (None: not known)."""

    value: bool
    seen: dict[str, Any]
    at: int | None = None


Row = tuple[Any, ...]
# Readers of hot facts answer with plain tuples of the same shape: a named one costs 0.2 us more.
Reader = Callable[[Row], tuple[bool, dict[str, Any], int | None]]


class Fact:
    """Base of all facts. Subclasses are registered once at start-up and hold no state.

    The three ways of asking must agree on every contact, which a property test holds them to:
    `sql` filters contacts (segments), `reader` reads answers from the one query of a batch, `ask` looks at one contact.
    """

    fact: ClassVar[str]
    label: ClassVar[str]
    group: ClassVar[str]
    # Every example must be valid: start-up refuses the fact otherwise.
    examples: ClassVar[tuple[dict[str, Any], ...]]
    Settings: ClassVar[type[FactSettings]]
    # Behaviour, which a wait counts from its look-back on; what a contact simply has does not look back.
    looks_back: ClassVar[bool] = False

    def by_clock(self, leaf: Any) -> bool:
        """Can the answer change by time alone? A wait then asks on arrival and at events, not when its time is up."""
        return bool(getattr(leaf, "within", None) and not leaf.since)

    def sql(self, leaf: Any, scope: Scope) -> Q:
        """True or false, never NULL, for each contact of `scope`. Outside runs: nothing is since a node or a run."""
        raise NotImplementedError

    def reader(self, leaf: Any, columns: Columns) -> Reader:
        """Order the columns this leaf needs in the batch's query; answers from a row of it."""
        raise NotImplementedError

    def ask(self, leaf: Any, subject: Subject) -> Answer:
        """The same for one contact, in plain Python."""
        raise NotImplementedError

    def topics(self, leaf: Any) -> Iterable[str]:
        """Names of the events that can change the answer."""
        return ()

    def problems(self, leaf: Any, graph: Any) -> Iterable[tuple[str, str]]:
        """What the schema cannot see: (key, message). `graph` is the workflow's drawing, or None outside workflows."""
        return ()

    def words(self, leaf: Any, names: Names) -> str:
        """The leaf in a sentence, such as "Has the tag vip"."""
        return self.label

    def why_words(self, value: bool, seen: dict[str, Any], names: Names, zone: tzinfo) -> str:
        """What was seen, such as "has the tag vip: yes, since 12 May 09:02"."""
        return f"{self.label}: {'yes' if value else 'no'}"
