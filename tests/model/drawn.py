"""What the worlds drawn so far consisted of: kinds, ways out that people took, facts, windows, settings. Nothing may be missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from builder import catalogue
from builder.settings import WorkflowSettings
from contacts.conditions import registry
from contacts.conditions.windows import Windowed
from engine.models.refusal import REASONS

WINDOWS = ("ever", "within", "since run", "since step", "within of step")
# Not of the engine's making, or without meaning for it.
ELSEWHERE = {
    "objective", "objectives", "tactic", "owner", "notify",
}  # fmt: skip


class Drawn:
    def __init__(self) -> None:
        self.worlds = 0
        self.counts: dict[str, Counter[str]] = {}

    def count(self, what: str, name: str) -> None:
        self.counts.setdefault(what, Counter())[name] += 1

    def note(self, world: dict[str, Any], record: dict[str, Any]) -> None:
        self.worlds += 1
        kinds = []
        for workflow in world["workflows"]:
            kinds.append({node["id"]: node["kind"] for node in workflow["nodes"]})
            for name, value in workflow["settings"].items():
                self.count("settings", f"{name}: {value}" if isinstance(value, str) and name == "reentry" else name)
            for node in workflow["nodes"]:
                self.count("kinds", node["kind"])
                self._note_settings(node)
            for leaf in facts_of(workflow):
                self.count("facts", leaf["fact"])
                if "since" in leaf or "within" in leaf or issubclass(registry.get(leaf["fact"]).Settings, Windowed):  # type: ignore[union-attr]
                    self.count("windows", f"{leaf['fact']}: {window_of(leaf)}")
        for step in world["script"]:
            self.count("happenings", step["do"])
        for person in record["people"]:
            for _, reason, _ in person["refusals"]:
                self.count("refusals", reason)
            for message in person["messages"]:
                self.count("messages", f"{message[4]} {message[5]}".strip())
            for run in person["runs"]:
                self.count("outcomes", run["outcome"] if run["outcome"] != "own words" else "their own")
                for visit in run["visits"]:
                    if kind := kinds[run["workflow"]].get(visit[2]):
                        self.count("ways", f"{kind}.{visit[5]}")

    def _note_settings(self, node: dict[str, Any]) -> None:
        schema = catalogue.schema(catalogue.get(node["kind"])).get("properties", {})  # type: ignore[arg-type]
        for name, value in node["settings"].items():
            self.count("options", f"{node['kind']}.{name}")
            if "enum" in schema.get(name, {}):
                self.count("options", f"{node['kind']}.{name}: {value}")

    def missing(self) -> list[str]:
        """What the catalogue has and no world had."""
        wanted: dict[str, set[str]] = {
            "kinds": {one.kind for one in catalogue.all()},
            "facts": set(registry.facts()),
            "windows": {
                f"{name}: {window}"
                for name, fact in registry.facts().items()
                if issubclass(fact.Settings, Windowed)
                for window in WINDOWS
            },
            "settings": set(WorkflowSettings.model_fields) - {"reentry"} - ELSEWHERE
            | {f"reentry: {rule}" for rule in ("once", "after_exit", "each_key", "restart")},
            "refusals": set(REASONS),
            "ways": {f"{one.kind}.{port.name}" for one in catalogue.all() for port in one.ports},
            "options": set(self._options()),
        }
        return sorted(
            f"{what} {name}"
            for what, names in wanted.items()
            for name in names - set(self.counts.get(what, ()))
            if name not in LATER
        )

    def _options(self) -> Iterator[str]:
        for one in catalogue.all():
            for name, told in catalogue.schema(one).get("properties", {}).items():
                yield f"{one.kind}.{name}"
                yield from (f"{one.kind}.{name}: {value}" for value in told.get("enum", ()))

    def told(self) -> str:
        return "\n".join(
            f"  {what}: {', '.join(f'{name} {n}' for name, n in sorted(counts.items()))}"
            for what, counts in sorted(self.counts.items())
        )


# Tried by tests of their own, not drawn here: one name a line.
LATER = set((Path(__file__).parent / "not_drawn.txt").read_text().splitlines())


def window_of(leaf: dict[str, Any]) -> str:
    since, within = leaf.get("since"), leaf.get("within")
    if since is None:
        return "within" if within else "ever"
    if since == "run" and not within:
        return "since run"
    return "within of step" if within else "since step"


def facts_of(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if "fact" in part:
            yield part
        else:
            for one in part.values():
                yield from facts_of(one)
    elif isinstance(part, list):
        for one in part:
            yield from facts_of(one)
