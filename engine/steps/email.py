from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from engine.batch import Batch
from engine.messaging.models import ContentVersion
from engine.steps.message import MessageStep

PURPOSES: dict[str, Any] = {
    "marketing": "Marketing: needs consent",
    "service": "Service: unless they said no to e-mail",
    "transactional": "Transactional: they asked for it",
}


class EmailSettings(Settings):
    content: int | None = Field(None, title="E-mail", json_schema_extra={"x-widget": "content", "x-channel": "email"})
    same_as: str | None = Field(
        None,
        title="Or send again",
        description="The content of an earlier e-mail step, once more. An open of it counts for that step too.",
        json_schema_extra={"x-widget": "message_node", "x-channel": "email"},
    )
    subject: str = Field("", title="Own subject", max_length=250, description="Empty: the content's own.")
    preheader: str = Field("", title="Own preview text", max_length=250)
    from_name: str = Field("", title="From name", max_length=100)
    from_email: str = Field("", title="From address", max_length=200)
    purpose: Literal["marketing", "service", "transactional"] = Field(
        "marketing", title="Purpose", json_schema_extra={"x-widget": "select", "x-labels": PURPOSES}
    )
    track: bool = Field(True, title="Count opens and clicks")


class Email(MessageStep):
    """Sends an e-mail to whoever may get it. Who has no address or no consent goes out by Skipped, or simply on if it leads nowhere;
    the path says why.
    """

    kind = "email"
    label = "E-mail"
    icon = "mail"
    channel = "email"
    example = {"content": None, "same_as": None, "subject": "", "purpose": "marketing"}
    Settings = EmailSettings

    @classmethod
    def written(cls, batch: Batch) -> tuple[int | None, dict[str, Any] | None, str]:
        settings, source = batch.settings, batch.settings
        while source.same_as:
            source = batch.program.nodes[source.same_as].settings
        newest = ContentVersion.objects.filter(content_id=source.content).order_by("-number")
        version, topic = newest.values_list("id", "topic").first() or (None, "")
        body: dict[str, Any] = {
            name: getattr(settings, name)
            for name in ("subject", "preheader", "from_name", "from_email")
            if getattr(settings, name)
        }
        if not settings.track:
            body["track"] = False
        return version, body or None, topic

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        settings = node.settings
        if settings.get("same_as"):
            if not settings.get("subject"):
                yield Problem(node.id, "subject", "Its own subject is empty")
        elif settings.get("content") is None:
            yield Problem(node.id, "content", "No e-mail is chosen")

    @classmethod
    def summary(cls, settings: EmailSettings, names: Names) -> str:
        if settings.same_as:
            return "Resend, with its own subject"
        if settings.content is None:
            return "No e-mail chosen yet"
        return f"“{settings.subject or names.subject(settings.content) or names.content(settings.content)}”"
