"""Opens and clicks as they come in: who it was, what it changes, and the event that wakes runs.

Sources: Apple's Mail Privacy Protection loads every picture through its proxies under the bare agent "Mozilla/5.0"; mail gateways follow
links and load pictures before anybody reads; Gmail and Yahoo fetch pictures through proxies of theirs, but when the mail is opened.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction

from contacts import clock, events, locks
from contacts.events import NewEvent
from engine.messaging.models import Hit, HitClass, HitKind, Link, Message
from engine.messaging.tokens import HONEYPOT

# Kept for one message, of its opens and of its clicks, of people's and of machines': more say nothing new. A mailbox that opens it
# for the thousandth time must not hide the first click.
MOST_HITS = 200
TOGETHER_US = 5_000_000
AT_ONCE_S = 3

_SCANNERS = re.compile(
    r"barracuda|proofpoint|mimecast|bitdefender|symantec|messagelabs|sophos|fireeye|trellix|safelinks|trendmicro|ironport"
    r"|forcepoint|cloudmark|spamassassin|virustotal|urlscan|phishtank|checkpoint|zscaler|mailscanner|linkcheck"
    r"|slackbot|twitterbot|facebookexternalhit|linkedinbot|whatsapp|telegrambot|discordbot|skypeuripreview|bingpreview"
    r"|googlebot|bingbot|yandexbot|duckduckbot|applebot|petalbot|ahrefsbot|semrushbot|headlesschrome|phantomjs"
    r"|\b(?:bot|crawler|spider)\b",
    re.IGNORECASE,
)
_PRIVACY_PROXIES = re.compile(r"Mozilla/5\.0|.*\bDuckDuckGo-Email\b.*", re.IGNORECASE)
# They fetch when the mail is opened, but say nothing about the reader.
_PICTURE_PROXIES = re.compile(r"GoogleImageProxy|ggpht\.com|YahooMailProxy|Outlook-iOS-Proxy", re.IGNORECASE)
_SCRIPTS = re.compile(
    r"curl|wget|python|java/|go-http-client|okhttp|libwww|httpclient|node-fetch|axios|ruby|perl", re.IGNORECASE
)
_PREFETCH = ("purpose", "sec-purpose", "x-purpose", "x-moz")


class Call(NamedTuple):
    """What a request tells about who made it."""

    method: str
    agent: str
    headers: Mapping[str, str]  # lower-case names
    since_sent_s: float | None = None
    honeypot: bool = False
    links_together: int = 1  # different links of the message within five seconds, this one included
    honeypot_before: bool = False


def classify(call: Call) -> tuple[HitClass, list[str]]:
    """Human, machine or unsure, with the reasons as codes. One sign of a machine is enough; doubt counts as a person's."""
    machine = []
    if call.method == "HEAD":
        machine.append("head")
    if any("prefetch" in call.headers.get(name, "") or "preview" in call.headers.get(name, "") for name in _PREFETCH):
        machine.append("prefetch")
    if _SCANNERS.search(call.agent):
        machine.append("scanner")
    if _PRIVACY_PROXIES.fullmatch(call.agent.strip()):
        machine.append("privacy_proxy")
    if call.honeypot:
        machine.append("honeypot")
    if call.honeypot_before:
        machine.append("after_honeypot")
    if call.links_together >= 3:
        machine.append("three_links")
    if machine:
        return HitClass.MACHINE, machine
    unsure = []
    if not call.agent.strip():
        unsure.append("no_agent")
    if _PICTURE_PROXIES.search(call.agent):
        unsure.append("picture_proxy")
    if _SCRIPTS.search(call.agent):
        unsure.append("script")
    if call.since_sent_s is not None and call.since_sent_s < AT_ONCE_S:
        unsure.append("at_once")
    return (HitClass.UNSURE, unsure) if unsure else (HitClass.HUMAN, [])


def opened(message_id: int, *, method: str, agent: str, headers: Mapping[str, str]) -> HitClass | None:
    """The pixel of a message was loaded. None if the message is gone. One transaction."""
    return _hit(message_id, None, HitKind.OPEN, method, agent, headers)


def clicked(message_id: int, link_id: int, *, method: str, agent: str, headers: Mapping[str, str]) -> HitClass | None:
    """A link of a message was followed; HONEYPOT is the one that no person sees."""
    return _hit(message_id, link_id, HitKind.CLICK, method, agent, headers)


