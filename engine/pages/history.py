"""The history of runs: who is where, what failed, one run beside the list."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from builder.graph import parse
from builder.models import Workflow, WorkflowVersion
from builder.picture.look import looks
from contacts import access
from contacts.errors import Refused
from contacts.exports import guarded
from contacts.models import Contact, Workspace
from contacts.streaming import attachment
from contacts.views.listing import link, menu, segments, whole
from contacts.views.page import page
from engine import ending, outcomes, queue, retrying, work
from engine.messaging.models import Message, Status
from engine.messaging.preview import preview
from engine.models import Refusal, Run, RunStatus
from engine.pages.numbers import start_of, today
from engine.pages.paths import RunCard, cards
from engine.pages.troubles import Group, groups, labels_of
from engine.pages.why import workflow_choices
from engine.template_values import values

STATES = {
    "inside": RunStatus.ACTIVE,
    "ended": RunStatus.ENDED,
    "failed": RunStatus.FAILED,
    "removed": RunStatus.REMOVED,
}
SINCE = {"today": ("today", 0), "week": ("last 7 days", 6), "month": ("last 30 days", 29), "any": ("any time", None)}
SIZE = 36
GROUP_SHOWN = 3


@access.needs("run.read")
def history(request: HttpRequest) -> HttpResponse:
    """A fixed number of queries, whatever the number of runs."""
    query = request.GET
    zone = Workspace.current().zone
    names = dict(Workflow.objects.order_by("name").values_list("pk", "name"))
    base = _filtered(query, zone)
    counts = dict(base.values_list("status").annotate(n=Count("id")).order_by())
    state = STATES.get(query.get("state", ""))
    runs = base if state is None else base.filter(status=state)
    total = sum(counts.values()) if state is None else counts.get(state, 0)
    pages = _pages(runs.select_related("contact").order_by("-entered_at", "-id"), query.get("page"), total)
    group = _group(query, base) if state in (None, RunStatus.FAILED) and pages.number == 1 else None
    rows = _rows(list(pages.object_list), names)
    grouped, rest = _split(rows, group)
    chosen = _chosen(query, rows)
    context = {
        "states": _states(query, counts),
        "filters": _menus(query, names),
        "since": SINCE[_since(query)][0],
        "since_clear": link(query, since="any") if _since(query) != "any" else None,
        "since_options": menu(query, "since", "Last step", [(key, words) for key, (words, _) in SINCE.items()]),
        "q": query.get("q", ""),
        "group": group,
        "group_workflow": names.get(group.workflow, "") if group else "",
        "grouped": grouped[:GROUP_SHOWN],
        "group_more": group.people - len(grouped[:GROUP_SHOWN]) if group else 0,
        "rows": rest,
        "pages": pages if pages.paginator.num_pages > 1 else None,
        "first": pages.start_index() if total else 0,
        "last": pages.end_index(),
        "total": total,
        "panel": panel_of(chosen) if chosen else None,
        "neighbours": _neighbours(chosen, [*grouped[:GROUP_SHOWN], *rest], query) if chosen else (None, None),
        "close": link(query, page=query.get("page"), run=None),
        "export": "/history/export/" + link(query),
        "filtered": any(query.get(name) for name in ("q", "workflow", "step", "version", "state")),
        "here_now": request.get_full_path(),
    }
    return page(request, "engine/history.html", context, here="history")


def _since(query: QueryDict) -> str:
    asked = query.get("since", "")
    # Who asks for one contact, or for a step, means all of it; the bare page is about today.
    return asked if asked in SINCE else "any" if any(query.get(n) for n in ("q", "step", "workflow")) else "today"


def _filtered(query: QueryDict, zone: Any) -> QuerySet[Run]:
    found = Run.objects.all()
    days = SINCE[_since(query)][1]
    if days is not None:
        found = found.filter(entered_at__gte=start_of(today(zone) - days, zone))
    if text := query.get("q", "").replace("\x00", "").strip()[:200]:
        people = Contact.objects.search(text).values("pk")
        found = found.filter(Q(contact_id__in=people) | Q(slot=f"key:{text}"))
    if workflow := whole(query.get("workflow")):
        found = found.filter(workflow_id=workflow)
        if version := whole(query.get("version"), most=2**31 - 1):
            found = found.filter(version__number=version)
        if step := query.get("step", "")[:64]:
            found = found.filter(node=step)
    return found


def _pages(runs: QuerySet[Run], number: str | None, total: int) -> Any:
    """Pages whose count is known from the segmented control: no second count of the same rows."""
    paginator = Paginator(runs, SIZE)
    paginator.count = total
    return paginator.get_page(number)


def _states(query: QueryDict, counts: dict[int, int]) -> list[Any]:
    choices = [("all", "All", sum(counts.values()))]
    choices += [(key, key.capitalize(), counts.get(status, 0)) for key, status in STATES.items()]
    return segments(query, "state", choices, default="all")


def _menus(query: QueryDict, names: dict[int, str]) -> list[Any]:
    """Workflow; and, once one is chosen, its steps and versions. One query then."""
    found = [menu(query, "workflow", "Workflow", list(names.items()))]
    chosen = whole(query.get("workflow"))
    versions = list(WorkflowVersion.objects.filter(workflow_id=chosen).order_by("-number")[:20]) if chosen else []
    steps: list[tuple[str, str]] = []
    if versions:
        wanted = next((one for one in versions if str(one.number) == query.get("version")), versions[0])
        steps = [(node.id, looks(node)[2]) for node in parse(wanted.document).nodes.values()]
    found.append(menu(query, "step", "Step", steps))
    found.append(menu(query, "version", "Version", [(one.number, f"Version {one.number}") for one in versions]))
    return found


def _group(query: QueryDict, base: QuerySet[Run]) -> Group | None:
    """The largest group that failed together, within the filters. Two queries."""
    found = groups(runs=base, limit=1)
    return found[0] if found and found[0].people > 1 else None


def _rows(runs: list[Run], names: dict[int, str]) -> list[dict[str, Any]]:
    labels = labels_of({(run.version_id, run.node) for run in runs})
    return [
        {
            "run": run,
            "name": run.contact.name if run.contact else "Erased",
            "workflow": names.get(run.workflow_id, ""),
            "where": where(run, labels[run.version_id, run.node]),
        }
        for run in runs
    ]


def where(run: Run, label: str) -> str:
    """Waits at A week later; Failed at Ask for a score; Handed to ads."""
    match run.status:
        case RunStatus.ACTIVE:
            return f"Waits at {label}"
        case RunStatus.FAILED:
            return f"Failed at {label}"
    return outcomes.words(run.outcome)


def _split(rows: list[dict[str, Any]], group: Group | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    if group is None:
        return [], rows
    key = (RunStatus.FAILED, group.version, group.node, group.error)
    own = [row for row in rows if (row["run"].status, row["run"].version_id, row["run"].node, row["run"].error) == key]
    shown = {row["run"].pk for row in own}
    return own, [row for row in rows if row["run"].pk not in shown]


def _chosen(query: QueryDict, rows: list[dict[str, Any]]) -> Run | None:
    key = whole(query.get("run"))
    if key is None:
        return None
    on_page = next((row["run"] for row in rows if row["run"].pk == key), None)
    return on_page or Run.objects.select_related("contact").filter(pk=key).first()


def _neighbours(chosen: Run, rows: list[dict[str, Any]], query: QueryDict) -> tuple[str | None, str | None]:
    order = [row["run"].pk for row in rows]
    if chosen.pk not in order:
        return None, None
    at = order.index(chosen.pk)
    keep = {"page": query.get("page")}
    before = link(query, run=order[at - 1], **keep) if at else None
    after = link(query, run=order[at + 1], **keep) if at + 1 < len(order) else None
    return before, after


def panel_of(run: Run) -> dict[str, Any]:
    """The panel beside the list: path, whys, the message that did not go."""
    card: RunCard = cards([run], small=True)[0]
    stopped = next((told.step.message for told in reversed(card.steps) if told.step.failed), None)
    return {
        "card": card,
        "run": run,
        "name": run.contact.name if run.contact else "Erased",
        "first_name": (run.contact.first_name or run.contact.name) if run.contact else "",
        "workflow": Workflow.objects.filter(pk=run.workflow_id).values_list("name", flat=True).first() or "",
        "unsent": unsent(stopped, run) if stopped is not None else None,
    }


def unsent(message: Message, run: Run) -> dict[str, Any] | None:
    """What a refused message would have said to its reader; None for one that went."""
    if message.status != Status.REJECTED or (message.content_version_id is None and message.wording_id is None):
        return None
    from engine.history import masked
    from engine.messaging.models import Content

    shown = preview(
        message.content_version or Content(channel=message.channel),
        contact_id=run.contact_id,
        body=message.body,
        values=values([run.pk]).get(run.pk),
        channel=message.channel,
    )
    return {
        "channel": message.channel,
        "text": shown.text[:600] if message.channel == "sms" else shown.subject,
        "parts": shown.segments.segments if shown.segments else None,
        "to": masked(message),
    }


@require_POST
@access.needs("run.retry")
def retry(request: HttpRequest) -> HttpResponse:
    """Open one failed run again (`run`), or a whole group (`workflow`, `version`, `node`, `error`)."""
    given = request.POST
    if key := whole(given.get("run")):
        found = Run.objects.filter(pk=key)
    else:
        found = Run.objects.filter(status=RunStatus.FAILED)
        group = [whole(given.get(name)) or 0 for name in ("workflow", "version")]
        found = found.filter(
            workflow_id=group[0], version_id=group[1], node=given.get("node", ""), error=given.get("error", "")
        )
    try:
        count = int(retrying.retry(list(found.values_list("pk", flat=True)[:5000])))
        queue.ring(work.ENGINE)
        queue.ring(work.OUTBOX)
        messages.success(request, f"{count:,} {'person is' if count == 1 else 'people are'} tried again.")
    except Refused as error:
        messages.error(request, str(error))
    return redirect(_back(request))


@require_POST
@access.needs("run.cancel")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one person out where they stand."""
    with transaction.atomic():
        ended = ending.end([min(pk, 2**63 - 1)], "cancelled", why=[["ended", "cancelled"]])
    if ended:
        messages.success(request, "The run is ended. What is on its way already still arrives.")
    else:
        messages.error(request, "This run is over already.")
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("back", "")
    return asked if asked.startswith("/history/") else "/history/"


