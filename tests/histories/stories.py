"""What is recorded: a good spread of workflows, with people and days that take every way through them.

A story that was recorded is never changed, or its file would no longer say what an older Trellis did: add another one instead.
"""

from __future__ import annotations

from typing import Any

from tests.engine.kit import draw

Story = dict[str, Any]
MAILS = {"hello": "Hello", "again": "Are you there?"}
ALL = {
    "alice": {"phone": "+48500100100"},
    "bob": {"phone": "+48500100200", "consents": ["sms"]},
    "charlie": {},
    "dana": {"consents": []},
}
MANY = {f"person{number}": {} for number in range(24)}


def come(*people: str, name: str = "came", **more: Any) -> list[dict[str, Any]]:
    return [{"event": {"who": who, "name": name, **more}} for who in people]


def _branches(*names: str, when: list[Any]) -> list[dict[str, Any]]:
    return [
        {"port": f"b{row}", "name": name, "when": one}
        for row, (name, one) in enumerate(zip(names, when, strict=True), 1)
    ]


CAME: tuple[str, dict[str, Any]] = ("trigger", {"on": "event", "name": "came"})

NURTURING: Story = {
    "contents": MAILS,
    "people": ALL,
    "document": draw(
        {
            "n1": CAME,
            "n2": ("email", {"content": "hello"}),
            "n3": (
                "wait_until",
                {
                    "branches": _branches("Opened", when=[{"fact": "message", "node": "n2", "did": "opened"}]),
                    "timeout": "P2D",
                },
            ),
            "n4": ("tag", {"add": ["reader"]}),
            "n5": ("condition", {"when": {"fact": "phone_valid"}}),
            "n6": ("sms", {"text": "Hi {{ contact.first_name }}"}),
            "n7": ("email", {"same_as": "n2", "subject": "Once more"}),
            "n8": ("exit", {"outcome": "no_response"}),
        },
        ["n1 next n2", "n2 next n3", "n3 b1 n4", "n3 timeout n5", "n5 yes n6", "n5 no n7", "n6 next n8", "n7 next n8"],
    ),
    "steps": [
        *come("alice", "bob", "charlie", "dana"),
        {"advance": "P1D"},
        {"open": ["alice", "n2"]},
        {"advance": "P3D"},
    ],
}

WAITS: Story = {
    "contents": {},
    "people": {
        "warsaw": {"time_zone": "Europe/Warsaw"},
        "newyork": {"time_zone": "America/New_York"},
        "lordhowe": {"time_zone": "Australia/Lord_Howe"},
        "nowhere": {},
    },
    "document": draw(
        {
            "n1": CAME,
            "n2": ("wait", {"mode": "duration", "duration": "PT36H"}),
            "n3": ("wait", {"mode": "time", "time": "09:30", "weekdays": [1, 3]}),
            "n4": ("wait", {"mode": "date", "date": "2027-03-28", "time": "02:30"}),
            "n5": ("wait", {"mode": "duration", "duration": "P1M"}),
            "n6": ("exit", {"outcome": "completed"}),
        },
        ["n1 next n2", "n2 next n3", "n3 next n4", "n4 next n5", "n5 next n6"],
    ),
    "steps": [*come("warsaw", "newyork", "lordhowe", "nowhere"), {"advance": "P3D"}, {"advance": "P6M"}],
}

