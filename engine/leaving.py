"""When a contact is erased or merged away: counters stay true, entry slots stay unique."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Count

from contacts.models import Contact
from engine import ending, sql
from engine.models import Run, RunStatus, Visit
from engine.models.counter import ERASED, GOAL, GONE, HELD_OUT


def on_erase(contacts: list[Contact]) -> None:
    """Tally what disappears, so that entered = waiting + left + moved + erased goes on holding. In the erasing transaction."""
    ids = [contact.pk for contact in contacts]
    counts: dict[tuple[int, str, str], int] = defaultdict(int)
    runs = Run.objects.filter(contact_id__in=ids, status=RunStatus.ACTIVE)
    for row in runs.values("version_id", "node").annotate(n=Count("pk")):
        counts[row["version_id"], row["node"], ERASED] += row["n"]
    visits = Visit.objects.filter(contact_id__in=ids)
    for row in visits.values("version_id", "node", "port").annotate(n=Count("nth")):
        counts[row["version_id"], row["node"], GONE + row["port"]] += row["n"]
    reached = Run.objects.filter(contact_id__in=ids, goal_at__isnull=False)
    for version, outcome in reached.values_list("version_id", "outcome"):
        counts[version, "", GONE + (HELD_OUT if outcome == "holdout" else GOAL)] += 1
    sql.add_counts(counts)


def on_merge(keep: Contact, drop: Contact) -> None:
    """Of two runs that take the same entry slot the kept contact's stays; the other ends and gives its slot up."""
    taken = set(Run.objects.filter(contact=keep, slot__isnull=False).values_list("workflow_id", "slot"))
    doubled = [
        run.pk for run in Run.objects.filter(contact=drop, slot__isnull=False) if (run.workflow_id, run.slot) in taken
    ]
    ending.end(doubled, "removed", why=[["ended", "merged"]])
    Run.objects.filter(pk__in=doubled).update(slot=None)
