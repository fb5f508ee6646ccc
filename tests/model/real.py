"""The product plays a world's script, by its public doors; and its record, in the words of the comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from builder import drafts, publishing
from builder.actions.create import create
from builder.actions.pause import pause
from builder.actions.resume import resume
from builder.errors import Unpublishable
from builder.models import Workflow, WorkflowVersion
from contacts import clock, consents, events, fields, lists, tags
from contacts.clock import to_micros
from contacts.models import ConsentState, Contact, ContactTag, Field, List, ListMember, Segment, Topic, Workspace
from engine import ending, moving, outbox, runner, triggers
from engine.messaging import content, delivery, hits, receipts
from engine.messaging.errors import SendError
from engine.messaging.models import Link, Message, Status
from engine.messaging.senders import registry
from engine.messaging.senders.base import Outcome, Sender
from engine.models import Counter, Refusal, Run, RunStatus, Visit
from tests.forgetting import forget
from tests.model import drawing, vocabulary

HUMAN = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
MACHINE = "Mozilla/5.0"


class PostOffice(Sender):
    """Answers by the addressee: takes, refuses, is busy, or nobody knows."""

    repeatable = True

    def __init__(self, mailboxes: dict[str, str]) -> None:
        self.mailboxes = mailboxes

    def deliver(self, letters: Iterable[Any]) -> Iterator[Outcome]:
        for letter in letters:
            status = {
                "takes": Status.ACCEPTED,
                "refuses": Status.REJECTED,
                "busy": Status.PLANNED,
                "doubt": Status.IN_DOUBT,
            }[self.mailboxes[letter.to]]
            yield Outcome(letter, status, clock.now(), provider_id=f"m{letter.message_id}")


def call_audience(payload: dict[str, Any], contact_ids: Any) -> str:
    if payload["audience"].startswith("Busy"):
        raise SendError("Busy.", permanent=False)
    return "Broken." if payload["audience"].startswith("Broken") else ""


def furnish() -> list[int]:
    """What all worlds share, made once: the workspace, fields, lists, topics, contents. Answers the contents' ids."""
    Workspace.current()
    Field.objects.bulk_create([Field(key=key, label=key, type=kind) for key, kind in drawing.FIELDS.items()])
    List.objects.bulk_create([List(name=slug, slug=slug) for slug in drawing.LISTS])
    Topic.objects.create(slug="news", label="News")
    links = "".join(f'<a href="{url}">x</a>' for url in drawing.LINKS)
    made = [
        content.create(name=f"Letter {topic}", subject="Hello", html=f"<p>Hello</p>{links}", topic=topic)
        for topic in drawing.TOPICS
    ]
    return [one.pk for one in made]


