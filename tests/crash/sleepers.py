"""Run as a program: many people who all became due an hour ago, while nobody was at work."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta


def main(people: int) -> None:
    import django

    django.setup()
    from contacts import clock, events
    from contacts.models import Contact
    from engine import pulse
    from tests.engine.kit import draw, publish

    with clock.freeze(datetime.now(UTC) - timedelta(hours=2)):
        publish(
            draw(
                {
                    "n1": ("trigger", {"on": "contact_added"}),
                    "n2": ("wait", {"duration": "PT1H"}),
                    "n3": ("tag", {"add": ["awake"]}),
                    "n4": ("event", {"name": "awake", "properties": {}}),
                    "n5": ("exit", {"outcome": "completed"}),
                },
                ["n1 next n2", "n2 next n3", "n3 next n4", "n4 next n5"],
            )
        )
        made = Contact.objects.bulk_create([Contact(email=f"s{number}@crash.example") for number in range(people)])
        events.record_many([events.NewEvent(contact.pk, "contact_added") for contact in made])
        assert pulse.drain(120)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trellis.settings")
    main(int(sys.argv[1]))
