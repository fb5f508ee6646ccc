"""Join two contacts that are one person."""

from __future__ import annotations

from collections import defaultdict

from django.db import models, transaction

from contacts import columns, events, fields, holdings, locks
from contacts.columns import BUILT_IN
from contacts.errors import Gone, Refused
from contacts.models import ConsentState, Contact, ContactTag, Event, ListMember, SegmentMember


class SamePerson(Refused):
    """These are one contact already."""


def merge(keep_id: int, drop_id: int) -> Contact:
    """Give everything of `drop` to `keep` and delete `drop`. Calling twice raises `Gone`.

    Values of `keep` win, its empty ones are filled; of tags and list memberships the older stays; of consents the later
    word counts, and of two at the same moment the no. Scores add up. Runs and messages keep their history: every table
    that holds contacts is rewritten. A hook of another app may refuse (`Refused`), and then nothing has happened.
    """
    if keep_id == drop_id:
        raise SamePerson
    with transaction.atomic():
        if locks.lock_existing([keep_id, drop_id]) != {keep_id, drop_id}:
            raise Gone
        keep, drop = Contact.objects.get(pk=keep_id), Contact.objects.get(pk=drop_id)
        for hook in holdings.mergers:
            hook(keep, drop)
        _join_tags_and_lists(keep, drop)
        _join_consents(keep, drop)
        known = Event.objects.filter(contact=keep, key__isnull=False).values("key")
        Event.objects.filter(contact=drop, key__in=known).delete()
        for holding in holdings.holdings():
            # The base class, because the proof's own queryset refuses every update but this move and erasure.
            models.QuerySet(holding.model).filter(**{holding.column: drop_id}).update(**{holding.column: keep_id})
        values = _joined(keep, drop)
        Contact.objects.filter(pk=drop_id).delete()  # first, for its address is unique
        for key, value in values.items():
            columns.put(keep, key, value)
        fields.save([keep])
        events.record(keep_id, "contact_merged", {"contact": drop_id, "fields": sorted(values)})
        return keep


def _joined(keep: Contact, drop: Contact) -> dict[str, object]:
    values: dict[str, object] = {}
    for key in (*(key for key in BUILT_IN if key != "score"), *drop.fields):
        if columns.get(keep, key) in (None, "") and columns.get(drop, key) not in (None, ""):
            values[key] = columns.get(drop, key)
    if drop.score:
        values["score"] = keep.score + drop.score
    return values


def _join_tags_and_lists(keep: Contact, drop: Contact) -> None:
    for model, column in ((ContactTag, "tag_id"), (ListMember, "list_id"), (SegmentMember, "segment_id")):
        rows: dict[int, list[ContactTag | ListMember | SegmentMember]] = defaultdict(list)
        for row in model.objects.filter(contact_id__in=[keep.pk, drop.pk]).order_by("since", "pk"):
            rows[getattr(row, column)].append(row)
        later = [row.pk for several in rows.values() for row in several[1:]]
        model.objects.filter(pk__in=later).delete()


def _join_consents(keep: Contact, drop: Contact) -> None:
    rows: dict[str, list[ConsentState]] = defaultdict(list)
    for row in ConsentState.objects.filter(contact_id__in=[keep.pk, drop.pk]):
        rows[row.subject].append(row)
    for several in rows.values():
        several.sort(key=lambda row: (row.since, row.state == "out"))
        ConsentState.objects.filter(pk__in=[row.pk for row in several[:-1]]).delete()
