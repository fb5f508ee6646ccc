"""Writing contents: checked, saved as a new version only when something changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import transaction
from liquid.exceptions import LiquidError

from contacts import clock
from contacts.conditions import known
from contacts.models import Field, Topic
from engine.messaging import language
from engine.messaging.errors import InUse, Problem, Unsavable
from engine.messaging.links import MOST_LINKS, Rewriting
from engine.messaging.models import Content, ContentVersion, Message
from engine.messaging.prepare import Prepared, Written, prepare
from engine.messaging.segments import count as count_segments
from engine.messaging.template import Template

CHANNELS = ("email", "sms")
WRITTEN = ("subject", "preheader", "html", "text", "topic", "from_name", "from_email")
_LONGEST = {
    "subject": 500,
    "preheader": 500,
    "html": 500_000,
    "text": 100_000,
    "from_name": 200,
    "from_email": 254,
    "topic": 64,
}
_CONTACT = {
    "id", "email", "phone", "external_id", "first_name", "last_name", "name", "language", "time_zone", "score", "fields",
}  # fmt: skip
_WORKSPACE = {"name", "from_name", "from_email", "time_zone"}
_RUN = {"id", "entered_at", "workflow", "workflow_id"}


def save(content: Content, *, user: Any = None) -> list[Problem]:
    """Save what stands in the content's fields; a new version only if they changed. Returns the warnings that remain.

    Raises Unsavable with all problems if there is an error among them; nothing is saved then.
    """
    found = problems(content)
    errors = [problem for problem in found if problem.severity == "error"]
    if errors:
        raise Unsavable(errors)
    with transaction.atomic():
        latest = None
        if content.pk:
            Content.objects.select_for_update().filter(pk=content.pk).first()
            latest = content.versions.order_by("-number").first()
        changed = latest is None or any(getattr(latest, name) != getattr(content, name) for name in WRITTEN)
        if changed:
            content.number = latest.number + 1 if latest else 1
            content.updated_at = clock.now()
            content.updated_by = user if getattr(user, "pk", None) else None
        content.save()
        if changed:
            ContentVersion.objects.create(
                content=content,
                number=content.number,
                created_at=content.updated_at,
                **{name: getattr(content, name) for name in WRITTEN},
            )
    return found


def create(*, name: str, channel: str = "email", user: Any = None, **written: str) -> Content:
    """A new content with its first version. Raises Unsavable."""
    content = Content(name=name, channel=channel, **written)
    save(content, user=user)
    return content


def create_from_library(contents: Mapping[str, Mapping[str, Any]], user: Any = None) -> dict[str, int]:
    """The contents that a library template brings, as {its key: id}. Unknown keys of a newer format are left out."""
    with transaction.atomic():
        return {
            key: create(
                name=str(told.get("name") or key),
                channel=str(told.get("channel") or "email"),
                user=user,
                **{field: str(told[field]) for field in WRITTEN if told.get(field)},
            ).pk
            for key, told in contents.items()
        }


def current(content_ids: Iterable[int]) -> dict[int, int]:
    """The version that a message planned at this moment gets: {content id: version id}. One query."""
    from django.db.models import F

    rows = ContentVersion.objects.filter(content_id__in=set(content_ids), number=F("content__number"))
    return dict(rows.values_list("content_id", "id"))


# Who else uses contents: content id -> words such as "the step Introduction of Lead nurturing".
Uses = Callable[[int], Iterable[str]]
_uses: list[Uses] = []


def on_uses(uses: Uses) -> None:
    """Register who knows where contents are used; asked before one is deleted."""
    if uses not in _uses:
        _uses.append(uses)


def uses(content_id: int) -> list[str]:
    """Where this content is used, in words."""
    return [words for ask in _uses for words in ask(content_id)]


def delete(content: Content) -> None:
    """Delete a content that nothing uses and nobody was sent. Raises InUse with the places."""
    used = uses(content.pk)
    if used:
        raise InUse(f"This content is used by {', '.join(used[:5])}.")
    if Message.objects.filter(content_version__content=content).exists():
        raise InUse("Messages were sent with this content; it stays for their history.")
    content.delete()


def problems(content: Content) -> list[Problem]:
    """All that is wrong, at once. Two queries at most, and only if topics or fields are named."""
    found = list(_shape(content))
    if any(problem.severity == "error" for problem in found):
        return found
    rewriting = Rewriting()
    templates: list[tuple[str, Template]] = []
    for field, escape in (
        ("subject", False),
        ("preheader", True),
        ("from_name", False),
        ("html", True),
        ("text", False),
    ):
        source = str(getattr(content, field))
        try:
            if "__href" in source:
                raise LiquidError("“__href” is a word that Trellis keeps for itself.", token=None)
            template = Template(source, escape=escape)
            if field == "html":
                rewriting.in_html(source)
            elif field == "text":
                rewriting.in_text(source)
        except LiquidError as error:
            found.append(Problem(field, explain(error)))
        else:
            templates.append((field, template))
    templates += [("html", href.template) for href in rewriting.hrefs if href.template]
    found += _links(rewriting)
    found += _variables(templates)
    if content.channel == "sms" and not any(problem.severity == "error" for problem in found):
        found += _length(content.text)
    if not any(problem.severity == "error" for problem in found):
        try:
            prepare_content(content)
        except LiquidError as error:
            found.append(Problem("html" if content.html else "text", explain(error)))
    return found


def text_problems(texts: Mapping[str, str]) -> list[Problem]:
    """What is wrong with texts that stand in a step itself, by its fields: words that are no Liquid, values that stay empty."""
    found: list[Problem] = []
    asked: list[tuple[str, Template | Asked]] = []
    for field, source in texts.items():
        try:
            asked.append((field, _asked(source)))
        except LiquidError as error:
            found.append(Problem(field, explain(error)))
    return [*found, *_variables(asked)]


class Asked(NamedTuple):
    """What a text asks for, as `Template` says it."""

    paths: frozenset[tuple[str, ...]]
    own: frozenset[str]


# A drawing is checked at each save, with all its texts: a quarter of a millisecond each.
@lru_cache(maxsize=8192)
def _asked(source: str) -> Asked:
    if "__href" in source:
        raise LiquidError("“__href” is a word that Trellis keeps for itself.", token=None)
    Rewriting().in_text(source)
    template = Template(source, escape=False)
    return Asked(frozenset(template.paths), frozenset(template.own))


def prepare_content(
    content: Content | ContentVersion,
    body: Mapping[str, Any] | None = None,
    *,
    channel: str = "email",
    footer: bool = True,
) -> Prepared:
    """The content ready to be filled, for previews and checks; not cached."""
    written = Written(**{name: getattr(content, name) for name in WRITTEN}).with_body(body)
    return prepare(written, channel=getattr(content, "channel", channel), footer=footer)


def explain(error: LiquidError) -> str:
    """What Liquid says, as a sentence with the line it means."""
    words = str(error.message if hasattr(error, "message") else error).strip() or "This is not valid Liquid."
    if "unexpected liquid parsing error" in words:
        words = "This is not valid Liquid, or nested too deeply."
    words = words[:1].upper() + words[1:200].rstrip(".") + "."
    token = getattr(error, "token", None)
    if token is None or getattr(token, "start_index", -1) < 0 or not getattr(token, "source", ""):
        return words
    line = token.source.count("\n", 0, token.start_index) + 1
    return f"Line {line}: {words}"


def _shape(content: Content) -> Iterable[Problem]:
    if not content.name.strip():
        yield Problem("name", "The content needs a name.")
    if content.channel not in CHANNELS:
        yield Problem("channel", f"There is no channel “{content.channel[:40]}”; choose email or sms.")
    for field, longest in _LONGEST.items():
        value = getattr(content, field)
        if not isinstance(value, str):
            yield Problem(field, "This must be a text.")
        elif len(value) > longest:
            yield Problem(field, f"This has {len(value):,} characters; {longest:,} are the most.")
        elif "\x00" in value:
            yield Problem(field, "This holds a character that cannot stand in a message.")
    if content.from_email:
        from contacts import normalise

        try:
            normalise.email(content.from_email)
        except ValueError as error:
            yield Problem("from_email", str(error))
    if content.channel == "email" and not content.subject.strip():
        yield Problem("subject", "The e-mail has no subject yet.", "warning")
    if content.channel == "email" and not (content.html.strip() or content.text.strip()):
        yield Problem("html", "The e-mail is empty yet.", "warning")
    if content.channel == "sms" and not content.text.strip():
        yield Problem("text", "The message is empty yet.", "warning")
    if content.topic and not Topic.objects.filter(slug=content.topic).exists():
        yield Problem("topic", f"There is no topic “{content.topic}”, so nobody has consented to it.", "warning")


def _links(rewriting: Rewriting) -> Iterable[Problem]:
    for address in rewriting.dead:
        yield Problem("html", f"The link “{address}” can run code and is not allowed.")
    for address in rewriting.relative:
        yield Problem("html", f"The link “{address}” has no https:// in front and leads nowhere in a mail.", "warning")
    if len(rewriting.hrefs) >= MOST_LINKS:
        yield Problem("html", f"There are more than {MOST_LINKS} links.")


def _variables(templates: Iterable[tuple[str, Template | Asked]]) -> Iterable[Problem]:
    parts: dict[str, set[str]] = {"contact": _CONTACT, "workspace": _WORKSPACE, "run": _RUN}
    own_fields: set[str] | None = None
    told = set()
    named = {name for _, template in templates for name in template.own}
    for field, template in templates:
        for path in sorted(template.paths):
            shown = ".".join(path)
            message = ""
            if path[0] in named:
                continue
            if path[0] not in language.ROOTS:
                message = f"“{shown}” is not known and stays empty; values begin with contact, event, run, steps or workspace."
            elif path[0] in parts and len(path) > 1 and path[1] not in parts[path[0]]:
                message = f"“{shown}” is not known and stays empty."
                if path[0] == "contact":
                    message += f" Own fields are written contact.fields.{path[1]}."
            elif path[:2] == ("contact", "fields") and len(path) > 2:
                if own_fields is None:
                    own_fields = known("field keys", lambda: set(Field.objects.values_list("key", flat=True)))
                if path[2] not in own_fields:
                    message = f"There is no contact field “{path[2]}”; “{shown}” stays empty."
            if message and (field, message) not in told:
                told.add((field, message))
                yield Problem(field, message, "warning")


def _length(text: str) -> Iterable[Problem]:
    parts = count_segments(text).segments
    if parts > 10:
        yield Problem("text", f"The message has {parts} parts; providers take 10 at most.", "warning")


__all__ = [
    "create",
    "create_from_library",
    "current",
    "delete",
    "explain",
    "on_uses",
    "prepare_content",
    "problems",
    "save",
    "text_problems",
    "uses",
]
