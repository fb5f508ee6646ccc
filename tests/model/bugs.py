"""Bugs planted into the engine, one at a time. Each must make it differ from the reference model.

`needed`: so many worlds, drawn from 0 on, show it; 0: it was not counted yet, and is looked for in `make soak`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any
from unittest import mock

from django.db.models import Count, Max

from contacts import consents, durations, events, tags
from contacts.conditions import windows
from engine import effects, entry, moving, program, runner, scope, sql, triggers, wake
from engine.batch import Batch
from engine.messaging import acts, asked, delivery, gate, hits, receipts, writing
from engine.steps import exit as exits
from engine.steps import go_to, message, split, update_contact, wait, wait_until

Planting = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Bug:
    name: str
    plant: Planting
    needed: int

    def __str__(self) -> str:
        return self.name


def put(owner: Any, name: str, value: Any) -> Planting:
    """Put this in place of the engine's own."""
    return lambda: mock.patch.object(owner, name, value)


def around(owner: Any, name: str, change: Callable[..., Any]) -> Planting:
    """Call `change(the engine's own, ...)` instead of the engine's own."""

    @contextmanager
    def plant() -> Any:
        own = getattr(owner, name)
        is_class_method = isinstance(vars(owner).get(name), classmethod)

        def changed(*args: Any, **kwargs: Any) -> Any:
            return change(own, *(args[1:] if is_class_method else args), **kwargs)

        with mock.patch.object(owner, name, classmethod(changed) if is_class_method else changed):
            yield

    return plant


def both(*plants: Planting) -> Planting:
    @contextmanager
    def plant() -> Any:
        with ExitStack() as stack:
            for one in plants:
                stack.enter_context(one())
            yield

    return plant


# --- changes that need more than a word -------------------------------------------------------------
def with_settings(**values: Any) -> Callable[..., Any]:
    """Run a step under other settings."""

    def run(own: Any, batch: Batch) -> None:
        kept = batch.settings
        batch.settings = kept.model_copy(update={key: change(getattr(kept, key)) for key, change in values.items()})
        own(batch)
        batch.settings = kept

    return run


def renamed_ports(own: Any, counts: Any) -> None:
    own({(version, node, "no" if port == "yes" else port): n for (version, node, port), n in counts.items()})


def doubled_entries(own: Any, counts: Any) -> None:
    own({key: n + (key[2] == "+entered" and n > 1) for key, n in counts.items()})


def only_when_waiting(own: Any, batch: Batch, tokens: Any) -> None:
    """Whose time is up has lost, whatever came before."""
    late = [token for token in tokens if token.deadline <= batch.now_us]
    for token in late:
        batch.go(token, "timeout")
    own(batch, [token for token in tokens if token not in late])


def order_of_branches(own: Any, batch: Batch, tokens: Any, **bounds: Any) -> None:
    batch.settings.branches.reverse()
    own(batch, tokens, **bounds)
    batch.settings.branches.reverse()


def in_utc(own: Any, self: Any, at: Any, zone: Any = UTC) -> Any:
    return own(self, at, UTC)


def without_audience(own: Any, self: Any, candidates: Any, reason: str, tree: Any) -> Any:
    return candidates if reason == "audience" else own(self, candidates, reason, tree)


def without_filter(own: Any, self: Any, candidates: Any, reason: str, tree: Any) -> Any:
    return candidates if reason == "no_match" else own(self, candidates, reason, tree)


def open_although(reason: str) -> Callable[..., Any]:
    def refuse_if(own: Any, self: Any, candidates: Any, why: str, unfit: Any) -> Any:
        return candidates if why == reason else own(self, candidates, why, unfit)

    return refuse_if


def nothing_but_the_address(own: Any, self: Any, person: Any, stopped: Any) -> Any:
    return own(self, person, stopped) if person.id not in self.hashes else None


def no_topic(own: Any, self: Any, person: Any, stopped: Any) -> Any:
    found = own(self, person, stopped)
    return None if found in ("no_topic_consent", "topic_opted_out") else found


def service_like_marketing(
    own: Any, self: Any, channel: str, purpose: str, topic: str, *args: Any, **more: Any
) -> None:
    own(self, channel, "marketing" if purpose == "service" else purpose, topic, *args, **more)


