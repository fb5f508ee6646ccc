"""What a simulation takes along from the real database: the contact with everything of theirs, and what drawings refer to.

Read in the caller's thread with plain SELECTs; nothing is locked. Every model stands in one of the groups below, or is found by
its columns (a test says so), so that a table added later comes along by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import F

from builder import graph, names
from builder.models import Workflow, WorkflowVersion
from contacts.models import CHANNELS, Contact, Field, List, Segment, Suppression, Tag, Topic, Workspace
from contacts.normalise import address_hash
from engine.messaging.models import Content, ContentVersion, Hit, Link, Message
from engine.models import Lane, Run, RunStatus

LABELS = ("contacts", "builder", "messaging", "engine")
# Small, and any step or condition may ask for them.
WHOLE: tuple[type[models.Model], ...] = (Workspace, Field, List, Segment, Tag, Topic)
MOST_WHOLE = 5_000
# Of a contact's own rows the newest: more would change no answer that a person could follow.
MOST_OWN = 2_000
# What has no part in a simulation: counts, bells, files, and what people did to the house.
LEFT_OUT = frozenset(
    {
        "contacts.Import",
        "contacts.Reject",
        "contacts.ConsentProof",
        "messaging.Caught",
        "messaging.Wording",
        # Nobody but the one person comes in, and by the trigger that was chosen.
        "engine.Alarm",
        "engine.Backfill",
        "engine.Notice",
        "engine.NoticeMail",
        "engine.Failure",
        "engine.Bell",
        "engine.Beat",
        "engine.Counter",
        "engine.Daily",
        "engine.Move",
        "engine.Refusal",
        "engine.Effect",
        "engine.Watch",
        "builder.Scenario",
    }
)
# Taken along by `world` itself.
CHOSEN = frozenset(
    {
        "contacts.Contact",
        "contacts.Suppression",
        "builder.Workflow",
        "builder.WorkflowVersion",
        "messaging.Content",
        "messaging.ContentVersion",
        "messaging.Link",
        *(model._meta.label for model in WHOLE),
    }
)
MOST_DOCUMENTS = 20

Rows = list[Sequence[models.Model]]


def group_of(model: type[models.Model]) -> str | None:
    """How this model comes along: chosen, left out, contact, message, workflow; None if nobody has said."""
    if model._meta.label in CHOSEN:
        return "chosen"
    if model._meta.label in LEFT_OUT:
        return "left out"
    columns = {field.attname for field in model._meta.concrete_fields}
    for column, group in (("contact_id", "contact"), ("message_id", "message"), ("workflow_id", "workflow")):
        if column in columns:
            return group
    return None


def world(workflow: Workflow, document: dict[str, Any], contact_id: int | None) -> Rows:
    """All rows for this drawing and this contact (None: an invented one). A fixed number of queries for each drawing followed."""
    documents, workflows = _drawings(workflow, document)
    rows: Rows = [list(model._base_manager.all()[:MOST_WHOLE]) for model in WHOLE]
    rows.append(workflows)
    message_ids: list[int] = []
    content_versions: set[int] = set()
    versions = {one.live_version_id for one in workflows if one.live_version_id}
    if contact_id is not None:
        person = Contact.objects.filter(pk=contact_id)
        rows.append(list(person))
        for model in _of_group("contact"):
            found = list(_newest(model._base_manager.filter(contact_id=contact_id)))
            if model is Message:
                message_ids = [row.pk for row in found]
                content_versions = {row.content_version_id for row in found if row.content_version_id}
            elif model is Run:
                versions |= {row.version_id for row in found if row.status == RunStatus.ACTIVE}
                for row in found:
                    row.lane = Lane.HELD  # what they do elsewhere stands still
            rows.append(found)
        for model in _of_group("message"):
            found = list(model._base_manager.filter(message_id__in=message_ids)[:MOST_OWN])
            if model is Hit:
                rows.append(list(Link.objects.filter(pk__in={row.link_id for row in found if row.link_id})))
            rows.append(found)
    for model in _of_group("workflow"):
        rows.append(list(model._base_manager.filter(workflow_id__in=[one.pk for one in workflows])[:MOST_OWN]))
    rows.append(list(WorkflowVersion.objects.filter(pk__in=versions)))
    rows += _contents(documents, content_versions)
    rows.append(list(_suppressed(contact_id)))
    return rows


def _of_group(group: str) -> Iterable[type[models.Model]]:
    for label in LABELS:
        for model in apps.get_app_config(label).get_models():
            if group_of(model) == group:
                yield model


def _newest(rows: models.QuerySet[Any]) -> Iterable[Any]:
    key = rows.model._meta.pk
    if isinstance(key, models.CompositePrimaryKey):
        return rows[:MOST_OWN]
    return rows.order_by("-pk")[:MOST_OWN]


def _drawings(workflow: Workflow, document: dict[str, Any]) -> tuple[list[Any], list[Workflow]]:
    """The drawing, and those of all workflows that it (or one of them) names, as they are live."""
    documents, workflows, wanted = [document], {workflow.pk: workflow}, _named(document)
    while wanted and len(documents) < MOST_DOCUMENTS:
        found = list(Workflow.objects.filter(pk__in=wanted - set(workflows)).select_related("live_version"))
        wanted = set()
        for one in found:
            workflows[one.pk] = one
            if one.live_version is not None:
                documents.append(one.live_version.document)
                wanted |= _named(one.live_version.document)
        wanted -= set(workflows)
    return documents, list(workflows.values())


def _named(document: Any) -> set[int]:
    """Every id that stands in a setting called `workflow` or `workflows`: enter_workflow, leave_workflow, the workflow fact."""
    found: set[int] = set()
    stack = [document]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in ("workflow", "workflows", "target"):
                    several = inner if isinstance(inner, list) else [inner]
                    found |= {one for one in several if type(one) is int and 0 < one < 2**31}
                stack.append(inner)
        elif isinstance(value, list):
            stack.extend(value)
    return found


def _contents(documents: Iterable[Any], sent_versions: set[int]) -> Rows:
    ids: set[int] = set()
    for document in documents:
        ids |= names.content_ids(graph.parse(document))
    newest = ContentVersion.objects.filter(content_id__in=ids, number=F("content__number"))
    sent = ContentVersion.objects.filter(pk__in=sent_versions).defer("html", "text")
    versions = {row.pk: row for row in newest}
    for row in sent:
        if row.pk not in versions:
            # Only that it was this content counts for what was sent long ago.
            row.html = row.text = ""
            versions[row.pk] = row
    ids |= {row.content_id for row in versions.values()}
    contents = []
    for content in Content.objects.filter(pk__in=ids).defer("html", "text"):
        content.html = content.text = ""
        contents.append(content)
    return [contents, list(versions.values())]


def _suppressed(contact_id: int | None) -> Iterable[Suppression]:
    contact = Contact.objects.filter(pk=contact_id).first() if contact_id is not None else None
    if contact is None:
        return []
    hashes = {address_hash(channel, address) for channel in CHANNELS for address in _addresses(contact)}
    return Suppression.objects.filter(address_hash__in=hashes)


def _addresses(contact: Contact) -> list[str]:
    return [address for address in (contact.email, contact.phone) if address]
