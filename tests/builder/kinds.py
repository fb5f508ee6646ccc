"""Small node kinds, so that the builder is tested without the engine. The real ones have their own tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Field, field_validator

from builder.nodes import Names, NodeKind, Port, Problem, Settings
from contacts import conditions
from contacts.durations import parse, words

NEXT = Port("next", "Next")
WHEN = {"x-widget": "condition"}


class Trigger(NodeKind):
    """Lets people in."""

    kind, label, icon, group, ports = "trigger", "Trigger", "player-play", "start", (NEXT,)
    example = {"on": "contact_added"}

    class Settings(Settings):
        on: str = "contact_added"
        filter: dict[str, Any] | None = Field(None, title="Only people who", json_schema_extra=WHEN)

    @classmethod
    def summary(cls, settings: Any, names: Names) -> str:
        return "Anyone new, once each"


class Email(NodeKind):
    """Sends an e-mail."""

    kind, label, icon, group = "email", "E-mail", "mail", "messages"
    ports = (NEXT, Port("skipped", "Skipped", "skipped"), Port("failed", "Failed", "failed"))
    example = {"content": None, "same_as": None}

    class Settings(Settings):
        content: int | None = Field(None, title="E-mail", json_schema_extra={"x-widget": "content"})
        same_as: str | None = Field(None, title="Same as", json_schema_extra={"x-widget": "message_node"})
        subject: str = Field("", title="Own subject", max_length=50)

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        if node.settings.get("content") is None and not node.settings.get("same_as"):
            yield Problem(node.id, "content", "No e-mail is chosen")

    @classmethod
    def summary(cls, settings: Any, names: Names) -> str:
        return f"“{settings.subject or names.subject(settings.content or 0) or names.content(settings.content or 0)}”"


class Sms(NodeKind):
    """Sends a text."""

    kind, label, icon, group, ports = "sms", "SMS", "message-2", "messages", (NEXT,)
    example = {"text": "Hello"}

    class Settings(Settings):
        text: str = Field("", title="Text")


class Wait(NodeKind):
    """Holds people for a while."""

    kind, label, icon, group, ports = "wait", "Wait", "clock", "timing", (NEXT,)
    example = {"duration": "P1D"}

    class Settings(Settings):
        duration: str = Field(title="Duration", json_schema_extra={"x-widget": "duration", "x-noun": "the wait"})

    @classmethod
    def summary(cls, settings: Any, names: Names) -> str:
        return f"Wait {words(settings.duration)}"

    @classmethod
    def holds_s(cls, settings: Any) -> float:
        return parse(settings.duration).approximate_seconds()


class Way(BaseModel):
    port: str = Field(pattern=r"^b[1-8]$")
    name: str = ""
    when: dict[str, Any] = Field(title="When", json_schema_extra=WHEN)


class WaitUntil(NodeKind):
    """Waits until something happens, or the time is up."""

    kind, label, icon, group = "wait_until", "Wait until", "hourglass", "timing"
    ports = (Port("timeout", "Time is up", "timeout"),)
    branch_field = "branches"
    example = {
        "branches": [{"port": "b1", "name": "Vip", "when": {"all": [{"fact": "tag", "is": "vip"}]}}],
        "timeout": "P2D",
    }

    class Settings(Settings):
        branches: list[Way] = Field(title="Ways out", min_length=1, max_length=8)
        timeout: str = Field(title="Limit", json_schema_extra={"x-widget": "duration", "x-noun": "the limit"})

        @field_validator("timeout")
        @classmethod
        def bounded(cls, value: str) -> str:
            if not 60 <= parse(value).approximate_seconds() <= 366 * 86_400:
                raise ValueError("The limit lies between 1 minute and 1 year.")
            return value

    @classmethod
    def summary(cls, settings: Any, names: Names) -> str:
        return f"Waits up to {words(settings.timeout)}"


class Condition(NodeKind):
    """Asks one question."""

    kind, label, icon, group = "condition", "Condition", "arrows-split-2", "logic"
    ports = (Port("yes", "Yes", "yes"), Port("no", "No", "no"))
    example = {"when": {"all": [{"fact": "tag", "is": "vip"}]}}

    class Settings(Settings):
        when: dict[str, Any] = Field(title="Yes, if", json_schema_extra=WHEN)

    @classmethod
    def summary(cls, settings: Any, names: Names) -> str:
        return conditions.sentence(settings.when, names)


class Lists(NodeKind):
    """Puts people on lists."""

    kind, label, icon, group, ports = "list", "List", "list-check", "contact", (NEXT,)
    example = {"add": ["newsletter"]}

    class Settings(Settings):
        add: list[str] = Field(default_factory=list, title="Put on", json_schema_extra={"x-widget": "lists"})


class GoTo(NodeKind):
    """Sends people back to an earlier step, a few times."""

    kind, label, icon, group = "go_to", "Go to", "arrow-iteration", "logic"
    ports = (Port("done", "Done", "no"),)
    example = {"target": "n1"}
    may_jump = True

    class Settings(Settings):
        target: str = Field(title="Target", json_schema_extra={"x-widget": "node"})

    @classmethod
    def jumps(cls, settings: Any) -> Iterable[str]:
        return [settings.target]


class Exit(NodeKind):
    """Ends the path."""

    kind, label, icon, group = "exit", "Exit", "flag-3", "end"
    example = {"outcome": "completed"}
    settings_version = 2

    class Settings(Settings):
        outcome: str = Field("completed", title="Ends as")

    @classmethod
    def upgrade(cls, settings: dict[str, Any], version: int) -> dict[str, Any]:
        # The first release called it "result".
        return {"outcome": settings.get("result", "completed"), **settings} if version < 2 else settings

    @classmethod
    def summary(cls, settings: Any, names: Names) -> str:
        return f"Ends as “{settings.outcome}”"


ALL = [Trigger, Email, Sms, Wait, WaitUntil, Condition, Lists, GoTo, Exit]