def _hit(
    message_id: int, link_id: int | None, kind: HitKind, method: str, agent: str, headers: Mapping[str, str]
) -> HitClass | None:
    contact_id = Message.objects.filter(pk=message_id).values_list("contact_id", flat=True).first()
    if contact_id is None:
        return None
    with transaction.atomic():
        # The contact's lock makes "the first one" true and keeps its events in order.
        locks.lock([contact_id])
        message = Message.objects.filter(pk=message_id).first()
        if message is None:
            return None
        before = list(Hit.objects.filter(message=message).order_by("-id")[: 4 * MOST_HITS])
        now = clock.now()
        # In a simulation days pass within a millisecond: its own clock says what came together.
        wall = clock.to_micros(now) if clock.is_simulated() else time.time_ns() // 1_000
        recent = [hit for hit in before if hit.kind == HitKind.CLICK and wall - hit.wall_at <= TOGETHER_US]
        together = {hit.link_id for hit in recent} | ({link_id} if kind is HitKind.CLICK else set())
        verdict, reasons = classify(
            Call(
                method=method,
                agent=agent,
                headers=headers,
                since_sent_s=(now - message.accepted_at).total_seconds() if message.accepted_at else None,
                honeypot=kind is HitKind.CLICK and link_id == HONEYPOT,
                links_together=len(together) if kind is HitKind.CLICK else 1,
                honeypot_before=any(hit.link_id == HONEYPOT for hit in recent),
            )
        )
        machine = verdict is HitClass.MACHINE
        alike = sum(one.kind == kind and (one.verdict == HitClass.MACHINE) is machine for one in before)
        if alike >= MOST_HITS:
            return verdict
        hit = Hit.objects.create(
            message=message,
            link_id=link_id,
            at=now,
            wall_at=wall,
            kind=kind,
            verdict=verdict,
            reasons=" ".join(reasons),
            agent=_clean(agent),
        )
        if verdict is not HitClass.MACHINE:
            _count(message, hit, before)
        else:
            message.machine_opens += kind is HitKind.OPEN
            if {"three_links", "honeypot"} & set(reasons):
                _take_back(message, [one for one in recent if one.verdict != HitClass.MACHINE], before, reasons[-1])
            message.save(update_fields=["machine_opens", "opened_at", "clicked_at"])
    return verdict


def _count(message: Message, hit: Hit, before: list[Hit]) -> None:
    """A person's, or perhaps: the message's moments, and an event for what is the first of its kind."""
    told = {
        "message": message.pk,
        "node": message.node,
        "run": message.run_id,
        "workflow": message.workflow_id,
        "content": message.content_version.content_id if message.content_version else None,
        "class": HitClass(hit.verdict).label,
    }
    new = []
    if message.opened_at is None:
        message.opened_at = hit.at
        new.append(("message_opened", told, "open"))
    elif hit.kind == HitKind.OPEN:
        new.append(("message_opened_again", told, "open"))
    if hit.kind == HitKind.CLICK:
        seen = {one.link_id for one in before if one.kind == HitKind.CLICK and one.verdict != HitClass.MACHINE}
        if message.clicked_at is None:
            message.clicked_at = hit.at
        if hit.link_id not in seen:
            url = Link.objects.filter(pk=hit.link_id or 0).values_list("url", flat=True).first() or ""
            new.append(("message_clicked", {**told, "link": hit.link_id, "url": url}, "click"))
        else:
            new.append(("message_clicked_again", {**told, "link": hit.link_id}, "click"))
    if new:
        message.save(update_fields=["opened_at", "clicked_at"])
        # The hit's id makes the key: which hit is the first was decided under the lock.
        rows = [
            NewEvent(message.contact_id, name, properties, occurred_at=hit.at, key=f"{what}:{message.pk}:{hit.pk}")
            for name, properties, what in new
        ]
        events.record_many(rows, lock=False)


def _take_back(message: Message, wrong: list[Hit], before: list[Hit], reason: str) -> None:
    """The hits just before were the same machine's: they count no more. What they woke has gone on; the record is right again."""
    for hit in wrong:
        hit.verdict, hit.reasons = HitClass.MACHINE, f"{hit.reasons} {reason}".strip()
        hit.save(update_fields=["verdict", "reasons"])
    people = [one for one in before if one.verdict != HitClass.MACHINE]
    clicks = [one.at for one in people if one.kind == HitKind.CLICK]
    message.clicked_at = min(clicks, default=None)
    message.opened_at = min((one.at for one in people), default=None)


def _clean(agent: str) -> str:
    return "".join(letter for letter in agent[:200] if letter.isprintable())
