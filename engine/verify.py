"""Every invariant of the record, checked. What the crash tests end with, and what users run when in doubt.

Each check is a function that yields what is broken, in one line each; the list at the end is the whole law.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from django.db import transaction
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q

from builder.models import Workflow, WorkflowVersion
from contacts.models import Contact, SegmentMember
from engine.messaging.models import Message
from engine.messaging.models.message import OPEN
from engine.models import Counter, Effect, Run, RunStatus, Subscription, Turns, Visit, Watch, Winner
from engine.models.counter import ENTERED, ERASED, GOAL, GONE, HELD_OUT
from engine.models.effect import EffectStatus
from engine.program import can_run, program

MOST = 20  # lines a check may print before it says "and more"

_checks: list[Callable[[], Iterator[str]]] = []


def _check(function: Callable[[], Iterator[str]]) -> Callable[[], Iterator[str]]:
    _checks.append(function)
    return function


def verify() -> list[str]:
    """All that is broken, in words; empty if the record is sound. Reads one consistent state, writes nothing."""
    broken: list[str] = []
    with transaction.atomic():
        for check in _checks:
            for number, line in enumerate(check()):
                if number >= MOST:
                    broken.append(f"{check.__name__}: and more")
                    break
                broken.append(f"{check.__name__}: {line}")
    return broken


@_check
def visits_without_gaps() -> Iterator[str]:
    """A run's visits are 1, 2, ... up to the open one; nothing is missing and nothing is doubled."""
    spans = {
        row["run_id"]: (row["first"], row["last"], row["n"], row["contacts"])
        for row in Visit.objects.values("run_id").annotate(
            first=Min("nth"), last=Max("nth"), n=Count("nth"), contacts=Count("contact_id", distinct=True)
        )
    }
    for pk, nth, status, outcome in Run.objects.values_list("pk", "nth", "status", "outcome").iterator(5000):
        first, last, n, contacts = spans.pop(pk, (1, 0, 0, 1))
        # Who is held out never came to a step.
        wanted = 0 if outcome == "holdout" else nth - 1 if status == RunStatus.ACTIVE else nth
        if (first, last, n, contacts) != (1, wanted, wanted, 1):
            yield f"run {pk} ({RunStatus(status).label}) should have visits 1 to {wanted}, has {n} from {first} to {last}"
    for pk in spans:
        yield f"visits of run {pk}, which does not exist"


@_check
def visits_follow_the_drawing() -> Iterator[str]:
    """Each visit stands where the way out of the one before leads (a retry stays, a move may change the version)."""
    before: tuple[int, int, str, str] | None = None
    rows = Visit.objects.order_by("contact_id", "run_id", "nth").values_list("run_id", "version_id", "node", "port")
    for run_id, version_id, node, port in rows.iterator(5000):
        if before is not None and before[0] == run_id and before[1] == version_id and can_run(version_id):
            prog = program(version_id)
            wanted = prog.nodes[before[2]].out.get(before[3])
            if (
                wanted != node
                and not (before[3] in ("failed", "moved") and (node == before[2] or before[3] == "moved"))
                and node not in prog.jumps(before[2], before[3])
            ):
                yield f"run {run_id} left {before[2]} by {before[3]} and came to {node}, not to {wanted}"
        before = (run_id, version_id, node, port)


@_check
def counters_are_true() -> Iterator[str]:
    """entered = waiting + left, and left by each way out, equal the rows."""
    wanted: dict[tuple[int, str, str], int] = defaultdict(int)
    for row in Visit.objects.values("version_id", "node", "port").annotate(n=Count("nth")):
        wanted[row["version_id"], row["node"], row["port"]] += row["n"]
        wanted[row["version_id"], row["node"], ENTERED] += row["n"]
    for inside in Run.objects.filter(status=RunStatus.ACTIVE).values("version_id", "node").annotate(n=Count("pk")):
        wanted[inside["version_id"], inside["node"], ENTERED] += inside["n"]
    kept: dict[tuple[int, str, str], int] = {}
    for version, node, port, n in Counter.objects.values_list("version_id", "node", "port", "n"):
        if not node:  # of the workflow as a whole: see goals_are_counted
            continue
        if port.startswith(GONE):  # erased with their contact, and counted still
            wanted[version, node, port.removeprefix(GONE)] += n
            wanted[version, node, ENTERED] += n
        elif port == ERASED:
            wanted[version, node, ENTERED] += n
        elif not port.startswith("+") or port == ENTERED:
            kept[version, node, port] = n
    for key in sorted(wanted.keys() | kept.keys()):
        if wanted.get(key, 0) != kept.get(key, 0):
            yield f"version {key[0]} {key[1]} {key[2]}: counted {kept.get(key, 0)}, there are {wanted.get(key, 0)}"


