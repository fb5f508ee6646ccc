"""What a version watches beside the step at which somebody stands: when people leave, what counts as won, who is pulled ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contacts import conditions

if TYPE_CHECKING:
    from engine.program import Node

# Ports of visits that a watch ended.
GOAL, LEFT, PULLED = "goal", "removed", "pulled"


@dataclass(frozen=True)
class Goal:
    """What the workflow is for. `window` counts from the entry; `on` is count, exit or jump (to `node`)."""

    when: Mapping[str, Any]
    window: str | None
    on: str
    node: str | None


@dataclass(frozen=True)
class Pull:
    """A goal node that takes in whoever is upstream and meets it."""

    node: str
    when: Mapping[str, Any]
    upstream: frozenset[str]


@dataclass(frozen=True)
class Watches:
    exit_when: Mapping[str, Any] | None = None
    goal: Goal | None = None
    pulls: tuple[Pull, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.exit_when or self.goal or self.pulls)

    def trees(self) -> Iterator[Mapping[str, Any]]:
        if self.exit_when:
            yield self.exit_when
        if self.goal:
            yield self.goal.when
        for pull in self.pulls:
            yield pull.when

    def topics(self) -> set[str]:
        """The events upon which people must be looked at. None for what depends on time alone."""
        return set().union(*(conditions.topics(tree) for tree in self.trees()))


def watches_of(settings: Mapping[str, Any], nodes: Mapping[str, Node]) -> Watches:
    """From a valid version's settings and its compiled nodes."""
    pulls = [node for node in nodes.values() if node.enabled and node.step.pulls(node.settings)]
    before = _back(nodes.values()) if pulls else {}
    return Watches(
        exit_when=settings.get("exit_when") or None,
        goal=_goal(settings.get("goal")),
        pulls=tuple(Pull(node.id, node.settings.when, _upstream(node.id, before)) for node in pulls),
    )


def _goal(raw: Any) -> Goal | None:
    if not isinstance(raw, Mapping):
        return None
    when = raw.get("condition")
    if not when:
        # An event counts from the moment on at which the person came in.
        when = {"all": [{"fact": "event", "name": raw["event"], "since": "run"}]}
    return Goal(when=when, window=raw.get("window") or None, on=raw.get("on") or "count", node=raw.get("node"))


def _back(nodes: Iterable[Node]) -> dict[str, list[str]]:
    """Node -> whence people come there, by lines and by jumps."""
    before: dict[str, list[str]] = {}
    for node in nodes:
        leaps = node.step.jumps(node.settings) if node.step.may_jump else ()
        for target in (*node.out.values(), *leaps):
            before.setdefault(target, []).append(node.id)
    return before


def _upstream(node: str, before: Mapping[str, list[str]]) -> frozenset[str]:
    seen: set[str] = set()
    walk = [node]
    while walk:
        for source in before.get(walk.pop(), ()):
            if source not in seen:
                seen.add(source)
                walk.append(source)
    return frozenset(seen - {node})
