"""Run as a program, in the environment of a `Running`: makes the people and the twelve-step journey of the crash tests."""

from __future__ import annotations

import os
import sys


def main(people: int) -> None:
    import django

    django.setup()
    from contacts import events
    from contacts.models import ConsentState, Contact
    from engine.messaging import content
    from tests.engine.kit import draw, publish

    mail = content.create(name="Hello", subject="Hello", html="<p>Hi {{ contact.first_name }}</p>")
    publish(
        draw(
            {
                "n1": ("trigger", {"on": "contact_added"}),
                "n2": ("tag", {"add": ["in"]}),
                "n3": ("wait", {"duration": "PT1S"}),
                "n4": ("email", {"content": mail.pk}),
                "n5": (
                    "split",
                    {"arms": [{"port": "a", "name": "A", "weight": 50}, {"port": "b", "name": "B", "weight": 50}]},
                ),
                "n6": ("tag", {"add": ["a"]}),
                "n7": ("sms", {"text": "Hi {{ contact.first_name }}"}),
                "n8": ("wait", {"duration": "PT2S"}),
                "n9": ("condition", {"when": {"all": [{"fact": "tag", "is": "a"}]}}),
                "n10": ("event", {"name": "half", "properties": {}}),
                "n11": ("tag", {"add": ["b"], "remove": ["in"]}),
                "n12": ("exit", {"outcome": "completed"}),
            },
            [
                "n1 next n2",
                "n2 next n3",
                "n3 next n4",
                "n4 next n5",
                "n5 a n6",
                "n5 b n7",
                "n6 next n8",
                "n7 next n8",
                "n8 next n9",
                "n9 yes n10",
                "n9 no n11",
                "n10 next n12",
                "n11 next n12",
            ],
        )
    )
    made = Contact.objects.bulk_create(
        [Contact(email=f"p{i}@crash.example", phone=f"+4850{i:07d}", first_name=f"P{i}") for i in range(people)]
    )
    ConsentState.objects.bulk_create(
        [ConsentState(contact=contact, subject=channel, state="in") for contact in made for channel in ("email", "sms")]
    )
    events.record_many([events.NewEvent(contact.pk, "contact_added", key="come-in") for contact in made])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trellis.settings")
    main(int(sys.argv[1]))