@_check
def goals_are_counted() -> Iterator[str]:
    """As many goals are counted as runs reached one, erased ones included; over all versions, since people move between them."""
    owners = dict(WorkflowVersion.objects.values_list("pk", "workflow_id"))
    counted: dict[int, int] = defaultdict(int)
    ports = [GOAL, HELD_OUT, GONE + GOAL, GONE + HELD_OUT]
    for version, port, n in Counter.objects.filter(node="", port__in=ports).values_list("version_id", "port", "n"):
        counted[owners.get(version, 0)] += -n if port.startswith(GONE) else n
    reached = Run.objects.filter(goal_at__isnull=False).values("workflow_id").annotate(n=Count("pk"))
    there = {row["workflow_id"]: row["n"] for row in reached}
    for workflow in sorted(counted.keys() | there.keys()):
        if counted.get(workflow, 0) != there.get(workflow, 0):
            yield f"workflow {workflow}: {counted.get(workflow, 0)} goals counted, {there.get(workflow, 0)} reached"


@_check
def watches_are_written() -> Iterator[str]:
    """Every version that people are inside of hears what it watches."""
    for version in Run.objects.filter(status=RunStatus.ACTIVE).values_list("version_id", flat=True).distinct():
        if not can_run(version):
            continue
        wanted = program(version).watches.topics()
        there = set(Watch.objects.filter(version_id=version).values_list("topic", flat=True))
        if wanted != there:
            yield f"version {version} should watch {sorted(wanted)}, watches {sorted(there)}"


@_check
def ended_runs_are_closed() -> Iterator[str]:
    """A run that is over has an outcome and an end, and nothing due."""
    over = Run.objects.exclude(status=RunStatus.ACTIVE)
    for run in over.filter(Q(ended_at=None) | Q(outcome="") | Q(due_at__isnull=False))[: MOST + 1]:
        yield f"run {run.pk} is over without an end, an outcome, or still due"
    for run in Run.objects.filter(status=RunStatus.ACTIVE).filter(Q(ended_at__isnull=False) | ~Q(outcome=""))[
        : MOST + 1
    ]:
        yield f"run {run.pk} is inside and has an end"


@_check
def nobody_waits_for_nothing() -> Iterator[str]:
    """A run without a due moment waits for the outbox, and the outbox has its row."""
    message = Message.objects.filter(
        contact_id=OuterRef("contact_id"), run_id=OuterRef("pk"), nth=OuterRef("nth"), status__in=OPEN
    )
    effect = Effect.objects.filter(
        contact_id=OuterRef("contact_id"),
        run_id=OuterRef("pk"),
        nth=OuterRef("nth"),
        status__in=[EffectStatus.PLANNED, EffectStatus.CLAIMED],
    )
    stuck = Run.objects.filter(status=RunStatus.ACTIVE, due_at=None).exclude(Exists(message)).exclude(Exists(effect))
    for run in stuck[: MOST + 1]:
        yield f"run {run.pk} waits at {run.node} for an answer that nobody will give"


@_check
def messages_belong_to_visits() -> Iterator[str]:
    """Each message is that of one visit, at the node that sent it."""
    run = Run.objects.filter(pk=OuterRef("run_id"), contact_id=OuterRef("contact_id"))
    visit = Visit.objects.filter(
        contact_id=OuterRef("contact_id"), run_id=OuterRef("run_id"), nth=OuterRef("nth"), node=OuterRef("node")
    )
    inside = run.filter(status=RunStatus.ACTIVE, nth=OuterRef("nth"), node=OuterRef("node"))
    lost = Message.objects.exclude(run_id=0).exclude(Exists(visit)).exclude(Exists(inside))
    for found in lost[: MOST + 1]:
        yield f"message {found.pk} of run {found.run_id} belongs to no visit {found.nth} at {found.node}"


