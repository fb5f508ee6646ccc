"""Run as a program: two workflows, people who wait for an event, an account with token and session; prints them as JSON."""

from __future__ import annotations

import json
import os
import sys

WAITING = 100


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.auth.models import Group
    from django.contrib.sessions.backends.db import SessionStore
    from rest_framework.authtoken.models import Token

    from contacts import events
    from contacts.models import Contact
    from tests.engine.kit import draw, publish

    go = {"branches": [{"port": "b1", "name": "Go", "when": {"fact": "event", "name": "go"}}], "timeout": "P2D"}
    publish(
        draw(
            {"n1": ("trigger", {"on": "event", "name": "wait"}), "n2": ("wait_until", go), "n3": ("exit", {})},
            ["n1 next n2", "n2 b1 n3"],
        ),
        "Waits for an event",
    )
    orders = publish(
        draw(
            {"n1": ("trigger", {"on": "event", "name": "order"}), "n2": ("wait", {"duration": "P1D"})},
            ["n1 next n2"],
            {"reentry": "each_key", "key": "event.order_id"},
        ),
        "Orders",
    )
    made = Contact.objects.bulk_create([Contact(email=f"w{number}@farm.example") for number in range(WAITING)])
    Contact.objects.bulk_create([Contact(email=f"{name}@farm.example") for name in ("one", "two")])
    events.record_many([events.NewEvent(contact.pk, "wait") for contact in made])
    user = get_user_model().objects.create_user("farm", password="farm-of-processes")
    user.groups.add(Group.objects.get(name="admin"))
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    told = {"token": Token.objects.create(user=user).key, "cookie": session.session_key, "workflow": orders.pk}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trellis.settings")
    main()