class LetsEverybody(gate.Verdicts):
    @property
    def reasons(self) -> Any:  # type: ignore[override]
        return {contact: None if contact in self.hashes else "no_address" for contact in self.asked}


def keyless(own: Any, rows: Any) -> Any:
    return list(rows)


def as_of_now(own: Any, rows: Any, **more: Any) -> Any:
    return own([replace(row, occurred_at=None) for row in rows], **more)


def unheard(own: Any, name: str, pairs: Any, cause: Any) -> Any:
    return [] if name == "tag_added" else own(name, pairs, cause)


def same_depth(own: Any, self: Batch) -> Any:
    return [(tokens, depth - 1) for tokens, depth in own(self)]


def not_stopping(own: Any, *args: Any, **more: Any) -> Any:
    made = own(*args, **more)
    return replace(made, nodes={name: replace(node, on_error="continue") for name, node in made.nodes.items()})


def all_enabled(own: Any, *args: Any, **more: Any) -> Any:
    made = own(*args, **more)
    return replace(made, nodes={name: replace(node, enabled=True) for name, node in made.nodes.items()})


def all_distinct(own: Any, *args: Any, **more: Any) -> Any:
    return replace(own(*args, **more), same_as={})


def arriving_anew(own: Any, move: Any, runs: Any) -> None:
    from contacts import clock

    for run in runs:
        run.entered_at = clock.now()
    own(move, runs)


def to_the_end(own: Any, self: Any, anchor: int, row: Any, moments: Any) -> Any:
    return anchor, self._end(row)


def from_the_start(own: Any, self: Any, anchor: int, row: Any, moments: Any) -> Any:
    return windows.EVER, own(self, anchor, row, moments)[1]


def beyond_the_deadline(own: Any, *args: Any, **more: Any) -> Any:
    return own(*args, **{**more, "until_deadline": False})


def newest_first(own: Any, **more: Any) -> Any:
    return sorted(own(**more), key=lambda row: -row[0])


