"""Who may do what: one function, asked by pages, REST, sockets and the admin alike.

Roles are groups. The group `staff` (reads the history, retries) is not Django's `is_staff` (may enter /admin/).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models.signals import m2m_changed
from django.http import HttpRequest, HttpResponseBase
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

MARKETER, ADMIN, STAFF = "marketer", "admin", "staff"
ROLES = (MARKETER, ADMIN, STAFF)

_WRITERS = frozenset({MARKETER, ADMIN})
_ADMINS = frozenset({ADMIN})
_READERS = frozenset({MARKETER, ADMIN, STAFF})
_WATCHERS = frozenset({STAFF, ADMIN})

RULES: dict[str, frozenset[str]] = {
    "workflow.read": _WRITERS,
    "workflow.write": _WRITERS,
    "content.read": _WRITERS,
    "content.write": _WRITERS,
    "segment.read": _WRITERS,
    "segment.write": _WRITERS,
    "contact.read": _WRITERS,
    "contact.tag": _WRITERS,
    "contact.write": _ADMINS,
    "consent.write": _ADMINS,
    "import.run": _ADMINS,
    "event.write": _ADMINS,
    "user.manage": _ADMINS,
    "settings.write": _ADMINS,
    "version.read": _READERS,
    "run.read": _READERS,
    "message.read": _READERS,
    "refusal.read": _READERS,
    "counts.read": _READERS,
    "overview.read": _READERS,
    "library.read": _READERS,
    "run.retry": _WATCHERS,
    "run.cancel": _WATCHERS,
    "demo.clock": _READERS,
}

_REMEMBER_S = 5.0  # a socket's user lives for hours: a role taken away must be noticed


def roles_of(user: Any) -> frozenset[str]:
    """The roles of a user, asked of the database at most every five seconds per user object."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return frozenset()
    known: tuple[float, frozenset[str]] | None = getattr(user, "_trellis_roles", None)
    if known is None or time.monotonic() - known[0] > _REMEMBER_S:
        found = frozenset(user.groups.filter(name__in=ROLES).values_list("name", flat=True))
        known = (time.monotonic(), found)
        user._trellis_roles = known
    return known[1]


def may(user: Any, rule: str) -> bool:
    """May this user do this? An unknown rule is a mistake in our code and raises KeyError. A superuser may all."""
    allowed = RULES[rule]
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return False
    return bool(user.is_superuser) or not allowed.isdisjoint(roles_of(user))


def needs(rule: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For pages: anonymous visitors go to the log-in, others without the rule see the 403 page."""
    RULES[rule]

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not may(request.user, rule):
                raise PermissionDenied
            answer: HttpResponseBase = view(request, *args, **kwargs)
            return answer

        guarded.rule = rule  # type: ignore[attr-defined]  # read by the test that walks every address
        return guarded

    return decorate


class Needs(BasePermission):
    """The default permission of the API. A view says `rules = {"GET": rule, "POST": rule}`.

    A view set may name actions instead of methods. A method without a rule is refused: closed by default.
    """

    message = "Your role does not allow this."

    def has_permission(self, request: Request, view: Any) -> bool:
        rule = rule_of(view, request.method or "")
        return rule is not None and may(request.user, rule)


def rule_of(view: Any, method: str) -> str | None:
    """The rule that guards this method of an API view; None where nobody gets in."""
    rules: dict[str, str] = getattr(view, "rules", None) or {}
    action = getattr(view, "action", None)
    if action in rules:
        return rules[action]
    return rules.get("GET" if method in ("HEAD", "OPTIONS") else method)


def follow_roles(sender: Any, instance: Any, action: str, reverse: bool, pk_set: Any, **kwargs: Any) -> None:
    """Roles changed: a user object asks again at once, and `is_staff` (may enter /admin/) follows the role admin."""
    if not reverse and hasattr(instance, "_trellis_roles"):
        del instance._trellis_roles
    if action not in ("post_add", "post_remove", "post_clear"):
        return
    users = get_user_model()._default_manager.filter(is_superuser=False)
    users = users.filter(pk__in=pk_set or []) if reverse else users.filter(pk=instance.pk)
    admins = users.filter(groups__name=ADMIN)
    users.exclude(pk__in=admins.values("pk")).filter(is_staff=True).update(is_staff=False)
    users.filter(pk__in=list(admins.values_list("pk", flat=True))).update(is_staff=True)
    if not reverse and not instance.is_superuser:
        instance.is_staff = ADMIN in roles_of(instance)


def watch() -> None:
    m2m_changed.connect(follow_roles, sender=get_user_model().groups.through, dispatch_uid="trellis-roles")
