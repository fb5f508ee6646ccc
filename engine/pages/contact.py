"""A contact's page: who it is, what they agreed to, and the way they went through each workflow."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from builder.models import Workflow
from contacts import access, clock, conditions, normalise, suppressions
from contacts.columns import BUILT_IN
from contacts.models import CHANNELS, ConsentProof, Contact, ContactTag, Event, Field, Segment, Tag, Topic
from contacts.views.listing import menu, segments
from contacts.views.page import page
from engine.messaging.models import Message
from engine.models import Run
from engine.pages import timeline
from engine.pages.paths import cards
from engine.pages.troubles import labels_of

RUNS = 10
MESSAGES = 100
SEGMENTS = 60
# Timeline and details are columns of their own on a desk and tabs on a phone.
TABS = (
    ("workflows", "Workflows"),
    ("timeline", "Timeline"),
    ("messages", "Messages"),
    ("activity", "Activity"),
    ("purchases", "Purchases"),
    ("fields", "All fields"),
    ("details", "Details"),
)


def find(pk: int) -> Contact:
    """The contact, or a 404 in words."""
    contact = Contact.objects.filter(pk=min(pk, 2**63 - 1)).first()
    if contact is None:
        raise Http404("This contact does not exist, or was erased.")
    return contact


@access.needs("contact.read")
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """A fixed number of queries for any contact."""
    one = find(pk)
    query = request.GET
    runs = list(Run.objects.filter(contact=one).select_related("workflow").order_by("-started_at", "-id")[:RUNS])
    messages = list(Message.objects.filter(contact=one).order_by("-id")[:MESSAGES])
    labels = _labels(messages)
    purchases = list(Event.objects.filter(contact=one, name="purchase").order_by("-occurred_at")[:MESSAGES])
    shown = cards(runs)
    chosen = query.get("run", "")
    opened = next((card.run.pk for card in shown if str(card.run.pk) == chosen), None)
    if opened is None and shown:
        opened = max(shown, key=lambda card: (len(card.steps), card.run.pk)).run.pk
    counts = {"workflows": len(shown), "messages": len(messages), "purchases": len(purchases)}
    tabs = segments(query, "tab", [(key, label, counts.get(key)) for key, label in TABS], default="workflows")
    tab = query.get("tab", "") if query.get("tab") in dict(TABS) else "workflows"
    kind = query.get("show", "")
    items = timeline.items(one, runs, messages, labels, kind=kind if kind in dict(timeline.KINDS) else "")
    context = {
        "contact": one,
        "tabs": list(zip(dict(TABS), tabs, strict=True)),
        "tab": tab,
        "cards": shown,
        "opened": opened,
        "messages_sent": [(message, labels[message.pk]) for message in messages],
        "purchases": [(event, timeline.money(event.properties or {})) for event in purchases],
        "items": items,
        "show": menu(query, "show", "All activity", timeline.KINDS),
        "fields": fields_of(one) if tab == "fields" else [],
        "workflow_choices": Workflow.objects.filter(status__in=["live", "paused"]).order_by("name").only("name"),
        **profile(one),
        **tags_of(one),
    }
    return page(request, "engine/contact.html", context, here="contacts")


def _labels(messages: list[Message]) -> dict[int, str]:
    """What each message is called: its step, as the marketer named it. At most one query."""
    steps = labels_of({(m.version_id, m.node) for m in messages})
    return {m.pk: steps[m.version_id, m.node] for m in messages}


def profile(one: Contact) -> dict[str, Any]:
    """The left column but for tags: addresses, consents with the proof's dates, lists, segments."""
    said = {state.subject: state for state in one.consents.all()}
    topics = list(Topic.objects.values_list("slug", "label"))
    subjects = [("email", "E-mail"), ("sms", "SMS"), *topics]
    subjects += [(key, label) for key, label in CHANNELS.items() if key not in ("email", "sms")]
    stopped = {
        channel: suppressions.suppressed(channel, [normalise.address_hash(channel, address)])
        for channel, address in (("email", one.email), ("sms", one.phone))
        if address
    }
    return {
        "consents": [(key, label, said.get(key)) for key, label in subjects if key in said or key != "mobile_push"],
        "proofs": list(ConsentProof.objects.filter(contact=one).select_related("by_user")[:100]),
        "lists": list(one.lists.all()),
        "segments": segments_of(one),
        "stopped": {channel: next(iter(found.values()), "") for channel, found in stopped.items()},
        "language": _language(one.language),
        "zone_words": one.time_zone.split("/")[-1].replace("_", " ") if one.time_zone else "",
        "local_time": f"{clock.now().astimezone(_zone(one.time_zone)):%H:%M}" if _zone(one.time_zone) else "",
    }


def segments_of(one: Contact) -> list[Segment]:
    """The segments that hold this contact: one query for the segments, one that asks all of them."""
    rows = list(Segment.objects.all()[:SEGMENTS])
    asked = []
    for row in rows:
        try:
            found = conditions.matching(row.condition, Contact.objects.filter(pk=one.pk))
        except conditions.BadCondition:
            continue  # the page of segments says what is wrong with it
        asked.append(found.order_by().annotate(segment=Value(row.pk)).values_list("segment", flat=True))
    holding = set(asked[0].union(*asked[1:], all=True)) if asked else set()
    return [row for row in rows if row.pk in holding]


def _language(code: str) -> str:
    try:
        return str(translation.get_language_info(code)["name"]) if code else ""
    except KeyError:
        return code


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def tags_of(one: Contact) -> dict[str, Any]:
    rows = ContactTag.objects.filter(contact=one).select_related("tag", "by_user").order_by("since", "id")
    given = list(rows)
    workflows = dict(
        Workflow.objects.filter(pk__in={row.by_workflow for row in given if row.by_workflow}).values_list("pk", "name")
    )
    return {"tags": [(row, workflows.get(row.by_workflow or 0, "")) for row in given]}


def known_tags() -> list[str]:
    """The most used tags, for the input's suggestions."""
    rows = Tag.objects.annotate(n=Count("contact_tags")).order_by("-n", "name")
    return list(rows.values_list("name", flat=True)[:200])


def fields_of(one: Contact) -> list[tuple[str, Any]]:
    """Everything that is known, own columns first."""
    own = [(name.replace("_", " ").capitalize(), getattr(one, name)) for name in BUILT_IN]
    custom = dict(Field.objects.values_list("key", "label"))
    values = one.fields or {}
    known = [(label, values.get(key)) for key, label in custom.items()]
    unknown = [(key, value) for key, value in values.items() if key not in custom]
    return [("Id", one.pk), *own, *known, *unknown]