BUGS = [
    Bug("a deadline comes a microsecond late", around(Batch, "later", lambda own, *a: own(*a) + 1), 11),
    Bug("an event at the very deadline is late", around(
        wait_until.WaitUntil, "_in_time", lambda own, batch, token, at: own(batch, token, at) and at != token.deadline), 0),
    Bug("the time that is up wins over what came before", around(wait_until.WaitUntil, "_return", only_when_waiting), 0),
    Bug("what came after the deadline counts", around(scope.RunScope, "of", beyond_the_deadline), 0),
    Bug("the last branch wins a tie", around(wait_until.WaitUntil, "_arrive", order_of_branches), 0),
    Bug("a wait looks back for ever", put(wait_until.conditions, "looking_back", lambda tree, to="": tree), 0),
    Bug("an open before the send counts", around(windows.Span, "around", from_the_start), 0),
    Bug("a window after a step never ends", around(windows.Span, "around", to_the_end), 0),
    Bug("days ignore the change of clocks", around(durations.Duration, "add_to", in_utc), 0),
    Bug("the contact's zone is the workspace's", both(
        put(wait.Batch, "zone", lambda self, token: self.work.zone),
        put(__import__("engine.batch", fromlist=["zone_of"]), "zone_of", lambda name, home: home)), 18),
    Bug("an entry slot is free once a run has ended", put(program.Program, "keeps_slot", False), 101),
    Bug("an entry slot is kept for ever", put(program.Program, "keeps_slot", True), 1),
    Bug("the cooldown runs from the entry", put(entry, "Max", lambda name: Max("started_at")), 5),
    Bug("nobody counts the entries", around(entry._Desk, "_within_limits", lambda own, self, turn: turn), 2),
    Bug("one entry too many", put(entry, "Count", lambda name, **only: Count(name, **only) - 1), 18),
    Bug("the audience is not asked", around(entry._Desk, "ask", without_audience), 14),
    Bug("the trigger's filter is not asked", around(entry._Desk, "ask", without_filter), 10),
    Bug("a paused workflow lets in", around(entry._Desk, "refuse_if", open_although("paused")), 4),
    Bug("a workflow lets in before it starts", around(entry._Desk, "refuse_if", open_although("not_started")), 7),
    Bug("a workflow lets in after its end", around(entry._Desk, "refuse_if", open_although("over")), 220),
    Bug("chains of workflows never end", around(entry._Desk, "refuse_if", open_although("loop")), 0),
    Bug("the depth of a chain is not raised", around(Batch, "by_depth", same_depth), 2),
    Bug("a paused workflow goes on", put(runner.sql, "paused_workflows", set), 20),
    Bug("restart leaves the active run alone", put(entry.ending, "end", lambda *a, **k: 0), 10),
    Bug("triggers by their order, not the events'", put(triggers, "defaultdict", lambda kind: _Flat() if kind is int else __import__("collections").defaultdict(kind)), 10),
    Bug("the same key is recorded twice", around(events, "_once", keyless), 1),
    Bug("what happened earlier happened now", around(events, "record_many", as_of_now), 1),
    Bug("a tag leaves no event", around(tags, "_emit", unheard), 2),
    Bug("an event wakes nobody", put(wake, "ring", lambda *a, **k: 0), 8),
    Bug("a run does not hear its own events", put(wake.Heard, "ring", lambda *a, **k: None), 0),
    Bug("counted at the wrong way out", around(sql, "add_counts", renamed_ports), 1),
    Bug("who enters together is counted once too often", around(sql, "add_counts", doubled_entries), 1),
    Bug("split by the visit, not by the contact", around(split.Split, "run", with_settings(sticky=lambda kept: False)), 15),
    Bug("weights one percent off", put(split, "position", lambda *a: split_position(*a) + 1), 0),
    Bug("sent back once too often", around(go_to.GoTo, "run", with_settings(max_loops=lambda kept: kept + 1)), 0),
    Bug("a switched-off step works", around(program, "compile_document", all_enabled), 26),
    Bug("an error never stops", around(program, "compile_document", not_stopping), 0),
    Bug("a resend's opens do not count for its original", around(program, "compile_document", all_distinct), 0),
    Bug("in doubt counts as failed", put(message, "SENT", message.SENT - {message.Status.IN_DOUBT}), 29),
    Bug("consent is ignored", around(gate.Verdicts, "_reason", nothing_but_the_address), 1),
    Bug("consent to the topic is ignored", around(gate.Verdicts, "_reason", no_topic), 13),
    Bug("service mail needs a yes", around(gate.Verdicts, "__init__", service_like_marketing), 38),
    Bug("the gate is asked once only", put(writing, "Verdicts", LetsEverybody), 0),
    Bug("a hard bounce stops nothing", put(receipts.suppressions, "suppress", lambda *a, **k: None), 0),
    Bug("an opt-in lifts no unsubscribe", put(consents.suppressions, "lift_unsubscribes", lambda *a: None), 0),
    Bug("opens by machines count", put(hits, "classify", lambda call: (hits.HitClass.HUMAN, [])), 38),
    Bug("a click is no open", both(
        put(acts, "act_columns", lambda leaf: acts_of(leaf)[:1]), put(asked, "act_columns", lambda leaf: acts_of(leaf)[:1])), 0),
    Bug("the provider is tried four times only", put(delivery, "TRIES", 4), 0),
    Bug("a message is tried again at once", put(delivery, "_BACKOFF", (delivery.timedelta(0),) * 4), 28),
    Bug("a run that has ended still sends", put(effects, "cancel", lambda *a, **k: None), 0),
    Bug("who is moved begins to wait anew", around(moving, "_move", arriving_anew), 0),
    Bug("an exit forgets its tags", put(exits.tags, "add", lambda *a, **k: []), 2),
    Bug("a counter is set, not raised", around(
        update_contact.UpdateContact, "_wanted", lambda own, changes, contact: own(changes, None)), 0),
    Bug("jitter by the contact alone", put(wait, "position", lambda workflow, node, contact, salt: split_position(workflow, node, contact)), 0),
    Bug("a contact's newest run goes first", around(runner.sql, "claim", newest_first), 0),
]  # fmt: skip
split_position, acts_of = split.position, acts.act_columns


class _Flat(dict):  # type: ignore[type-arg]
    """Every event is a contact's first."""

    def __missing__(self, key: int) -> int:
        return 0

    def __setitem__(self, key: int, value: int) -> None:
        pass


assert len({bug.name for bug in BUGS}) == len(BUGS) >= 30
