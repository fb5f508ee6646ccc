"""What can be done on a contact's page: tags in place, consents with proof, entering a workflow, editing, erasing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from builder.models import Workflow
from contacts import access, consents, fields, tags
from contacts.columns import BUILT_IN
from contacts.erasure import erase
from contacts.errors import Refused
from contacts.models import Field
from contacts.views.listing import whole
from contacts.views.page import page
from engine import queue, triggers, work
from engine.models.refusal import REASONS
from engine.pages.contact import find, known_tags, tags_of


@access.needs("contact.tag")
def edit_tags(request: HttpRequest, pk: int) -> HttpResponse:
    """The card of tags: GET opens it for editing (?done closes), POST adds or takes away and stays open."""
    one = find(pk)
    problem = ""
    if request.method == "POST":
        try:
            if name := request.POST.get("add", "").strip():
                tags.add([one.pk], [name], by_user=request.user)  # type: ignore[arg-type]  # a real user: needs() saw to it
            if name := request.POST.get("remove", "").strip():
                tags.remove([one.pk], [name], by_user=request.user)  # type: ignore[arg-type]
        except Refused as error:
            problem = said(error)
    context = {
        "contact": one,
        "editing": "done" not in request.GET,
        "known": known_tags(),
        "problem": problem,
        **tags_of(one),
    }
    return page(request, "engine/contact_tags.html", context)


@require_POST
@access.needs("consent.write")
def set_consent(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what was said to a person, with how they know as the proof's text."""
    one = find(pk)
    subject, state = request.POST.get("subject", ""), request.POST.get("state", "")
    address = {"email": one.email, "sms": one.phone}.get(subject) or ""
    try:
        consents.set(
            [one.pk],
            subject,
            state,
            source="by hand",
            text=request.POST.get("text", "").strip()[:400],
            address=address,
            ip=request.META.get("REMOTE_ADDR", ""),
            by_user=request.user,  # type: ignore[arg-type]
        )
        messages.success(request, f"Written down: {'yes' if state == 'in' else 'no'}, with its proof.")
    except Refused as error:
        messages.error(request, said(error))
    return redirect(f"/contacts/{one.pk}/")


@require_POST
@access.needs("workflow.write")
def add_to_workflow(request: HttpRequest, pk: int) -> HttpResponse:
    one = find(pk)
    workflow = get_object_or_404(Workflow, pk=whole(request.POST.get("workflow")) or 0)
    if workflow.live_version_id is None or workflow.status not in (Workflow.Status.LIVE, Workflow.Status.PAUSED):
        messages.error(request, f"“{workflow.name}” is not live.")
        return redirect(f"/contacts/{one.pk}/")
    done = triggers.enrol(workflow, [one.pk])
    queue.ring(work.ENGINE)
    if done.runs:
        messages.success(request, f"{one.name} has entered “{workflow.name}”.")
    else:
        reason = done.refusals[0].reason if done.refusals else ""
        messages.warning(request, f"{one.name} did not enter: {REASONS.get(reason, reason or 'nothing let them in')}.")
    return redirect(f"/contacts/{one.pk}/")


@access.needs("contact.write")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The dialog with everything that can be set; what was typed stays when something does not fit."""
    one = find(pk)
    custom = list(Field.objects.all())
    problems: dict[str, str] = {}
    if request.method == "POST":
        given = {name: request.POST[name] for name in [*BUILT_IN, *(f.key for f in custom)] if name in request.POST}
        try:
            fields.update({one.pk: given})
        except Refused as error:
            problems = {(problem["field"] or "").split(".")[-1]: problem["message"] for problem in error.problems}
            problems = problems or {"": str(error)}
        else:
            messages.success(request, f"{find(pk).name} is saved.")
            return HttpResponse(headers={"HX-Redirect": f"/contacts/{one.pk}/"})
    values = request.POST or {name: getattr(one, name) for name in BUILT_IN} | (one.fields or {})
    rows: list[dict[str, Any]] = [
        {"key": name, "label": name.replace("_", " ").capitalize(), "type": "text"} for name in BUILT_IN
    ] + [{"key": f.key, "label": f.label, "type": f.type, "choices": f.choices} for f in custom]
    for row in rows:
        value = values.get(row["key"])
        row["value"] = "" if value is None else value
        row["problem"] = problems.get(row["key"], "")
    context = {"contact": one, "rows": rows, "problem": problems.get("", "")}
    return page(request, "engine/contact_edit.html", context)


@require_POST
@access.needs("contact.write")
def erase_for_good(request: HttpRequest, pk: int) -> HttpResponse:
    one = find(pk)
    name = one.name
    erase([one.pk])
    messages.success(request, f"{name} is erased.")
    return redirect("/contacts/")


def said(error: Refused) -> str:
    """A refusal in words: all of its problems, else its own message."""
    return " ".join(problem["message"] for problem in error.problems) or str(error)