SPLITS: Story = {
    "contents": {},
    "people": MANY,
    "document": draw(
        {
            "n1": CAME,
            "n2": (
                "split",
                {
                    "arms": [
                        {"port": "a", "name": "A", "weight": 50},
                        {"port": "b", "name": "B", "weight": 30},
                        {"port": "c", "name": "C", "weight": 20},
                    ]
                },
            ),
            "n3": ("tag", {"add": ["a"]}),
            "n4": ("update_contact", {"changes": [], "score": 5}),
            "n5": (
                "branch",
                {
                    "branches": _branches(
                        "Tagged",
                        "Scored",
                        when=[{"fact": "tag", "is": "a"}, {"fact": "score", "op": "gte", "value": 5}],
                    )
                },
            ),
            "n6": ("exit", {"outcome": "completed"}),
            "n7": ("exit", {"outcome": "converted"}),
            "n8": ("exit", {"outcome": "not_eligible"}),
        },
        [
            "n1 next n2",
            "n2 a n3",
            "n2 b n4",
            "n2 c n5",
            "n3 next n5",
            "n4 next n5",
            "n5 b1 n6",
            "n5 b2 n7",
            "n5 else n8",
        ],
    ),
    "steps": come(*MANY),
}

REENTRY = {
    "contents": {},
    "people": {"alice": {}, "bob": {}},
    "document": draw(
        {"n1": ("trigger", {"on": "purchase"}), "n2": ("wait", {"duration": "P1D"}), "n3": ("exit", {})},
        ["n1 next n2", "n2 next n3"],
        {"reentry": "after_exit", "cooldown": "P2D"},
    ),
    "steps": [
        *come("alice", "bob", name="purchase", properties={"order_id": "1"}),
        *come("alice", name="purchase", properties={"order_id": "2"}),
        {"advance": "P2D"},
        *come("alice", name="purchase", properties={"order_id": "3"}),
        {"advance": "P2D"},
        *come("alice", "bob", name="purchase", properties={"order_id": "4"}),
        {"advance": "P5D"},
    ],
}

KEYS = {
    "contents": {},
    "people": {"alice": {}},
    "document": draw(
        {"n1": ("trigger", {"on": "purchase"}), "n2": ("wait", {"duration": "P1D"}), "n3": ("exit", {})},
        ["n1 next n2", "n2 next n3"],
        {"reentry": "each_key", "key": "event.order_id"},
    ),
    "steps": [
        *come("alice", name="purchase", properties={"order_id": "1"}),
        {"advance": "PT6H"},
        *come("alice", name="purchase", properties={"order_id": "2"}),
        *come("alice", name="purchase", properties={"order_id": "1"}),
        {"advance": "P3D"},
        *come("alice", name="purchase", properties={"order_id": "1"}),
    ],
}

RESTARTS = {
    **REENTRY,
    "document": {**REENTRY["document"], "settings": {"reentry": "restart"}},  # type: ignore[dict-item]
}

FIRST_WINS: Story = {
    "contents": {},
    "people": {"alice": {}, "bob": {}, "charlie": {}, "dana": {}},
    "document": draw(
        {
            "n1": CAME,
            "n2": (
                "wait_until",
                {
                    "branches": _branches(
                        "Bought", "Hot", when=[{"fact": "purchase", "since": "run"}, {"fact": "tag", "is": "hot"}]
                    ),
                    "timeout": "P2D",
                },
            ),
            "n3": ("exit", {"outcome": "converted"}),
            "n4": ("exit", {"outcome": "completed"}),
            "n5": ("exit", {"outcome": "no_response"}),
        },
        ["n1 next n2", "n2 b1 n3", "n2 b2 n4", "n2 timeout n5"],
    ),
    "steps": [
        {"tag": ["dana", "hot"]},
        *come("alice", "bob", "charlie", "dana"),
        {"advance": "P1D"},
        {"tag": ["bob", "hot"]},
        *come("alice", name="purchase", properties={"order_id": "9"}),
        {"tag": ["alice", "hot"]},
        {"advance": "P2D"},
        *come("charlie", name="purchase", properties={"order_id": "10"}, occurred_at="2026-11-24T10:00:00+00:00"),
    ],
}