class Product:
    def __init__(self, world: dict[str, Any], contents: list[int]) -> None:
        self.world, self.contents = world, contents
        self.workflows: list[Workflow] = []
        forget()
        Workspace.objects.update(time_zone=world["zone"])
        Segment.objects.bulk_create(
            [Segment(name=name, condition=self.told(tree)) for name, tree in world["segments"].items()]
        )
        self.frozen: Any = None
        self.refused: list[bool] = []  # of each edit: could it not be published?

    def told(self, value: Any) -> Any:
        """Contents are drawn as 0, 1 ... and have ids here."""
        if isinstance(value, dict):
            if value.get("fact") == "workflow":
                value = {**value, "is": self.workflows[value["is"]].pk}
            return {
                key: self.contents[part]
                if key == "content" and isinstance(part, int)
                else self.workflows[part].pk
                if key == "workflow" and isinstance(part, int)
                else self.told(part)
                for key, part in value.items()
            }
        return [self.told(part) for part in value] if isinstance(value, list) else value

    @contextmanager
    def at_work(self) -> Iterator[None]:
        with ExitStack() as stack:
            self.frozen = stack.enter_context(clock.freeze(self.world["start"]))
            boxes = {}
            for who, person in enumerate(self.world["people"]):
                boxes |= dict.fromkeys((vocabulary.email(who), vocabulary.phone(who)), person["mailbox"])
            stack.enter_context(mock.patch.object(registry, "of", lambda channel, is_demo=False: PostOffice(boxes)))
            # The model knows when a message is tried again, not the number that spreads it.
            stack.enter_context(mock.patch.object(delivery, "SPREAD", 0.0))
            stack.enter_context(mock.patch.dict(outbox._carriers, {"audience": call_audience}))
            yield

    def play(self) -> dict[str, Any]:
        with self.at_work():
            self.people = self.add_people()
            self.workflows = [create(name=f"Test {n}", user=None) for n in range(len(self.world["workflows"]))]
            self.workflows = [self.publish(*pair) for pair in zip(self.workflows, self.world["workflows"], strict=True)]
            for step in self.world["script"]:
                getattr(self, f"do_{step['do']}")(**{key: value for key, value in step.items() if key != "do"})
            self.do_work()
            return self.record()

    # --- the doors --------------------------------------------------------------------------------
    def add_people(self) -> list[Contact]:
        own = ("email", "phone", "first_name", "language", "time_zone", "score", "fields")
        people = Contact.objects.bulk_create(
            [Contact(**{key: person[key] for key in own}) for person in self.world["people"]]
        )
        for who, person in enumerate(self.world["people"]):
            for subject, state in person["consents"].items():
                ConsentState.objects.create(contact=people[who], subject=subject, state=state, since=clock.now())
        ids = tags.ensure(drawing.TAGS)
        ContactTag.objects.bulk_create(
            [
                ContactTag(contact=people[who], tag_id=ids[tag], since=clock.now())
                for who, person in enumerate(self.world["people"])
                for tag in person["tags"]
            ]
        )
        by_slug = {one.slug: one for one in List.objects.all()}
        ListMember.objects.bulk_create(
            [
                ListMember(contact=people[who], list=by_slug[slug], since=clock.now())
                for who, person in enumerate(self.world["people"])
                for slug in person["lists"]
            ]
        )
        return people

    def publish(self, workflow: Workflow, document: dict[str, Any]) -> Workflow:
        drafts.save(workflow.pk, self.told(document), revision=workflow.revision, user=None)
        workflow.refresh_from_db()
        publishing.publish(workflow, user=None)
        workflow.refresh_from_db()
        return workflow

    def do_pass(self, seconds: int) -> None:
        self.frozen.set(clock.now() + timedelta(seconds=seconds))

    def do_work(self, outbox_too: bool = True) -> None:
        busy = True
        while busy:
            busy = _until_none(triggers.handle)
            busy = _until_none(runner.advance) or busy
            if outbox_too:
                busy = _until_none(outbox.tick) or busy
            busy = _until_none(moving.work) or busy

    def do_event(
        self, who: int, name: str, properties: dict[str, Any], ago: int | None = None, key: str | None = None
    ) -> None:
        at = None if ago is None else clock.now() - timedelta(seconds=ago)
        events.record(self.people[who].pk, name, properties, occurred_at=at, key=key)

    def do_tag(self, who: int, add: list[str], remove: list[str], by_person: bool = False) -> None:
        tags.add([self.people[who].pk], add)
        tags.remove([self.people[who].pk], remove)

    def do_list(self, who: int, add: list[str], remove: list[str]) -> None:
        lists.join([self.people[who].pk], add)
        lists.leave([self.people[who].pk], remove)

    def do_field(self, who: int, values: dict[str, Any]) -> None:
        fields.update({self.people[who].pk: values})

    def do_consent(self, who: int, subject: str, state: str) -> None:
        consents.set([self.people[who].pk], subject, state, source="test")

    def do_enrol(self, workflow: int, who: list[int], key: str) -> None:
        fresh = Workflow.objects.get(pk=self.workflows[workflow].pk)
        triggers.enrol(fresh, [self.people[one].pk for one in who], key=key)

    def latest(self, who: int, channel: str | None = None) -> Message | None:
        sent = Message.objects.filter(contact=self.people[who], accepted_at__isnull=False)
        if channel:
            sent = sent.filter(channel=channel)
        return sent.order_by("-accepted_at", "-pk").first()

    def do_hit(self, who: int, link: str | None, machine: bool) -> None:
        message = self.latest(who, "email")
        if message is None:
            return
        call: dict[str, Any] = {"method": "GET", "agent": MACHINE if machine else HUMAN, "headers": {}}
        if link is None:
            hits.opened(message.pk, **call)
        else:
            hits.clicked(message.pk, Link.objects.get(url=link).pk, **call)

    def do_receipt(self, who: int, what: str, hard: bool) -> None:
        message = self.latest(who, "email")
        if message is not None and message.provider_id:
            receipts.record(receipts.Receipt(what, provider_id=message.provider_id, hard=hard))

    def do_reply(self, who: int) -> None:
        message = self.latest(who)
        if message is not None:
            events.record(self.people[who].pk, "message_replied", {"message": message.pk})

    def do_pause(self, workflow: int) -> None:
        pause(self.workflows[workflow])

    def do_resume(self, workflow: int) -> None:
        resume(self.workflows[workflow])

    def do_cancel(self, who: int) -> None:
        run = Run.objects.filter(contact=self.people[who], status=RunStatus.ACTIVE).order_by("-pk").first()
        if run is not None:
            ending.end([run.pk], "cancelled")

    def do_edit(
        self, workflow: int, document: dict[str, Any], people_inside: Any, deleted: dict[str, str | None]
    ) -> None:
        mine = Workflow.objects.get(pk=self.workflows[workflow].pk)
        drafts.save(mine.pk, self.told(document), revision=mine.revision, user=None)
        mine.refresh_from_db()
        try:
            publishing.publish(mine, user=None, people_inside=people_inside, deleted=deleted)
        except Unpublishable:
            self.refused.append(True)
            return
        self.refused.append(False)
        self.workflows[workflow] = Workflow.objects.get(pk=mine.pk)

    # --- the record -------------------------------------------------------------------------------
    def record(self) -> dict[str, Any]:
        index = {workflow.pk: n for n, workflow in enumerate(self.workflows)}
        versions = {
            pk: (index[of], number)
            for pk, of, number in WorkflowVersion.objects.values_list("pk", "workflow_id", "number")
        }
        place = {person.pk: n for n, person in enumerate(self.people)}
        people: list[dict[str, Any]] = [
            {"runs": [], "messages": [], "refusals": [], "tags": {}, "lists": {}, "consents": {}, "events": []}
            for _ in self.people
        ]
        for contact in Contact.objects.filter(pk__in=place):
            keys = ("email", "phone", "first_name", "language", "time_zone", "score", "fields")
            people[place[contact.pk]]["contact"] = {key: getattr(contact, key) for key in keys}
        runs: dict[int, dict[str, Any]] = {}
        self.run_numbers: dict[int, list[int]] = {}
        for run in Run.objects.order_by("pk"):
            mine = people[place[run.contact_id]]["runs"]
            runs[run.pk] = {
                "number": len(mine),
                "workflow": index[run.workflow_id],
                "version": versions[run.version_id][1],
                "status": run.get_status_display(),
                "outcome": run.outcome,
                "started_at": micros(run.started_at),
                "ended_at": micros(run.ended_at),
                "goal_at": micros(run.goal_at),
                "visits": [],
                "stands": (run.nth, run.node, micros(run.entered_at)) if run.status == RunStatus.ACTIVE else None,
            }
            mine.append(runs[run.pk])
            self.run_numbers.setdefault(run.contact_id, []).append(run.pk)
        for v in Visit.objects.order_by("contact_id", "run_id", "nth"):
            runs[v.run_id]["visits"].append(
                (v.nth, versions[v.version_id][1], v.node, micros(v.entered_at), micros(v.left_at), v.port)
            )
        for m in Message.objects.order_by("pk"):
            people[place[m.contact_id]]["messages"].append(
                (
                    runs[m.run_id]["number"],
                    m.nth,
                    m.node,
                    m.channel,
                    Status(m.status).label,
                    m.reason if m.status != Status.CANCELLED else "",
                    micros(m.accepted_at),
                    micros(m.opened_at),
                    micros(m.clicked_at),
                    m.machine_opens,
                )
            )
        for r in Refusal.objects.order_by("pk"):
            people[place[r.contact_id]]["refusals"].append((index[r.workflow_id], r.reason, micros(r.at)))
        for t in ContactTag.objects.select_related("tag"):
            people[place[t.contact_id]]["tags"][t.tag.name] = (micros(t.since), t.by_workflow is not None)
        for joined in ListMember.objects.select_related("list"):
            people[place[joined.contact_id]]["lists"][joined.list.slug] = micros(joined.since)
        for said in ConsentState.objects.all():
            people[place[said.contact_id]]["consents"][said.subject] = (said.state, micros(said.since))
        for e in events.Event.objects.order_by("pk"):
            people[place[e.contact_id]]["events"].append(
                (
                    e.name,
                    micros(e.occurred_at),
                    e.depth,
                    index.get(e.workflow_id) if e.run_id or e.workflow_id else None,
                )
            )
        counters = {(*versions[c.version_id], c.node, c.port): c.n for c in Counter.objects.all() if c.n}
        for person in people:
            person["messages"].sort()
            person["refusals"].sort()
        return {"people": people, "counters": counters}


def _until_none(work: Any) -> bool:
    busy = False
    while work():
        busy = True
    return busy


def micros(at: datetime | None) -> int | None:
    return None if at is None else to_micros(at)
