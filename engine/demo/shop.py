"""The demo's workspace: a shop with its lists, topics, segments, and lead nurturing drawn and published."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from builder import library, publishing
from builder.models import Workflow
from contacts.models import Field, List, Segment, Topic, Workspace

TEMPLATE = "lead-nurturing"
CUSTOMERS, NEWSLETTER = "customers", "newsletter"

SEGMENTS = {
    "Bought twice or more": (
        "People who came back at least once.",
        {"all": [{"fact": "purchase", "at_least": 2}]},
    ),
    "Silent for 90 days": (
        "Bought before, but not within the last 90 days.",
        {"all": [{"fact": "purchase"}, {"none": [{"fact": "purchase", "within": "P90D"}]}]},
    ),
    "May be reached by SMS": (
        "Has a phone number and said yes to text messages.",
        {"all": [{"fact": "phone_valid"}, {"fact": "consent", "subject": "sms", "state": "in"}]},
    ),
}


@transaction.atomic
def open_shop(owner: Any) -> Workflow:
    """Everything but the people; what is there already stays as somebody may have changed it."""
    workspace = Workspace.current()
    if workspace.name == Workspace._meta.get_field("name").default:
        workspace.name = workspace.from_name = "Juniper & Oak"
        workspace.from_email = "hello@juniper-and-oak.example.com"
        workspace.time_zone, workspace.default_country = "Europe/Warsaw", "PL"
        workspace.save()
    for slug, name in ((CUSTOMERS, "Customers"), (NEWSLETTER, "Newsletter")):
        List.objects.get_or_create(slug=slug, defaults={"name": name})
    Topic.objects.get_or_create(slug=NEWSLETTER, defaults={"label": "Newsletter"})
    Field.objects.get_or_create(key="first_bought", defaults={"label": "First bought", "type": "date"})
    for name, (description, condition) in SEGMENTS.items():
        Segment.objects.get_or_create(name=name, defaults={"description": description, "condition": condition})
    workflow = Workflow.objects.filter(template=TEMPLATE, live_version__isnull=False).order_by("pk").first()
    if workflow is None:
        workflow = library.use(TEMPLATE, {}, user=owner)
        publishing.publish(workflow, user=owner, note="From the library, as it is.")
        workflow.refresh_from_db()
    return workflow
