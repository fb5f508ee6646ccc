from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import tzinfo
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import BaseModel, Field, field_validator

from builder.checks.anchors import doubts
from builder.nodes import Names, Port, Settings
from builder.problem import Problem
from contacts import conditions
from contacts.clock import from_micros, to_micros
from contacts.conditions import Verdict
from contacts.durations import parse, words
from contacts.models import Event
from engine.batch import Batch, Token
from engine.models import Lane
from engine.steps.base import Step


class Way(BaseModel):
    port: str = Field(pattern=r"^b[1-8]$")
    name: str = Field("", max_length=60)
    when: dict[str, Any] = Field(title="Goes on as soon as", json_schema_extra={"x-widget": "condition"})
    look_back: str = Field(
        "",
        title="What counts",
        max_length=64,
        description="Empty: since the message that it names was sent, else since they came here. Or arrival, run, or a step.",
        json_schema_extra={"x-widget": "look_back"},
    )

    @cached_property
    def tree(self) -> Any:
        """The condition with its look-back put in."""
        return conditions.looking_back(self.when, conditions.ARRIVAL if self.look_back == "arrival" else self.look_back)


class _True(NamedTuple):
    """A branch that is true: since when, in microseconds, where that is known."""

    at: int | None
    number: int
    why: list[Any]


class WaitUntilSettings(Settings):
    branches: list[Way] = Field(
        min_length=1, max_length=8, title="Go on as soon as", json_schema_extra={"x-widget": "branches"}
    )
    timeout: str = Field(
        "P2D", title="Or, if nothing happens, after", json_schema_extra={"x-widget": "duration", "x-noun": "the limit"}
    )

    @field_validator("timeout")
    @classmethod
    def _within_reason(cls, value: str) -> str:
        if not 60 <= parse(value).approximate_seconds() <= 366 * 86_400:
            raise ValueError("The limit lies between 1 minute and 1 year")
        return value


