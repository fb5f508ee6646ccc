"""Conditions drawn at random. Inside a workflow they may look back at its steps."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from tests.model.vocabulary import DURATIONS, EVENTS, LINKS, LISTS, TAGS, TIMES

Tree = dict[str, Any]


def tree(
    random: Random,
    *,
    depth: int = 2,
    nodes: Sequence[str] = (),
    messages: Sequence[str] = (),
    segments: bool = False,
    others: Sequence[int] = (),
) -> Tree:
    """`nodes`: the steps to which windows may be anchored, `messages` those of them that send; `others`: other workflows."""
    draw = _Leaves(random, list(nodes), list(messages), segments, list(others))
    return _tree(random, depth, draw)


def _tree(random: Random, depth: int, draw: _Leaves) -> Tree:
    if depth == 0 or random.random() < 0.6:
        return draw.leaf()
    kind = random.choice(["all", "any", "none"])
    return {kind: [_tree(random, depth - 1, draw) for _ in range(random.randint(1, 3))]}


class _Leaves:
    def __init__(
        self, random: Random, nodes: list[str], messages: list[str], segments: bool, others: list[int]
    ) -> None:
        self.others = others
        self.random, self.nodes, self.messages, self.segments = random, nodes, messages, segments

    def leaf(self) -> Tree:
        weights = {
            "tag": 20, "event": 12, "purchase": 8, "visited": 6, "list": 5, "consent": 5, "field": 10, "score": 3,
            "email_valid": 1, "phone_valid": 1, "now": 4, "segment": 3 if self.segments else 0,
            "workflow": 4 if self.others else 0,
            "step": 4 if self.nodes else 0,
            "message": 8 + 30 * bool(self.messages),
        }  # fmt: skip
        fact = self.random.choices(list(weights), list(weights.values()))[0]
        return {"fact": fact, **getattr(self, fact)()}

    def window(self) -> Tree:
        choice, within = self.random.random(), self.random.choice(DURATIONS)
        if choice < 0.3:
            return {}
        if choice < 0.5 or not self.nodes:
            return {"within": within}
        since = self.random.choice(["run", *self.nodes])
        return {"since": since} if choice < 0.75 else {"since": since, "within": within}

    def tag(self) -> Tree:
        by = self.random.choice([None, None, None, "anyone", "workflow", "person"])
        return {"is": self.random.choice(TAGS)} | ({"by": by} if by else {}) | self.window()

    def event(self) -> Tree:
        where = [
            {"property": "value", "op": "gte", "value": 50},
            {"property": "order_id", "op": "is", "value": "A"},
            {"property": "order_id", "op": "not_set"},
        ]
        return (
            {"name": self.random.choice(EVENTS)}
            | ({"at_least": 2} if self.random.random() < 0.25 else {})
            | ({"where": [self.random.choice(where)]} if self.random.random() < 0.25 else {})
            | self.window()
        )

    def purchase(self) -> Tree:
        worth = self.random.choice([{}, {}, {"value_from": 50}, {"value_to": 50}, {"at_least": 2}])
        return worth | self.window()

    def visited(self) -> Tree:
        url = self.random.choice(["/pricing*", "https://shop.example/cart", "/cart", "*shop*"])
        more = self.random.choice([{}, {}, {"seconds": 10}, {"at_least": 2}])
        return {"url": url} | more | self.window()

    def list(self) -> Tree:
        return {"is": self.random.choice(LISTS)}

    def consent(self) -> Tree:
        return {
            "subject": self.random.choice(["email", "sms", "news"]),
            "state": self.random.choice(["in", "out", "unknown"]),
        }

    def workflow(self) -> Tree:
        did = self.random.choice(["inside", "finished"])
        outcome = {"outcome": "completed"} if did == "finished" and self.random.random() < 0.3 else {}
        return {"is": self.random.choice(self.others), "did": did} | outcome | self.window()

    def step(self) -> Tree:
        way = self.random.choice(["next", "next", "yes", "timeout", "b1", "skipped", "accepted"])
        return {"node": self.random.choice(self.nodes), "is": way}

    def email_valid(self) -> Tree:
        return {}

    def phone_valid(self) -> Tree:
        return {}

    def segment(self) -> Tree:
        return {"is": self.random.choice(["Golden", "Silver"])}

    def score(self) -> Tree:
        return self.random.choice(
            [{"op": "gte", "value": 10}, {"op": "between", "value": 1, "to": 9}, {"op": "is", "value": 5}]
        )

    def field(self) -> Tree:
        return self.random.choice(
            [
                {"field": "city", "op": "is", "value": "warsaw"},
                {"field": "city", "op": "is_not", "value": "Kraków"},
                {"field": "city", "op": "in", "value": ["Kraków", "Gdańsk"]},
                {"field": "city", "op": "contains", "value": "AR"},
                {"field": "city", "op": "starts_with", "value": "kra"},
                {"field": "city", "op": "ends_with", "value": "ków"},
                {"field": "city", "op": "set"},
                {"field": "age", "op": "not_set"},
                {"field": "age", "op": "gt", "value": 18},
                {"field": "age", "op": "gte", "value": 18},
                {"field": "age", "op": "lt", "value": 18},
                {"field": "age", "op": "lte", "value": 18},
                {"field": "age", "op": "between", "value": 18, "to": 40},
                {"field": "member", "op": "is", "value": True},
                {"field": "birthday", "op": "before", "value": "2027-04-01"},
                {"field": "birthday", "op": "after", "value": "-P1D"},
                {"field": "birthday", "op": "within_next", "value": "P1W"},
                {"field": "birthday", "op": "within_last", "value": "P1M"},
                {"field": "seen", "op": "before", "value": "P1D"},
                {"field": "seen", "op": "within_last", "value": "P2D"},
                {"field": "created_at", "op": "within_last", "value": "P1D"},
                {"field": "first_name", "op": "is", "value": "Alice"},
                {"field": "score", "op": "gte", "value": 5},
            ]
        )

    def now(self) -> Tree:
        hours = {"from": self.random.choice(TIMES), "to": self.random.choice(["08:00", "17:30"])}
        days = {"weekdays": sorted(self.random.sample(range(1, 8), 4))}
        dates = {"first": "2027-03-28", "last": "2027-10-31"}
        return self.random.choice([hours, days, dates, hours | days])

    def message(self) -> Tree:
        did = self.random.choice(
            ["opened", "opened", "opened", "clicked", "clicked", "sent", "skipped", "delivered", "bounced", "replied"]
        )
        which: Tree = {"any": True}
        if self.messages and self.random.random() < 0.85:
            which = {"node": self.random.choice(self.messages)}
        elif self.random.random() < 0.5:
            which = {"content": self.random.randrange(2)}
        more: Tree = {}
        if did in ("opened", "clicked") and self.random.random() < 0.15:
            more["machines"] = True
        if did == "clicked" and self.random.random() < 0.25:
            more["link"] = self.random.choice([LINKS[0], "*about"])
        window = self.window()
        if "since" in window and "node" in which and self.random.random() < 0.6:
            window["since"] = which["node"]  # "within two days of its sending" is what people draw most
        return which | {"did": did} | more | window
