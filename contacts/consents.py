"""Say yes or no for a contact, with the proof: who, to which text, when, from where. The proof is append-only."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from contacts import clock, events, locks, sql, suppressions
from contacts.cause import Actor, Cause, PerContact
from contacts.errors import Invalid, problem
from contacts.events import NewEvent, Recorded
from contacts.models import CHANNELS, ConsentProof, ConsentState, Contact, Topic
from contacts.normalise import address_hash, text

STATES = ("in", "out")


@dataclass(frozen=True, slots=True)
class Said:
    """One contact's word on one subject."""

    contact_id: int
    subject: str
    state: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves it. `address` empty: the contact's own address for that channel."""

    source: str
    text: str = ""
    address: str = ""
    ip: str = ""
    agent: str = ""
    by_user: Actor = None


def set(
    contact_ids: Collection[int],
    subject: str,
    state: str,
    *,
    source: str,
    text: str = "",
    address: str = "",
    ip: str = "",
    agent: str = "",
    by_user: Actor = None,
    by_workflow: int | None = None,
    run_ids: PerContact = None,
    depth: PerContact = 0,
    lock: bool = True,
) -> list[Recorded]:
    """Set what these contacts said about a channel or topic, `in` or `out`. Answers the `consent_changed` events.

    Every call leaves proof; only a change leaves an event. An `in` for a channel lifts a suppression whose reason was
    an unsubscribe, no other. `lock=False`: the caller holds the contacts' locks. Constant number of queries.
    """
    evidence = Evidence(source, text, address, ip, agent, by_user)
    rows = [Said(contact_id, subject, state) for contact_id in contact_ids]
    return set_many(rows, evidence, cause=Cause(by_workflow, run_ids, depth), lock=lock)


def set_many(
    rows: Sequence[Said],
    evidence: Evidence,
    *,
    cause: Cause | None = None,
    lock: bool = True,
    only_unknown: bool = False,
) -> list[Recorded]:
    """The same for many contacts and subjects under one piece of evidence.

    `only_unknown` is for imports: who has said anything before keeps what they said, above all a no.
    """
    cause = cause or Cause()
    if not rows:
        return []
    check({(row.subject, row.state) for row in rows})
    rows = list({(row.contact_id, row.subject): row for row in rows}.values())
    with transaction.atomic():
        if lock:
            existing = locks.lock_existing(row.contact_id for row in rows)
            rows = [row for row in rows if row.contact_id in existing]
        contact_ids = {row.contact_id for row in rows}
        known = {
            (contact_id, subject): state
            for contact_id, subject, state in ConsentState.objects.filter(
                contact_id__in=contact_ids, subject__in={row.subject for row in rows}
            ).values_list("contact_id", "subject", "state")
        }
        if only_unknown:
            rows = [row for row in rows if (row.contact_id, row.subject) not in known]
        changed = [row for row in rows if known.get((row.contact_id, row.subject)) != row.state]
        now = clock.to_micros(clock.now())
        sql.insert(
            ConsentState,
            ("contact_id", "subject", "state", "since"),
            [(row.contact_id, row.subject, row.state, now) for row in changed],
            "(contact_id, subject) DO UPDATE SET state = excluded.state, since = excluded.since",
        )
        _prove(rows, evidence, now)
        return events.record_many(
            [
                NewEvent(
                    row.contact_id,
                    "consent_changed",
                    {"subject": row.subject, "state": row.state},
                    depth=cause.depth_of(row.contact_id),
                    workflow_id=cause.workflow_id,
                    run_id=cause.run_of(row.contact_id),
                    handled=cause.handled,
                )
                for row in changed
            ],
            lock=False,
        )


def check(said: Collection[tuple[str, str]]) -> None:
    """Raises `Invalid` with all problems: unknown subjects, states other than in and out. At most one query."""
    problems = [
        problem(f"consents.{subject[:60]}", "Consent is either in or out.")
        for subject, state in sorted(said)
        if state not in STATES
    ]
    topics = {subject for subject, _ in said} - CHANNELS.keys()
    if topics:
        known = builtins.set(Topic.objects.filter(slug__in=topics).values_list("slug", flat=True))
        problems += [
            problem(f"consents.{subject[:60]}", f"“{subject[:60]}” is neither a channel nor a topic.")
            for subject in sorted(topics - known)
        ]
    if problems:
        raise Invalid(problems=problems)


def _prove(rows: Sequence[Said], evidence: Evidence, now: int) -> None:
    contacts = Contact.objects.filter(pk__in={row.contact_id for row in rows})
    addresses = {pk: (email or "", phone or "") for pk, email, phone in contacts.values_list("pk", "email", "phone")}
    source, agent = text(evidence.source, 4_000)[:200], text(evidence.agent, 100_000)[:400]
    words = evidence.text.replace("\x00", "")
    user_id = evidence.by_user.pk if evidence.by_user is not None else None
    proofs, opted_in = [], []
    for row in rows:
        email, phone = addresses.get(row.contact_id, ("", ""))
        channel = "sms" if row.subject == "sms" else "email"
        address = evidence.address or (phone if channel == "sms" else email)
        hashed = address_hash(channel, address) if address else ""
        proofs.append(
            (
                row.contact_id,
                row.subject,
                row.state,
                now,
                source,
                words,
                address[:254],
                hashed,
                evidence.ip[:45],
                agent,
                user_id,
            )
        )
        if row.state == "in" and row.subject in CHANNELS and hashed:
            opted_in.append((row.subject, hashed))
    sql.insert(
        ConsentProof,
        (
            "contact_id",
            "subject",
            "state",
            "at",
            "source",
            "text",
            "address",
            "address_hash",
            "ip",
            "agent",
            "by_user_id",
        ),
        proofs,
    )
    suppressions.lift_unsubscribes(opted_in)
