"""The limit: every step of all contacts at once, as pure SQL that writes the rows that the product wrote. Nothing else a product
does is in here: no consent is asked, nothing is rendered or handed over, nobody could be stopped half-way."""

from __future__ import annotations

import json
import time
from typing import Any

from django.db import connection, transaction

from contacts import clock
from contacts.models import Tag
from engine.bench import scenario
from engine.messaging.models import Message
from engine.models import Visit


def run(contact_ids: list[int], version_id: int, workflow_id: int) -> float:
    """Contact-steps a second for these contacts (even ones opened, every fourth has a phone). After the product's own run, whose
    whys and wordings serve as the example."""
    now = clock.to_micros(clock.now())
    low, high = contact_ids[0], contact_ids[-1]
    base = low
    rows: dict[str, str] = {"all": "true", "opened": f"(c.id - {base}) & 1 = 0", "no": f"(c.id - {base}) & 1 = 1"}
    rows["phone"] = f"(c.id - {base}) & 3 = 1"
    rows["none"] = f"(c.id - {base}) & 3 = 3"
    path = [
        ("n1", "all", "next"),
        ("n2", "all", "next"),
        ("n3", "all", "next"),
        ("n4", "opened", "yes"),
        ("n4", "no", "no"),
        ("n5", "opened", "next"),
        ("n6", "phone", "yes"),
        ("n6", "none", "no"),
        ("n7", "phone", "next"),
        ("n8", "all", "end"),
    ]
    examples = {(node, port): _example(version_id, node, port) for node, _, port in path}
    tag = Tag.objects.get(name="opened").pk
    people = f"contacts_contact c JOIN engine_run r ON r.contact_id = c.id AND r.slot = 'sql' WHERE c.id BETWEEN {low} AND {high}"
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO engine_run (workflow_id, version_id, contact_id, node, nth, entered_at, started_at, status, lane, due_at,"
            " attempts, fence, outcome, slot, depth, error)"
            f" SELECT {workflow_id}, {version_id}, c.id, 'n1', 1, {now}, {now}, 1, 1, {now}, 0, 0, '', 'sql', 0, ''"
            f" FROM contacts_contact c WHERE c.id BETWEEN {low} AND {high}"
        )
        for nth, (node, who, port) in enumerate(path, 1):
            cast = "::jsonb" if connection.vendor == "postgresql" else ""
            why, result = examples[node, port]
            cursor.execute(
                "INSERT INTO engine_visit (contact_id, run_id, nth, version_id, node, entered_at, left_at, port, result, why)"
                f" SELECT c.id, r.id, {nth}, {version_id}, '{node}', {now}, {now}, '{port}', %s, %s{cast}"
                f" FROM {people} AND {rows[who]}",
                [result, why],
            )
            for key in (port, "+entered"):
                cursor.execute(
                    "INSERT INTO engine_counter (version_id, node, port, n)"
                    f" SELECT {version_id}, '{node}', '{key}', count(*) FROM contacts_contact c"
                    f" WHERE c.id BETWEEN {low} AND {high} AND {rows[who]}"
                    " ON CONFLICT (version_id, node, port) DO UPDATE SET n = engine_counter.n + excluded.n"
                )
            if node in ("n2", "n7"):
                _messages(cursor, node, nth, f"{people} AND {rows[who]}", now, version_id, workflow_id)
            if node == "n5":
                _tags(cursor, tag, f"contacts_contact c WHERE c.id BETWEEN {low} AND {high} AND {rows[who]}", now)
        cursor.execute(
            f"UPDATE engine_run SET node = 'n8', nth = {len(path)}, status = 2, outcome = 'completed', ended_at = {now},"
            " due_at = NULL, fence = fence + 1 WHERE slot = 'sql'"
        )
        seconds = time.perf_counter() - started
        cursor.execute("SELECT count(*) FROM engine_visit v JOIN engine_run r ON r.id = v.run_id WHERE r.slot = 'sql'")
        written = cursor.fetchone()[0]
    if written != scenario.visits_of(len(contact_ids)):
        raise RuntimeError(f"Pure SQL wrote {written} visits, not {scenario.visits_of(len(contact_ids))}.")
    return float(written / seconds)


def _example(version_id: int, node: str, port: str) -> tuple[str | None, int | None]:
    """The why, as JSON text, and the result of a visit that the product wrote there."""
    visit = Visit.objects.filter(version_id=version_id, node=node, port=port).first()
    if visit is None:
        return None, None
    return None if visit.why is None else json.dumps(visit.why, separators=(",", ":")), visit.result


def _messages(cursor: Any, node: str, nth: int, people: str, now: int, version_id: int, workflow_id: int) -> None:
    example = Message.objects.filter(version_id=version_id, node=node).order_by("pk").first()
    assert example is not None
    cursor.execute(
        "INSERT INTO messaging_message (contact_id, run_id, version_id, workflow_id, content_version_id, wording_id, planned_at,"
        " not_before, accepted_at, nth, fence, status, purpose, attempts, machine_opens, is_demo, channel, node, reason,"
        f" provider_id, error{_more(example)[0]}) SELECT c.id, r.id, {version_id}, {workflow_id}, %s, %s, {now}, {now}, {now},"
        f" {nth}, 1, 3, 0, 1, 0, false, '{example.channel}', '{node}', '', '', ''{_more(example)[1]} FROM {people}",
        [example.content_version_id, example.wording_id, *_more(example)[2]],
    )


def _more(example: Message) -> tuple[str, str, list[Any]]:
    """Columns that came later and may not be NULL, with the example's values."""
    known = {
        "fence",
        "status",
        "purpose",
        "attempts",
        "machine_opens",
        "is_demo",
        "channel",
        "node",
        "reason",
        "provider_id",
    }
    known |= {"id", "contact_id", "run_id", "version_id", "workflow_id", "planned_at", "not_before", "nth", "error"}
    fields = [one for one in Message._meta.concrete_fields if not one.null and one.column not in known]
    names = "".join(f", {one.column}" for one in fields)
    return names, ", %s" * len(fields), [getattr(example, one.attname) for one in fields]


def _tags(cursor: Any, tag: int, people: str, now: int) -> None:
    """The tag (the product gave it to them already: taken away first, outside of the count) and its event."""
    cursor.execute(f"DELETE FROM contacts_contacttag WHERE tag_id = {tag}")
    cursor.execute(
        "INSERT INTO contacts_contacttag (contact_id, tag_id, since, by_workflow)"
        f" SELECT c.id, {tag}, {now}, 1 FROM {people}"
    )
    cast = "::jsonb" if connection.vendor == "postgresql" else ""
    cursor.execute(
        "INSERT INTO contacts_event (contact_id, name, properties, occurred_at, received_at, depth, handled)"
        f" SELECT c.id, 'tag_added', '{{\"tag\":\"opened\"}}'{cast}, {now}, {now}, 1, true FROM {people}"
    )
