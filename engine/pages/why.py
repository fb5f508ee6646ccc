"""The small question box: why did this person not get this?"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse

from builder.models import Workflow
from contacts import access
from contacts.models import Contact
from contacts.views.listing import whole
from contacts.views.page import page
from engine.models import Refusal, Run
from engine.why_not import why

SHOWN = 6


@access.needs("refusal.read")
def ask(request: HttpRequest) -> HttpResponse:
    """The dialogue that asks about one person (`?contact=`): of which workflow?"""
    contact = Contact.objects.filter(pk=whole(request.GET.get("contact")) or 0).first()
    if contact is None:
        raise Http404("This contact does not exist, or was erased.")
    return page(request, "engine/why_ask.html", {"contact": contact, "choices": workflow_choices()})


@access.needs("refusal.read")
def answer(request: HttpRequest) -> HttpResponse:
    """The answer for `?workflow=&contact=`, as a part of a page."""
    workflow_id, contact_id = whole(request.GET.get("workflow")), whole(request.GET.get("contact"))
    if workflow_id is None or contact_id is None:
        return page(request, "engine/why.html", {"answer": None})
    workflow = Workflow.objects.select_related("live_version").filter(pk=workflow_id).first()
    contact = Contact.objects.filter(pk=contact_id).first()
    if workflow is None or contact is None:
        raise Http404("This workflow or this contact does not exist any more.")
    return page(request, "engine/why.html", {"answer": why(workflow, contact)})


@access.needs("refusal.read")
def people(request: HttpRequest) -> HttpResponse:
    """Whom one may ask about, by what is typed."""
    text = request.GET.get("who", "").replace("\x00", "").strip()[:200]
    found = Contact.objects.search(text) if text else Contact.objects.none()
    if not access.may(request.user, "contact.read"):
        # Who may not look through contacts finds those in the histories, and whose whole address they know.
        met = Exists(Run.objects.filter(contact_id=OuterRef("pk"))) | Exists(
            Refusal.objects.filter(contact_id=OuterRef("pk"))
        )
        found = found.filter(Q(met) | Q(email=text.lower()))
    return page(request, "engine/why_people.html", {"people": found.order_by("-id")[:SHOWN], "who": text})


def workflow_choices() -> list[Workflow]:
    """What one may ask about: everything that was ever published."""
    return list(Workflow.objects.exclude(live_version=None).order_by("name").only("name")[:500])
