"""A crowd with a message each, for tests in processes of their own."""

from __future__ import annotations


def plan_crowd(size: int) -> None:
    from django.core.management import call_command

    from contacts.models import ConsentState, Contact
    from engine.messaging import content, plan

    call_command("migrate", verbosity=0)
    written = content.create(name="x", subject="Hi {{ contact.first_name }}", html='<a href="https://x.example/">x</a>')
    version = content.current([written.pk])[written.pk]
    people = [Contact.objects.create(email=f"p{n}@example.com", first_name=f"P{n}") for n in range(size)]
    ConsentState.objects.bulk_create([ConsentState(contact=person, subject="email", state="in") for person in people])
    plan.plan(
        [plan.NewMessage(person.pk, person.pk, 2, 1, 1, "n2", "email", content_version_id=version) for person in people]
    )
