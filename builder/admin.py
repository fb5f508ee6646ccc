"""Workflows and versions in the admin: to look at. They are changed on the canvas and by publishing."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import ModelAdmin, TabularInline

from builder.models import Workflow, WorkflowVersion
from contacts import access


class ReadOnly:
    """Nobody adds, changes or deletes here, a superuser included."""

    rule = "workflow.read"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may(request.user, self.rule)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return access.may(request.user, self.rule)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Versions(ReadOnly, TabularInline):  # type: ignore[misc]
    rule = "version.read"
    model = WorkflowVersion
    fields = ["number", "published_at", "published_by", "note"]
    readonly_fields = fields
    extra = 0


@admin.register(Workflow)
class WorkflowAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "status", "live_version", "tactic", "owner", "updated_at"]
    list_filter = ["status", "tactic"]
    search_fields = ["name"]
    list_select_related = ["live_version", "owner"]
    fields = [
        "name", "status", "live_version", "tactic", "objectives", "owner", "template",
        "revision", "draft_author", "draft_saved_at", "created_at", "updated_at", "paused_at", "drawing",
    ]  # fmt: skip
    readonly_fields = ["drawing"]
    inlines = [Versions]

    @admin.display(description="Draft")
    def drawing(self, obj: Workflow) -> str:
        return _shown(obj.draft)


@admin.register(WorkflowVersion)
class WorkflowVersionAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    rule = "version.read"
    list_display = ["workflow", "number", "published_at", "published_by", "note"]
    search_fields = ["workflow__name", "note"]
    list_select_related = ["workflow", "published_by"]
    fields = ["workflow", "number", "published_at", "published_by", "note", "digest", "drawing"]
    readonly_fields = ["drawing"]

    @admin.display(description="Document")
    def drawing(self, obj: WorkflowVersion) -> str:
        return _shown(obj.document)


def _shown(document: Any) -> str:
    return format_html("<pre>{}</pre>", json.dumps(document, indent=1, ensure_ascii=False))
