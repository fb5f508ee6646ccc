"""Run as a program, in the environment of a `Running`: people who wait for an event, and many others on their way; prints a token."""

from __future__ import annotations

import os
import sys


def main(waiting: int, others: int) -> None:
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
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
    publish(
        draw(
            {
                "n1": ("trigger", {"on": "event", "name": "clock"}),
                "n2": ("wait", {"duration": "PT6S"}),
                "n3": ("exit", {}),
            },
            ["n1 next n2", "n2 next n3"],
            {"reentry": "each_key", "key": "event.n"},
        ),
        "Waits for the clock",
    )
    made = Contact.objects.bulk_create([Contact(email=f"p{i}@pace.example") for i in range(waiting + others)])
    events.record_many([events.NewEvent(contact.pk, "wait") for contact in made[:waiting]])
    for turn in range(4):
        events.record_many([events.NewEvent(contact.pk, "clock", {"n": turn}) for contact in made[waiting:]])
    user = get_user_model().objects.create_user("pace", password="pace-of-the-engine")
    user.groups.add(Group.objects.get(name="admin"))
    sys.stdout.write(Token.objects.create(user=user).key)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trellis.settings")
    main(int(sys.argv[1]), int(sys.argv[2]))
