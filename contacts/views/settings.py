"""Settings: the workspace, the people who work in it, one's own account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model, password_validation, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from contacts import access, clock
from contacts.models import Workspace
from contacts.views import sending
from contacts.views.page import page

ROLES = (
    (access.MARKETER, "Marketer", "Writes workflows, contents and segments; reads and tags contacts"),
    (access.ADMIN, "Admin", "All of that, and contacts, consents, imports, users"),
    (access.STAFF, "Staff", "Reads runs and messages, retries and ends them; sees no drafts"),
)


class WorkspaceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Workspace
        fields = ("name", "time_zone", "default_country", "from_name", "from_email")

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone not in available_timezones():
            raise ValidationError("There is no such time zone; choose one such as Europe/Warsaw.")
        return zone

    def clean_default_country(self) -> str:
        country: str = self.cleaned_data["default_country"].upper()
        if not (len(country) == 2 and country.isalpha() and country.isascii()):
            raise ValidationError("Two letters, such as PL or GB.")
        return country


@access.needs("overview.read")
def overview(request: HttpRequest) -> HttpResponse:
    return answer(request)


def answer(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    me: Any = request.user
    manages = access.may(request.user, "user.manage")
    context = {
        "form": more.pop("form", None) or WorkspaceForm(instance=Workspace.current()),
        "zones": sorted(
            zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix"))
        ),
        "users": _users() if manages else [],
        "roles": ROLES,
        "role_words": [label for key, label, _ in ROLES if key in access.roles_of(request.user)],
        "email_way": way(settings.EMAIL_URL),
        "sms_way": way(settings.SMS_URL),
        "now": clock.now(),
        "sending": sending.shown(Workspace.current(), more.pop("sending_form", None)),
        "password_form": more.pop("password_form", None) or PasswordChangeForm(me),
        "new_user": more.pop("new_user", {}),
        **more,
    }
    return page(request, "contacts/settings.html", context, here="settings", status=status)


def _users() -> list[dict[str, Any]]:
    """Everybody who may sign in, with their role. Two queries."""
    found = get_user_model().objects.prefetch_related("groups").order_by("-is_active", "first_name", "username")
    return [
        {
            "user": user,
            "name": user.get_full_name() or user.get_username(),
            "role": next((group.name for group in user.groups.all() if group.name in access.ROLES), ""),
        }
        for user in found
    ]


def way(url: str) -> str:
    """Where messages go, without the password: smtp://mail.example.com:587. "" is the catcher."""
    if not url:
        return ""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


@require_POST
@access.needs("settings.write")
def save_workspace(request: HttpRequest) -> HttpResponse:
    form = WorkspaceForm(request.POST, instance=Workspace.current())
    if not form.is_valid():
        return answer(request, 400, form=form)
    form.save()
    messages.success(request, "The workspace is saved.")
    return redirect("/settings/")


@require_POST
@access.needs("user.manage")
@sensitive_post_parameters("password")
def add_user(request: HttpRequest) -> HttpResponse:
    """A new colleague with a first password, which they change themselves."""
    given = {name: request.POST.get(name, "").strip()[:150] for name in ("username", "name", "email", "role")}
    password = request.POST.get("password", "")
    users = get_user_model()
    problems = []
    if not given["username"]:
        problems.append("A user name is needed.")
    elif users.objects.filter(username__iexact=given["username"]).exists():
        problems.append(f"The user name “{given['username']}” is taken.")
    if given["role"] not in access.ROLES:
        problems.append("Choose a role.")
    first, _, last = given["name"].partition(" ")
    user = users(username=given["username"], first_name=first, last_name=last, email=given["email"])
    try:
        password_validation.validate_password(password, user)
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        problems += error.messages
    if problems:
        return answer(request, 400, new_user=given, user_problem=" ".join(problems))
    with transaction.atomic():
        user.set_password(password)
        user.save()
        user.groups.set([Group.objects.get_or_create(name=given["role"])[0]])
    messages.success(request, f"{given['name'] or given['username']} may sign in.")
    return redirect("/settings/#people")


@require_POST
@access.needs("user.manage")
@sensitive_post_parameters("password")
def change_user(request: HttpRequest, pk: int) -> HttpResponse:
    """Another role, a new password, switched off or on. Nobody switches themselves off, or takes their own admin role."""
    user = get_object_or_404(get_user_model(), pk=min(pk, 2**63 - 1))
    name = user.get_full_name() or user.get_username()
    if user.is_superuser and not request.user.is_superuser:
        messages.error(request, f"{name} is the owner of this Trellis; only an owner may change that.")
    elif (role := request.POST.get("role")) in access.ROLES and role:
        if user == request.user and role != access.ADMIN:
            messages.error(request, "Let another admin take that role from you.")
        else:
            others = [group for group in user.groups.all() if group.name not in access.ROLES]
            user.groups.set([*others, Group.objects.get_or_create(name=role)[0]])
            messages.success(request, f"{name} is {role} from here on.")
    elif "active" in request.POST:
        on = request.POST["active"] == "1"
        if user == request.user:
            messages.error(request, "Nobody can switch themselves off.")
        else:
            user.is_active = on
            user.save(update_fields=["is_active"])
            messages.success(request, f"{name} may {'sign in again' if on else 'no longer sign in'}.")
    elif password := request.POST.get("password"):
        try:
            password_validation.validate_password(password, user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            user.set_password(password)
            user.save(update_fields=["password"])
            messages.success(request, f"{name} has a new password.")
    return redirect("/settings/#people")


@require_POST
@access.needs("overview.read")
@sensitive_post_parameters()
def change_password(request: HttpRequest) -> HttpResponse:
    """One's own password; one stays signed in here, and nowhere else."""
    me: Any = request.user
    form = PasswordChangeForm(me, request.POST)
    if not form.is_valid():
        return answer(request, 400, password_form=form)
    form.save()
    update_session_auth_hash(request, form.user)
    messages.success(request, "Your password is changed. Other devices are signed out.")
    return redirect("/settings/")
