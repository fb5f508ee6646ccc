"""What a drawing's references are called. At most three queries for any document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from builder import catalogue, schemas, trees
from builder.graph import Graph
from builder.models import Workflow
from contacts.models import Field, List, Segment, Topic


class ContentName(NamedTuple):
    name: str
    subject: str = ""
    channel: str = ""


_contents: Callable[[set[int]], Mapping[int, ContentName]] | None = None


def on_contents(resolver: Callable[[set[int]], Mapping[int, ContentName]] | None) -> None:
    """Say what contents are called: `resolver(ids)` gives {id: ContentName} of those that exist, in one query.

    Registered at start-up by whoever joins builder and messaging, which do not know each other.
    """
    global _contents
    _contents = resolver


class DocumentNames:
    """The names of everything that one document refers to (see `builder.nodes.Names`)."""

    def __init__(self, graph: Graph, own: int | None = None) -> None:
        """`own`: the workflow that the drawing belongs to, where that matters."""
        self.graph, self.own = graph, own
        wanted = content_ids(graph)
        self.contents = _contents(wanted) if wanted and _contents else {}
        self.knows_contents = _contents is not None
        self._lists: dict[str, str] | None = None
        self._segments: dict[str, str] | None = None
        self._fields: dict[str, tuple[str, str]] | None = None
        self._topics: dict[str, str] | None = None
        self._workflows: dict[int, tuple[str, str]] | None = None

    def node(self, node: str) -> str:
        found = self.graph.nodes.get(node)
        if found is None:
            return node
        kind = catalogue.get(found.kind)
        return found.label or (kind.label if kind else found.kind) or node

    def content(self, content: int) -> str:
        return self.contents[content].name if content in self.contents else str(content)

    def subject(self, content: int) -> str:
        return self.contents[content].subject if content in self.contents else ""

    # Lists, segments, fields and topics are few: all of them, in one query, when the first is asked for.

    def list(self, slug: str) -> str:
        return self.lists.get(slug, slug)

    def segment(self, segment: int | str) -> str:
        return self.segments.get(str(segment), str(segment))

    def workflow(self, workflow: int) -> str:
        return self.workflows[workflow][0] if workflow in self.workflows else f"workflow {workflow}"

    @property
    def workflows(self) -> dict[int, tuple[str, str]]:
        """{id: (name, status)} of all workflows."""
        if self._workflows is None:
            rows = Workflow.objects.order_by().values_list("id", "name", "status")
            self._workflows = {pk: (name, status) for pk, name, status in rows}
        return self._workflows

    def field(self, key: str) -> str:
        return self.fields[key][0] if key in self.fields else key.replace("_", " ")

    @property
    def fields(self) -> dict[str, tuple[str, str]]:
        """{key: (label, type)} of the workspace's own fields."""
        if self._fields is None:
            rows = Field.objects.values_list("key", "label", "type")
            self._fields = {key: (label, kind) for key, label, kind in rows}
        return self._fields

    def topic(self, slug: str) -> str:
        return self.topics.get(slug, slug)

    @property
    def topics(self) -> dict[str, str]:
        if self._topics is None:
            self._topics = dict(Topic.objects.values_list("slug", "label"))
        return self._topics

    @property
    def lists(self) -> dict[str, str]:
        if self._lists is None:
            self._lists = dict(List.objects.values_list("slug", "name"))
        return self._lists

    @property
    def segments(self) -> dict[str, str]:
        if self._segments is None:
            self._segments = {str(key): name for key, name in Segment.objects.values_list("id", "name")}
        return self._segments


def content_ids(graph: Graph) -> set[int]:
    """Every content that the drawing sends or asks about."""
    found: set[int] = set()
    for node in graph.nodes.values():
        kind = catalogue.get(node.kind)
        if kind is None:
            continue
        for value in schemas.walk(catalogue.schema(kind), node.settings):
            if value.widget == "content":
                found.update(_ids([value.value]))
            elif value.widget == "condition":
                found.update(_ids(trees.contents(value.value)))
    return found


def _ids(values: Iterable[Any]) -> Iterable[int]:
    for value in values:
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:  # "7" is read as 7
            value = int(value)
        # Beyond 63 bits a database refuses the number; such a content does not exist.
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
            yield value
