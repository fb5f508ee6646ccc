"""What the engine adds to the admin: contacts by workflow, and each contact's runs as pictures with the path drawn in."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter

from builder.models import Workflow
from contacts.admin import people
from contacts.admin.doors import LookOnly, register
from contacts.models import Contact
from engine.models import Refusal, Run
from engine.pages import paths

MOST_RUNS = 10


class WorkflowFilter(DropdownFilter):
    """Who is, or ever was, in a workflow."""

    title, parameter_name = "workflow", "workflow"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[Any, str]]:
        return list(Workflow.objects.exclude(live_version=None).order_by("name").values_list("pk", "name")[:500])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        chosen = self.value() or ""
        if not chosen.isdigit():
            return queryset
        return queryset.filter(Exists(Run.objects.filter(contact_id=OuterRef("pk"), workflow_id=int(chosen))))


def runs_panel(contact: Contact) -> SafeString:
    """The newest runs of a contact, each as its picture with the whys beside it. A fixed number of queries."""
    runs = list(Run.objects.filter(contact=contact).select_related("workflow").order_by("-pk")[:MOST_RUNS])
    return render_to_string("engine/admin_runs.html", {"cards": paths.cards(runs)})


people.add_filter(WorkflowFilter)
people.add_panel("Runs", runs_panel)


@register(Run)
class RunAdmin(LookOnly):
    read_rule = "run.read"
    list_display = ("id", "workflow", "contact_id", "status", "node", "outcome", "started_at", "entered_at", "due_at")
    list_filter = ("status",)
    list_select_related = ("workflow",)
    ordering = ("-id",)


@register(Refusal)
class RefusalAdmin(LookOnly):
    read_rule = "refusal.read"
    list_display = ("at", "workflow", "contact_id", "sentence")
    list_select_related = ("workflow",)
    ordering = ("-id",)
