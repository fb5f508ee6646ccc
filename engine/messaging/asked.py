"""A batch's answers about messages: what the one query must bring, and how its rows are read."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Case, CharField, F, Func, OuterRef, Q, Subquery, Value, When

from contacts.conditions.columns import Columns, micros
from contacts.conditions.fact import Answer, Reader, Row
from contacts.conditions.packing import Packed, PackedRows
from contacts.conditions.windows import Span
from engine.messaging.acts import (
    Asked,
    Sent,
    able,
    act_columns,
    answer,
    by_firsts,
    by_hits,
    of_content,
    roles_of,
    single_acts,
    told_of,
)
from engine.messaging.models import Message


def node_reader(leaf: Asked, columns: Columns) -> Reader:
    """The run's messages of the node come as one text: one visit to the index however much is asked of them."""
    roles = roles_of(leaf, columns.scope.same_as)
    rows = Message.objects.filter(contact_id=columns.contact, run_id=columns.run, node__in=list(roles))
    singly = leaf.did == "replied" or by_hits(leaf)
    acts: list[Any] = [micros(act) for act in act_columns(leaf)] if by_firsts(leaf) else []
    if leaf.did in ("bounced", "skipped"):
        acts = [Case(When(able(leaf), then=act), output_field=BigIntegerField()) for act in acts]
    role: Any = Value("o")
    if len(roles) > 1:
        role = Case(*(When(node=node, then=Value(word)) for node, word in roles.items()), output_field=CharField())
    packed = PackedRows(micros("accepted_at"), "machine_opens", role, *acts)
    place = columns.add(
        Subquery(rows.values(packed=packed), output_field=CharField()),
        ("messages", leaf.did, *roles.items(), len(acts)),
    )
    # The anchor of its own node is the latest hand-off, which the messages tell by themselves.
    own = leaf.since == leaf.node
    span = Span(leaf, columns, own=own)
    read_window = span.reader()
    single = _single_columns(leaf, columns, roles) if singly else ()
    unreached, unsent = answer(leaf, [], None), answer(leaf, [], (0, 0))
    simple = _simple_reader(leaf, place, own, span) if not single and len(roles) == 1 else None

    def read(row: Row) -> tuple[bool, dict[str, Any], int | None]:
        text = row[place]
        if text is None:
            return unreached if own or read_window(row, ()) is None else unsent
        if simple is not None and "," not in text:
            return simple(row)
        messages = [_unpack(part) for part in text.split(",")]
        for word, column in single:
            if row[column]:
                messages.append(Sent(None, [int(at) for at in row[column].split(",")], 0, word))
        moments = [act for one in messages for act in one.acts]
        if own:
            anchor = max(
                (one.accepted for one in messages if one.role == "o" and one.accepted is not None), default=None
            )
            return answer(leaf, messages, None if anchor is None else span.around(anchor, row, moments))
        return answer(leaf, messages, read_window(row, moments))

    return read


def _simple_reader(leaf: Asked, place: int, own: bool, span: Span) -> Reader:
    """One message, never resent: nearly all there are. Says what `_answer` says, in a third of the time."""
    base = told_of(leaf)
    read_window, since, skipped = span.reader(), leaf.since, leaf.did == "skipped"
    machines = leaf.did in ("opened", "clicked")

    def read(row: Row) -> tuple[bool, dict[str, Any], int | None]:
        accepted, machine, _, *acts = row[place].split("|")
        seen = base.copy()
        sent = int(accepted) if accepted else None
        if sent is not None:
            seen["sent"] = sent // 1_000_000
        if machine != "0" and machines:
            seen["machine"] = int(machine)
        moments = [int(act) for act in acts if act]
        if not own:
            window = read_window(row, moments)
        elif sent is not None:
            window = span.around(sent, row, moments)
        else:
            window = None
        if window is None:
            seen["never"] = since
            return False, seen, None
        if sent is not None or skipped:
            low, high = window
            counted = [at for at in moments if low <= at <= high]
            if counted:
                at = min(counted)
                seen["at"] = at // 1_000_000
                return True, seen, at
        return False, seen, None

    return read


def _single_columns(leaf: Asked, columns: Columns, roles: dict[str, str]) -> list[tuple[str, int]]:
    """All moments of single acts, by the role of their message."""
    found = []
    for word in sorted(set(roles.values())):
        nodes = [node for node, role in roles.items() if role == word]
        contact, run = OuterRef(columns.contact), OuterRef(columns.run)
        messages = Message.objects.filter(contact_id=contact, run_id=run, node__in=nodes, accepted_at__isnull=False)
        acts, at, _ = single_acts(leaf, messages, columns.contact)
        column = Subquery(acts.values(packed=PackedRows(micros(at))), output_field=CharField())
        found.append((word, columns.add(column)))
    return found


def _unpack(text: str) -> Sent:
    accepted, machine, role, *acts = text.split("|")
    return Sent(int(accepted) if accepted else None, [int(act) for act in acts if act], int(machine), role)


def total_reader(leaf: Asked, columns: Columns) -> Reader:
    """All messages of a contact, or all of a content: the first act in the window, found by the database."""
    span = Span(leaf, columns)
    read_window = span.reader()
    rows = Message.objects.filter(of_content(leaf), contact_id=columns.contact)
    singly = leaf.did == "replied" or by_hits(leaf)
    firsts = [_first(micros(act), act, span.start, able(leaf)) for act in act_columns(leaf)] if by_firsts(leaf) else []
    total = Packed(
        Func(micros("accepted_at"), function="MAX", output_field=BigIntegerField()),
        Func(F("machine_opens"), function="SUM", output_field=BigIntegerField()),
        Value("o"),
        *firsts,
    )
    place = columns.add(Subquery(rows.values(packed=total), output_field=CharField()))
    single = None
    if singly:
        messages = Message.objects.filter(
            of_content(leaf), contact_id=OuterRef(columns.contact), accepted_at__isnull=False
        )
        acts, at, _ = single_acts(leaf, messages, columns.contact)
        first = Func(
            _first(micros(at), at, span.start, Q()), output_field=BigIntegerField(), template="%(expressions)s"
        )
        single = columns.add(Subquery(acts.values(first=first), output_field=BigIntegerField()))

    band = []
    if span.band is not None:
        low, high = span.band
        looked = [(at, acts, Q())] if singly else []
        looked += [(act, rows, able(leaf)) for act in act_columns(leaf)] if by_firsts(leaf) else []
        for path, of, status in looked:
            within = of.filter(status, **{f"{path}__gte": low, f"{path}__lt": high})
            packed = within.values(packed=PackedRows(micros(path)))
            band.append(columns.add(Subquery(packed, output_field=CharField())))

    def read(row: Row) -> Answer:
        accepted, machine, role, *firsts = (row[place] or "||o").split("|")
        found = [int(act) for act in firsts if act]
        if single is not None and row[single] is not None:
            found.append(row[single])
        for column in band:
            if row[column]:
                found.extend(int(act) for act in row[column].split(","))
        one = Sent(int(accepted) if accepted else None, found, int(machine or 0), role)
        return answer(leaf, [one], read_window(row, found))

    return read


def _first(act: Any, path: str, start: Any, status: Q) -> Func:
    """The first moment at or after `start`."""
    counted = status if start is None else status & Q(**{f"{path}__gte": start})
    moments = Case(When(counted, then=act), output_field=BigIntegerField()) if counted else act
    return Func(moments, function="MIN", output_field=BigIntegerField())
