"""Erase contacts: their rows go from every table; proof of consent stays, keyed by a hash."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction

from contacts import holdings, locks
from contacts.models import ConsentProof, Contact, Reject
from contacts.normalise import address_hash

_CHUNK = 500


def erase(contact_ids: Collection[int]) -> int:
    """Delete these contacts everywhere and answer how many there were. Calling twice is safe.

    Suppressions stay: they hold no address. Hooks of other apps act in the same transaction. On SQLite freed
    pages are overwritten and the write-ahead log is emptied, or the address would stay in the file.
    """
    wanted = sorted(set(contact_ids))
    erased = 0
    with _overwriting():
        for start in range(0, len(wanted), _CHUNK):
            with transaction.atomic():
                erased += _erase(wanted[start : start + _CHUNK])
    return erased


def _erase(ids: list[int]) -> int:
    existing = sorted(locks.lock_existing(ids))
    contacts = list(Contact.objects.filter(pk__in=existing))
    if not contacts:
        return 0
    for hook in holdings.erasers:
        hook(contacts)
    _keep_proof(existing)
    hashes = {address_hash("email", contact.email) for contact in contacts if contact.email}
    hashes |= {address_hash("sms", contact.phone) for contact in contacts if contact.phone}
    Reject.objects.filter(address_hash__in=hashes).delete()
    LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Contact), object_id__in=[str(pk) for pk in existing]
    ).delete()
    for holding in holdings.holdings():
        if holding.model is not ConsentProof:
            holding.of(existing).delete()
    Contact.objects.filter(pk__in=existing).delete()
    return len(contacts)


def _keep_proof(ids: list[int]) -> None:
    # The append-only manager refuses updates; erasure is the one exception, and only takes away.
    models.QuerySet(ConsentProof).filter(contact_id__in=ids).update(contact=None, address="", ip="", agent="")


class _overwriting:
    """On SQLite, overwrite what is freed meanwhile and truncate the log afterwards. Elsewhere nothing."""

    def __enter__(self) -> None:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA secure_delete = ON")

    def __exit__(self, *failure: object) -> None:
        if connection.vendor == "sqlite":
            transaction.on_commit(self._truncate, robust=True)

    @staticmethod
    def _truncate() -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = OFF")
            # Readers may hold it back; the next erasure or the next checkpoint does it then.
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
