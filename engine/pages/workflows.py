"""The list of workflows: states, numbers, pictures, and what one may do with each."""

from __future__ import annotations

import json
from collections import Counter as Tally
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from builder import people
from builder.access import workflow as find
from builder.actions.archive import archive
from builder.actions.create import create
from builder.actions.delete import delete
from builder.actions.duplicate import duplicate
from builder.actions.end import end
from builder.actions.pause import pause
from builder.actions.resume import resume
from builder.errors import BuilderError
from builder.models import Workflow
from builder.picture import thumbnail
from contacts import access, clock
from contacts.models import Workspace
from contacts.views.listing import menu, paginate, segments, sort_of, whole
from contacts.views.page import page
from engine.models import Run, RunStatus
from engine.pages.charts import sparkline
from engine.pages.numbers import LEFT, Days, today

Status = Workflow.Status
STATES = [("all", "All"), ("live", "Live"), ("paused", "Paused"), ("draft", "Drafts"), ("ended", "Ended")]
CHANNELS = [("email", "E-mail"), ("sms", "SMS"), ("audience", "Ads")]
COLUMNS = {"name": False, "inside": True, "entered": True, "finished": True, "goal": True, "edited": True}


@access.needs("workflow.read")
def workflows(request: HttpRequest) -> HttpResponse:
    """A fixed number of queries, whatever the number of workflows."""
    query = request.GET
    zone = Workspace.current().zone
    day = today(zone)
    everything = list(_matching(query).select_related("owner").defer("draft", "publish_plan"))
    shown_state = query.get("state") or "all"
    tally = Tally(one.status for one in everything)
    listed = [one for one in everything if shown_state in ("all", one.status) or shown_state not in dict(STATES)]
    if shown_state != "archived":
        listed = [one for one in listed if one.status != Status.ARCHIVED]
    inside = people.totals([one.pk for one in everything])
    days = Days(day - 13, day)
    failed = dict(
        Run.objects.filter(status=RunStatus.FAILED).values_list("workflow_id").annotate(n=Count("id")).order_by()
    )
    rows = [_row(one, days, day, inside.get(one.pk, 0), failed.get(one.pk, 0)) for one in listed]
    sort = sort_of(query, COLUMNS, "-inside")
    rows.sort(key=lambda row: (row["name"].casefold(), row["id"]))
    rows.sort(key=lambda row: _sort_value(row, sort.key), reverse=sort.down)
    pages = paginate(request, rows)
    _draw(pages.object_list, days, day)
    count = sum(n for status, n in tally.items() if status != Status.ARCHIVED)
    context = {
        "states": segments(
            query,
            "state",
            [(key, label, count if key == "all" else tally[key] or None) for key, label in STATES]
            + ([("archived", "Archived", tally[Status.ARCHIVED])] if tally[Status.ARCHIVED] else []),
            default="all",
        ),
        "filters": [
            menu(query, "tactic", "Tactic", [(one, one) for one in _tactics()]),
            menu(query, "channel", "Channel", CHANNELS),
            menu(query, "owner", "Owner", _owners(everything)),
        ],
        "q": query.get("q", ""),
        "rows": pages.object_list,
        "pages": pages if pages.paginator.num_pages > 1 else None,
        "sort": sort.heads,
        "total": len(rows),
        "inside": sum(row["inside"] for row in rows),
        "now": clock.now(),
        "filtered": any(query.get(name) for name in ("q", "tactic", "channel", "owner", "state")),
    }
    return page(request, "engine/workflows.html", context, here="workflows")


def _matching(query: Any) -> Any:
    found = Workflow.objects.all()
    if text := query.get("q", "").replace("\x00", "").strip()[:200]:
        # A drawing is stored as ASCII JSON: a step's name is found under its escaped form.
        found = found.filter(Q(name__icontains=text) | Q(draft__icontains=json.dumps(text)[1:-1]))
    if tactic := query.get("tactic"):
        found = found.filter(tactic=tactic)
    if query.get("channel") in dict(CHANNELS):
        found = found.filter(draft__contains=f'"kind":"{query["channel"]}"')
    if owner := whole(query.get("owner")):
        found = found.filter(owner_id=owner)
    return found


def _tactics() -> list[str]:
    rows = Workflow.objects.exclude(tactic="").values_list("tactic", flat=True)
    return sorted(set(rows.order_by()), key=str.casefold)


def _owners(found: list[Workflow]) -> list[tuple[int, str]]:
    owners = {one.owner_id: one.owner.get_full_name() or one.owner.get_username() for one in found if one.owner}
    return sorted(((key, name) for key, name in owners.items() if key), key=lambda pair: pair[1].casefold())


