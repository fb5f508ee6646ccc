"""Who is told when a workflow changes: hooks that other apps register at start-up, called inside the transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from builder.models import Workflow, WorkflowVersion

PeopleInside = Literal["move", "finish_old"]


@dataclass(frozen=True)
class Published:
    """A version went live. `deleted` says for each node that is gone where its people go; None: they exit."""

    workflow: Workflow
    version: WorkflowVersion
    previous: WorkflowVersion | None
    people_inside: PeopleInside = "finish_old"
    deleted: Mapping[str, str | None] = field(default_factory=dict)
    user: Any = None


@dataclass(frozen=True)
class StatusChanged:
    """A workflow went from one status to another (live, paused, ended, archived)."""

    workflow: Workflow
    before: str
    after: str
    user: Any = None


@dataclass(frozen=True)
class Saved:
    """A draft was saved. Told after the commit."""

    workflow_id: int
    revision: int
    user: Any
    client: str


_on_published: list[Callable[[Published], None]] = []
_on_status: list[Callable[[StatusChanged], None]] = []
_on_saved: list[Callable[[Saved], None]] = []


def on_published(hook: Callable[[Published], None]) -> None:
    """Call `hook(Published)` inside the transaction of every publish. Registering twice changes nothing."""
    if hook not in _on_published:
        _on_published.append(hook)


def on_status(hook: Callable[[StatusChanged], None]) -> None:
    """Call `hook(StatusChanged)` inside the transaction of pause, resume, end, archive and the first publish."""
    if hook not in _on_status:
        _on_status.append(hook)


def on_saved(hook: Callable[[Saved], None]) -> None:
    """Call `hook(Saved)` after the commit of every save of a draft."""
    if hook not in _on_saved:
        _on_saved.append(hook)


def published(what: Published) -> None:
    for hook in _on_published:
        hook(what)


def status_changed(what: StatusChanged) -> None:
    if what.before != what.after:
        for hook in _on_status:
            hook(what)


def saved(what: Saved) -> None:
    for hook in _on_saved:
        hook(what)
