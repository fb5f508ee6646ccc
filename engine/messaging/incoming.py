"""Text messages that people send us: STOP ends consent, START renews it, HELP is answered; anything else is a reply.

The words and their meaning are those of the carriers (CTIA Messaging Principles, section 5.1), in the languages we meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from contacts import clock, consents, events, locks, suppressions
from contacts.models import ConsentProof, ConsentState, Contact, Workspace
from contacts.normalise import address_hash
from engine.messaging.models import Message
from engine.messaging.models.message import SENT

CHANNEL, SOURCE = "sms", "text message"
# Whom a text answers: the last one that we sent them, if it is not too long ago.
REPLIES_FOR = timedelta(days=30)

STOP = frozenset(
    [
        "stop",
        "stopall",
        "stopp",
        "unsubscribe",
        "optout",
        "opt-out",
        "revoke",
        "cancel",
        "end",
        "quit",
        "abmelden",
        "arret",
        "arrêt",
        "baja",
        "alto",
        "parar",
        "basta",
        "sair",
        "koniec",
        "wypisz",
        "rezygnuję",
        "rezygnuje",
    ]
)
START = frozenset(["start", "unstop", "optin", "opt-in"])
HELP = frozenset(["help", "info", "hilfe", "pomoc", "aide", "ayuda", "aiuto", "ajuda"])


@dataclass(frozen=True, slots=True)
class Incoming:
    """One text. `phone` in E.164; `key` is the provider's id, by which the same text again changes nothing."""

    key: str
    phone: str
    text: str


def meaning(text: str) -> str:
    """stop, start, help, or "" for a reply. A word counts alone; STOP also with two more, such as "stop it please"."""
    words = [word.strip(".,;:!?\"'") for word in text.casefold().split()]
    if not words:
        return ""
    if (len(words) == 1 and words[0] in STOP) or (words[0] in ("stop", "stopp") and len(words) <= 3):
        return "stop"
    if len(words) == 1:
        return "start" if words[0] in START else "help" if words[0] in HELP else ""
    return ""


def receive(incoming: Incoming) -> str:
    """Take one text, in a transaction of its own; the words to answer with, or "". Safe to repeat.

    A phone may belong to several contacts: all of them are meant. A STOP of a number that nobody has is kept as well.
    """
    what, name = meaning(incoming.text), Workspace.current().name
    with transaction.atomic():
        who = list(Contact.objects.filter(phone=incoming.phone).order_by("pk").values_list("pk", flat=True))
        if who:
            locks.lock(who)
        if what == "stop":
            _stop(incoming, who)
            return f"You get no more texts from {name}. Reply START to get them again."
        if what == "start":
            if _start(incoming, who):
                return f"You get texts from {name} again. Reply STOP to end them."
            return f"You do not get texts from {name} yet: ask for them where you left your number."
        if what == "help":
            return f"Texts from {name}. Reply STOP to get no more of them."
        _reply(incoming, who)
    return ""


def _stop(incoming: Incoming, who: list[int]) -> None:
    if _known(incoming, who):
        return
    suppressions.suppress_hashes(CHANNEL, {address_hash(CHANNEL, incoming.phone)}, "unsubscribe")
    consents.set(who, CHANNEL, "out", source=SOURCE, text=_evidence(incoming), address=incoming.phone, lock=False)
    _record("message_unsubscribed", incoming, who, channel=CHANNEL)


def _start(incoming: Incoming, who: list[int]) -> bool:
    """Renews what was said before; who never agreed has not agreed by this. False: nobody had."""
    said = list(ConsentState.objects.filter(contact_id__in=who, subject=CHANNEL).values_list("contact_id", flat=True))
    if said and not _known(incoming, said):
        consents.set(said, CHANNEL, "in", source=SOURCE, text=_evidence(incoming), address=incoming.phone, lock=False)
    return bool(said)


def _reply(incoming: Incoming, who: list[int]) -> None:
    _record("message_replied", incoming, who, text=incoming.text[:1000])


def _known(incoming: Incoming, who: list[int]) -> bool:
    """Did this very text change a consent already? A START that comes again must not undo a later STOP."""
    return ConsentProof.objects.filter(contact_id__in=who, source=SOURCE, text=_evidence(incoming)).exists()


def _evidence(incoming: Incoming) -> str:
    return f"{incoming.text[:200]} ({incoming.key})"


def _record(name: str, incoming: Incoming, who: list[int], **more: str) -> None:
    """An event for each whom we have written to lately: it is about the last text they got."""
    since = clock.now() - REPLIES_FOR
    sent = Message.objects.filter(contact_id__in=who, channel=CHANNEL, status__in=SENT, accepted_at__gte=since)
    last = {
        message.contact_id: message for message in sent.select_related("content_version").order_by("accepted_at", "pk")
    }
    rows = []
    for contact_id, message in sorted(last.items()):
        told = {
            "message": message.pk,
            "node": message.node,
            "run": message.run_id,
            "workflow": message.workflow_id,
            "content": message.content_version.content_id if message.content_version else None,
            **more,
        }
        rows.append(events.NewEvent(contact_id, name, told, key=f"text:{incoming.key}"))
    events.record_many(rows, lock=False)