@_check
def subscriptions_belong_to_active_runs() -> Iterator[str]:
    active = Run.objects.filter(pk=OuterRef("run_id"), contact_id=OuterRef("contact_id"), status=RunStatus.ACTIVE)
    for found in Subscription.objects.exclude(Exists(active))[: MOST + 1]:
        yield f"{found} but is not inside"


@_check
def nothing_points_nowhere() -> Iterator[str]:
    """The hot tables have no foreign keys in the database; here they are checked."""
    contact = Contact.objects.filter(pk=OuterRef("contact_id"))
    version = WorkflowVersion.objects.filter(pk=OuterRef("version_id"), workflow_id=OuterRef("workflow_id"))
    for run in Run.objects.exclude(Exists(contact))[: MOST + 1]:
        yield f"run {run.pk} is of contact {run.contact_id}, who does not exist"
    for run in Run.objects.exclude(Exists(version))[: MOST + 1]:
        yield f"run {run.pk} is of version {run.version_id}, which does not exist in workflow {run.workflow_id}"
    for message in Message.objects.exclude(Exists(contact))[: MOST + 1]:
        yield f"message {message.pk} is to contact {message.contact_id}, who does not exist"


@_check
def entry_rules_hold() -> Iterator[str]:
    """Two runs of one contact inside the same workflow need different keys."""
    doubled = (
        Run.objects.filter(status=RunStatus.ACTIVE)
        .exclude(slot__startswith="key:")
        .values("workflow_id", "contact_id")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    for row in doubled[: MOST + 1]:
        yield f"contact {row['contact_id']} is {row['n']} times inside workflow {row['workflow_id']}"
    unslotted = Run.objects.filter(status=RunStatus.ACTIVE, slot=None)
    for run in unslotted[: MOST + 1]:
        yield f"run {run.pk} is inside without an entry slot"


@_check
def waits_are_in_order() -> Iterator[str]:
    """Nobody left a node before coming to it."""
    for visit in Visit.objects.filter(left_at__lt=F("entered_at"))[: MOST + 1]:
        yield f"{visit} was left before it was entered"


@_check
def limits_hold() -> Iterator[str]:
    """At no rate limit more pass in any stretch of its length than it says; what is used a little late counts as in time."""
    live = Workflow.objects.exclude(live_version=None).values_list("pk", "live_version_id")
    versions = dict(live)
    for row in Turns.objects.all():
        node = program(versions[row.workflow_id]).nodes.get(row.node) if row.workflow_id in versions else None
        if node is None or node.step.kind != "rate_limit":
            continue
        rate, moments = node.settings.rate, [(at, n) for at, n in row.passed]
        for end, _ in moments:
            n = sum(count for at, count in moments if end - rate.period_us + rate.patience_us < at <= end)
            if n > rate.most:
                yield f"{n} passed {row.node} of workflow {row.workflow_id} at once, {rate.most} may"


@_check
def decisions_are_of_their_arms() -> Iterator[str]:
    """Who won a test was in it."""
    for found in Winner.objects.exclude(arm=""):
        if found.arm not in found.seen.get("arms", {}):
            yield f"“{found.arm}” won at {found.node} of workflow {found.workflow_id}, but was not among the arms"


@_check
def held_out_came_no_further() -> Iterator[str]:
    """The holdout group has runs that ended where they began, and no visits."""
    visits = Visit.objects.filter(contact_id=OuterRef("contact_id"), run_id=OuterRef("pk"))
    held = Run.objects.filter(outcome="holdout")
    for run in held.filter(Q(Exists(visits)) | ~Q(nth=1) | ~Q(ended_at=F("entered_at")))[: MOST + 1]:
        yield f"run {run.pk} was held out and went on all the same"


@_check
def members_belong_to_kept_segments() -> Iterator[str]:
    for found in SegmentMember.objects.filter(segment__kept_since=None)[: MOST + 1]:
        yield f"contact {found.contact_id} is kept as a member of segment {found.segment_id}, which nobody listens to"
