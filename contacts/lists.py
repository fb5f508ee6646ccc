"""Join and leave lists. Only what really changes is written, and leaves an event."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction

from contacts import clock, events, locks, sql
from contacts.among import Among
from contacts.cause import Cause, PerContact
from contacts.errors import Invalid, problem
from contacts.events import NewEvent, Recorded
from contacts.models import List, ListMember


def join(
    contact_ids: Collection[int],
    slugs: Iterable[str],
    *,
    source: str = "",
    by_workflow: int | None = None,
    run_ids: PerContact = None,
    depth: PerContact = 0,
    handled: bool = False,
    lock: bool = True,
) -> list[Recorded]:
    """Put all these contacts on all these lists, which must exist. Answers the `list_joined` events.

    Calling twice is safe. `lock=False`: the caller holds the contacts' locks. Constant number of queries.
    """
    wanted = set(slugs)
    pairs = {(contact_id, slug) for contact_id in contact_ids for slug in wanted}
    cause = Cause(by_workflow, run_ids, depth, handled)
    return join_pairs(pairs, source=source, cause=cause, lock=lock)


def join_pairs(
    pairs: Collection[tuple[int, str]], *, source: str = "", cause: Cause | None = None, lock: bool = True
) -> list[Recorded]:
    """The same for (contact id, slug) pairs that differ from contact to contact."""
    cause = cause or Cause()
    if not pairs:
        return []
    with transaction.atomic():
        pairs = _of_existing(pairs) if lock else pairs
        ids = _ids({slug for _, slug in pairs})
        members = _members({contact_id for contact_id, _ in pairs}, ids)
        fresh = sorted((contact_id, slug) for contact_id, slug in pairs if (contact_id, ids[slug]) not in members)
        since = clock.to_micros(clock.now())
        if not source and cause.workflow_id:
            source = f"workflow:{cause.workflow_id}"
        sql.insert(
            ListMember,
            ("contact_id", "list_id", "since", "source"),
            [(contact_id, ids[slug], since, source[:80]) for contact_id, slug in fresh],
        )
        return _emit("list_joined", fresh, cause)


def leave(
    contact_ids: Collection[int],
    slugs: Iterable[str],
    *,
    by_workflow: int | None = None,
    run_ids: PerContact = None,
    depth: PerContact = 0,
    handled: bool = False,
    lock: bool = True,
) -> list[Recorded]:
    """Take all these contacts off these lists. Answers the `list_left` events. Calling twice is safe."""
    wanted = set(slugs)
    pairs = {(contact_id, slug) for contact_id in contact_ids for slug in wanted}
    cause = Cause(by_workflow, run_ids, depth, handled)
    if not pairs:
        return []
    with transaction.atomic():
        if lock:
            pairs = _of_existing(pairs)
        ids = _ids(wanted)
        members = _members({contact_id for contact_id, _ in pairs}, ids)
        gone = sorted(pair for pair in pairs if (pair[0], ids[pair[1]]) in members)
        sql.delete(ListMember, ("contact_id", "list_id"), [(contact_id, ids[slug]) for contact_id, slug in gone])
        return _emit("list_left", gone, cause)


def check(slugs: Iterable[str]) -> None:
    """Raises `Invalid` with one problem for each list that does not exist. One query."""
    _ids(set(slugs))


def _of_existing(pairs: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    existing = locks.lock_existing(contact_id for contact_id, _ in pairs)
    return {pair for pair in pairs if pair[0] in existing}


def _ids(slugs: set[str]) -> dict[str, int]:
    found = dict(List.objects.filter(slug__in=slugs).values_list("slug", "id"))
    missing = sorted(slugs - found.keys())
    if missing:
        raise Invalid(problems=[problem("lists", f"There is no list “{slug[:80]}”.") for slug in missing])
    return found


def _members(contact_ids: set[int], ids: dict[str, int]) -> set[tuple[int, int]]:
    rows = ListMember.objects.filter(Among("contact_id", contact_ids), list_id__in=ids.values())
    return set(rows.values_list("contact_id", "list_id"))


def _emit(name: str, pairs: list[tuple[int, str]], cause: Cause) -> list[Recorded]:
    return events.record_many(
        [
            NewEvent(
                contact_id,
                name,
                {"list": slug},
                depth=cause.depth_of(contact_id),
                workflow_id=cause.workflow_id,
                run_id=cause.run_of(contact_id),
                handled=cause.handled,
            )
            for contact_id, slug in pairs
        ],
        lock=False,
    )
