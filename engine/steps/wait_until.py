from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from pydantic import BaseModel, Field, field_validator

from builder.nodes import Names, Port, Settings
from builder.problem import Problem
from contacts import conditions
from contacts.clock import to_micros
from contacts.durations import parse, words
from engine.batch import Batch, Token
from engine.steps.base import Step


class Way(BaseModel):
    port: str = Field(pattern=r"^b[1-8]$")
    name: str = Field("", max_length=60)
    when: dict[str, Any] = Field(title="Goes on as soon as", json_schema_extra={"x-widget": "condition"})


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

    Give each branch its own window ("since it was sent", "since they came in"). The first thing to happen wins.
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
        arriving = [token for token in batch.tokens if token.deadline is None]
        waiting = [token for token in batch.tokens if token.deadline is not None]
        if arriving:
            for token in arriving:
                token.deadline = batch.later(token, batch.settings.timeout)
            cls._ask(batch, arriving, returned=False)
        if waiting:
            cls._ask(batch, waiting, returned=True)

    @classmethod
    def _ask(cls, batch: Batch, tokens: list[Token], *, returned: bool) -> None:
        """Test all branches; the one that came true first wins, a tie goes by their order."""
        # (when, branch number) of the earliest branch that is true, and what was seen on the way
        best: dict[int, tuple[int, int]] = {}
        seen: dict[int, list[Any]] = {token.id: [] for token in tokens}
        for number, way in enumerate(batch.settings.branches):
            # A late event changes nothing: behaviour counts up to the deadline, also when we look later.
            verdicts = conditions.decide(way.when, batch.scope(tokens, until_deadline=returned))
            for token in tokens:
                verdict = verdicts[token.id]
                if verdict.value:
                    at = to_micros(verdict.at) if verdict.at is not None else batch.now_us
                    if token.id not in best or at < best[token.id][0]:
                        best[token.id] = (at, number)
                        seen[token.id] = verdict.why
                elif token.id not in best:
                    seen[token.id] = seen[token.id] + verdict.why
        topics = cls.topics(batch.settings)
        for token in tokens:
            won = best.get(token.id)
            deadline = token.deadline or 0
            # What depends on the contact's state alone has no moment of its own: it must hold before the time is up.
            if won is not None and (won[0] <= deadline or batch.now_us < deadline):
                batch.go(token, batch.settings.branches[won[1]].port, seen[token.id])
            elif deadline <= batch.now_us:
                batch.go(token, "timeout", [*seen[token.id], ["timeout", batch.settings.timeout]])
            else:
                batch.park(token, deadline, topics)

    @classmethod
    def topics(cls, settings: WaitUntilSettings) -> list[str]:
        return sorted(set().union(*(conditions.topics(way.when) for way in settings.branches)))

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

    @classmethod
    def summary(cls, settings: WaitUntilSettings, names: Names) -> str:
        return f"Waits up to {words(settings.timeout)}"

    @classmethod
    def why_words(cls, entry: list[Any], names: Names, zone: tzinfo) -> str | None:
        if entry[0] != "timeout":
            return None
        text = words(entry[1])
        return f"The {text} were up." if not text.startswith("1 ") else f"The {text[2:]} was up."
