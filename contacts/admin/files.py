"""Imports in the admin, to look at; they are run on their own page."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from contacts.admin.doors import LookOnly, register
from contacts.models import Import


@register(Import)
class ImportAdmin(LookOnly):
    read_rule = "import.run"
    list_display = ("name", "status", "percent", "rows", "created", "updated", "rejected", "by", "created_at")
    list_filter = ("status",)
    list_select_related = ("by",)
    fields = (
        "name", "status", "problem", "size", "encoding", "delimiter", "mapping", "options", "rows", "created",
        "updated", "unchanged", "rejected", "reject_file", "by", "created_at", "finished_at",
    )  # fmt: skip
    readonly_fields = ("reject_file",)

    @admin.display(description="Reject file")
    def reject_file(self, of: Import) -> SafeString:
        return format_html('<a href="/api/imports/{}/rejects/">Download</a>', of.pk)
