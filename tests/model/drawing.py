"""Worlds drawn at random: workflows, people, and a script of what happens when. Plain data, so that a world can be printed.

Everything is chosen from few words and few durations, so that things meet: the tag that is asked for is the tag that is
given, and the clock often stops at the very moment of a deadline.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.model import conditions_drawn, steps_drawn, vocabulary
from tests.model.vocabulary import CLOCK_STEPS, EVENTS, FIELDS, KEYS, LINKS, LISTS, PAGES, STARTS, TAGS, TOPICS, ZONES

__all__ = ["FIELDS", "LINKS", "LISTS", "TAGS", "TOPICS", "draw"]

Drawn = dict[str, Any]


def draw(random: Random) -> Drawn:
    """One world."""
    segments = {name: conditions_drawn.tree(random, depth=1) for name in ("Golden", "Silver")}
    people = [person(random, who) for who in range(random.randint(2, 4))]
    count = random.choice([1, 1, 2])
    workflows = [steps_drawn.workflow(random, [n for n in range(count) if n != mine]) for mine in range(count)]
    return {
        "zone": random.choice(ZONES[1:]),
        "start": random.choice(STARTS),
        "segments": segments,
        "people": people,
        "workflows": workflows,
        "script": script(random, people, workflows),
    }


def person(random: Random, who: int) -> Drawn:
    def maybe(value: Any, chance: float = 0.8, other: Any = None) -> Any:
        return value if random.random() < chance else other

    fields = {"city": random.choice(["Warsaw", "kraków"]), "age": random.choice([17, 18, 40]), "member": True}
    fields |= {"birthday": random.choice(["2027-03-28", "2027-04-05"]), "seen": "2027-03-27T09:00:00Z"}
    return {
        "email": maybe(vocabulary.email(who), 0.9),
        "phone": maybe(vocabulary.phone(who)),
        "first_name": maybe(["Alice", "Bob", "Charlie", "Dana"][who], 0.8, ""),
        "language": "",
        "time_zone": random.choice(ZONES),
        "score": random.choice([0, 0, 5, 10]),
        "fields": {key: value for key, value in fields.items() if random.random() < 0.5},
        "mailbox": random.choice(["takes"] * 7 + ["refuses", "busy", "doubt"]),
        "tags": [tag for tag in TAGS if random.random() < 0.2],
        "lists": [slug for slug in LISTS if random.random() < 0.2],
        "consents": {
            subject: random.choice(["in", "in", "in", "in", "in", "out"])
            for subject in ("email", "sms", "news")
            if random.random() < 0.85
        },
    }


# --- what happens -------------------------------------------------------------------------------------
def script(random: Random, people: list[Drawn], workflows: list[Drawn]) -> list[Drawn]:
    """Moments with a few happenings each, several of them at the same moment; mostly worked off at once."""
    steps: list[Drawn] = []
    for _ in range(random.randint(2, 6)):
        for who in range(len(people)):
            for _ in range(random.choice([0, 1, 1, 2, 3])):
                steps.append(happening(random, who, workflows))
        if random.random() < 0.85:
            steps.append({"do": "work", "outbox_too": random.random() < 0.9})
        if random.random() < 0.5:
            follow = reaction(random, random.randrange(len(people)))
            steps += [follow] + ([{"do": "work"}] if random.random() < 0.7 else [])
        steps.append({"do": "pass", "seconds": random.choice(CLOCK_STEPS)})
        if random.random() < 0.8:
            steps.append({"do": "work"})
    return steps


def happening(random: Random, who: int, workflows: list[Drawn]) -> Drawn:
    what = random.choices(
        ["entry", "event", "tag", "list", "field", "consent", "reaction", "enrol", "pause", "cancel", "edit"],
        [30, 20, 14, 6, 8, 5, 16, 4, 2, 2, 3],
    )[0]
    return getattr(_Happening, what)(random, who, workflows)


def reaction(random: Random, who: int) -> Drawn:
    what = random.choices(["hit", "receipt", "reply"], [12, 4, 2])[0]
    if what == "reply":
        return {"do": "reply", "who": who}
    if what == "receipt":
        kind = random.choice(["delivered", "bounced", "complained", "unsubscribed"])
        return {"do": "receipt", "who": who, "what": kind, "hard": random.random() < 0.5}
    link = random.choice([None, *LINKS])
    return {"do": "hit", "who": who, "link": link, "machine": random.random() < 0.25}


class _Happening:
    @staticmethod
    def entry(random: Random, who: int, workflows: list[Drawn]) -> Drawn:
        """What some trigger hears."""
        drawn = random.choice(workflows)
        triggers = [node["settings"] for node in drawn["nodes"] if node["kind"] == "trigger"]
        on = random.choice(triggers)
        if on["on"] == "tag_added":
            return {"do": "tag", "who": who, "add": [on["tag"]], "remove": []}
        if on["on"] == "tag_removed":
            return {"do": "tag", "who": who, "add": [], "remove": [on["tag"]]}
        if on["on"] == "list_joined":
            return {"do": "list", "who": who, "add": [on["list"]], "remove": []}
        if on["on"] == "list_left":
            return {"do": "list", "who": who, "add": [], "remove": [on["list"]]}
        if on["on"] == "field_changed":
            return _Happening.field(random, who, workflows)
        if on["on"] == "consent_changed":
            return _Happening.consent(random, who, workflows)
        if on["on"] == "message_event":
            return reaction(random, who)
        if on["on"] in ("manual", "api", "from_workflow"):
            return _Happening.enrol(random, who, workflows)
        name = on["name"] if on["on"] == "event" else on["on"]
        return _Happening.event(random, who, workflows, name)

    @staticmethod
    def event(random: Random, who: int, workflows: list[Drawn], name: str = "") -> Drawn:
        name = name or random.choice([*EVENTS, "purchase", "page_visited"])
        more = {"form_submitted": {"form": "contact"}, "app_installed": {"app": "shop"}}.get(name, {})
        properties: Drawn = {"order_id": random.choice(["a", "b", ""]), "value": random.choice([5, 50, 500])}
        if random.random() < 0.5:
            properties["starts_at"] = random.choice(["2027-03-28", "2027-04-05T09:30:00Z", "2027-11-07", "soon"])
        if name == "page_visited":
            properties = {"url": random.choice(PAGES), "seconds": random.choice([3, 30])}
        properties |= more if random.random() < 0.7 else {}
        if random.random() < 0.2:
            properties.pop("order_id", None)
        ago = random.choice([None] * 5 + [0, 60, 3_600, 86_400, -3_600])
        key = random.choice(KEYS) if random.random() < 0.2 else None
        return {"do": "event", "who": who, "name": name, "properties": properties, "ago": ago, "key": key}

    @staticmethod
    def tag(random: Random, who: int, workflows: list[Drawn]) -> Drawn:
        add, remove = random.choice([(True, False), (True, False), (False, True)])
        return {
            "do": "tag",
            "who": who,
            "add": random.sample(TAGS, random.randint(1, 2)) if add else [],
            "remove": random.sample(TAGS, 1) if remove else [],
            "by_person": random.random() < 0.4,
        }

    @staticmethod
    def list(random: Random, who: int, workflows: list[Drawn]) -> Drawn:
        slug, joins = random.choice(LISTS), random.random() < 0.6
        return {"do": "list", "who": who, "add": [slug] if joins else [], "remove": [] if joins else [slug]}

    @staticmethod
    def field(random: Random, who: int, workflows: list[Drawn]) -> Drawn:
        key, value = random.choice(
            [
                ("city", random.choice(["Warsaw", "Gdańsk", None])),
                ("age", random.choice([16, 18, 70, None])),
                ("member", random.choice([True, False])),
                ("score", random.choice([0, 5, 10, 20])),
                ("first_name", random.choice(["Alice", "Eve", None])),
                ("time_zone", random.choice(ZONES)),
                ("phone", random.choice([vocabulary.phone(who), None])),
                ("email", random.choice([vocabulary.email(who), None])),
            ]
        )
        return {"do": "field", "who": who, "values": {key: value}}

    @staticmethod
    def consent(random: Random, who: int, workflows: list[Drawn]) -> Drawn:
        subject = random.choice(["email", "email", "sms", "news"])
        return {"do": "consent", "who": who, "subject": subject, "state": random.choice(["in", "out"])}

    @staticmethod
    def reaction(random: Random, who: int, workflows: list[Drawn]) -> Drawn:
        return reaction(random, who)

    @staticmethod
    def enrol(random: Random, who: int, workflows: list[Drawn]) -> Drawn:
        return {
            "do": "enrol",
            "workflow": random.randrange(len(workflows)),
            "who": [who],
            "key": random.choice(["", "", "k1"]),
        }

    @staticmethod
    def pause(random: Random, who: int, workflows: list[Drawn]) -> Drawn:
        which = random.randrange(len(workflows))
        return {"do": random.choice(["pause", "resume"]), "workflow": which}

    @staticmethod
    def cancel(random: Random, who: int, workflows: list[Drawn]) -> Drawn:
        return {"do": "cancel", "who": who}

    @staticmethod
    def edit(random: Random, who: int, workflows: list[Drawn]) -> Drawn:
        which = random.randrange(len(workflows))
        document, deleted = steps_drawn.edited(random, workflows[which])
        people_inside = random.choice(["move", "move", "finish_old"])
        return {
            "do": "edit",
            "workflow": which,
            "document": document,
            "people_inside": people_inside,
            "deleted": deleted,
        }
