"""Publishing a change while people are inside: they finish what they began, or are moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.model.reference.people import Run
    from tests.model.reference.world import Trellis, Version, Workflow


UNTAKEN = ("planned", "held", "cancelled")


def publish(workflow: Workflow, version: Version, people_inside: str, deleted: dict[str, str | None]) -> None:
    workflow.versions.append(version)
    if people_inside == "move":
        workflow.move = (version, deleted)


def work(world: Trellis) -> bool:
    """Everybody inside an older version comes along; who sends something goes on with its answer first."""
    busy = False
    for workflow in world.workflows:
        if workflow.move is None:
            continue
        version, deleted = workflow.move
        for person in world.people:
            for run in person.runs:
                inside = run.workflow is workflow and run.status == "active" and run.version.number < version.number
                if inside and (run.result is None or is_void(world, run, version)):
                    busy = True
                    move(world, run, version, deleted)
    return busy


def is_void(world: Trellis, run: Run, version: Version) -> bool:
    """What nobody has taken yet, at a step that is gone or was changed, is not sent as it was."""
    was, now = run.version.nodes[run.node], version.nodes.get(run.node, {})
    if all(was.get(key) == now.get(key) for key in ("kind", "settings", "enabled")):
        return False
    taken = [m for m in run.person.messages if m.run is run and m.nth == run.nth and m.status not in UNTAKEN]
    if taken or run.result in ("accepted", "rejected"):
        return False
    world.cancel(run)
    return True


def move(world: Trellis, run: Run, version: Version, deleted: dict[str, str | None]) -> None:
    """To the same node in the new version; a node whose kind changed counts as deleted."""
    target: Any = run.node
    if version.nodes.get(run.node, {}).get("kind") != run.version.nodes[run.node]["kind"]:
        target = deleted.get(run.node)
    if target is None:
        world.take_out(run, "removed_by_edit")
        return
    world.close_visit(run, "moved")
    if target != run.node:
        run.entered_at = world.now
    # The wait is reckoned anew from when the person came to the node; what is due by it goes on at once.
    for called in run.person.runs:
        if called.called_by == (run, run.nth) and target == run.node:
            called.called_by = (run, run.nth + 1)  # who waits for another workflow's end goes on waiting for it
    run.version, run.node, run.nth = version, target, run.nth + 1
    run.deadline, run.due_at, run.woken, run.result = None, world.now, False, None
    world.count(run, "+entered")
