"""The pages of contents: the list, and the editor with its preview."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from contacts import access
from contacts.models import Contact, Topic
from contacts.views.listing import link, paginate, segments, sort_of, whole
from contacts.views.page import page
from engine.messaging import content as verbs
from engine.messaging.content import WRITTEN
from engine.messaging.errors import MessagingError, Problem, Unsavable
from engine.messaging.models import Content
from engine.messaging.preview import Preview, preview
from engine.messaging.sandbox import sandboxed, shown_as_text

SORTS = {"name": False, "edited": True}
FIELDS = ("name", *WRITTEN)


@access.needs("content.read")
def contents(request: HttpRequest) -> HttpResponse:
    """A fixed number of queries, whatever the number of contents."""
    query = request.GET
    found = Content.objects.select_related("updated_by").defer("html", "text")
    if text := query.get("q", "").replace("\x00", "").strip()[:200]:
        found = found.filter(Q(name__icontains=text) | Q(subject__icontains=text))
    if query.get("channel") in verbs.CHANNELS:
        found = found.filter(channel=query["channel"])
    sort = sort_of(query, SORTS, "name")
    column = {"name": "name", "edited": "updated_at"}[sort.key]
    pages = paginate(request, found.order_by(("-" if sort.down else "") + column, "id"), 50)
    topics = dict(Topic.objects.values_list("slug", "label"))
    context = {
        "rows": [(one, topics.get(one.topic, one.topic)) for one in pages.object_list],
        "pages": pages if pages.paginator.num_pages > 1 else None,
        "total": pages.paginator.count,
        "sort": sort.heads,
        "q": query.get("q", ""),
        "channels": segments(
            query, "channel", [("all", "All", None), ("email", "E-mail", None), ("sms", "SMS", None)], default="all"
        ),
        "filtered": bool(query.get("q") or query.get("channel")),
        "clear": link(query, q=None, channel=None),
    }
    return page(request, "messaging/contents.html", context, here="content")


def _find(pk: int) -> Content:
    found = Content.objects.select_related("updated_by").filter(pk=min(pk, 2**63 - 1)).first()
    if found is None:
        raise Http404("This content does not exist.")
    return found


@access.needs("content.read")
def editor(request: HttpRequest, pk: int) -> HttpResponse:
    one = _find(pk)
    if request.method == "POST":
        return _save(request, one)
    return _editor(request, one, verbs.problems(one))


@access.needs("content.write")
def new(request: HttpRequest) -> HttpResponse:
    """An empty editor; nothing is kept before it is saved."""
    channel = request.POST.get("channel") or request.GET.get("channel") or "email"
    one = Content(channel=channel if channel in verbs.CHANNELS else "email")
    if request.method == "POST":
        return _save(request, one)
    return _editor(request, one, [])


def _save(request: HttpRequest, one: Content) -> HttpResponse:
    if not access.may(request.user, "content.write"):
        from django.core.exceptions import PermissionDenied

        raise PermissionDenied
    _fill(one, request.POST)
    try:
        warnings = verbs.save(one, user=request.user)
    except Unsavable as error:
        return _editor(request, one, list(error.problems), status=400)
    words = f"“{one.name}” is saved as version {one.number}."
    messages.success(request, words if not warnings else f"{words} {len(warnings)} thing(s) to look at.")
    return redirect(f"/content/{one.pk}/")


def _fill(one: Content, given: Any) -> None:
    """What the form says; browsers send CRLF for each line break."""
    for name in FIELDS:
        if name in given:
            setattr(one, name, str(given[name]).replace("\r\n", "\n"))


def _editor(request: HttpRequest, one: Content, problems: list[Problem], status: int = 200) -> HttpResponse:
    context = {
        "content": one,
        "problems": problems,
        "errors": {problem.field: problem.message for problem in problems if problem.severity == "error"},
        "topics": list(Topic.objects.values_list("slug", "label")),
        "uses": verbs.uses(one.pk) if one.pk else [],
        "may_write": access.may(request.user, "content.write"),
        "people": _readers(request, ""),
    }
    return page(request, "messaging/content.html", context, here="content", status=status)


def _readers(request: HttpRequest, text: str) -> list[Contact]:
    """Whom a preview can be written for: only those that this person may see."""
    if not access.may(request.user, "contact.read"):
        return []
    found = Contact.objects.search(text) if text else Contact.objects.all()
    return list(found.order_by("-id")[:8])


@access.needs("content.read")
def readers(request: HttpRequest) -> HttpResponse:
    """The choices of "As seen by", by what is typed."""
    text = request.GET.get("reader", "").replace("\x00", "").strip()[:100]
    return page(request, "messaging/readers.html", {"people": _readers(request, text), "typed": text})


@require_POST
@access.needs("content.read")
def problems(request: HttpRequest) -> HttpResponse:
    """What is wrong with the form as it stands, and the subject as its reader would see it. Nothing is saved."""
    one, seen = _seen(request)
    found = verbs.problems(one)
    if seen.problem and seen.problem.message not in {problem.message for problem in found}:
        found.append(seen.problem)
    return page(request, "messaging/problems.html", {"problems": found, "seen": seen, "content": one})


@require_POST
@access.needs("content.read")
@xframe_options_sameorigin
def rendered(request: HttpRequest) -> HttpResponse:
    """The form as its reader would see it, into the sandboxed frame. Nothing is saved."""
    one, seen = _seen(request)
    if seen.problem:
        return shown_as_text(seen.problem.message)
    if one.channel == "sms" or request.POST.get("part") == "text" or not seen.html:
        return shown_as_text(seen.text, bubble=one.channel == "sms")
    return sandboxed(seen.html)


def _seen(request: HttpRequest) -> tuple[Content, Preview]:
    channel = request.POST.get("channel", "email")
    one = Content(channel=channel if channel in verbs.CHANNELS else "email")
    _fill(one, request.POST)
    reader = whole(request.POST.get("contact"))
    if reader is not None and not access.may(request.user, "contact.read"):
        reader = None
    return one, preview(one, contact_id=reader)


@require_POST
@access.needs("content.write")
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    one = _find(pk)
    try:
        verbs.delete(one)
    except MessagingError as error:
        messages.error(request, str(error))
        return redirect(f"/content/{one.pk}/")
    messages.success(request, f"“{one.name}” is deleted.")
    return redirect("/content/")