class _Echo:
    def write(self, value: str) -> str:
        return value


@access.needs("run.read")
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered runs as CSV, streamed."""
    runs = _filtered(request.GET, Workspace.current().zone)
    if state := STATES.get(request.GET.get("state", "")):
        runs = runs.filter(status=state)
    rows = runs.order_by("-entered_at", "-id").values_list(
        "id", "workflow__name", "version__number", "contact_id", "contact__email", "status", "outcome", "node",
        "started_at", "entered_at", "ended_at",
    )  # fmt: skip
    writer = csv.writer(_Echo())

    def lines() -> Iterator[bytes]:
        yield b"\xef\xbb\xbf"
        heads = writer.writerow(
            [
                "run",
                "workflow",
                "version",
                "contact",
                "email",
                "state",
                "outcome",
                "step",
                "entered",
                "last_step",
                "left",
            ]
        )
        yield heads.encode()
        for row in rows.iterator(2000):
            told: list[Any] = list(row)
            told[5] = RunStatus(told[5]).label
            told[8:] = [at.isoformat() if at else "" for at in told[8:]]
            line = writer.writerow([guarded(cell) for cell in told])
            yield line.encode()

    return attachment(request, lines(), "trellis-history.csv", "text/csv; charset=utf-8")


@access.needs("refusal.read")
def refusals(request: HttpRequest) -> HttpResponse:
    """The dialog "Why did somebody not enter?": the last seven days, by person."""
    found = Refusal.objects.select_related("workflow", "contact").order_by("-id")
    if text := request.GET.get("who", "").replace("\x00", "").strip()[:200]:
        found = found.filter(contact_id__in=Contact.objects.search(text).values("pk"))
    template = "engine/refusal_rows.html" if "who" in request.GET else "engine/refusals.html"
    choices = [] if "who" in request.GET else workflow_choices()
    return page(request, template, {"refusals": found[:50], "who": text, "choices": choices})
