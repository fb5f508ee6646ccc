"""Segments: conditions with a name, edited as sentences (or as JSON), with their people beside them."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from contacts import access, clock, conditions
from contacts.models import Contact, Segment
from contacts.views.listing import paginate, sort_of
from contacts.views.page import page

MAX_BYTES = 100_000
SORTS = {"name": False, "edited": True}
START: dict[str, Any] = {"all": []}


@access.needs("segment.read")
def segments(request: HttpRequest) -> HttpResponse:
    """A fixed number of queries; how many people each holds is asked row by row, once it is on the screen."""
    query = request.GET
    found = Segment.objects.all()
    if text := query.get("q", "").replace("\x00", "").strip()[:200]:
        found = found.filter(Q(name__icontains=text) | Q(description__icontains=text))
    sort = sort_of(query, SORTS, "name")
    order = ("-" if sort.down else "") + {"name": "name", "edited": "updated_at"}[sort.key]
    pages = paginate(request, found.order_by(order, "id"), 50)
    context = {
        "rows": [(one, conditions.sentence(one.condition)) for one in pages.object_list],
        "pages": pages if pages.paginator.num_pages > 1 else None,
        "total": pages.paginator.count,
        "sort": sort.heads,
        "q": query.get("q", ""),
    }
    return page(request, "contacts/segments.html", context, here="segments")


def _find(pk: int) -> Segment:
    found = Segment.objects.filter(pk=min(pk, 2**63 - 1)).first()
    if found is None:
        raise Http404("This segment does not exist.")
    return found


@access.needs("segment.read")
def count(request: HttpRequest, pk: int) -> HttpResponse:
    """How many people a segment holds, for its row of the list."""
    seen = look_at(json.dumps(_find(pk).condition), None)
    return page(request, "contacts/segment_count.html", {"seen": seen})


@access.needs("segment.read")
def segment(request: HttpRequest, pk: int) -> HttpResponse:
    one = _find(pk)
    if request.method == "POST":
        return _save(request, one)
    return _editor(request, one, json.dumps(one.condition, indent=2, ensure_ascii=False))


@access.needs("segment.write")
def new(request: HttpRequest) -> HttpResponse:
    one = Segment()
    if request.method == "POST":
        return _save(request, one)
    return _editor(request, one, json.dumps(START))


def _save(request: HttpRequest, one: Segment) -> HttpResponse:
    if not access.may(request.user, "segment.write"):
        from django.core.exceptions import PermissionDenied

        raise PermissionDenied
    text = request.POST.get("condition", "")
    one.name = request.POST.get("name", "").strip()[:120]
    one.description = request.POST.get("description", "").strip()[:2000]
    seen = look_at(text, one)
    problem = "" if one.name else "A segment needs a name."
    if Segment.objects.filter(name=one.name).exclude(pk=one.pk).exists():
        problem = f"There is another segment called “{one.name}”."
    if problem or seen["problems"]:
        return _editor(request, one, text, problem=problem, status=400)
    one.condition, one.updated_at = seen["tree"], clock.now()
    one.save()
    messages.success(request, f"“{one.name}” is saved.")
    return redirect(f"/segments/{one.pk}/")


def _editor(request: HttpRequest, one: Segment, text: str, *, problem: str = "", status: int = 200) -> HttpResponse:
    context = {
        "segment": one,
        "text": text,
        "problem": problem,
        "seen": look_at(text, one),
        "facts": conditions.catalogue(),
        "may_write": access.may(request.user, "segment.write"),
    }
    return page(request, "contacts/segment.html", context, here="segments", status=status)


@require_POST
@access.needs("segment.read")
def preview(request: HttpRequest) -> HttpResponse:
    """The condition as it stands in the form: what is wrong with it, or its sentence, its number and some of its people."""
    return page(request, "contacts/segment_preview.html", {"seen": look_at(request.POST.get("condition", ""), None)})


def look_at(text: str, own: Segment | None) -> dict[str, Any]:
    """{"tree", "problems", "sentence", "count", "sample"}; two queries if nothing is wrong."""
    seen: dict[str, Any] = {"tree": None, "problems": [], "sentence": "", "count": None, "sample": []}
    if len(text.encode()) > MAX_BYTES:
        seen["problems"] = [("", "This condition is longer than 100,000 characters.")]
        return seen
    try:
        tree = json.loads(text)
    except ValueError as error:
        seen["problems"] = [("", f"This is not JSON: {error}")]
        return seen
    if not isinstance(tree, dict):
        seen["problems"] = [("", "A condition begins with all, any, none or one fact, in braces.")]
        return seen
    found = conditions.problems(tree)
    if found:
        seen["problems"] = [(problem.path, problem.message) for problem in found[:20]]
        return seen
    if circle := conditions.circle(tree, own):
        seen["problems"] = [("", f"The segment “{circle}” leads back to itself.")]
        return seen
    seen["tree"], seen["sentence"] = tree, conditions.sentence(tree)
    try:
        with transaction.atomic():
            people = conditions.matching(tree, Contact.objects.all())
            seen["count"] = people.count()
            seen["sample"] = list(people.order_by("-id")[:6])
    except (conditions.BadCondition, DatabaseError, RecursionError) as error:
        seen["problems"] = [("", str(error)[:300])]
    return seen


@require_POST
@access.needs("segment.write")
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    one = _find(pk)
    one.delete()
    messages.success(request, f"The segment “{one.name}” is deleted. Its people stay as they are.")
    return redirect("/segments/")
