"""The demo's three log-ins, one for each role."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction

from contacts import access

_PEOPLE = (
    (access.MARKETER, "Maja", "Krawczyk", "draws workflows"),
    (access.ADMIN, "Adam", "Rutkowski", "all of that, and contacts, consents, imports"),
    (access.STAFF, "Sara", "Lockwood", "reads the history, retries and cancels"),
)
# No letters that look alike, as people read it from a terminal.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class LogIn:
    username: str
    password: str
    what: str


def log_ins() -> list[LogIn]:
    """Make sure that the three exist with today's password, and name them. Safe to repeat."""
    password = _password()
    for role, first, last, _ in _PEOPLE:
        _ensure(role, first, last, password)
    return [LogIn(role, password, what) for role, _, _, what in _PEOPLE]


def _password() -> str:
    """From DEMO_PASSWORD, else made up once and kept: a restart must not throw people out of their sessions."""
    if given := os.environ.get("DEMO_PASSWORD"):
        return given
    path = settings.DATA_DIR / "demo_password"
    if not path.exists():
        made_up = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(made_up)
    return str(path.read_text().strip())


@transaction.atomic
def _ensure(role: str, first: str, last: str, password: str) -> None:
    users = get_user_model()
    user, _ = users._default_manager.get_or_create(
        username=role, defaults={"first_name": first, "last_name": last, "email": f"{role}@example.com"}
    )
    user.groups.set([Group.objects.get_or_create(name=role)[0]])
    wanted = {"is_active": True, "is_superuser": False, "is_staff": role != access.STAFF}
    changed = [name for name, value in wanted.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, wanted[name])
    # A password that is set again, though the same, ends the user's sessions.
    if not user.check_password(password):
        user.set_password(password)
        changed.append("password")
    if changed:
        user.save(update_fields=changed)