LOOPS = {
    "contents": {},
    "people": {"alice": {}, "bob": {}},
    "document": draw(
        {
            "n1": CAME,
            "n2": ("wait", {"duration": "P1D"}),
            "n3": ("condition", {"when": {"fact": "tag", "is": "done"}}),
            "n4": ("go_to", {"target": "n2", "max_loops": 2}),
            "n5": ("exit", {"outcome": "completed"}),
            "n6": ("exit", {"outcome": "no_response"}),
        },
        ["n1 next n2", "n2 next n3", "n3 yes n5", "n3 no n4", "n4 done n6"],
    ),
    "steps": [*come("alice", "bob"), {"advance": "PT30H"}, {"tag": ["alice", "done"]}, {"advance": "P5D"}],
}

WINDOWS = {
    "contents": {},
    "people": {"warsaw": {"time_zone": "Europe/Warsaw"}, "tokyo": {"time_zone": "Asia/Tokyo"}},
    "document": draw(
        {
            "n1": CAME,
            "n2": ("time_window", {"weekdays": [1, 2, 3, 4, 5], "from": "10:00", "to": "17:00", "zone": "contact"}),
            "n3": ("event", {"name": "inside", "properties": {}}),
            "n4": ("wait", {"duration": "PT10H"}),
            "n5": ("time_window", {"weekdays": [], "from": "22:00", "to": "06:00", "zone": "contact"}),
            "n6": ("exit", {}),
        },
        ["n1 next n2", "n2 next n3", "n3 next n4", "n4 next n5", "n5 next n6"],
    ),
    "steps": [*come("warsaw", "tokyo"), {"advance": "P4D"}],
}

MOVED = {
    "contents": {},
    "people": {"alice": {}, "bob": {}},
    "document": draw(
        {"n1": CAME, "n2": ("wait", {"duration": "P2D"}), "n3": ("tag", {"add": ["old"]}), "n4": ("exit", {})},
        ["n1 next n2", "n2 next n3", "n3 next n4"],
    ),
    "steps": [
        *come("alice"),
        {"advance": "P1D"},
        {
            "publish": draw(
                {"n1": CAME, "n2": ("wait", {"duration": "P4D"}), "n3": ("tag", {"add": ["new"]}), "n4": ("exit", {})},
                ["n1 next n2", "n2 next n3", "n3 next n4"],
            ),
            "people_inside": "move",
        },
        *come("bob"),
        {"advance": "P6D"},
    ],
}

KEPT = {
    **MOVED,
    "steps": [{**step, **({"people_inside": "finish_old"} if "publish" in step else {})} for step in MOVED["steps"]],
}  # type: ignore[attr-defined]

GOALS = {
    "contents": MAILS,
    "people": {"alice": {}, "bob": {}},
    "document": draw(
        {
            "n1": CAME,
            "n2": ("email", {"content": "hello", "purpose": "transactional"}),
            "n3": ("wait", {"duration": "P3D"}),
            "n4": ("email", {"content": "again", "purpose": "transactional"}),
            "n5": ("goal", {"when": {"all": [{"fact": "purchase", "since": "run"}]}, "pull": True}),
            "n6": ("tag", {"add": ["customer"]}),
            "n7": ("exit", {"outcome": "converted"}),
        },
        ["n1 next n2", "n2 next n3", "n3 next n4", "n4 next n5", "n5 next n6", "n6 next n7"],
    ),
    "steps": [
        *come("alice", "bob"),
        {"advance": "P1D"},
        *come("alice", name="purchase", properties={"order_id": "1"}),
        {"advance": "P5D"},
    ],
}

STORIES: dict[str, Any] = {
    "nurturing": NURTURING,
    "waits_in_four_zones": WAITS,
    "split_and_branch": SPLITS,
    "again_after_exit": REENTRY,
    "each_order_once": KEYS,
    "restarts": RESTARTS,
    "the_first_wins": FIRST_WINS,
    "loops": LOOPS,
    "time_windows": WINDOWS,
    "moved_along": MOVED,
    "finish_the_old": KEPT,
    "pulled_to_the_goal": GOALS,
}
