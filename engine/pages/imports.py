"""Bringing a CSV file in: upload, say what the columns mean, look ahead, let it run, take the rejects home."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from contacts import access
from contacts.columns import BUILT_IN, Columns
from contacts.errors import Refused
from contacts.imports import uploads
from contacts.imports.estimate import estimate
from contacts.imports.rejects import reject_file
from contacts.imports.sniffing import ENCODINGS
from contacts.models import CHANNELS, Import, List, Topic
from contacts.streaming import attachment
from contacts.views.page import page
from engine.import_entries import entering
from engine.pages.contact_acts import said

SHOWN = 20
ENCODING_WORDS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a mark",
    "cp1250": "Windows, Central Europe",
    "cp1252": "Windows, Western Europe",
    "latin-1": "ISO 8859-1",
}


@access.needs("import.run")
def imports(request: HttpRequest) -> HttpResponse:
    """The files of the past, and the field for the next."""
    problem = ""
    if request.method == "POST":
        upload = request.FILES.get("file")
        try:
            if upload is None:
                raise Refused("Choose a file first.")
            of = uploads.receive(upload, str(upload.name), by=request.user)  # type: ignore[arg-type]
        except Refused as error:
            problem = said(error)
        else:
            return redirect(f"/contacts/import/{of.pk}/")
    rows = Import.objects.select_related("by").order_by("-id")[:SHOWN]
    context = {"rows": rows, "problem": problem}
    return page(request, "engine/imports.html", context, here="contacts", status=400 if problem else 200)


def _find(pk: int) -> Import:
    found = Import.objects.select_related("by").filter(pk=min(pk, 2**63 - 1)).first()
    if found is None:
        raise Http404("This import does not exist.")
    return found


@access.needs("import.run")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft shows its columns; a running one how far it is; one that is over what became of each line."""
    of = _find(pk)
    if of.status != "draft":
        return page(request, "engine/import_running.html", {"of": of}, here="contacts")
    if request.method == "POST":
        return _configure(request, of)
    return _columns(request, of)


def _configure(request: HttpRequest, of: Import) -> HttpResponse:
    """Keep what the form says; `do` = look: only that, start: and begin."""
    given = request.POST
    try:
        if reading := _reading(of, given):
            # The file reads differently now: its columns are guessed anew and shown again.
            uploads.configure(of, reading)
            return redirect(f"/contacts/import/{of.pk}/")
        uploads.configure(of, {"mapping": _mapping(of, given), "options": _options(given)})
        if given.get("do") == "start":
            uploads.start(of)
            messages.success(request, f"{of.name} is being read. You may leave this page.")
    except Refused as error:
        return _columns(request, _find(of.pk), problem=said(error), mapping=_mapping(of, given), status=400)
    return redirect(f"/contacts/import/{of.pk}/")


def _reading(of: Import, given: Any) -> dict[str, Any]:
    """How the file is to be read, if the form changes that: the columns are guessed anew then."""
    changes: dict[str, Any] = {}
    delimiter = {"tab": "\t"}.get(given.get("delimiter", ""), given.get("delimiter", "")) or of.delimiter
    if given.get("encoding", of.encoding) != of.encoding:
        changes["encoding"] = given["encoding"]
    if delimiter != of.delimiter:
        changes["delimiter"] = delimiter
    header = bool(given.get("header"))
    if header != bool(of.options.get("header", True)):
        changes["options"] = {"header": header}
    return changes


def _mapping(of: Import, given: Any) -> list[dict[str, str]]:
    chosen = given.getlist("to")
    return [
        {**entry, "to": chosen[place] if place < len(chosen) else entry["to"]} for place, entry in enumerate(of.mapping)
    ]


def _options(given: Any) -> dict[str, Any]:
    return {
        "header": bool(given.get("header")),
        "start_workflows": given.get("start_workflows") == "1",
        "update_existing": bool(given.get("update_existing")),
        "tags": [name.strip() for name in given.get("tags", "").split(",") if name.strip()],
        "lists": given.getlist("lists"),
        "consents": dict.fromkeys(given.getlist("consents"), "in"),
        "consent_text": given.get("consent_text", "").strip()[:400],
    }


def _columns(
    request: HttpRequest,
    of: Import,
    *,
    problem: str = "",
    mapping: list[dict[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    sample = uploads.sample(of)
    shown = mapping or of.mapping
    context = {
        "of": of,
        "problem": problem,
        "columns": [
            {
                "heading": entry["column"],
                "to": entry["to"],
                "cells": [row[place] for row in sample if place < len(row) and row[place].strip()][:3],
            }
            for place, entry in enumerate(shown)
        ],
        "targets": targets(),
        "options": of.options,
        "tags": ", ".join(of.options.get("tags", [])),
        "lists": List.objects.all(),
        "subjects": [*list(CHANNELS.items())[:2], *Topic.objects.values_list("slug", "label")],
        "encodings": [(key, ENCODING_WORDS.get(key, key)) for key in ENCODINGS],
        "delimiters": [(",", "Comma"), (";", "Semicolon"), ("tab", "Tab"), ("|", "Bar")],
        "delimiter": "tab" if of.delimiter == "\t" else of.delimiter,
    }
    return page(request, "engine/import_columns.html", context, here="contacts", status=status)


def targets() -> list[tuple[str, list[tuple[str, str]]]]:
    """What a column can mean, in groups, for the form."""
    catalogue = Columns.load()
    own = [(name, "E-mail" if name == "email" else name.replace("_", " ").capitalize()) for name in BUILT_IN]
    custom = [(key, field.label) for key, field in catalogue.fields.items()]
    topics = [*list(CHANNELS.items())[:2], *Topic.objects.values_list("slug", "label")]
    return [
        ("Contact", own),
        ("Your fields", custom),
        ("Groups", [("tags", "Tags, separated"), ("lists", "Lists, separated")]),
        ("Consent, yes or no", [(f"consent:{key}", f"Consent to {label}") for key, label in topics]),
    ]


@access.needs("import.run")
def look_ahead(request: HttpRequest, pk: int) -> HttpResponse:
    """What this import would do, as it is configured; reads on for some seconds, writes nothing."""
    of = _find(pk)
    if of.status != "draft":
        return HttpResponse("")
    try:
        found = estimate(of)
    except Refused as error:
        return page(request, "engine/import_estimate.html", {"problem": said(error)})
    context = {"found": found, "share": round(found.share * 100), "of": of, "entering": entering(of, found)}
    return page(request, "engine/import_estimate.html", context)


@access.needs("import.run")
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The numbers of a running import; asked each second until it is over."""
    return page(request, "engine/import_progress.html", {"of": _find(pk)})


@require_POST
@access.needs("import.run")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    of = uploads.cancel(_find(pk))
    messages.success(request, f"{of.name} is stopped. What was read stays.")
    return redirect("/contacts/import/")


@access.needs("import.run")
def rejects(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The lines that were not taken, as they stood, with the reason in front."""
    of = _find(pk)
    return attachment(request, reject_file(of), f"rejects-{of.pk}.csv")
