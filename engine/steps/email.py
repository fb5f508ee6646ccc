from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from django.db.models import F
from pydantic import Field

from builder.nodes import Names, Settings
from builder.problem import Problem
from contacts import normalise
from engine.batch import Batch, Token
from engine.messaging.models import ContentVersion
from engine.steps.message import MessageStep
from engine.steps.wording import (
    AutomaticWinner,
    Variant,
    Words,
    by_words,
    chosen,
    repeated,
    source_of,
    text_problems,
    variant_problems,
)

PURPOSES: dict[str, Any] = {
    "marketing": "Marketing: needs consent",
    "service": "Service: unless they said no to e-mail",
    "transactional": "Transactional: they asked for it",
}


POSTPONE: dict[str, Any] = {"postpone": "Wait until it may go", "skip": "Do not send it"}


def held_back(title: str) -> Any:
    """What becomes of a marketing message that may not go right now."""
    return Field("postpone", title=title, json_schema_extra={"x-widget": "select", "x-labels": POSTPONE})


class EmailVariant(Variant):
    content: int | None = Field(
        None,
        title="E-mail",
        description="Empty: that of the step.",
        json_schema_extra={"x-widget": "content", "x-channel": "email"},
    )
    subject: str = Field("", title="Subject", max_length=250)
    preheader: str = Field("", title="Preview text", max_length=250)


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
    variants: list[EmailVariant] = Field(
        default_factory=list,
        title="Variants",
        max_length=5,
        description="Each person gets one of them, always the same. What a variant leaves empty is as above.",
        json_schema_extra={"x-widget": "variants"},
    )
    winner: AutomaticWinner | None = Field(None, title="Automatic winner")
    quiet_hours: Literal["postpone", "skip"] = held_back("In quiet hours")
    cap: Literal["postpone", "skip"] = held_back("After too many messages")
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
    def written(cls, batch: Batch, tokens: Sequence[Token]) -> Iterable[tuple[Words, Sequence[Token]]]:
        node, source = batch.node, source_of(batch)
        sent = repeated(batch, source, tokens) if source is not node else {}
        groups = by_words(tokens, chosen(batch, node, tokens), sent)
        ids = {variant.content for picks, _ in groups for variant in picks if variant and variant.content}
        rows = ContentVersion.objects.filter(
            content_id__in=ids | {source.settings.content}, number=F("content__number")
        ).values_list("content_id", "id", "topic")
        versions = {content: (version, topic) for content, version, topic in rows}
        for (own, original), people in groups:
            content = next((one.content for one in (own, original) if one and one.content), source.settings.content)
            version, topic = versions.get(content, (None, ""))
            yield Words(version, cls._body(batch.settings, own, original), topic), people

    @classmethod
    def _body(cls, settings: Any, own: Any, original: Any) -> dict[str, Any] | None:
        """The words that stand above the content's: the variant's, else the step's, else those of what is sent again."""
        body: dict[str, Any] = {}
        for name in ("subject", "preheader", "from_name", "from_email"):
            told = next((text for one in (own, settings, original) if (text := getattr(one, name, ""))), "")
            if told:
                body[name] = told
        if not settings.track:
            body["track"] = False
        if own or original:
            body["variant"] = (own or original).name
        return body or None

    @classmethod
    def problems(cls, node: Any, graph: Any, names: Names) -> Iterable[Problem]:
        settings = node.settings
        variants = settings.get("variants") or []
        yield from variant_problems(node, variants)
        if settings.get("same_as"):
            if not settings.get("subject") and not all(variant.get("subject") for variant in variants or [{}]):
                yield Problem(node.id, "subject", "Its own subject is empty")
        elif settings.get("content") is None and not (variants and all(one.get("content") for one in variants)):
            yield Problem(node.id, "content", "No e-mail is chosen")
        yield from text_problems(node, ("subject", "preheader", "from_name"))
        if settings.get("from_email"):
            try:
                normalise.email(settings["from_email"])
            except ValueError as error:
                yield Problem(node.id, "from_email", str(error))

    @classmethod
    def summary(cls, settings: EmailSettings, names: Names) -> str:
        tested = f" in {len(settings.variants)} variants" if settings.variants else ""
        if settings.same_as:
            return f"Resend, with its own subject{tested}"
        content = settings.content or next((one.content for one in settings.variants if one.content), None)
        if content is None:
            return "No e-mail chosen yet"
        first = next((one.subject for one in settings.variants if one.subject), "")
        return f"“{settings.subject or first or names.subject(content) or names.content(content)}”{tested}"
