from __future__ import annotations

from typing import Any

from builder import library
from builder.graph import parse
from builder.picture import card, path_picture, strip, thumbnail
from builder.picture.arrange import APART, arrange
from tests.pages.conftest import HOSTILE, story


def lead_nurturing() -> dict[str, Any]:
    return dict(library.get("lead-nurturing").graph().document)


def test_branches_get_lanes_and_joins_keep_the_first_way() -> None:
    places = arrange(parse(lead_nurturing()))
    assert {node: place.depth for node, place in places.items() if node in ("n1", "n4", "n6", "n8")} == {
        "n1": 0,
        "n4": 3,
        "n6": 7,
        "n8": 9,
    }
    lanes = {node: place.lane for node, place in places.items()}
    assert (lanes["n4"], lanes["n6"], lanes["n10"], lanes["n17"], lanes["n18"]) == (0, 0, 1, 2, 3)
    assert (lanes["n15"], lanes["n9"], lanes["n3"]) == (2.5, 1.75, 0.875)


def test_no_step_stands_on_another() -> None:
    places = list(arrange(parse(lead_nurturing())).values())
    for place in places:
        near = [other for other in places if other.depth == place.depth and abs(other.lane - place.lane) < APART]
        assert len(near) == 1


def test_the_path_is_painted_and_the_rest_dimmed() -> None:
    visits = [{"node": "n1", "port": "next"}, {"node": "n2", "port": "next"}, {"node": "n3", "port": None}]
    for picture in (path_picture(lead_nurturing(), visits), strip(lead_nurturing(), visits)):
        assert picture.count("wp-on") == 2
        assert picture.count("wp-dim") == 19 - 3
    assert strip(lead_nurturing(), visits, failed="n3").count("wp-failed") == 1


def test_labels_and_kinds_are_never_markup() -> None:
    document = story()
    document["nodes"][0]["label"] = HOSTILE
    document["nodes"][1]["kind"] = HOSTILE[:40]
    for picture in (thumbnail(document), card(document), path_picture(document, [{"node": "n1", "port": None}])):
        assert "<script" not in picture


def test_any_document_has_a_picture() -> None:
    loop = story()
    loop["edges"].append({"id": "e9", "source": "n4", "port": "failed", "target": "n1"})
    for document in ({}, {"nodes": "x"}, {"nodes": [{"id": "n1"}]}, None, [], loop):
        for draw in (thumbnail, card, lambda one: strip(one, []), lambda one: path_picture(one, [])):
            assert draw(document).startswith("<svg")


def test_a_thousand_steps_in_a_row_are_drawn() -> None:
    nodes = [{"id": f"n{i}", "kind": "tag", "settings": {}} for i in range(1000)]
    edges = [{"id": f"e{i}", "source": f"n{i}", "port": "next", "target": f"n{i + 1}"} for i in range(999)]
    document = {"nodes": nodes, "edges": edges}
    assert thumbnail(document).count("<g ") == 1000
    assert path_picture(document, []).count("<g ") == 1000
