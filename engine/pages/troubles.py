"""What wants a hand: groups of people that stopped, messages nobody took, workflows that stand still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import Substr

from builder.graph import parse
from builder.models import Workflow, WorkflowVersion
from builder.picture.look import looks
from contacts import clock
from contacts.models import Import, Workspace
from engine.messaging.models import Message, Status
from engine.models import Run, RunStatus

LATELY = timedelta(days=7)


@dataclass(frozen=True)
class Group:
    """People who stopped at one step for one reason. `messages`: they moved on, only the message did not go."""

    workflow: int
    version: int
    node: str
    label: str
    channel: str
    error: str
    people: int
    since: datetime
    until: datetime
    messages: bool = False


def groups(*, runs: QuerySet[Run] | None = None, limit: int = 5) -> list[Group]:
    """Stopped runs (among `runs`), largest group first. Two queries: the groups, the drawings of their steps."""
    rows = (Run.objects.all() if runs is None else runs).filter(status=RunStatus.FAILED)
    found = list(
        rows.values("workflow_id", "version_id", "node", "error")
        .annotate(people=Count("id"), since=Min("ended_at"), until=Max("ended_at"))
        .order_by("-people", "node")[:limit]
    )
    labels = labels_of({(row["version_id"], row["node"]) for row in found})
    return [
        Group(
            row["workflow_id"],
            row["version_id"],
            row["node"],
            labels[row["version_id"], row["node"]],
            "",
            row["error"],
            row["people"],
            row["since"] or clock.now(),
            row["until"] or clock.now(),
        )
        for row in found
    ]


def rejected(limit: int = 5) -> list[Group]:
    """Messages that providers refused of late, by step and reason. Two queries."""
    found = list(
        Message.objects.filter(status=Status.REJECTED, planned_at__gte=clock.now() - LATELY)
        .annotate(why=Substr("error", 1, 120))
        .values("workflow_id", "version_id", "node", "channel", "why")
        .annotate(people=Count("id"), since=Min("planned_at"), until=Max("planned_at"))
        .order_by("-people", "node")[:limit]
    )
    labels = labels_of({(row["version_id"], row["node"]) for row in found})
    return [
        Group(
            row["workflow_id"],
            row["version_id"],
            row["node"],
            labels[row["version_id"], row["node"]],
            row["channel"],
            row["why"],
            row["people"],
            row["since"],
            row["until"],
            messages=True,
        )
        for row in found
    ]


def labels_of(nodes: set[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """What these steps are called in their versions. One query."""
    labels = {pair: pair[1] for pair in nodes}
    versions = {version for version, _ in nodes}
    if not versions:
        return labels
    for version in WorkflowVersion.objects.filter(pk__in=versions):
        drawn = parse(version.document).nodes
        for pair in nodes:
            if pair[0] == version.pk and pair[1] in drawn:
                labels[pair] = looks(drawn[pair[1]])[2]
    return labels


@dataclass(frozen=True)
class Trouble:
    """One line of "Wants a hand"."""

    tint: str
    icon: str
    title: str
    words: str
    href: str
    action: str
    post: bool = False


def all_of(workflows: Mapping[int, Workflow], inside: Mapping[int, int], may: Mapping[str, bool]) -> list[Trouble]:
    """Everything that waits for a person, worst first. Five queries."""
    refused = rejected()
    # Who stopped because a message was refused is told once, by what the provider said.
    told = {(group.workflow, group.version, group.node) for group in refused}
    found = [_refused(group, workflows) for group in refused]
    found += [
        _stopped(group, workflows) for group in groups() if (group.workflow, group.version, group.node) not in told
    ]
    if may["import_run"]:
        found += [
            Trouble(
                "danger", "file-import", f"The import of {one.name} stopped", one.problem, "/contacts/import/", "Look"
            )
            for one in Import.objects.filter(status="failed", created_at__gte=clock.now() - LATELY)[:3]
        ]
    found += [
        _paused(workflow, inside.get(workflow.pk, 0), may)
        for workflow in workflows.values()
        if workflow.status == Workflow.Status.PAUSED
    ]
    return found


def of_sending(workspace: Workspace) -> list[Trouble]:
    """What keeps everybody's messages back, whatever workflow they are from."""
    found = []
    if workspace.stopped_at is not None:
        words = "Workflows go on; what they send waits until somebody starts it again."
        found.append(Trouble("danger", "player-stop", "All sending is stopped", words, "/settings/#sending", "Look"))
    if workspace.test_only:
        n = len(workspace.test_only)
        title = f"Only {n:,} test {'address gets' if n == 1 else 'addresses get'} anything"
        words = "Everybody else goes through the workflows without a message."
        found.append(Trouble("warn", "flask", title, words, "/settings/#sending", "Look"))
    return found


def _name(workflows: Mapping[int, Workflow], key: int) -> str:
    return workflows[key].name if key in workflows else "A workflow"


def _stopped(group: Group, workflows: Mapping[int, Workflow]) -> Trouble:
    people = f"{group.people:,} {'person' if group.people == 1 else 'people'} stopped at “{group.label}”"
    words = f"{_name(workflows, group.workflow)}. {group.error}".strip()
    return Trouble("danger", "alert-circle", people, words, _history(group), "Look")


def _refused(group: Group, workflows: Mapping[int, Workflow]) -> Trouble:
    what = {"email": "e-mail", "sms": "text"}.get(group.channel, "message")
    count = f"{group.people:,} {what}s were not accepted" if group.people > 1 else f"One {what} was not accepted"
    said = f" The provider said “{group.error}”." if group.error else ""
    words = f"{_name(workflows, group.workflow)}, step “{group.label}”.{said}"
    return Trouble("danger", "alert-circle", count, words, _history(group), "Look")


def _history(group: Group) -> str:
    state = "" if group.messages else "&state=failed"
    return f"/history/?workflow={group.workflow}&step={group.node}{state}"


def _paused(workflow: Workflow, people: int, may: Mapping[str, bool]) -> Trouble:
    since: Any = workflow.paused_at
    day = ""
    if since is not None:
        from django.utils import timezone

        local = timezone.localtime(since)
        recent = timezone.localtime(clock.now()) - local < timedelta(days=6)
        day = f" since {local:%A}" if recent else f" since {local.day} {local:%B}"
    words = f"{people:,} {'person keeps their place' if people == 1 else 'people keep their places'}."
    title = f"{workflow.name} is paused{day}"
    if may["workflow_write"]:
        return Trouble("info", "player-pause", title, words, f"/workflows/{workflow.pk}/resume/", "Resume", post=True)
    return Trouble("info", "player-pause", title, words, f"/history/?workflow={workflow.pk}", "Look")
