"""The reference model plays the same script, and tells its record in the same shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.model import drawing
from tests.model.reference import entry, moving, outbox
from tests.model.reference.people import Message, Person, Tagged
from tests.model.reference.world import Trellis, Version, Workflow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reference:
    """`contacts`, `workflows` and `runs` are ids that the database gave: dice are thrown by them. `refused` says of each edit
    whether it could be published at all."""

    def __init__(
        self,
        drawn: dict[str, Any],
        *,
        contacts: Sequence[int],
        workflows: Sequence[int],
        runs: Mapping[int, list[int]],
        refused: Sequence[bool],
    ) -> None:
        self.refused = list(refused)
        self.drawn = drawn
        self.world = Trellis(
            zone=ZoneInfo(drawn["zone"]),
            now=datetime.fromisoformat(drawn["start"]),
            topics=dict(enumerate(drawing.TOPICS)),
            segments=drawn["segments"],
            run_numbers=dict(runs),
        )
        for number, person in zip(contacts, drawn["people"], strict=True):
            self.world.people.append(self.person(number, person))
        for index, (number, document) in enumerate(zip(workflows, drawn["workflows"], strict=True)):
            self.world.workflows.append(Workflow(number, index, [Version.of(1, document)]))

    def person(self, number: int, drawn: dict[str, Any]) -> Person:
        now = self.world.now
        own = ("email", "phone", "first_name", "language", "time_zone", "score", "mailbox")
        return Person(
            number=number,
            **{key: drawn[key] for key in own},
            fields=dict(drawn["fields"]),
            created_at=now,
            tags={name: Tagged(now) for name in drawn["tags"]},
            lists=dict.fromkeys(drawn["lists"], now),
            consents={subject: (state, now) for subject, state in drawn["consents"].items()},
        )

    def play(self) -> dict[str, Any]:
        for step in self.drawn["script"]:
            getattr(self, f"do_{step['do']}")(**{key: value for key, value in step.items() if key != "do"})
        self.do_work()
        return self.record()

    # --- the doors --------------------------------------------------------------------------------
    def do_pass(self, seconds: int) -> None:
        self.world.now += timedelta(seconds=seconds)

    def do_work(self, outbox_too: bool = True) -> None:
        self.world.work(outbox_too=outbox_too)

    def do_event(
        self, who: int, name: str, properties: dict[str, Any], ago: int | None = None, key: str | None = None
    ) -> None:
        at = None if ago is None else self.world.now - timedelta(seconds=ago)
        self.world.record(self.world.people[who], name, properties, occurred_at=at, key=key)

    def do_tag(self, who: int, add: list[str], remove: list[str], by_person: bool = False) -> None:
        self.world.add_tags(self.world.people[who], add)
        self.world.remove_tags(self.world.people[who], remove)

    def do_list(self, who: int, add: list[str], remove: list[str]) -> None:
        self.world.join_lists(self.world.people[who], add)
        self.world.leave_lists(self.world.people[who], remove)

    def do_field(self, who: int, values: dict[str, Any]) -> None:
        self.world.set_fields(self.world.people[who], values)

    def do_consent(self, who: int, subject: str, state: str) -> None:
        self.world.set_consent(self.world.people[who], subject, state)

    def do_enrol(self, workflow: int, who: list[int], key: str) -> None:
        entry.enrol(self.world, self.world.workflows[workflow], [self.world.people[one] for one in who], key)

    def latest(self, who: int, channel: str | None = None) -> Message | None:
        person = self.world.people[who]
        sent = [one for one in person.messages if one.accepted_at and channel in (None, one.channel)]
        return max(sent, key=lambda one: (one.accepted_at, person.messages.index(one)), default=None)

    def do_hit(self, who: int, link: str | None, machine: bool) -> None:
        message = self.latest(who, "email")
        if message is not None:
            outbox.hit(self.world, message, link, machine)

    def do_receipt(self, who: int, what: str, hard: bool) -> None:
        message = self.latest(who, "email")
        if message is not None:
            outbox.receipt(self.world, message, what, hard)

    def do_reply(self, who: int) -> None:
        message = self.latest(who)
        if message is not None:
            self.world.record(self.world.people[who], "message_replied", {"message": message})

    def do_pause(self, workflow: int) -> None:
        self.world.workflows[workflow].status = "paused"
        outbox.hold(self.world, self.world.workflows[workflow])

    def do_resume(self, workflow: int) -> None:
        mine = self.world.workflows[workflow]
        if mine.status == "paused":
            mine.status = "live"
            outbox.release(self.world, mine)

    def do_cancel(self, who: int) -> None:
        active = [run for run in self.world.people[who].runs if run.status == "active"]
        if active:
            self.world.take_out(active[-1], "cancelled")

    def do_edit(
        self, workflow: int, document: dict[str, Any], people_inside: str, deleted: dict[str, str | None]
    ) -> None:
        if self.refused.pop(0):
            return
        mine = self.world.workflows[workflow]
        moving.publish(mine, Version.of(len(mine.versions) + 1, document), people_inside, deleted)

    # --- the record -------------------------------------------------------------------------------
    def record(self) -> dict[str, Any]:
        return {
            "people": [self.record_of(person) for person in self.world.people],
            "counters": {key: n for key, n in self.world.counters.items() if n},
        }

    def record_of(self, person: Person) -> dict[str, Any]:
        status = {"active": "inside"}
        return {
            "contact": {
                key: person.get(key) for key in ("email", "phone", "first_name", "language", "time_zone", "score")
            }
            | {"fields": person.fields},
            "runs": [
                {
                    "number": number,
                    "workflow": run.workflow.index,
                    "version": run.version.number,
                    "status": status.get(run.status, run.status),
                    "outcome": run.outcome,
                    "started_at": micros(run.started_at),
                    "ended_at": micros(run.ended_at),
                    "goal_at": micros(run.goal_at),
                    "visits": [
                        (v.nth, v.version, v.node, micros(v.entered_at), micros(v.left_at), v.port) for v in run.visits
                    ],
                    "stands": (run.nth, run.node, micros(run.entered_at)) if run.status == "active" else None,
                }
                for number, run in enumerate(person.runs)
            ],
            "messages": sorted(
                (
                    person.runs.index(m.run),
                    m.nth,
                    m.node,
                    m.channel,
                    m.status,
                    m.reason if m.status != "cancelled" else "",
                    micros(m.accepted_at),
                    micros(m.first(click=False)),
                    micros(m.first(click=True)),
                    sum(hit.machine and not hit.link for hit in m.hits),
                )
                for m in person.messages
            ),
            "refusals": sorted((workflow, reason, micros(at)) for workflow, reason, at in person.refusals),
            "tags": {name: (micros(held.since), held.by_workflow) for name, held in person.tags.items()},
            "lists": {slug: micros(since) for slug, since in person.lists.items()},
            "consents": {subject: (state, micros(since)) for subject, (state, since) in person.consents.items()},
            "events": [(e.name, micros(e.occurred_at), e.depth, e.by_workflow) for e in person.events],
        }


def micros(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)
