"""What differs between two drawings, each difference in one plain sentence. Places on the canvas do not count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from builder import catalogue, schemas
from builder.checks import whole
from builder.graph import Graph, Node
from builder.names import DocumentNames
from builder.schemas import Value
from builder.sentences import sentence
from builder.wording import said

What = Literal["changed", "added", "removed"]


@dataclass(frozen=True)
class Change:
    """One step that differs; `node` is "" for the settings of the workflow itself."""

    node: str
    label: str
    what: What
    text: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Drawing:
    """A graph with the names of what it refers to."""

    graph: Graph
    names: DocumentNames

    @classmethod
    def of(cls, graph: Graph) -> Drawing:
        return cls(graph, DocumentNames(graph))


def changes(old: Graph, new: Graph) -> list[Change]:
    """From `old` to `new`: changed, added, removed, each in the order of the drawing. A few queries for the names."""
    was, now = Drawing.of(old), Drawing.of(new)
    found = [_changed(node, was, now) for node in new.nodes if node in old.nodes]
    found += [_alone(new.nodes[node], "added", now) for node in new.nodes if node not in old.nodes]
    found += [_alone(old.nodes[node], "removed", was) for node in old.nodes if node not in new.nodes]
    found.append(_of_workflow(was, now))
    return [change for change in found if change]


def count(old: Graph, new: Graph) -> int:
    """How many steps differ, the workflow's own settings counting as one. No queries."""
    same = sum(node in old.nodes and _same(node, old, new) for node in new.nodes)
    gone = sum(node not in new.nodes for node in old.nodes)
    return len(new.nodes) - same + gone + (old.settings != new.settings)


def _same(node: str, old: Graph, new: Graph) -> bool:
    before, after = old.nodes[node], new.nodes[node]
    return _matter(before) == _matter(after) and old.ways(node) == new.ways(node)


def _matter(node: Node) -> tuple[Any, ...]:
    return node.kind, node.label, node.note, node.enabled, node.on_error, node.settings


def _changed(node: str, was: Drawing, now: Drawing) -> Change | None:
    if _same(node, was.graph, now.graph):
        return None
    before, after = was.graph.nodes[node], now.graph.nodes[node]
    parts = [*_words_on_node(before, after), *_words_on_ways(node, was, now)]
    return Change(node, now.names.node(node), "changed", ". ".join(parts) or "Its settings changed")


def _words_on_node(before: Node, after: Node) -> Iterator[str]:
    if before.kind != after.kind:
        kinds = [kind.label if kind else name for name in (after.kind, before.kind) for kind in [catalogue.get(name)]]
        yield f"It is “{kinds[0]}” now, it was “{kinds[1]}”"
    if before.enabled != after.enabled:
        yield "Switched on" if after.enabled else "Switched off, people pass through"
    if before.label != after.label:
        yield f"Renamed, it was “{before.label}”" if before.label else "It has a name of its own now"
    if before.on_error != after.on_error:
        yield "After an error people stop here" if after.on_error == "stop" else "After an error people go on"
    if before.note != after.note:
        yield "Its note changed"


def _words_on_ways(node: str, was: Drawing, now: Drawing) -> Iterator[str]:
    yield from _words_on_settings(node, was, now)
    before, after = was.graph.ways(node), now.graph.ways(node)
    kind = catalogue.get(now.graph.nodes[node].kind)
    ports = kind.ports_of(now.graph.nodes[node].settings) if kind else ()
    labels = {port.name: port.label for port in ports}
    for port in dict.fromkeys([*before, *after]):
        if before.get(port) == after.get(port):
            continue
        way = f"“{labels.get(port, port)}”" if len(labels) > 1 else "It"
        target = f"“{now.names.node(after[port])}”" if port in after else "nowhere"
        source = f"“{was.names.node(before[port])}”" if port in before else "nowhere"
        yield f"{way} leads to {target}, it was {source}" if port in after else f"{way} leads nowhere, it was {source}"


def _words_on_settings(node: str, was: Drawing, now: Drawing) -> Iterator[str]:
    before, after = was.graph.nodes[node], now.graph.nodes[node]
    if before.settings == after.settings or before.kind != after.kind:
        return
    kind = catalogue.get(after.kind)
    if kind is None:
        yield "Its settings changed"
        return
    yield from words_on(catalogue.schema(kind), before.settings, after.settings, was.names, now.names)


def words_on(
    schema: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    was: DocumentNames,
    now: DocumentNames,
) -> Iterator[str]:
    """ "The limit is 2 days, it was 3 days": one sentence per setting that differs, the outermost that says it."""
    olds = {value.path: value for value in schemas.walk(schema, dict(before))}
    news = {value.path: value for value in schemas.walk(schema, dict(after))}
    quiet: list[str] = []
    for path in dict.fromkeys([*news, *olds]):
        old, new = olds.get(path), news.get(path)
        if (old and old.value) == (new and new.value) or any(path.startswith(f"{done}.") for done in quiet):
            continue
        value = new or old
        if value is None or (_has_parts(path, news) and _has_parts(path, olds) and value.widget != "condition"):
            continue  # its parts say it better
        quiet.append(path)
        yield _sentence(value, said(new, now) if new else "", said(old, was) if old else "")


def _has_parts(path: str, values: Mapping[str, Value]) -> bool:
    """Is it said by its parts? An object is, and a list of objects; a list of words is one thing."""
    value = values[path].value if path in values else None
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, dict) and any(other.startswith(f"{path}.") for other in values)


def _sentence(value: Value, new: str, old: str) -> str:
    title = str(value.schema.get("x-noun") or value.title)
    if "…" in (new, old):
        return f"{title}: changed"
    if title.lower().startswith("the ") or "x-noun" in value.schema:
        title = title[:1].upper() + title[1:]
        return f"{title} is {new or 'empty'}, it was {old}" if old else f"{title} is {new}"
    if not old:
        return f"{title}: {new}"
    return f"{title}: {new or 'nothing'}, it was {old}"


def _alone(node: Node, what: What, drawing: Drawing) -> Change:
    text = sentence(node, drawing.names) or (drawing.names.node(node.id) if what == "removed" else "")
    incoming = [drawing.names.node(source) for source, _ in drawing.graph.incoming(node.id)]
    outgoing = [drawing.names.node(target) for target in drawing.graph.ways(node.id).values()]
    if incoming and outgoing:
        text += f", between {incoming[0]} and {outgoing[0]}"
    elif incoming:
        text += f", after {incoming[0]}"
    elif outgoing:
        text += f", before {outgoing[0]}"
    return Change(node.id, drawing.names.node(node.id), what, text.removeprefix(", "))


def _of_workflow(was: Drawing, now: Drawing) -> Change | None:
    before, after = was.graph.settings, now.graph.settings
    if before == after:
        return None
    text = ". ".join(words_on(whole.schema(), before, after, was.names, now.names)) or "Its settings changed"
    return Change("", "The workflow itself", "changed", text)
