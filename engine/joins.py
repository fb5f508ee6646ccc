"""Where the rooms meet: each app offers hooks, the engine, which knows them all, hangs itself and the others in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models.signals import post_delete, post_save

from builder import graph, library, names, people, publishing
from builder.models import Workflow
from contacts import clock, events, holdings, imports
from contacts.models import Segment, Workspace
from engine import (
    backfill,
    health,
    hurry,
    leaving,
    live,
    outbox,
    people_inside,
    policies,
    pulse,
    segments,
    standing_changes,
    steps,
    template_values,
    wake,
    watching,
    work,
)
from engine import facts as _facts  # noqa: F401  registers the facts about workflows and steps
from engine.demo import going_on
from engine.messaging import audience, content, runs, waiting, workspace_rules
from engine.messaging.models import Content
from engine.simulate import scenarios


def join() -> None:
    """Called once, when the app is ready."""
    steps.load()
    events.on_recorded(wake.on_recorded)
    events.on_recorded(segments.on_recorded)
    events.on_recorded(health.on_recorded)
    events.on_committed(hurry.ring)
    holdings.on_erase(leaving.on_erase)
    holdings.on_merge(leaving.on_merge)
    people.register(people_inside.counts, totals=people_inside.totals, forecast=people_inside.forecast)
    people.on_newcomers(backfill.newcomers)
    publishing.on_published(standing_changes.on_published)
    for changed in (post_save, post_delete):
        changed.connect(watching.on_segment, sender=Segment, dispatch_uid="watches")
    publishing.on_published(live.tell_published)
    publishing.on_published(scenarios.on_published)
    publishing.on_status(standing_changes.on_status)
    publishing.on_saved(live.tell_saved)
    library.on_contents(content.create_from_library)
    names.on_contents(_content_names)
    content.on_uses(_where_used)
    runs.provide(values=template_values.values, contact_of=template_values.contact_of)
    policies.join()
    post_save.connect(_workspace_saved, sender=Workspace, dispatch_uid="workspace-rules")
    outbox.carries("audience", audience.carry)
    work.register()
    imports.on_work(work.call_for_imports)
    pulse.look_after("imports", work.look_for_imports)
    pulse.look_after("schedule", work.publish_scheduled)
    going_on.register()


def _workspace_saved(update_fields: Any = None, **told: Any) -> None:
    """Another cap may have a place for who waits."""
    workspace_rules.forget()
    if update_fields is None or "frequency_cap" in update_fields:
        waiting.look_at_all(clock.now())


def _content_names(ids: set[int]) -> Mapping[int, names.ContentName]:
    rows = Content.objects.filter(pk__in=ids).values_list("pk", "name", "subject", "channel")
    return {pk: names.ContentName(name, subject, channel) for pk, name, subject, channel in rows}


def _where_used(content_id: int) -> list[str]:
    """Workflows whose draft or running version sends this content: it must not disappear under them. Two queries."""
    found: dict[int, str] = {}
    rows = [
        *Workflow.objects.exclude(status=Workflow.Status.ARCHIVED).values_list("pk", "name", "draft"),
        *Workflow.objects.exclude(live_version=None).values_list("pk", "name", "live_version__document"),
    ]
    for pk, name, document in rows:
        if content_id in names.content_ids(graph.parse(document)):
            found[pk] = f"the workflow “{name}”"
    return list(found.values())