class WaitUntil(Step):
    """People wait here until a branch comes true or the time is up, never both. An open before they arrive counts too, as long as
    it came after the send.

    What counts is what they do after the message that a branch names was sent, or else after they came here; each branch can look
    further back, to another step or to the beginning of the run. The first thing to happen wins.
    """

    kind = "wait_until"
    label = "Wait until"
    icon = "hourglass"
    group = "timing"
    ports = (Port("timeout", "Time is up", "timeout"),)
    branch_field = "branches"
    branch_tone = "yes"
    listens = True
    example = {
        "branches": [
            {"port": "b1", "name": "Bought", "when": {"all": [{"fact": "purchase", "since": "run"}]}},
        ],
        "timeout": "P2D",
    }
    Settings = WaitUntilSettings

    @classmethod
    def run(cls, batch: Batch) -> None:
        fresh: list[Token] = []
        moved: list[Token] = []
        waiting: list[Token] = []
        for token in batch.tokens:
            if token.deadline is not None:
                waiting.append(token)
                continue
            token.deadline = batch.later(token, batch.settings.timeout)
            # Who was taken along to another version came earlier than now, and the row says when.
            (fresh if token.entered_at == batch.now_us else moved).append(token)
        if fresh:
            cls._arrive(batch, fresh, arrived=batch.now_us)
        if moved:
            cls._arrive(batch, moved)
        if waiting:
            cls._return(batch, waiting)

    @classmethod
    def _arrive(cls, batch: Batch, tokens: list[Token], **bounds: Any) -> None:
        """All branches in order: the first that is true already is taken."""
        seen: dict[int, list[Any]] = {token.id: [] for token in tokens}
        rest = tokens
        for way in batch.settings.branches:
            verdicts = conditions.decide(way.tree, batch.scope(rest, **bounds)) if rest else {}
            still = []
            for token in rest:
                value, why, at = verdicts[token.id]
                if value and cls._in_time(batch, token, None if at is None else to_micros(at)):
                    batch.go(token, way.port, why)
                else:
                    seen[token.id] += why
                    still.append(token)
            rest = still
        cls._stay(batch, rest, seen)

    @classmethod
    def _in_time(cls, batch: Batch, token: Token, at: int | None) -> bool:
        deadline = token.deadline or 0
        return batch.now_us < deadline if at is None else at <= deadline

    @classmethod
    def _return(cls, batch: Batch, tokens: list[Token]) -> None:
        """Woken by an event, or the time is up: of the branches that are true, the first to have come true; a tie goes by order."""
        found: dict[int, list[_True]] = {token.id: [] for token in tokens}
        seen: dict[int, list[Any]] = {token.id: [] for token in tokens}
        for number, way in enumerate(batch.settings.branches):
            asked = tokens
            if any(cls._is_up(batch, token) for token in tokens) and conditions.by_clock(way.tree):
                # What comes true by time alone is never the reason to go on: nobody asks because the time is up.
                asked = [token for token in tokens if not cls._is_up(batch, token)]
            # A late event changes nothing: behaviour counts up to the deadline, also when we look later.
            verdicts = cls._verdicts(batch, way.tree, asked) if asked else {}
            for token in asked:
                value, why, at = verdicts[token.id]
                if value:
                    found[token.id].append(_True(None if at is None else to_micros(at), number, why))
                else:
                    seen[token.id] += why
        moments = cls._moments(batch, [token for token in tokens if cls._needs_moments(batch, token, found[token.id])])
        rest = []
        for token in tokens:
            won: list[tuple[int, int, list[Any]]] = []
            for true_at, number, why in found[token.id]:
                since = moments.get((token.id, number)) if true_at is None else true_at
                if cls._in_time(batch, token, since):
                    won.append((batch.now_us if since is None else since, number, why))
            if won:
                _, number, why = min(won, key=lambda one: one[:2])
                batch.go(token, batch.settings.branches[number].port, why)
            else:
                rest.append(token)
        cls._stay(batch, rest, seen)

    @classmethod
    def _verdicts(cls, batch: Batch, tree: Any, tokens: list[Token]) -> dict[int, Verdict]:
        """Where the clock was set back behind somebody's arrival, what has just happened counts: it woke them, so it came after."""
        ahead = [token for token in tokens if token.entered_at > batch.now_us]
        found = conditions.decide(tree, batch.scope(tokens, until_deadline=True))
        if ahead:
            just_now = batch.now_us - 60_000_000
            found |= conditions.decide(tree, batch.scope(ahead, until_deadline=True, arrived=just_now))
        return found

    @classmethod
    def _is_up(cls, batch: Batch, token: Token) -> bool:
        return (token.deadline or 0) <= batch.now_us and token.lane != Lane.FAST

    @classmethod
    def _needs_moments(cls, batch: Batch, token: Token, found: list[_True]) -> bool:
        """What a contact has says not since when. That matters if it could be too late, or if two branches came true."""
        return any(true.at is None for true in found) and (len(found) > 1 or (token.deadline or 0) <= batch.now_us)

    @classmethod
    def _moments(cls, batch: Batch, tokens: list[Token]) -> dict[tuple[int, int], int]:
        """(run, branch) -> when the last event came, before the deadline, that can have made the branch true. One query."""
        if not tokens:
            return {}
        topics = [conditions.topics(way.tree) for way in batch.settings.branches]
        rows = Event.objects.filter(
            contact_id__in={token.contact_id for token in tokens},
            name__in=set().union(*topics),
            occurred_at__gte=from_micros(min(token.entered_at for token in tokens)),
        )
        happened: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for contact_id, name, occurred_at in rows.values_list("contact_id", "name", "occurred_at"):
            happened[contact_id].append((name, to_micros(occurred_at)))
        found: dict[tuple[int, int], int] = {}
        for token in tokens:
            for number, names in enumerate(topics):
                for name, at in happened[token.contact_id]:
                    if name in names and token.entered_at <= at <= min(token.deadline or at, batch.now_us):
                        found[token.id, number] = max(at, found.get((token.id, number), 0))
        return found

    @classmethod
    def _stay(cls, batch: Batch, tokens: list[Token], seen: dict[int, list[Any]]) -> None:
        topics = cls.topics(batch.settings) if tokens else []
        for token in tokens:
            deadline = token.deadline or 0
            if deadline <= batch.now_us:
                batch.go(token, "timeout", [*seen[token.id], ["timeout", batch.settings.timeout]])
            else:
                batch.park(token, deadline, topics)

    @classmethod
    def topics(cls, settings: WaitUntilSettings) -> list[str]:
        return sorted(set().union(*(conditions.topics(way.tree) for way in settings.branches)))

    @classmethod
    def ports_of(cls, settings: Any) -> tuple[Port, ...]:
        ports = super().ports_of(settings)
        timeout = settings.get("timeout")
        try:
            label = f"After {words(timeout)}"
        except (ValueError, TypeError, AttributeError):  # a draft may hold anything here
            return ports
        return tuple(Port("timeout", label, "timeout") if port.name == "timeout" else port for port in ports)

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        for index, way in enumerate(node.settings.get("branches", ())):
            if not conditions.leaves(way.get("when")):
                yield Problem(
                    node.id, f"branches.{index}.when", f"“{way.get('name') or way['port']}” waits for nothing yet"
                )
            back = way.get("look_back") or ""
            if back not in ("", "arrival", "run") and back not in graph.nodes:
                yield Problem(
                    node.id,
                    f"branches.{index}.look_back",
                    f"The step “{back}” does not exist any more. Choose another.",
                )
            elif back in graph.nodes and (doubt := doubts(back, node, graph, names)):
                yield Problem(node.id, f"branches.{index}.look_back", doubt, "warning")

    @classmethod
    def summary(cls, settings: WaitUntilSettings, names: Names) -> str:
        return f"Waits up to {words(settings.timeout)}"

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] != "timeout":
            return None
        text = words(entry[1])
        return f"The {text} were up." if not text.startswith("1 ") else f"The {text[2:]} was up."
