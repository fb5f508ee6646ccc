"""Users and their roles. Who manages users cannot make anybody mightier than themselves."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from contacts import access
from contacts.admin.doors import LookOnly, Ruled, RuledAdmin, register
from contacts.admin.site import site

for model in (User, Group):
    if site.is_registered(model):
        site.unregister(model)


@register(User, site=site)
class UserAdmin(DjangoUserAdmin, RuledAdmin):
    """Roles are groups; `is_staff` follows the role by itself (`access.follow_roles`)."""

    read_rule = write_rule = "user.manage"
    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    list_display = ("username", "email", "first_name", "last_name", "roles", "is_active", "last_login")
    list_filter = ("groups", "is_active")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Role", {"fields": ("is_active", "groups")}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "usable_password", "password1", "password2", "groups")}),
    )
    readonly_fields = ("last_login", "date_joined")

    # Django's class asks the user's own permissions in places; the rules stand first.
    has_module_permission = Ruled.has_module_permission
    has_view_permission = Ruled.has_view_permission
    has_add_permission = Ruled.has_add_permission

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return Ruled.has_change_permission(self, request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return Ruled.has_delete_permission(self, request, obj) and _may_touch(request, obj) and obj != request.user

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        found = User.objects.prefetch_related("groups").order_by("username")
        return found if request.user.is_superuser else found.filter(is_superuser=False)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["queryset"] = Group.objects.filter(name__in=access.ROLES)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def roles(self, user: User) -> str:
        return ", ".join(sorted(group.name for group in user.groups.all())) or "none"


@register(Group, site=site)
class GroupAdmin(LookOnly):
    """The three roles, fixed; what they may do stands in `access`."""

    list_display = ("name",)
    fields = ("name",)


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or request.user.is_superuser or not user.is_superuser
