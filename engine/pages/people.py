"""The list of contacts: search, filters that stay in the URL, tags for many at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from builder.models import Workflow
from contacts import access, conditions, consents, identity, tags
from contacts.columns import BUILT_IN
from contacts.consents import Said
from contacts.errors import Refused
from contacts.models import CHANNELS, Contact, List, Segment, Tag, Topic
from contacts.views.listing import menu, paginate, sort_of, whole
from contacts.views.page import page
from engine.models import Run, RunStatus
from engine.pages.contact_acts import said

SORTS = {"name": False, "email": False, "score": True, "added": True}
ORDER = {
    "name": ["last_name", "first_name"],
    "email": ["email"],
    "score": ["score"],
    "added": ["created_at"],
}
SHOWN_CONSENTS = (("email", "E-mail", "mail"), ("sms", "SMS", "message-2"))
# More than this at once belongs into a workflow.
MOST_AT_ONCE = 5_000


@access.needs("contact.read")
def people(request: HttpRequest) -> HttpResponse:
    """A fixed number of queries, whatever the number of contacts."""
    query = request.GET
    found = _filtered(query)
    sort = sort_of(query, SORTS, "-added")
    order = [("-" if sort.down else "") + name for name in [*ORDER[sort.key], "id"]]
    pages = paginate(request, found.order_by(*order).prefetch_related("tags", "consents"), 40)
    shown = list(pages.object_list)
    inside = _inside([one.pk for one in shown])
    filtered = any(query.get(name) for name in ("q", "tag", "list", "consent", "workflow", "segment"))
    context = {
        "rows": [_row(one, inside.get(one.pk, [])) for one in shown],
        "pages": pages if pages.paginator.num_pages > 1 else None,
        "first": pages.start_index() if shown else 0,
        "last": pages.end_index(),
        "total": pages.paginator.count,
        "sort": sort.heads,
        "q": query.get("q", ""),
        "filters": _menus(query),
        "filtered": filtered,
        "known": list(Tag.objects.values_list("name", flat=True)[:300]),
        "query": query.urlencode(),
    }
    return page(request, "engine/people.html", context, here="contacts")


def _filtered(query: QueryDict) -> QuerySet[Contact]:
    found = Contact.objects.all()
    if text := query.get("q", "").replace("\x00", "").strip()[:200]:
        found = found.search(text)
    if tag := query.get("tag"):
        found = found.tagged(tag)
    if slug := query.get("list"):
        found = found.in_list(slug)
    subject, _, state = query.get("consent", "").partition(":")
    if subject and state in ("in", "out", "unknown"):
        found = found.with_consent(subject, state)
    if workflow := whole(query.get("workflow")):
        runs = Run.objects.filter(workflow_id=workflow, status=RunStatus.ACTIVE)
        found = found.filter(pk__in=runs.values("contact_id"))
    if (segment := whole(query.get("segment"))) and (one := Segment.objects.filter(pk=segment).first()):
        try:
            found = conditions.matching(one.condition, found)  # type: ignore[arg-type]
        except conditions.BadCondition:
            found = found.none()
    return found


def _menus(query: QueryDict) -> list[Any]:
    """Five queries for the choices."""
    subjects = [*CHANNELS.items(), *Topic.objects.values_list("slug", "label")]
    said_of = [
        (f"{key}:{state}", f"{label}: {word}")
        for key, label in subjects
        for state, word in (("in", "yes"), ("out", "no"), ("unknown", "not asked"))
    ]
    live = Workflow.objects.filter(live_version__isnull=False).order_by("name").values_list("pk", "name")
    return [
        menu(query, "tag", "Tag", [(name, name) for name in Tag.objects.values_list("name", flat=True)[:300]]),
        menu(query, "list", "List", List.objects.values_list("slug", "name")),
        menu(query, "consent", "Consent", said_of),
        menu(query, "workflow", "Workflow", live),
        menu(query, "segment", "Segment", Segment.objects.values_list("pk", "name")),
    ]


def _inside(ids: list[int]) -> dict[int, list[str]]:
    """The workflows each of these people is inside. One query."""
    found: dict[int, list[str]] = {}
    rows = Run.objects.filter(contact_id__in=ids, status=RunStatus.ACTIVE)
    for contact, name in rows.values_list("contact_id", "workflow__name").order_by("contact_id", "id"):
        found.setdefault(contact, []).append(name)
    return found


def _row(one: Contact, inside: list[str]) -> dict[str, Any]:
    """`consents` and `tags` were read for the whole page."""
    states = {state.subject: state.state for state in one.consents.all()}
    return {
        "contact": one,
        "inside": inside,
        "tags": list(one.tags.all()),
        "consents": [(icon, label, states.get(key, "")) for key, label, icon in SHOWN_CONSENTS],
    }


@require_POST
@access.needs("contact.tag")
def tag_many(request: HttpRequest) -> HttpResponse:
    """Add or take away one tag: of the chosen contacts, or of everybody under the filters."""
    name = request.POST.get("tag", "").strip()
    verb = request.POST.get("do", "")
    back = f"/contacts/?{request.POST.get('query', '')}"
    if request.POST.get("all"):
        ids = list(_filtered(QueryDict(request.POST.get("query", ""))).values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    else:
        ids = [key for key in map(whole, request.POST.getlist("id")) if key]
    if not name or verb not in ("add", "remove") or not ids:
        messages.error(request, "Choose contacts and name a tag.")
    elif len(ids) > MOST_AT_ONCE:
        messages.error(request, f"More than {MOST_AT_ONCE:,} at once is work for a workflow: its step “Tag” does it.")
    else:
        try:
            changed = (tags.add if verb == "add" else tags.remove)(ids, [name], by_user=request.user)  # type: ignore[arg-type]
        except Refused as error:
            messages.error(request, said(error))
        else:
            word = "was given to" if verb == "add" else "was taken from"
            n = len(changed)
            messages.success(request, f"The tag “{name}” {word} {n:,} contact{'s' * (n != 1)}.")
    return redirect(back)


@access.needs("contact.write")
def new(request: HttpRequest) -> HttpResponse:
    """The dialog for a new contact; posting one who exists already opens them."""
    problems: dict[str, str] = {}
    if request.method == "POST":
        given = {name: request.POST[name] for name in BUILT_IN if request.POST.get(name, "").strip()}
        try:
            done = _add(request, given)
        except Refused as error:
            problems = {(one["field"] or "").split(".")[-1]: one["message"] for one in error.problems}
            problems = problems or {"": str(error)}
        else:
            return HttpResponse(headers={"HX-Redirect": f"/contacts/{done.contact.pk}/"})
    asked = ("first_name", "last_name", "email", "phone", "language", "time_zone")
    rows = [
        {
            "key": name,
            "label": "E-mail" if name == "email" else name.replace("_", " ").capitalize(),
            "value": request.POST.get(name, ""),
            "problem": problems.get(name, ""),
        }
        for name in asked
    ]
    other = " ".join(words for key, words in problems.items() if key not in asked)
    agreed = set(request.POST.getlist("agreed"))
    subjects = [*((key, label) for key, label, _ in SHOWN_CONSENTS), *Topic.objects.values_list("slug", "label")]
    context = {
        "rows": rows,
        "problem": other,
        "subjects": [(key, label, key in agreed) for key, label in subjects],
        "proof": request.POST.get("proof", ""),
    }
    return page(request, "engine/person_new.html", context)


@transaction.atomic
def _add(request: HttpRequest, given: dict[str, str]) -> identity.Upserted:
    """In one transaction with what they agreed to: a workflow that lets them in at once must know whether it may write."""
    done = identity.upsert(given)
    proof = consents.Evidence(
        source="by hand",
        text=request.POST.get("proof", "").strip()[:400],
        ip=request.META.get("REMOTE_ADDR", ""),
        by_user=request.user,  # type: ignore[arg-type]
    )
    consents.set_many([Said(done.contact.pk, subject, "in") for subject in request.POST.getlist("agreed")], proof)
    return done
