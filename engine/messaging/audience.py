"""Audiences: lists of people that a workflow keeps, for download as CSV and for advertising systems."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import Any

from contacts import clock, sql
from contacts.models import Contact
from engine.messaging.models import AudienceMember

COLUMNS = ("email", "phone", "first_name", "last_name", "language")
_PHONE = re.compile(r"\+\d{5,18}")


def add(audience: str, contact_ids: Sequence[int]) -> None:
    """Put contacts into an audience; who is in stays since when they came. One statement."""
    now = clock.to_micros(clock.now())
    rows = [(contact, audience, now) for contact in sorted(set(contact_ids))]
    sql.insert(AudienceMember, ("contact_id", "audience", "since"), rows, "(audience, contact_id) DO NOTHING")


def remove(audience: str, contact_ids: Sequence[int]) -> None:
    AudienceMember.objects.filter(audience=audience, contact_id__in=list(contact_ids)).delete()


def carry(payload: dict[str, Any], contact_ids: Sequence[int]) -> str:
    """Carry out an `audience` step: {"audience", "destinations", "action"}. "" or why it was refused; raises SendError.

    Safe to call twice: both the list and Google Ads take the same person once. Google Ads that is not connected is left out.
    """
    from engine.messaging.senders import google_ads

    name = str(payload.get("audience") or "")[:100]
    if not name:
        return "The audience has no name."
    adding = payload.get("action", "add") != "remove"
    # Google Ads first: if it fails, the step is tried again as a whole.
    if "google_ads" in payload.get("destinations", ()):
        account = google_ads.Account.configured()
        if account is not None:
            google_ads.upload(account, name, contact_ids, adding=adding)
    (add if adding else remove)(name, contact_ids)
    return ""


def safe_cell(value: object) -> str:
    """A value that no spreadsheet takes for a formula (OWASP, CSV injection). Phone numbers keep their plus."""
    text = str(value or "")
    if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "|") and not _PHONE.fullmatch(text):
        return "'" + text
    return text


class _Line:
    """What csv writes into: keeps the line that was written last."""

    line = ""

    def write(self, text: str) -> None:
        self.line = text


def csv_lines(audience: str) -> Iterator[str]:
    """The members as CSV, line by line: streams, however many there are."""
    kept = _Line()
    writer = csv.writer(kept)
    writer.writerow(COLUMNS)
    yield kept.line
    members = AudienceMember.objects.filter(audience=audience).values("contact_id")
    rows = Contact.objects.filter(pk__in=members).order_by("pk").values_list(*COLUMNS)
    for row in rows.iterator(chunk_size=2_000):
        writer.writerow([safe_cell(value) for value in row])
        yield kept.line
