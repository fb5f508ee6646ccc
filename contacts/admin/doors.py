"""What every page of the admin asks before it opens: the same function as everywhere, never Django's own permissions."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from contacts import access
from contacts.admin import site as _site  # noqa: F401  our site stands before anything registers


class Ruled:
    """`read_rule` opens it, `write_rule` (None: nobody) lets one add, change and delete."""

    read_rule = "user.manage"
    write_rule: str | None = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return access.may(request.user, self.read_rule)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may(request.user, self.read_rule)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.write_rule is not None and access.may(request.user, self.write_rule)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.write_rule is not None and access.may(request.user, self.write_rule)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.write_rule is not None and access.may(request.user, self.write_rule)


class RuledAdmin(Ruled, ModelAdmin):
    list_per_page = 50
    show_full_result_count = False


class LookOnly(RuledAdmin):
    """Shows rows that nobody writes here."""

    write_rule = None
    actions: list[Any] = []


class RuledInline(Ruled, TabularInline):
    """Shows what belongs to a row."""

    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True


register = admin.register