def _row(one: Workflow, days: Days, day: int, inside: int, failed: int) -> dict[str, Any]:
    ran = one.live_version_id is not None
    finished = days.of(one.pk, day - 6, day, *LEFT)
    reached = days.of(one.pk, day - 13, day, "met")
    came = days.of(one.pk, day - 13, day, "entered")
    owner = (one.owner.get_full_name() or one.owner.get_username()) if one.owner else ""
    paused = one.status == Status.PAUSED and one.paused_at is not None
    return {
        "id": one.pk,
        "name": one.name,
        "tactic": one.tactic,
        "status": one.status,
        "failing": failed if one.status == Status.LIVE else 0,
        "ran": ran,
        "inside": inside,
        "entered": days.of(one.pk, day - 6, day, "entered") if ran else None,
        "finished": finished if ran else None,
        "goal": min(100, 100 * reached / came) if reached and came else None,
        "owner": owner,
        "edit_word": "Paused" if paused else "Edited",
        "edited": one.paused_at if paused else max(one.draft_saved_at, one.updated_at),
        "can_delete": not ran and one.status == Status.DRAFT,
    }


def _sort_value(row: dict[str, Any], key: str) -> Any:
    value = row[key]
    if key == "name":
        return value.casefold()
    if key == "edited":
        return value
    return -1 if value is None else value


def _draw(rows: Any, days: Days, day: int) -> None:
    """Picture, version and sparkline of what is on this page alone. One query."""
    found = Workflow.objects.select_related("live_version").in_bulk([row["id"] for row in rows])
    for row in rows:
        one = found[row["id"]]
        document = one.live_version.document if one.live_version else one.draft
        row["picture"] = thumbnail(document)
        row["steps"] = len(document.get("nodes") or [])
        row["version"] = one.live_version.number if one.live_version else None
        tone = "danger" if row["failing"] else "quiet" if row["status"] != Status.LIVE else "live"
        row["spark"] = sparkline(days.series(one.pk, day - 13, day, "entered"), tone=tone) if row["ran"] else ""


_ACTS = {
    "pause": (pause, "{} is paused. Everybody inside keeps their place."),
    "resume": (resume, "{} goes on."),
    "end": (end, "{} has ended, for everybody who was inside too."),
    "archive": (archive, "{} is in the archive."),
}


@require_POST
@access.needs("workflow.write")
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Pause, resume, end, archive, duplicate or delete one workflow."""
    one = find(pk)
    try:
        if verb == "duplicate":
            copy = duplicate(one, user=request.user)
            messages.success(request, f"“{copy.name}” is a draft of yours.")
        elif verb == "delete":
            delete(one)
            messages.success(request, f"The draft “{one.name}” is deleted.")
        else:
            run, words = _ACTS[verb]
            run(one, user=request.user)
            messages.success(request, words.format(f"“{one.name}”"))
    except BuilderError as error:
        messages.error(request, str(error))
    return redirect(_back(request))


@require_POST
@access.needs("workflow.write")
def act_on_many(request: HttpRequest) -> HttpResponse:
    """Pause, resume, end or archive the chosen workflows; each is tried, what cannot be is told."""
    verb = request.POST.get("do", "")
    if verb not in _ACTS:
        return redirect(_back(request))
    done, refused = 0, []
    for one in Workflow.objects.filter(pk__in=[key for key in map(whole, request.POST.getlist("id")) if key]):
        try:
            _ACTS[verb][0](one, user=request.user)
            done += 1
        except BuilderError as error:
            refused.append(f"“{one.name}”: {error}")
    past = {"pause": "paused", "resume": "resumed", "end": "ended", "archive": "archived"}[verb]
    if done:
        messages.success(request, f"{done:,} workflow{'s' * (done != 1)} {past}.")
    for words in refused[:3]:
        messages.error(request, words)
    return redirect(_back(request))


@require_POST
@access.needs("workflow.write")
def new(request: HttpRequest) -> HttpResponse:
    """An empty workflow, or one from an exported file; opens on the canvas."""
    name = request.POST.get("name", "").strip()[:200]
    upload = request.FILES.get("file")
    document: Any = None
    try:
        if upload is not None:
            if (upload.size or 0) > 2 * 1024 * 1024:
                raise BuilderError("A workflow may have at most 2 MiB of JSON; this file is larger.")
            document = json.loads(upload.read().decode("utf-8-sig"))
            name = name or str(upload.name).removesuffix(".json")[:200]
        one = create(name=name or "Untitled", user=request.user, document=document)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        messages.error(request, f"{upload.name if upload else 'The file'} is not JSON: {error}")
        return redirect("/workflows/")
    except BuilderError as error:
        messages.error(request, str(error))
        return redirect("/workflows/")
    return redirect(f"/workflows/{one.pk}/")


def _back(request: HttpRequest) -> str:
    from django.utils.http import url_has_allowed_host_and_scheme

    asked = request.headers.get("Referer", "")
    return asked if url_has_allowed_host_and_scheme(asked, {request.get_host()}) else "/workflows/"
