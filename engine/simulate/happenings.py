"""What can happen to somebody in a simulation, done through the same doors as in life: the pixel, the link, the event API.

`possible` turns a wait's branch into what would make it true: "opened Introduction" into an open of that message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contacts import consents, events, fields, lists, tags
from contacts.errors import Invalid, problem
from engine.messaging import hits, receipts
from engine.messaging.models import Link, Message
from engine.messaging.models.message import SENT
from engine.messaging.receipts import Receipt
from engine.simulate.asked import Happening

_AGENT = "Mozilla/5.0 (X11; Linux x86_64) Trellis time machine"
MOST_TIMES = 20

# (contact id, run id, what it says) -> why it could not happen, or "".
Doing = Callable[[int, int, Mapping[str, Any]], str]


def happen(contact_id: int, run_id: int, what: Happening) -> str:
    """Let it happen now, by the simulated clock. Answers in words why it could not, or nothing."""
    doing = DOINGS.get(what.do)
    if doing is None:
        return f"Nothing is called “{what.do}” here."
    try:
        for _ in range(min(MOST_TIMES, max(1, int(what.values.get("times") or 1)))):
            refused = doing(contact_id, run_id, what.values)
            if refused:
                return refused
    except Invalid as error:
        return "; ".join(found["message"] for found in error.problems) or str(error)
    return ""


def _message(contact_id: int, run_id: int, values: Mapping[str, Any]) -> Message | None:
    """The newest that was sent: of this node, of this content, or any."""
    found = Message.objects.filter(contact_id=contact_id, status__in=SENT, accepted_at__isnull=False)
    if values.get("node"):
        found = found.filter(run_id=run_id, node=values["node"])
    elif values.get("content"):
        found = found.filter(content_version__content_id=values["content"])
    return found.order_by("-accepted_at", "-id").first()


_NOT_SENT = "No such message was sent by then."


def _opened(contact_id: int, run_id: int, values: Mapping[str, Any]) -> str:
    message = _message(contact_id, run_id, values)
    if message is None:
        return _NOT_SENT
    hits.opened(message.pk, method="GET", agent=_AGENT, headers={})
    return ""


def _clicked(contact_id: int, run_id: int, values: Mapping[str, Any]) -> str:
    from contacts.conditions.patterns import matches

    message = _message(contact_id, run_id, values)
    if message is None:
        return _NOT_SENT
    pattern = str(values.get("link") or "*")
    links = Link.objects.filter(message_id__isnull=True) | Link.objects.filter(message_id=message.pk)
    fitting = next((link for link in links.order_by("id")[:500] if matches(pattern, link.url)), None)
    if fitting is None:
        # Links of the text alone, or none at all: a click is recorded all the same, on the address that was asked for.
        url = pattern.replace("*", "") or "https://example.com/"
        fitting = Link.objects.get_or_create(pk=Link.id_of(url), defaults={"url": url})[0]
    hits.clicked(message.pk, fitting.pk, method="GET", agent=_AGENT, headers={})
    return ""


def _reported(what: str) -> Doing:
    def report(contact_id: int, run_id: int, values: Mapping[str, Any]) -> str:
        message = _message(contact_id, run_id, values)
        if message is None:
            return _NOT_SENT
        provider_id = message.provider_id or f"simulated-{message.pk}"
        Message.objects.filter(pk=message.pk).update(provider_id=provider_id)
        receipts.record(Receipt(what=what, provider_id=provider_id, hard=bool(values.get("hard", True))))
        return ""

    return report


def _replied(contact_id: int, run_id: int, values: Mapping[str, Any]) -> str:
    message = _message(contact_id, run_id, values)
    if message is None:
        return _NOT_SENT
    told = {"message": message.pk, "node": message.node, "run": message.run_id, "workflow": message.workflow_id}
    events.record(contact_id, "message_replied", told, run_id=message.run_id)
    return ""


def _event(name: str = "") -> Doing:
    def record(contact_id: int, run_id: int, values: Mapping[str, Any]) -> str:
        called = name or str(values.get("name") or "").strip()
        if not called:
            return "The event has no name."
        if not name and called in events.RESERVED:
            return f"“{called}” is recorded by Trellis itself: let the thing itself happen."
        events.record(contact_id, called, dict(values.get("properties") or {}))
        return ""

    return record


def _visited(contact_id: int, run_id: int, values: Mapping[str, Any]) -> str:
    told = {"url": str(values.get("url") or "https://example.com/"), "seconds": values.get("seconds") or 30}
    events.record(contact_id, "page_visited", told)
    return ""


def _tag(verb: Callable[..., Any]) -> Doing:
    def change(contact_id: int, run_id: int, values: Mapping[str, Any]) -> str:
        verb([contact_id], [str(values.get("tag") or "")])
        return ""

    return change


def _list(verb: Callable[..., Any]) -> Doing:
    def change(contact_id: int, run_id: int, values: Mapping[str, Any]) -> str:
        slug = str(values.get("list") or "")
        if not slug:
            raise Invalid(problems=[problem("list", "Which list?")])
        verb([contact_id], [slug])
        return ""

    return change


def _field(contact_id: int, run_id: int, values: Mapping[str, Any]) -> str:
    fields.update({contact_id: {str(values.get("field") or ""): values.get("value")}})
    return ""


def _consent(contact_id: int, run_id: int, values: Mapping[str, Any]) -> str:
    subject, state = str(values.get("subject") or "email"), str(values.get("state") or "in")
    consents.set([contact_id], subject, state, source="simulation")
    return ""


def _unsubscribed(contact_id: int, run_id: int, values: Mapping[str, Any]) -> str:
    return _consent(contact_id, run_id, {"subject": values.get("channel") or "email", "state": "out"})


DOINGS: dict[str, Doing] = {
    "opened": _opened,
    "clicked": _clicked,
    "replied": _replied,
    "delivered": _reported("delivered"),
    "bounced": _reported("bounced"),
    "complained": _reported("complained"),
    "unsubscribed": _unsubscribed,
    "purchase": _event("purchase"),
    "event": _event(),
    "visited": _visited,
    "tag": _tag(tags.add),
    "untag": _tag(tags.remove),
    "join": _list(lists.join),
    "leave": _list(lists.leave),
    "field": _field,
    "consent": _consent,
}


# --- from a condition to what would make it true ------------------------------------------------
def possible(tree: Any) -> list[Happening] | None:
    """What would make this condition true, or None where there is no telling how. Of `any` the first way that is known."""
    if not isinstance(tree, dict) or not tree:
        return None
    if "fact" in tree:
        found = _of_leaf(tree)
        return None if found is None else [found]
    if isinstance(tree.get("all"), list):
        all_of: list[Happening] = []
        for part in tree["all"]:
            some = possible(part)
            if some is None:
                return None
            all_of += some
        return all_of or None
    if isinstance(tree.get("any"), list):
        return next((some for part in tree["any"] if (some := possible(part))), None)
    return None


def _of_leaf(leaf: Mapping[str, Any]) -> Happening | None:
    fact = leaf["fact"]
    if fact == "message" and leaf.get("did") in ("opened", "clicked", "replied", "delivered", "bounced"):
        named = {key: leaf[key] for key in ("node", "content", "link") if leaf.get(key)}
        return Happening(leaf["did"], named)
    if fact == "purchase":
        told = _properties(leaf.get("where"))
        told.setdefault("value", leaf.get("value_from") or leaf.get("value_to") or 10)
        return Happening("purchase", {"properties": told, "times": leaf.get("at_least", 1)})
    if fact == "event" and leaf.get("name"):
        values = {"name": leaf["name"], "properties": _properties(leaf.get("where"))}
        if leaf["name"] in events.RESERVED:
            return None
        return Happening("event", {**values, "times": leaf.get("at_least", 1)})
    if fact == "visited" and leaf.get("url"):
        url = str(leaf["url"]).replace("*", "")
        url = f"https://example.com{url}" if url.startswith("/") else url
        return Happening(
            "visited", {"url": url, "seconds": leaf.get("seconds") or 30, "times": leaf.get("at_least", 1)}
        )
    if fact == "tag" and leaf.get("is"):
        return Happening("tag", {"tag": leaf["is"]})
    if fact == "list" and leaf.get("is"):
        return Happening("join", {"list": leaf["is"]})
    if fact == "consent" and leaf.get("subject") and leaf.get("state", "in") in ("in", "out"):
        return Happening("consent", {"subject": leaf["subject"], "state": leaf.get("state", "in")})
    if fact == "score" and leaf.get("op", "gte") in ("gte", "is", "between") and leaf.get("value") is not None:
        return Happening("field", {"field": "score", "value": leaf["value"]})
    if fact == "field" and leaf.get("field"):
        value = _fitting(leaf)
        return None if value is None else Happening("field", {"field": leaf["field"], "value": value})
    return None


def _properties(where: Any) -> dict[str, Any]:
    found = {}
    for one in where if isinstance(where, list) else []:
        if isinstance(one, dict) and one.get("property"):
            value = _fitting(one)
            if value is not None:
                found[str(one["property"])] = value
    return found


def _fitting(leaf: Mapping[str, Any]) -> Any:
    """A value for which the comparison holds, where one can be told from it."""
    op, value = leaf.get("op", "is"), leaf.get("value")
    if op in ("is", "contains", "starts_with", "ends_with", "gte", "lte", "between"):
        return value
    if op == "in" and isinstance(value, list) and value:
        return value[0]
    if op in ("gt", "lt") and isinstance(value, int | float):
        return value + (1 if op == "gt" else -1)
    return "x" if op == "set" else None


def in_words(what: Happening, names: Any) -> str:
    """ "They open “Introduction”", as a button or a timeline says it."""
    values, do = what.values, what.do
    message = f"“{names.node(values['node'])}”" if values.get("node") else "the last message"
    if do in ("opened", "clicked", "replied"):
        said = {
            "opened": f"They open {message}",
            "clicked": f"They click in {message}",
            "replied": f"They answer {message}",
        }[do]
    elif do in ("delivered", "bounced", "complained"):
        said = {
            "delivered": f"{message} is delivered",
            "bounced": f"{message} bounces",
            "complained": f"They report {message} as spam",
        }[do]
    elif do == "event":
        said = f"“{values.get('name', '')}” happens"
    elif do == "visited":
        said = f"They visit {values.get('url') or 'a page'}"
    elif do in ("tag", "untag"):
        said = f"They {'get' if do == 'tag' else 'lose'} the tag {values.get('tag', '')}"
    elif do in ("join", "leave"):
        said = f"They {do} the list {names.list(str(values.get('list', '')))}"
    elif do == "field":
        said = f"{str(values.get('field', '')).replace('_', ' ').capitalize()} becomes {values.get('value')}"
    elif do == "consent":
        said = f"They say {'yes' if values.get('state', 'in') == 'in' else 'no'} to {values.get('subject', 'email')}"
    else:
        said = {"purchase": "They buy something", "unsubscribed": "They unsubscribe"}.get(do, do)
    times = values.get("times") or 1
    return f"{said[:1].upper()}{said[1:]}" + (f", {times} times" if times > 1 else "")
