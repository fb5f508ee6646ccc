"""Workflows drawn at random: always valid, of all kinds and settings."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

from tests.model import conditions_drawn
from tests.model.vocabulary import DURATIONS, EVENTS, LISTS, TAGS, TIMES

Drawn = dict[str, Any]
WEIGHTS = {
    "wait": 12, "wait_until": 16, "condition": 9, "branch": 6, "split": 5, "email": 16, "sms": 7, "audience": 3,
    "goal": 6, "consent": 3, "enter_workflow": 5, "leave_workflow": 2, "tag": 9, "list": 5, "time_window": 4, "go_to": 4, "update_contact": 5, "event": 7, "exit": 3,
}  # fmt: skip
TRIGGERS = {
    "purchase": 10, "event": 10, "contact_added": 3, "tag_added": 6, "list_joined": 3, "manual": 1, "api": 1,
    "from_workflow": 2, "tag_removed": 2, "list_left": 2, "field_changed": 3, "consent_changed": 2, "page_visited": 2,
    "form_submitted": 2, "app_installed": 2, "message_event": 3,
}  # fmt: skip


def workflow(random: Random, others: list[int]) -> Drawn:
    """`others`: the numbers of the workflows beside it."""
    kinds = random.choices(list(WEIGHTS), list(WEIGHTS.values()), k=random.randint(2, 7))
    triggers = random.choice([1, 1, 1, 2])
    nodes: list[Drawn] = []
    for place, kind in enumerate(["trigger"] * triggers + kinds, start=1):
        if kind in ("enter_workflow", "leave_workflow") and not others:
            kind = "wait_until"
        drawn = node(random, f"n{place}", kind, nodes, others)
        nodes.append(drawn)
    edges = connect(random, nodes)
    aim(random, nodes, edges)
    repeat_only_what_came_before(nodes, edges)
    names = [one["id"] for one in nodes]
    return {
        "format": 1,
        "nodes": nodes,
        "edges": edges,
        "notes": [],
        "settings": settings(random, names, nodes, others),
    }


def connect(random: Random, nodes: list[Drawn]) -> list[Drawn]:
    """Each node hangs on a free way out of an earlier one, so that everybody may come everywhere; some ways join later."""
    free: list[tuple[int, str]] = []
    edges: list[Drawn] = []

    def lead(source: int, port: str, target: int) -> None:
        edges.append(
            {"id": f"e{len(edges)}", "source": nodes[source]["id"], "port": port, "target": nodes[target]["id"]}
        )

    for place, one in enumerate(nodes):
        if one["kind"] != "trigger" and free:
            source, port = free.pop(-1 if random.random() < 0.6 else random.randrange(len(free)))
            lead(source, port, place)
        free += [(place, port) for port in ports(one)]
        if not free:
            del nodes[place + 1 :]
            break
    for source, port in free:
        after = [place for place in range(source + 1, len(nodes)) if nodes[place]["kind"] != "trigger"]
        if after and random.random() < 0.6:
            lead(source, port, random.choice(after))
    return edges


def aim(random: Random, nodes: list[Drawn], edges: list[Drawn]) -> None:
    """Each `go_to` goes back to a wait of some length before it, or else straight to a step that nothing leads back from."""
    for place, one in enumerate(nodes):
        if one["kind"] != "go_to":
            continue
        waits = [
            earlier["id"]
            for earlier in nodes[:place]
            if earlier["kind"] == "wait" and earlier["settings"]["mode"] == "duration" and earlier["enabled"]
        ]
        after = [later["id"] for later in nodes[place + 1 :] if later["kind"] not in ("trigger", "go_to")]
        if waits or after:
            one["settings"]["target"] = random.choice(waits or after)
        else:
            one |= {"kind": "tag", "settings": {"add": ["hot"], "remove": []}}
            for edge in edges:
                if edge["source"] == one["id"]:
                    edge["port"] = "next"


def repeat_only_what_came_before(nodes: list[Drawn], edges: list[Drawn]) -> None:
    """ "Same as" names an earlier message: one from which a way leads here."""
    before: dict[str, set[str]] = {one["id"]: set() for one in nodes}
    for one in nodes:  # lines only lead on in this order
        for edge in edges:
            if edge["source"] == one["id"]:
                before[edge["target"]] |= before[one["id"]] | {one["id"]}
    for one in nodes:
        if one["settings"].get("same_as") and one["settings"]["same_as"] not in before[one["id"]]:
            del one["settings"]["same_as"]
            one["settings"] |= {"content": 0} if one["kind"] == "email" else {"text": "Hello"}


def ports(drawn: Drawn) -> list[str]:
    kind, settings = drawn["kind"], drawn["settings"]
    if kind == "wait_until":
        return [way["port"] for way in settings["branches"]] + ["timeout"]
    if kind == "branch":
        return [way["port"] for way in settings["branches"]] + ["else"]
    if kind == "wait":
        return ["next", "past"] if settings.get("past") == "port" else ["next"]
    if kind == "enter_workflow":
        return ["next", "timeout"] if settings["mode"] == "call" else ["next"]
    if kind == "split":
        return [arm["port"] for arm in settings["arms"]]
    fixed = {
        "condition": ["yes", "no"],
        "email": ["next", "skipped", "failed"],
        "sms": ["next", "skipped", "failed"],
        "audience": ["next", "failed"],
        "go_to": ["done"],
        "exit": [],
    }
    return fixed.get(kind, ["next"])


def node(random: Random, name: str, kind: str, before: list[Drawn], others: list[int]) -> Drawn:
    drawn: Drawn = {
        "id": name,
        "kind": kind,
        "label": "",
        "note": "",
        "position": {"x": 0, "y": 0},
        "enabled": True,
        "settings": getattr(_Settings(random, before, others), kind)(),
    }
    may_rest = "next" in ports(drawn) and kind != "trigger"
    if may_rest and random.random() < 0.05:
        drawn["enabled"] = False
    if kind in ("email", "sms", "audience") and random.random() < 0.3:
        drawn["on_error"] = random.choice(["stop", "continue"])
    return drawn


class _Settings:
    """The settings of each kind. `before`: the nodes that were drawn earlier, to look back at."""

    def __init__(self, random: Random, before: list[Drawn], others: list[int]) -> None:
        self.random, self.others = random, others
        self.nodes = [one["id"] for one in before]
        self.messages = [one["id"] for one in before if one["kind"] in ("email", "sms")]
        self.before = before

    def tree(self, depth: int = 2) -> Drawn:
        return conditions_drawn.tree(
            self.random, depth=depth, nodes=self.nodes, messages=self.messages, segments=True, others=self.others
        )

    def some(self, words: list[str], most: int = 2) -> list[str]:
        return self.random.sample(words, self.random.randint(1, most))

    def trigger(self) -> Drawn:
        on = self.random.choices(list(TRIGGERS), list(TRIGGERS.values()))[0]
        more: Drawn = {}
        if on == "tag_added":
            more["tag"] = self.random.choice(TAGS)
        where = [{"property": "value", "op": "gte", "value": 50}]
        if on in ("event", "purchase", "form_submitted") and self.random.random() < 0.25:
            more["where"] = where
        more |= {
            "tag_removed": {"tag": self.random.choice(TAGS)},
            "list_joined": {"list": self.random.choice(LISTS)},
            "list_left": {"list": self.random.choice(LISTS)},
            "event": {"name": self.random.choice(EVENTS)},
            "field_changed": {
                "field": self.random.choice(["city", "age"]),
                "was": self.random.choice(["", "", "Warsaw", "18"]),
                "becomes": self.random.choice(["", "", "gdańsk", "70"]),
            },
            "consent_changed": {
                "subject": self.random.choice(["email", "news"]),
                "state": self.random.choice(["any", "in", "out"]),
            },
            "page_visited": {"url": self.random.choice(["/pricing*", "*cart"]), "seconds": self.random.choice([0, 10])},
            "form_submitted": {"form": self.random.choice(["", "contact"])},
            "app_installed": {"app": self.random.choice(["", "shop"])},
            "message_event": {
                "did": self.random.choice(["opened", "clicked", "bounced", "replied", "delivered"]),
                "link": self.random.choice(["", "*sale"]),
            },
        }.get(on, {})
        if self.random.random() < 0.2:
            more["filter"] = conditions_drawn.tree(self.random, depth=1, segments=True)
        return {"on": on} | more

    def wait(self) -> Drawn:
        mode = self.random.choice(["duration"] * 4 + ["time", "date", "field", "event"])
        drawn: Drawn = {"mode": mode, "time": self.random.choice(TIMES)}
        if mode == "duration":
            drawn["duration"] = self.random.choice(DURATIONS)
        elif mode == "time":
            drawn["weekdays"] = self.some_days(0.5)
        else:
            drawn["past"] = self.random.choice(["go_on", "port"])
            drawn |= {
                "date": {"date": self.random.choice(["2027-03-28", "2027-04-04", "2027-10-31", "2027-06-12"])},
                "field": {"field": self.random.choice(["birthday", "seen", "created_at"])},
                "event": {"property": "starts_at"},
            }[mode]
            if mode != "date":
                drawn |= {
                    "side": self.random.choice(["before", "on", "after", "after"]),
                    "offset": self.random.choice(DURATIONS),
                    "keep_time": self.random.random() < 0.5,
                }
        if self.random.random() < 0.25:
            drawn["window"] = self.hours()
        if self.random.random() < 0.1:
            drawn["jitter"] = self.random.choice(["PT1H", "P1D"])
        return drawn

    def hours(self) -> Drawn:
        pairs = [("09:00", "18:00"), ("22:00", "06:00"), ("02:30", "03:30"), ("02:05", "02:25"), ("09:00", "09:00")]
        opens, closes = self.random.choice(pairs)
        return {"from": opens, "to": closes, "weekdays": self.some_days(0.4)}

    def some_days(self, chance: float) -> list[int]:
        return sorted(self.random.sample(range(1, 8), 3)) if self.random.random() < chance else []

    def time_window(self) -> Drawn:
        return self.hours() | {"zone": self.random.choice(["contact", "contact", "workspace"])}

    def goal(self) -> Drawn:
        return {"when": self.tree(1), "pull": self.random.random() < 0.6}

    def enter_workflow(self) -> Drawn:
        mode = self.random.choice(["start", "move", "call", "call"])
        more = {"timeout": self.random.choice(DURATIONS)} if mode == "call" else {}
        return {"workflow": self.random.choice(self.others), "mode": mode} | more

    def leave_workflow(self) -> Drawn:
        return {"workflow": self.random.choice(self.others)}

    def consent(self) -> Drawn:
        subject = self.random.choice(["email", "sms", "news"])
        return {"subject": subject, "state": self.random.choice(["in", "out"]), "basis": "They said so"}

    def go_to(self) -> Drawn:
        return {"target": "", "max_loops": self.random.choice([1, 2, 3])}

    def wait_until(self) -> Drawn:
        ways = self.random.choice([1, 1, 2, 2, 3, 8])
        return {
            "branches": [
                {"port": f"b{n}", "name": "", "when": self.tree(1), "look_back": self.look_back()}
                for n in range(1, ways + 1)
            ],
            "timeout": self.random.choice(DURATIONS),
        }

    def look_back(self) -> str:
        return self.random.choice(["", "", "", "arrival", "run", self.random.choice(self.nodes)])

    def condition(self) -> Drawn:
        return {"when": self.tree()}

    def branch(self) -> Drawn:
        ways = self.random.choice([1, 2, 2, 3, 10])
        return {"branches": [{"port": f"b{n}", "name": "", "when": self.tree(1)} for n in range(1, ways + 1)]}

    def split(self) -> Drawn:
        weights = self.random.choice([[50, 50], [10, 90], [20, 30, 50], [10] * 10, [0, 100]])
        arms = [{"port": "abcdefghij"[n], "name": "", "weight": weight} for n, weight in enumerate(weights)]
        return {"arms": arms, "sticky": self.random.random() < 0.7}

    def email(self) -> Drawn:
        purpose = self.random.choice(["marketing", "marketing", "marketing", "service", "transactional"])
        originals = [one["id"] for one in self.before if one["kind"] == "email" and not one["settings"].get("same_as")]
        if originals and self.random.random() < 0.5:
            return {"same_as": self.random.choice(originals), "subject": "Again", "purpose": purpose}
        return {"content": self.random.randrange(2), "purpose": purpose, "track": True}

    def sms(self) -> Drawn:
        purpose = self.random.choice(["marketing", "marketing", "service", "transactional"])
        originals = [one["id"] for one in self.before if one["kind"] == "sms" and not one["settings"].get("same_as")]
        if originals and self.random.random() < 0.3:
            return {"same_as": self.random.choice(originals), "purpose": purpose}
        return {"text": "Hello", "purpose": purpose}

    def audience(self) -> Drawn:
        return {
            "audience": self.random.choice(["Readers", "Readers", "Broken", "Busy"]),
            "destinations": ["custom_audience"],
            "action": self.random.choice(["add", "remove"]),
        }

    def tag(self) -> Drawn:
        return self.random.choice(
            [
                {"add": self.some(TAGS), "remove": []},
                {"add": [], "remove": self.some(TAGS)},
                {"add": ["hot"], "remove": ["cold"]},
            ]
        )

    def list(self) -> Drawn:
        slug = self.some(LISTS, 1)
        return self.random.choice([{"add": slug, "remove": []}, {"add": [], "remove": slug}])

    def update_contact(self) -> Drawn:
        changes = [
            {"field": "city", "op": "set", "value": "Gdańsk"},
            {"field": "age", "op": "increment", "value": 1},
            {"field": "age", "op": "clear"},
            {"field": "member", "op": "set", "value": False},
            {"field": "first_name", "op": "set", "value": "Eve"},
        ]
        return {"changes": self.some(changes), "score": self.random.choice([0, 5, -3])}  # type: ignore[arg-type]

    def event(self) -> Drawn:
        return {
            "name": self.random.choice(EVENTS),
            "properties": {"value": self.random.choice([5, 50]), "order_id": "a"},
        }

    def exit(self) -> Drawn:
        outcome = self.random.choice(["completed", "no_response", "converted", "own words"])
        return {"outcome": outcome, "tags": self.some(TAGS, 1) if self.random.random() < 0.4 else []}


# --- the workflow's own settings ----------------------------------------------------------------------
def settings(random: Random, names: list[str], nodes: list[Drawn], others: list[int]) -> Drawn:
    rule = random.choices(["once", "after_exit", "each_key", "restart"], [2, 5, 3, 3])[0]
    drawn: Drawn = {"reentry": rule}
    if rule == "each_key":
        drawn["key"] = "event.order_id"
    if rule in ("after_exit", "each_key") and random.random() < 0.4:
        drawn["cooldown"] = random.choice(["PT1H", "P1D", "P1W"])
    if random.random() < 0.15:
        drawn["max_entries"] = random.choice([1, 2])
    if random.random() < 0.15:
        drawn["audience"] = conditions_drawn.tree(random, depth=1, segments=True)
    look = _Settings(random, nodes, others)
    if random.random() < 0.15:
        drawn["exit_when"] = look.tree(1)
    if random.random() < 0.25:
        goal: Drawn = random.choice([{"event": "booked"}, {"event": "purchase"}, {"condition": look.tree(1)}])
        goal["on"] = random.choice(["count", "exit", "jump"])
        if goal["on"] == "jump":
            goal["node"] = random.choice([one["id"] for one in nodes if one["kind"] != "trigger"])
        if random.random() < 0.4:
            goal["window"] = random.choice(DURATIONS)
        drawn["goal"] = goal
    elif random.random() < 0.12:
        drawn["holdout"] = random.choice([30, 60])
    if random.random() < 0.06:
        drawn["starts_at"] = random.choice(["2027-03-28T09:00:00+00:00", "2027-10-31T09:00:00+00:00"])
    if random.random() < 0.06:
        drawn["ends_at"] = random.choice(["2027-11-01T09:00:00+00:00", "2027-12-01T09:00:00+00:00"])
    return drawn


# --- a later version ----------------------------------------------------------------------------------
def edited(random: Random, document: Drawn) -> tuple[Drawn, dict[str, str | None]]:
    """The same drawing with other settings at some nodes, or with its last node gone, and where its people go."""
    new = copy.deepcopy(document)
    for place, one in enumerate(new["nodes"]):
        if one["kind"] in ("wait", "tag", "condition", "exit", "list", "event") and random.random() < 0.5:
            one["settings"] = getattr(_Settings(random, new["nodes"][:place], []), one["kind"])()
    deleted: dict[str, str | None] = {}
    last = new["nodes"][-1]
    named = [one["settings"].get("target") for one in new["nodes"]]
    if random.random() < 0.5 and last["kind"] not in ("email", "sms") and last["id"] not in named:
        rest = [one["id"] for one in new["nodes"][:-1] if one["kind"] != "trigger"]
        new["nodes"].pop()
        new["edges"] = [edge for edge in new["edges"] if edge["target"] != last["id"]]
        new["edges"] = [edge for edge in new["edges"] if edge["source"] != last["id"]]
        deleted[last["id"]] = random.choice([None, *rest])
    return new, deleted
