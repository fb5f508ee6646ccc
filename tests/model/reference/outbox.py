"""What leaves the house: may it be sent, what does the provider say, and what comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.model.reference.people import Effect, Hit, Message, Person, Run

if TYPE_CHECKING:
    from tests.model.reference.world import Trellis, Workflow

RETRIES = [timedelta(minutes=1), timedelta(minutes=8), timedelta(hours=1), timedelta(hours=8)]
AUDIENCE_RETRIES = [timedelta(seconds=30), timedelta(seconds=120), timedelta(seconds=600), timedelta(seconds=3600)]


def address(person: Person, channel: str) -> str | None:
    return person.email if channel == "email" else person.phone


def refusal(world: Trellis, message: Message) -> str:
    """Why it must not be sent; "" if it may. Marketing needs a yes to channel and topic, service no objection."""
    person, channel = message.run.person, message.channel
    to = address(person, channel)
    if not to:
        return "no_address"
    blocked, since = person.blocked.get((channel, to), ("", None))
    if blocked and blocked != "unsubscribe":
        return blocked
    if message.purpose == "transactional":
        return ""
    state, said = person.consents.get(channel, ("unknown", None))
    if state == "out":
        return "opted_out"
    if blocked and not (state == "in" and said > since):
        return "unsubscribe"
    if message.purpose == "service":
        return ""
    if state != "in":
        return "no_consent"
    topic = person.consents.get(message.topic, ("unknown", None))[0] if message.topic else "in"
    return {"in": "", "out": "topic_opted_out", "unknown": "no_topic_consent"}[topic]


def work(world: Trellis) -> bool:
    """Messages, then calls, and so on until nothing is due. Whoever has an answer goes on at once; a second run of the same
    contact is due, with its answer."""
    busy = False
    for person in world.people:
        while hand_over_all(world, person) | call_all(world, person):
            busy = True
    return busy


def hand_over_all(world: Trellis, person: Person) -> bool:
    due = [one for one in person.messages if one.status == "planned" and one.not_before <= world.now]
    for message in due:
        hand_over(world, message)
    due.sort(key=lambda one: one.status != "skipped")  # what is refused needs no provider's answer
    go_on(world, [one.run for one in due if one.run.result == one.status and one.run.nth == one.nth])
    return bool(due)


def call_all(world: Trellis, person: Person) -> bool:
    calls = [one for one in person.effects if one.due_at <= world.now]
    for effect in calls:
        call(world, effect)
    go_on(world, [one.run for one in calls if one not in person.effects and one.run.nth == one.nth])
    return bool(calls)


def go_on(world: Trellis, runs: list[Run]) -> None:
    for run in runs[:1]:
        if run.status == "active" and run.workflow.status != "paused":
            world.go_on(run)


def hand_over(world: Trellis, message: Message) -> None:
    """The gate is asked again; then the provider answers, or is tried again later, five times in all."""
    message.reason = refusal(world, message)
    mailbox = message.run.person.mailbox
    if not message.reason and message.run.workflow.status == "paused":
        message.status, message.reason = "held", "paused"
        return
    message.tries += 1
    if message.reason:
        message.status = "skipped"
    elif mailbox == "busy" and message.tries <= len(RETRIES):
        message.not_before = world.now + RETRIES[message.tries - 1]
        message.reason = "retry"
        return
    elif mailbox == "busy":
        message.status, message.reason = "rejected", "exhausted"
    else:
        message.status = {"takes": "accepted", "refuses": "rejected", "doubt": "in_doubt"}[mailbox]
    if message.status in ("accepted", "in_doubt"):
        message.accepted_at = world.now
    answer(world, message.run, message.nth, message.status)
    world.wake(message.run.person, "message_skipped" if message.status == "skipped" else "message_sent")


def hold(world: Trellis, workflow: Workflow) -> None:
    """A pause holds what is planned, also what waits for its next try."""
    for person in world.people:
        for message in person.messages:
            if message.run.workflow is workflow and message.status == "planned":
                message.status, message.reason = "held", "paused"


def release(world: Trellis, workflow: Workflow) -> None:
    """A paused workflow goes on: so do the messages that it kept back."""
    for person in world.people:
        for message in person.messages:
            if message.run.workflow is workflow and message.status == "held" and message.reason == "paused":
                message.status, message.reason = "planned", ""


def call(world: Trellis, effect: Effect) -> None:
    """An ad audience: its name says how it answers."""
    effect.tries += 1
    if effect.name.startswith("Busy") and effect.tries <= len(AUDIENCE_RETRIES):
        effect.due_at = world.now + AUDIENCE_RETRIES[effect.tries - 1]
        return
    effect.run.person.effects.remove(effect)
    answer(world, effect.run, effect.nth, "rejected" if effect.name.startswith(("Busy", "Broken")) else "accepted")


def answer(world: Trellis, run, nth: int, status: str) -> None:
    """The run goes on with its answer."""
    if run.status == "active" and run.nth == nth:
        run.result, run.due_at = status, world.now


# --- what comes back --------------------------------------------------------------------------------
def hit(world: Trellis, message: Message, link: str | None, machine: bool) -> None:
    """An open, or a click. A machine's are kept apart; the first by a person leaves an event, each further one another."""
    before = [one for one in message.hits if not one.machine]
    message.hits.append(Hit(world.now, link, machine))
    if machine:
        return
    person = message.run.person
    if not before:
        world.record(person, "message_opened", {})
    elif not link:
        world.record(person, "message_opened_again", {})
    if link:
        again = link in [one.link for one in before]
        world.record(person, "message_clicked_again" if again else "message_clicked", {"url": link})


def receipt(world: Trellis, message: Message, what: str, hard: bool) -> None:
    """The provider's report; the same again changes nothing."""
    person, rank = message.run.person, ["accepted", "delivered", "bounced", "complained"]
    status = "accepted" if message.status == "in_doubt" else message.status
    if what in rank and rank.index(what) > rank.index(status):
        message.status = what
        if what == "delivered":
            message.delivered_at = world.now
    key = f"{what}:{id(message)}" + (":hard" if hard and what == "bounced" else "")
    if any(event.key == key for event in person.events):
        return
    world.record(person, f"message_{what}", {}, key=key)
    if not person.email:
        return
    if what == "complained":
        block(world, person, "complaint")
    elif what == "bounced" and (hard or often(world, person)):
        block(world, person, "hard_bounce")
    elif what == "unsubscribed":
        block(world, person, "unsubscribe")
        world.set_consent(person, "email", "out")


def often(world: Trellis, person: Person) -> bool:
    """Five bounces in 14 days are a mailbox that nobody empties."""
    since = world.now - timedelta(days=14)
    return sum(one.name == "message_bounced" and one.occurred_at >= since for one in person.events) >= 5


STRENGTH = ["", "unsubscribe", "manual", "hard_bounce", "complaint"]


def block(world: Trellis, person: Person, reason: str) -> None:
    """The stronger reason stays."""
    known = person.blocked.get(("email", person.email or ""), ("", world.now))[0]
    if STRENGTH.index(reason) > STRENGTH.index(known):
        person.blocked["email", person.email or ""] = (reason, world.now)
