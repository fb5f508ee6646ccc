"""Write a chunk of understood rows: contacts, tags, lists, consents, rejects. In bulk, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from contacts import consents, identity, lists, sql, tags
from contacts.cause import Cause
from contacts.consents import Evidence, Said
from contacts.imports.rows import Row
from contacts.models import Import, List, Reject


class Tally(NamedTuple):
    created: int
    updated: int
    unchanged: int
    rejected: int


def write(rows: Sequence[Row], of: Import) -> Tally:
    """Save these rows and answer what became of them. The number of queries does not depend on the number of rows.

    Unless the import may start workflows, every event is recorded as handled: nobody enters a workflow, while people
    who wait inside one for such a change go on.
    """
    _refuse_unknown_lists(rows)
    quiet = not of.options.get("start_workflows", False)
    source = f"import:{of.pk}"
    good = [row for row in rows if not row.empty and not row.problem]
    outcomes = identity.upsert_many(
        [row.person for row in good],
        quiet=quiet,
        source=source,
        update_existing=of.options.get("update_existing", True),
    )
    tag_pairs: set[tuple[int, str]] = set()
    list_pairs: set[tuple[int, str]] = set()
    said: list[Said] = []
    created = updated = 0
    for row, outcome in zip(good, outcomes, strict=True):
        if outcome.contact_id is None:
            row.refuse(outcome.problems[0]["message"])
            continue
        created += outcome.created
        updated += outcome.changed and not outcome.created
        tag_pairs.update((outcome.contact_id, name) for name in [*row.tags, *of.options.get("tags", [])])
        list_pairs.update((outcome.contact_id, slug) for slug in [*row.lists, *of.options.get("lists", [])])
        words = {**of.options.get("consents", {}), **row.consents}
        said += [Said(outcome.contact_id, subject, state) for subject, state in words.items()]
    cause = Cause(handled=quiet)
    # Found contacts were locked by upsert_many, new ones nobody else can see yet.
    tags.add_pairs(tag_pairs, by_user=of.by, cause=cause, lock=False)
    lists.join_pairs(list_pairs, source=source, cause=cause, lock=False)
    evidence = Evidence(source, of.options.get("consent_text", ""), by_user=of.by)
    consents.set_many(said, evidence, cause=cause, lock=False, only_unknown=True)
    rejected = [row for row in rows if row.problem]
    sql.insert(
        Reject,
        ("of_id", "line", "reason", "original", "address_hash"),
        [(of.pk, row.record.line, row.problem, row.record.raw, row.address_hash) for row in rejected],
    )
    kept = len(good) - sum(1 for row in good if row.problem)
    return Tally(created, updated, kept - created - updated, len(rejected))


def _refuse_unknown_lists(rows: Sequence[Row]) -> None:
    wanted = {slug for row in rows for slug in row.lists}
    if not wanted:
        return
    known = set(List.objects.filter(slug__in=wanted).values_list("slug", flat=True))
    for row in rows:
        missing = [slug for slug in row.lists if slug not in known]
        if missing and not row.problem:
            row.refuse(f"There is no list '{missing[0][:80]}'.")
