"""Conditions: a tree of facts, asked of one contact, perhaps within a run.

Every answer is a moment too: when it came true. What holds by the contact's state alone has no moment (None): it has held
all along.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.model.reference.calendar import later
from tests.model.reference.comparing import compare
from tests.model.reference.people import Message, Person, Run

ARRIVAL = "@arrival"  # when the run came to the step that asks
EVER = datetime(1, 1, 2, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


class Answer(NamedTuple):
    true: bool
    at: datetime | None = None


NO = Answer(False)


@dataclass
class Asking:
    """Who is asked, when. `until`: behaviour counts up to this moment (the deadline of a wait)."""

    person: Person
    now: datetime
    zone: ZoneInfo
    segments: dict[str, Any]
    run: Run | None = None
    until: datetime | None = None

    def ask(self, tree: dict[str, Any] | None) -> Answer:
        if not tree:
            return Answer(True)
        if "fact" in tree:
            return FACTS[tree["fact"]](self, tree)
        ((kind, parts),) = tree.items()
        answers = [self.ask(part) for part in parts]
        moments = [one.at for one in answers if one.true and one.at is not None]
        if kind == "all":  # came true with its last part
            true = all(one.true for one in answers)
            return Answer(true, max(moments, default=None) if true else None)
        if kind == "any":  # came true with its first; a part without a moment has held all along
            true = any(one.true for one in answers)
            timeless = any(one.true and one.at is None for one in answers)
            return Answer(true, None if timeless or not true else min(moments))
        return Answer(not any(one.true for one in answers))

    # --- windows --------------------------------------------------------------------------------
    def window(self, leaf: dict[str, Any]) -> tuple[datetime, datetime] | None:
        """The first and last moment that count; None if its anchor was never reached."""
        end = self.now if self.until is None else min(self.now, self.until)
        since, within = leaf.get("since"), leaf.get("within")
        if since is None:
            return (later(self.now, within, self.zone, sign=-1) if within else EVER), end
        anchor = self.anchor(since)
        if anchor is None:
            return None
        return anchor, min(end, later(anchor, within, self.zone)) if within else end

    def anchor(self, since: str) -> datetime | None:
        """When the run began, or when it last left the step; for a step that sends, the last hand-off."""
        run = self.run
        if run is None or since == "run":
            # What let them in came before.
            return run and (run.started_at + MOMENT if run.event else run.started_at)
        if since == ARRIVAL:
            return run.entered_at
        sent = [one for one in self.person.messages if one.run is run and one.node == since]
        if since in run.version.message_nodes:
            return max(((one.nth, one.accepted_at) for one in sent if one.accepted_at), default=(0, None))[1]
        return max(((one.nth, one.left_at) for one in run.visits if one.node == since), default=(0, None))[1]

    def counted(self, leaf: dict[str, Any], moments: list[datetime], at_least: int = 1) -> Answer:
        window = self.window(leaf)
        if window is None:
            return NO
        inside = sorted(at for at in moments if window[0] <= at <= window[1])
        return Answer(True, inside[at_least - 1]) if len(inside) >= at_least else NO

    # --- what they are ----------------------------------------------------------------------------
    def field(self, leaf: dict[str, Any]) -> Answer:
        return Answer(compare(leaf, self.person.get(leaf["field"]), self.now, self.zone))

    def score(self, leaf: dict[str, Any]) -> Answer:
        return Answer(compare(leaf, self.person.score, self.now, self.zone))

    def email_valid(self, leaf: dict[str, Any]) -> Answer:
        return Answer(bool(self.person.email))

    def phone_valid(self, leaf: dict[str, Any]) -> Answer:
        return Answer(bool(self.person.phone))

    def consent(self, leaf: dict[str, Any]) -> Answer:
        state, since = self.person.consents.get(leaf["subject"], ("unknown", None))
        return Answer(state == leaf.get("state", "in"), since if state == leaf.get("state", "in") else None)

    def tag(self, leaf: dict[str, Any]) -> Answer:
        held = self.person.tags.get(leaf["is"])
        by = leaf.get("by", "anyone")
        if held is None or (by == "person" and not held.by_person) or (by == "workflow" and not held.by_workflow):
            return NO
        if not leaf.get("since") and not leaf.get("within"):
            return Answer(True, held.since)
        return self.counted(leaf, [held.since])

    def list(self, leaf: dict[str, Any]) -> Answer:
        since = self.person.lists.get(leaf["is"])
        return Answer(since is not None, since)

    def segment(self, leaf: dict[str, Any]) -> Answer:
        return self.ask(self.segments[leaf["is"]])

    def now_is(self, leaf: dict[str, Any]) -> Answer:
        wall = self.now.astimezone(self.zone)
        day, at = wall.date().isoformat(), wall.strftime("%H:%M")
        start, end = leaf.get("from") or "00:00", leaf.get("to") or "24:00"
        return Answer(
            (not leaf.get("weekdays") or wall.isoweekday() in leaf["weekdays"])
            and (leaf.get("first") or day) <= day <= (leaf.get("last") or day)
            and (start <= at < end if start < end else at >= start or at < end)
        )

    def workflow(self, leaf: dict[str, Any]) -> Answer:
        """Is inside another workflow, or has left it."""
        runs = [run for run in self.person.runs if run.workflow.index == leaf["is"] and run.outcome != "holdout"]
        if leaf.get("did", "inside") == "inside":
            return self.counted(leaf, [run.started_at for run in runs if run.status == "active"])
        wanted = (None, *[run.outcome for run in runs]) if not leaf.get("outcome") else (leaf["outcome"],)
        return self.counted(leaf, [run.ended_at for run in runs if run.ended_at and run.outcome in wanted])

    def step(self, leaf: dict[str, Any]) -> Answer:
        """By which way, or with which result, the run last came through an earlier step."""
        visits = [visit for visit in self.run.visits if visit.node == leaf["node"]] if self.run else []
        if not visits or leaf["is"] not in (visits[-1].port, visits[-1].result):
            return NO
        return Answer(True, visits[-1].left_at)

    # --- what they did ----------------------------------------------------------------------------
    def happened(self, leaf: dict[str, Any], name: str, fits: Callable[[dict[str, Any]], bool]) -> Answer:
        moments = [one.occurred_at for one in self.person.events if one.name == name and fits(one.properties)]
        return self.counted(leaf, moments, leaf.get("at_least", 1))

    def event(self, leaf: dict[str, Any]) -> Answer:
        return self.happened(leaf, leaf["name"], lambda has: self.fit(leaf.get("where", []), has))

    def purchase(self, leaf: dict[str, Any]) -> Answer:
        worth = [
            {"property": "value", "op": op, "value": leaf[key]}
            for key, op in (("value_from", "gte"), ("value_to", "lte"))
            if leaf.get(key) is not None
        ]
        return self.happened(leaf, "purchase", lambda has: self.fit([*worth, *leaf.get("where", [])], has))

    def fit(self, filters: list[dict[str, Any]], has: dict[str, Any]) -> bool:
        return all(compare(one, has.get(one["property"]), self.now, self.zone) for one in filters)

    def visited(self, leaf: dict[str, Any]) -> Answer:
        def fits(has: dict[str, Any]) -> bool:
            stayed = has.get("seconds")
            long = not leaf.get("seconds") or (isinstance(stayed, int) and stayed >= leaf["seconds"])
            return long and like(leaf["url"], has.get("url"))

        return self.happened(leaf, "page_visited", fits)

    # --- messages ---------------------------------------------------------------------------------
    def message(self, leaf: dict[str, Any]) -> Answer:
        did, node = leaf.get("did", "opened"), leaf.get("node")
        window = self.window(leaf)
        if window is None:
            return NO
        if node is None:
            own = [one for one in self.person.messages if leaf.get("any") or one.content == leaf["content"]]
            return first(self.acts(leaf, own, *window))
        if self.run is None:
            return NO
        mine = [one for one in self.person.messages if one.run is self.run]
        # What sends S again counts for S ...
        own = [one for one in mine if one.node == node or self.run.version.same_as.get(one.node) == node]
        if did != "skipped" and not any(one.accepted_at for one in own):
            return NO
        found = self.acts(leaf, own, *window)
        original = self.run.version.same_as.get(node)
        handed = [one.accepted_at for one in mine if one.node == node and one.accepted_at]
        if original and handed and did in ("opened", "clicked"):
            # ... and an open of what this node repeats counts for it too, from the moment that it sent.
            again = [one for one in mine if one.node == original]
            found += self.acts(leaf, again, max(window[0], min(handed)), window[1])
        return first(found)

    def acts(self, leaf: dict[str, Any], messages: list[Message], start: datetime, end: datetime) -> list[datetime]:
        """When it was done with these messages, between these moments."""
        did, moments = leaf.get("did", "opened"), []
        for one in messages:
            if did == "skipped":
                moments += [one.planned_at] if one.status == "skipped" else []
            elif one.accepted_at is None:
                continue  # nothing can be done with what was not handed over
            elif did == "sent" or (did == "bounced" and one.status == "bounced"):
                moments.append(one.accepted_at)
            elif did == "delivered" and one.delivered_at:
                moments.append(one.delivered_at)
            elif did == "replied":
                replies = [event for event in self.person.events if event.name == "message_replied"]
                moments += [event.occurred_at for event in replies if event.properties["message"] is one]
            elif did in ("opened", "clicked") and every_single(leaf):
                # Every single one counts.
                moments += [
                    hit.at
                    for hit in one.hits
                    if (leaf.get("machines") or not hit.machine)
                    and (hit.link or did == "opened")
                    and (not leaf.get("link") or like(leaf["link"], hit.link))
                ]
            elif did in ("opened", "clicked"):
                # The message keeps its first open and its first click; clicked implies opened.
                firsts = [one.first(click=True)] + ([one.first(click=False)] if did == "opened" else [])
                moments += [at for at in firsts if at]
        return [at for at in moments if start <= at <= end]


FACTS: dict[str, Callable[[Asking, dict[str, Any]], Answer]] = {
    "field": Asking.field,
    "score": Asking.score,
    "email_valid": Asking.email_valid,
    "phone_valid": Asking.phone_valid,
    "consent": Asking.consent,
    "tag": Asking.tag,
    "list": Asking.list,
    "segment": Asking.segment,
    "now": Asking.now_is,
    "workflow": Asking.workflow,
    "step": Asking.step,
    "event": Asking.event,
    "purchase": Asking.purchase,
    "visited": Asking.visited,
    "message": Asking.message,
}
BEHAVIOUR = ("event", "purchase", "visited", "message")
# The events that can change a fact's answer: who waits for it is looked at when one of them comes.
HEARS = {
    "field": ["field_changed"],
    "score": ["field_changed"],
    "email_valid": ["field_changed"],
    "phone_valid": ["field_changed"],
    "consent": ["consent_changed"],
    "tag": ["tag_added", "tag_removed"],
    "list": ["list_joined", "list_left"],
    "purchase": ["purchase"],
    "visited": ["page_visited"],
    "now": [],
    "step": [],
}


def every_single(leaf: dict[str, Any]) -> bool:
    """Does each open and click count? Else the first says it all: nothing comes before the run or before the hand-off."""
    own = leaf.get("node") and leaf.get("since") in ("run", leaf.get("node"))
    return bool(leaf.get("link") or leaf.get("machines") or ((leaf.get("since") or leaf.get("within")) and not own))


def first(moments: list[datetime]) -> Answer:
    return Answer(True, min(moments)) if moments else NO


def like(pattern: str, address: Any) -> bool:
    """The whole address; * is anything; a pattern that begins with / is a page of any site."""
    text = "".join(".*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", pattern))
    return isinstance(address, str) and bool(re.fullmatch((".*" if pattern.startswith("/") else "") + text, address))


def looking_back(tree: dict[str, Any], to: str) -> dict[str, Any]:
    """How far a wait looks back: behaviour that names no window counts from there. Usually since the message that the branch
    names, and since the arrival for a branch that names none."""
    named = [leaf["node"] for leaf in leaves(tree) if leaf["fact"] == "message" and leaf.get("node")]
    usual = named[0] if named else ARRIVAL

    def rewritten(part: dict[str, Any]) -> dict[str, Any]:
        if "fact" not in part:
            return {kind: [rewritten(one) for one in parts] for kind, parts in part.items()}
        if part["fact"] not in BEHAVIOUR or part.get("since") or part.get("within"):
            return part
        return {**part, "since": (ARRIVAL if to == "arrival" else to) or part.get("node") or usual}

    return rewritten(tree)


def by_clock(tree: dict[str, Any], segments: dict[str, Any]) -> bool:
    """Can time alone change the answer?"""
    for leaf in leaves(tree):
        if leaf["fact"] == "segment" and by_clock(segments[leaf["is"]], segments):
            return True
        dated = leaf["fact"] == "field" and leaf["op"] in ("before", "after", "within_last", "within_next")
        if leaf["fact"] == "now" or dated or (leaf.get("within") and not leaf.get("since")):
            return True
    return False


def leaves(tree: dict[str, Any] | None) -> list[dict[str, Any]]:
    if not tree:
        return []
    if "fact" in tree:
        return [tree]
    return [leaf for parts in tree.values() for part in parts for leaf in leaves(part)]


def topics(tree: dict[str, Any] | None, segments: dict[str, Any]) -> set[str]:
    """The names of the events on which the answer depends."""
    found: set[str] = set()
    for leaf in leaves(tree):
        if leaf["fact"] == "segment":
            found |= topics(segments[leaf["is"]], segments)
        elif leaf["fact"] == "event":
            found.add(leaf["name"])
        elif leaf["fact"] == "workflow":
            found.add(f"workflow:{leaf['is']}")
        elif leaf["fact"] == "message":
            did = leaf.get("did", "opened")
            found |= {f"message_{did}"} | ({"message_clicked"} if did == "opened" else set())
            if did in ("opened", "clicked") and every_single(leaf) and (leaf.get("since") or leaf.get("within")):
                found |= {"message_clicked_again"} | ({"message_opened_again"} if did == "opened" else set())
        else:
            found |= set(HEARS[leaf["fact"]])
    return found
