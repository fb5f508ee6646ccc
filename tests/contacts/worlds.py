"""Small worlds full of edge cases, each drawn from one seed: what the property test of conditions asks about."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from contacts import clock
from contacts.conditions import ARRIVAL, Subject
from contacts.durations import parse
from contacts.models import (
    ConsentProof,
    ConsentState,
    Contact,
    ContactTag,
    Event,
    List,
    ListMember,
    Segment,
    Tag,
)
from engine.messaging.models import Content, ContentVersion, Hit, Link, Message, Status
from engine.models import Run, RunStatus, Visit
from engine.scope import RunScope

ZONES = ["", "Europe/Warsaw", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Mars/Olympus"]
# Beside clocks that are moved, ends of months, a leap day, an ordinary Sunday.
NOWS = [
    "2026-11-22T09:00:00+00:00",
    "2026-03-29T10:30:00+00:00",
    "2026-03-30T00:30:00+00:00",
    "2026-10-25T12:00:00+00:00",
    "2026-11-02T06:30:00+00:00",
    "2026-04-05T12:00:00+00:00",
    "2026-03-31T22:30:00+00:00",
    "2028-03-01T04:00:00+00:00",
]
DURATIONS = ["PT1H", "P1D", "P2D", "P2DT3H", "P30D", "P1M", "P1Y"]
TEXTS = [
    "",
    "Anna",
    "ANNA",
    "ŁUKASZ",
    "łukasz",
    "100%",
    "a_b",
    "a*b",
    "straße",
    "STRASSE",
    "İstanbul",
    "ΟΔΟΣ",
    "[x]",
    "?",
    "it's",
    '"q"',
    "\\",
    "é",
    "e\u0301",
    "😀a",
    "1",
    "true",
    " ",
]
URLS = [
    "https://shop.example/pricing?x=1",
    "https://shop.example/Pricing",
    "http://a.example/100%",
    "/x[1]?",
    "",
    "a\nb",
]
PATTERNS = ["/pricing*", "*", "https://shop.example/*", "http://a.example/100%", "/x[1]?", "*_*", "a*b", "!"]
DATES = ["2026-03-29", "2026-03-28", "2026-11-22", "2026-12-01", "2028-02-29"]
MOMENTS = ["2026-03-29T01:00:00Z", "2026-11-22T09:00:00Z", "2026-11-20T09:00:00.5+00:00", "2026-10-25T00:30:00Z"]
VALUES: list[Any] = [
    None,
    0,
    1,
    -1,
    1.5,
    10,
    100,
    10**20,
    True,
    False,
    [],
    ["a"],
    {},
    {"a": 1},
    "2026-03-28x",
    "2026-13-45",
    *TEXTS,
    *DATES,
    *MOMENTS,
]
COMMON = ["Anna", "ŁUKASZ", "100%", 1, 1.5, 10, True, *DATES, *MOMENTS]
KEYS = ["city", "age", "born", "gone"]
MESSAGE_NODES = ["n1", "n2", "n3"]
SAME_AS = {"n1": ["n2"]}


class World:
    """Contacts with runs and everything that facts look at; drawn from one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.now = datetime.fromisoformat(rng.choice(NOWS)) + timedelta(seconds=rng.choice([0, 0, 1, 3_600, 86_400]))
        self.moments = self._moments()
        contacts = [
            Contact(
                email=rng.choice([None, f"p{n}@example.com", f"ANNA{n}@Example.com"]),
                phone=rng.choice([None, "", "+48601000001"]),
                external_id=rng.choice([None, f"x{n}"]),
                first_name=rng.choice(TEXTS),
                last_name=rng.choice(TEXTS),
                language=rng.choice(["", "pl", "EN"]),
                time_zone=rng.choice(ZONES),
                fields={key: self.value() for key in KEYS if rng.random() < 0.8},
                score=rng.choice([-1, 0, 1, 10, 11]),
                created_at=self.moment(),
            )
            for n in range(rng.choice([1, 3, 6]))
        ]
        self.contacts = Contact.objects.bulk_create(contacts)
        self._belongings()
        self._runs()
        self._elsewhere()
        self._events()
        self._words()
        self._messages()

    def _moments(self) -> list[datetime]:
        """Edges of windows, a microsecond to each side."""
        from contacts.conditions import zones

        edges = [self.now]
        for text in DURATIONS:
            for name in ("Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "UTC"):
                edges.append(clock.from_micros(zones.before(self.now, parse(text), zones.known()[name])))
        edges += [self.now - timedelta(hours=hours) for hours in (2, 23, 24, 25, 47, 49)]
        return [edge + timedelta(microseconds=by) for edge in edges for by in (-1, 0, 1)]

    def value(self) -> Any:
        """Half of them such that trees ask for them."""
        return self.rng.choice(self.rng.choice([VALUES, COMMON]))

    def moment(self) -> datetime:
        return self.rng.choice(self.moments)

    def _belongings(self) -> None:
        rng = self.rng
        tags = [Tag.objects.create(name=name) for name in ("vip", "straße")]
        lists = [List.objects.create(name=slug, slug=slug) for slug in ("leads", "news")]
        for contact in self.contacts:
            for tag in tags:
                if rng.random() < 0.5:
                    by = rng.choice([None, 7])
                    ContactTag.objects.create(contact=contact, tag=tag, since=self.moment(), by_workflow=by)
            for one in lists:
                if rng.random() < 0.4:
                    ListMember.objects.create(contact=contact, list=one, since=self.moment())
            for subject in ("email", "sms", "newsletter"):
                if rng.random() < 0.6:
                    state = rng.choice(["in", "out"])
                    ConsentState.objects.create(contact=contact, subject=subject, state=state, since=self.moment())
                for _ in range(rng.choice([0, 0, 1, 2])):
                    source = rng.choice(["form:sign-up", "import:12", "a|b, c", ""])
                    state = rng.choice(["in", "out"])
                    ConsentProof.objects.create(
                        contact=contact, subject=subject, state=state, source=source, at=self.moment()
                    )

    def _runs(self) -> None:
        rng = self.rng
        rows = []
        for contact in self.contacts:
            for n in range(rng.choice([1, 1, 2])):
                started, deadline = self.moment(), rng.choice([None, self.moment()])
                rows.append(
                    Run(
                        workflow_id=1,
                        version_id=1,
                        contact=contact,
                        node="n9",
                        nth=20,
                        entered_at=started,
                        started_at=started,
                        deadline=deadline,
                        slot=str(n),
                    )
                )
        self.runs = Run.objects.bulk_create(rows)
        visits = []
        for run in self.runs:
            for nth in range(rng.choice([0, 1, 2])):
                at = self.moment()
                visits.append(
                    Visit(
                        contact_id=run.contact_id,
                        run_id=run.pk,
                        nth=nth,
                        version_id=1,
                        node="w1",
                        entered_at=at,
                        left_at=at,
                        port=rng.choice(["next", "yes", "skipped"]),
                        result=rng.choice([None, 3, 8]),
                    )
                )
        self.visits = Visit.objects.bulk_create(visits)

    def _elsewhere(self) -> None:
        """Runs that are over, in this workflow and another."""
        rng = self.rng
        rows = []
        for contact in self.contacts:
            for n in range(rng.choice([0, 1, 3])):
                at, outcome = self.moment(), rng.choice(["completed", "end", "holdout", "converted"])
                more = (
                    {"status": RunStatus.ACTIVE} if rng.random() < 0.2 else {"status": RunStatus.ENDED, "ended_at": at}
                )
                rows.append(
                    Run(
                        workflow_id=rng.choice([1, 2]),
                        version_id=1,
                        contact=contact,
                        node="n9",
                        entered_at=at,
                        started_at=self.moment(),
                        outcome=outcome,
                        slot=f"e{n}",
                        **more,
                    )
                )
        self.elsewhere = Run.objects.bulk_create(rows)

    def _words(self) -> None:
        """Events of which the newest speaks."""
        rng = self.rng
        rows = []
        for contact in self.contacts:
            for _ in range(rng.choice([0, 2, 6])):
                name = rng.choice(["app_installed", "app_removed", "push_subscribed", "push_unsubscribed"])
                name = rng.choice(
                    [name, "survey_answered", "survey_answered", "onsite_shown", "onsite_clicked", "chat_started"]
                )
                properties = {
                    "app": rng.choice(["shop", "SHOP", "other", 1]),
                    "channel": rng.choice(["web_push", "web_push", "mobile_push", None]),
                    "survey": rng.choice(["nps", "nps", "other", None]),
                    "score": rng.choice([0, 1.5, 6, 9, 10, "9", None, True, 10**20]),
                    "item": rng.choice(["Sale", "sale", "other", 3]),
                }
                for key in list(properties):
                    if rng.random() < 0.3:
                        del properties[key]
                rows.append(Event(contact=contact, name=name, properties=properties, occurred_at=self.moment()))
        Event.objects.bulk_create(rows)

    def _events(self) -> None:
        rng = self.rng
        rows = []
        for contact in self.contacts:
            for _ in range(rng.choice([1, 6, 12])):
                name = rng.choice(["purchase", "page_visited", "booked", "message_replied"])
                properties = {
                    "value": rng.choice(VALUES),
                    "seats": rng.choice(VALUES),
                    "url": rng.choice([*URLS, 1, None]),
                }
                properties |= {"seconds": rng.choice([0, 5, 10, "10", None]), "message": rng.choice([1, 2, "1", None])}
                for key in list(properties):
                    if rng.random() < 0.3:
                        del properties[key]
                rows.append(Event(contact=contact, name=name, properties=properties, occurred_at=self.moment()))
        Event.objects.bulk_create(rows)

    def _messages(self) -> None:
        rng = self.rng
        contents = [Content.objects.create(name=name) for name in ("A", "B")]
        self.versions = [ContentVersion.objects.create(content=content, number=1) for content in contents]
        links = [Link.objects.create(id=n + 1, url=url) for n, url in enumerate(URLS)]
        rows = []
        for run in self.runs:
            handed = sorted(self.moment() for _ in range(4))
            for nth in range(rng.choice([0, 1, 3, 4])):
                accepted = rng.choice([handed[nth], handed[nth], None])
                status = (
                    rng.choice([Status.DELIVERED, Status.BOUNCED])
                    if accepted
                    else rng.choice([Status.SKIPPED, Status.PLANNED])
                )
                rows.append(
                    Message(
                        contact_id=run.contact_id,
                        run_id=run.pk,
                        nth=nth,
                        version_id=1,
                        workflow_id=1,
                        channel="email",
                        node=rng.choice(MESSAGE_NODES),
                        status=status,
                        accepted_at=accepted,
                        planned_at=self.moment(),
                        content_version=rng.choice([*self.versions, None]),
                        machine_opens=rng.choice([0, 0, 2]),
                        delivered_at=accepted and rng.choice([None, self.moment()]),
                        opened_at=accepted and rng.choice([None, self.moment()]),
                        clicked_at=accepted and rng.choice([None, self.moment()]),
                    )
                )
        messages = Message.objects.bulk_create(rows)
        hits = [
            Hit(
                message=message,
                link=rng.choice([*links, None]),
                at=self.moment(),
                wall_at=0,
                kind=rng.choice([0, 1]),
                verdict=rng.choice([0, 1, 2]),
            )
            for message in messages
            for _ in range(rng.choice([0, 0, 1, 3]))
        ]
        Hit.objects.bulk_create(hits)
        replied = Event.objects.filter(name="message_replied")
        for event, message in zip(replied, messages, strict=False):
            Event.objects.filter(pk=event.pk).update(properties={"message": message.pk}, contact_id=message.contact_id)

    def segments(self, trees: list[Any]) -> None:
        """Segments that lead to each other, but never in a circle."""
        for n, tree in enumerate(trees):
            inner = {"any": [tree, {"fact": "segment", "is": f"S{n - 1}"}]} if n else tree
            Segment.objects.create(name=f"S{n}", condition=inner)

    # --- asking ---------------------------------------------------------------------------------

    def scope(self, *, until: bool, zone: Any) -> RunScope:
        return RunScope(
            rows=Run.objects.filter(pk__in=[run.pk for run in self.runs]),
            contact="contact_id",
            prefix="contact__",
            run="pk",
            started="started_at",
            until="deadline" if until else None,
            now=self.now,
            zone=zone,
            message_nodes=frozenset(MESSAGE_NODES),
            same_as=SAME_AS,
        )

    def subject(self, run: Run, *, until: bool, zone: Any) -> Subject:
        def anchor(node: str) -> datetime | None:
            if node == ARRIVAL:
                return run.entered_at
            if node in MESSAGE_NODES:
                sent = [m for m in Message.objects.filter(run_id=run.pk, node=node) if m.accepted_at is not None]
                return max(sent, key=lambda message: message.nth).accepted_at if sent else None
            left = [visit for visit in self.visits if visit.run_id == run.pk and visit.node == node]
            return max(left, key=lambda visit: visit.nth).left_at if left else None

        return Subject(
            run.contact,
            self.now,
            run_id=run.pk,
            started_at=run.started_at,
            until=run.deadline if until else None,
            anchor=anchor,
            zone=zone,
            same_as=SAME_AS,
        )
