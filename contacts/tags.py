"""Add and remove tags. Only what really changes is written, and leaves an event."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction

from contacts import clock, events, locks, sql
from contacts.among import Among
from contacts.cause import Actor, Cause, PerContact
from contacts.errors import Invalid, problem
from contacts.events import NewEvent, Recorded
from contacts.models import ContactTag, Tag, fold
from contacts.normalise import text


def add(
    contact_ids: Collection[int],
    names: Iterable[str],
    *,
    by_user: Actor = None,
    by_workflow: int | None = None,
    run_ids: PerContact = None,
    depth: PerContact = 0,
    handled: bool = False,
    lock: bool = True,
) -> list[Recorded]:
    """Give all these contacts all these tags, making tags that do not exist. Answers the `tag_added` events.

    Calling twice is safe. `lock=False`: the caller holds the contacts' locks. Constant number of queries.
    """
    folded = names_of(names)
    pairs = {(contact_id, name) for contact_id in contact_ids for name in folded}
    cause = Cause(by_workflow, run_ids, depth, handled)
    return add_pairs(pairs, by_user=by_user, cause=cause, lock=lock)


def add_pairs(
    pairs: Collection[tuple[int, str]],
    *,
    by_user: Actor = None,
    cause: Cause | None = None,
    lock: bool = True,
) -> list[Recorded]:
    """The same for (contact id, folded name) pairs that differ from contact to contact."""
    cause = cause or Cause()
    if not pairs:
        return []
    with transaction.atomic():
        pairs = _of_existing(pairs) if lock else pairs
        tags = _tags({name for _, name in pairs}, make=True)
        have = _have({contact_id for contact_id, _ in pairs}, tags)
        fresh = sorted((contact_id, name) for contact_id, name in pairs if (contact_id, tags[name]) not in have)
        since = clock.to_micros(clock.now())
        user_id = by_user.pk if by_user is not None else None
        sql.insert(
            ContactTag,
            ("contact_id", "tag_id", "since", "by_user_id", "by_workflow"),
            [(contact_id, tags[name], since, user_id, cause.workflow_id) for contact_id, name in fresh],
        )
        return _emit("tag_added", fresh, cause)


def remove(
    contact_ids: Collection[int],
    names: Iterable[str],
    *,
    by_user: Actor = None,
    by_workflow: int | None = None,
    run_ids: PerContact = None,
    depth: PerContact = 0,
    handled: bool = False,
    lock: bool = True,
) -> list[Recorded]:
    """Take these tags from all these contacts. Answers the `tag_removed` events. Calling twice is safe."""
    folded = names_of(names)
    pairs = {(contact_id, name) for contact_id in contact_ids for name in folded}
    cause = Cause(by_workflow, run_ids, depth, handled)
    if not pairs:
        return []
    with transaction.atomic():
        if lock:
            pairs = _of_existing(pairs)
        tags = _tags(set(folded), make=False)
        have = _have({contact_id for contact_id, _ in pairs}, tags)
        gone = sorted(pair for pair in pairs if pair[1] in tags and (pair[0], tags[pair[1]]) in have)
        sql.delete(ContactTag, ("contact_id", "tag_id"), [(contact_id, tags[name]) for contact_id, name in gone])
        return _emit("tag_removed", gone, cause)


def names_of(names: Iterable[str]) -> list[str]:
    """The names as they are kept, each once; raises `Invalid` for one that cannot be a tag."""
    folded: dict[str, None] = {}
    for name in names:
        try:
            folded[fold(text(name, 80))] = None
        except ValueError as error:
            raise Invalid(problems=[problem("tags", str(error))]) from None
    if "" in folded:
        raise Invalid(problems=[problem("tags", "A tag needs a name.")])
    return list(folded)


def ensure(names: Iterable[str]) -> dict[str, int]:
    """Ids by folded name, making what is missing. For publishing: the runner then finds every tag in place."""
    with transaction.atomic():
        return _tags(set(names_of(names)), make=True)


def _of_existing(pairs: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    existing = locks.lock_existing(contact_id for contact_id, _ in pairs)
    return {pair for pair in pairs if pair[0] in existing}


def _tags(names: set[str], *, make: bool) -> dict[str, int]:
    found = dict(Tag.objects.filter(name__in=names).values_list("name", "id"))
    missing = sorted(names - found.keys())
    if make and missing:
        # Somebody else may make the same tag now: the conflict is ignored and theirs is read.
        Tag.objects.bulk_create([Tag(name=name) for name in missing], ignore_conflicts=True)
        found |= dict(Tag.objects.filter(name__in=missing).values_list("name", "id"))
    return found


def _have(contact_ids: set[int], tags: dict[str, int]) -> set[tuple[int, int]]:
    rows = ContactTag.objects.filter(Among("contact_id", contact_ids), tag_id__in=tags.values())
    return set(rows.values_list("contact_id", "tag_id"))


def _emit(name: str, pairs: list[tuple[int, str]], cause: Cause) -> list[Recorded]:
    return events.record_many(
        [
            NewEvent(
                contact_id,
                name,
                {"tag": tag},
                depth=cause.depth_of(contact_id),
                workflow_id=cause.workflow_id,
                run_id=cause.run_of(contact_id),
                handled=cause.handled,
            )
            for contact_id, tag in pairs
        ],
        lock=False,
    )
