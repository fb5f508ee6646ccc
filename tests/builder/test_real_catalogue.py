"""Every node kind of the product, the moment it exists: its example draws, checks, speaks and stays as it is."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builder import catalogue
from builder.graph import parse
from builder.names import DocumentNames
from builder.sentences import sentences
from builder.validation import problems
from tests.builder.drawings import document, leave, trigger
from tests.builder.test_graph import JUNK

pytestmark = pytest.mark.django_db
WALKING = {
    "trigger", "wait", "wait_until", "condition", "branch", "split", "email", "sms", "tag", "list", "update_contact",
    "event", "audience", "exit",
}  # fmt: skip


def drawn(kind: Any, given: dict[str, Any]) -> dict[str, Any]:
    own = {"id": "n2", "kind": kind.kind, "settings": given, "settings_version": kind.settings_version}
    ports = kind.ports_of(given)
    return document([trigger(), own, leave("n3")], "n1 next n2", *(f"n2 {port.name} n3" for port in ports))


def test_the_kinds_of_the_walking_product_are_there(real_kinds: None) -> None:
    assert {kind.kind for kind in catalogue.all()} >= WALKING


def test_each_kind_shows_its_schema_and_speaks(real_kinds: None) -> None:
    for kind in catalogue.all():
        json.dumps(catalogue.as_json(kind), allow_nan=False)
        graph = parse(drawn(kind, kind.example))
        said = sentences(graph)["n2"]
        assert said and len(said) < 200, kind.kind
        for problem in problems(graph):
            if problem.node == "n2":
                assert problem.message, kind.kind


def test_each_kind_bears_any_settings(real_kinds: None) -> None:
    fields = {kind: list(kind.Settings.model_fields) for kind in catalogue.all()}

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def fuzz(data: Any) -> None:
        kind = data.draw(st.sampled_from(list(fields)))
        keys = [getattr(kind.Settings.model_fields[name], "alias", None) or name for name in fields[kind]]
        junk = {key: data.draw(JUNK) for key in keys if data.draw(st.booleans())}
        given_settings = {**kind.example, **junk}
        graph = parse(drawn(kind, given_settings))
        names = DocumentNames(graph)
        problems(graph, names)
        sentences(graph, names)

    fuzz()
