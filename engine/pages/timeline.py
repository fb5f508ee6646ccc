"""What happened to a contact, newest first, in words: events, messages, workflows left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from contacts.models import CHANNELS, Contact, Event, List, Topic
from engine import outcomes
from engine.messaging.models import Message, Status
from engine.models import Run

SHOWN = 40
KINDS = (
    ("messages", "Messages"),
    ("workflows", "Workflows"),
    ("site", "Visits and purchases"),
    ("profile", "Tags, lists and consents"),
)


@dataclass(frozen=True)
class Item:
    at: datetime
    kind: str
    icon: str
    tint: str
    title: str
    words: str = ""
    href: str = ""


def items(
    contact: Contact, runs: Sequence[Run], messages: Sequence[Message], labels: Mapping[int, str], *, kind: str = ""
) -> list[Item]:
    """The latest of everything. Three queries: events, names of lists and topics; the rest is handed in.

    `labels` names each message: its content, else its step.
    """
    events = list(Event.objects.filter(contact=contact).order_by("-occurred_at", "-id")[: SHOWN * 3])
    found = [*_of_messages(messages, labels), *_of_runs(runs), *_of_events(_joined(events))]
    shown = [item for item in found if not kind or item.kind == kind]
    return sorted(shown, key=lambda item: item.at, reverse=True)[:SHOWN]


def _of_messages(messages: Iterable[Message], labels: Mapping[int, str]) -> Iterable[Item]:
    for message in messages:
        icon = {"email": "mail", "sms": "message-2"}.get(message.channel, "bell-ringing")
        channel = CHANNELS.get(message.channel, message.channel)
        status = Status(message.status)
        state = "on its way" if status in (Status.PLANNED, Status.CLAIMED) else status.label.replace("_", " ")
        tint = "danger" if status in (Status.BOUNCED, Status.REJECTED, Status.COMPLAINED) else "messages"
        if status in (Status.SKIPPED, Status.CANCELLED):
            tint, icon = "end", "mail-off" if message.channel == "email" else icon
        at = message.accepted_at or message.planned_at
        yield Item(at, "messages", icon, tint, labels[message.pk], f"{channel}, {state}")
        if message.clicked_at:
            title = f"Clicked in {labels[message.pk]}"
            yield Item(message.clicked_at, "messages", "click", "messages", title, channel)
        if message.opened_at and not (message.clicked_at and message.opened_at == message.clicked_at):
            title = f"Opened {labels[message.pk]}"
            yield Item(message.opened_at, "messages", "mail-opened", "messages", title, channel)
        if message.machine_opens:
            n = message.machine_opens
            title = f"{n} open{'s' * (n != 1)} by {'scanners' if n > 2 else 'a scanner'}"
            yield Item(at, "messages", "mail-opened", "end", title, "Not counted")


def _of_runs(runs: Iterable[Run]) -> Iterable[Item]:
    for run in runs:
        href = f"/workflows/{run.workflow_id}/?view=live&run={run.pk}"
        if run.ended_at:
            tint = "danger" if run.outcome == "failed" else "end"
            words = outcomes.words(run.outcome)
            yield Item(run.ended_at, "workflows", "flag-3", tint, f"Left {run.workflow.name}", words, href)


def _joined(events: Sequence[Event]) -> Iterable[tuple[Event, list[str]]]:
    """Consents said in one breath become one line: the event, and all the subjects that were meant."""
    last: tuple[Event, list[str]] | None = None
    for event in events:
        subject = str(event.properties.get("subject", ""))
        if (
            last is not None
            and event.name == last[0].name == "consent_changed"
            and event.properties.get("state") == last[0].properties.get("state")
            and abs((event.occurred_at - last[0].occurred_at).total_seconds()) < 60
        ):
            last[1].append(subject)
            continue
        if last is not None:
            yield last
        last = (event, [subject])
    if last is not None:
        yield last


def _of_events(events: Iterable[tuple[Event, list[str]]]) -> Iterable[Item]:
    names = {**CHANNELS, **dict(Topic.objects.values_list("slug", "label"))}
    lists = dict(List.objects.values_list("slug", "name"))
    for event, subjects in events:
        said = _say(event.name, event.properties or {}, [names.get(one, one) for one in subjects], lists)
        if said is not None:
            kind, icon, tint, title, words = said
            yield Item(event.occurred_at, kind, icon, tint, title, words)


def _say(
    name: str, told: Mapping[str, Any], subjects: list[str], lists: Mapping[str, str]
) -> tuple[str, str, str, str, str] | None:
    """Kind, icon, tint, title, words. None: told already by the message or run itself."""

    def text(key: str) -> str:
        value = told.get(key)
        return "" if value is None else str(value)[:200]

    match name:
        case "message_sent" | "message_opened" | "message_clicked" | "message_opened_again" | "message_clicked_again":
            return None
        case "message_bounced":
            return "messages", "mail-x", "danger", "A message came back", text("error")
        case "message_unsubscribed":
            return "messages", "mail-off", "end", "Unsubscribed", "From a message"
        case "contact_added":
            return "profile", "user-plus", "start", "Contact added", text("source")
        case "purchase":
            order = text("order_id")
            return "site", "bolt", "start", f"Bought for {money(told)}", f"Order {order}" if order else ""
        case "page_visited":
            seconds = told.get("seconds")
            stay = f"{_stay(int(seconds))} on the page" if isinstance(seconds, int | float) else ""
            page = text("title") or urlsplit(text("url")).path or "a page"
            return "site", "world", "site", f"Read “{page}”", stay or urlsplit(text("url")).netloc
        case "tag_added" | "tag_removed":
            verb = "added" if name == "tag_added" else "removed"
            return "profile", "tag", "contact", f"Tag “{text('tag')}” {verb}", ""
        case "list_joined" | "list_left":
            verb = "Joined" if name == "list_joined" else "Left"
            return "profile", "list-check", "contact", f"{verb} {lists.get(text('list'), text('list'))}", "List"
        case "consent_changed":
            yes = told.get("state") == "in"
            subjects = [one[:1].lower() + one[1:] if one == "E-mail" else one for one in subjects]
            listed = ", ".join(subjects[:-1]) + (" and " if len(subjects) > 1 else "") + subjects[-1]
            return "profile", "shield-check", "contact", f"Said {'yes' if yes else 'no'} to {listed}", text("source")
        case "field_changed":
            new = told.get("new")
            field = text("field").replace("_", " ").capitalize()
            return "profile", "user-edit", "contact", f"{field} changed", "Emptied" if new is None else str(new)[:120]
    return "site", "bolt", "start", name.replace("_", " ").capitalize(), ""


def money(told: Mapping[str, Any]) -> str:
    """€38.00; the bare number where no currency was told."""
    value = told.get("value")
    if not isinstance(value, int | float):
        return "an unknown sum"
    sign = {"EUR": "€", "USD": "$", "GBP": "£", "PLN": "zł "}.get(str(told.get("currency", "")), "")
    return f"{sign}{value:,.2f}"


def _stay(seconds: int) -> str:
    minutes, rest = divmod(max(seconds, 0), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
