"""Which sender a channel has: the catcher until the operator names another; for demo people the catcher always."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from django.conf import settings

from contacts import clock
from engine.messaging.errors import MessagingError
from engine.messaging.senders.base import Sender
from engine.messaging.senders.catcher import CatcherSender
from engine.messaging.senders.null import NullSender

Factory = Callable[[str], Sender]
_FACTORIES: dict[str, tuple[str, Factory]] = {}
_stand_in: ContextVar[Sender | None] = ContextVar("stand_in", default=None)


def register(channel: str, setting: str, factory: Factory) -> None:
    """A channel's sender: made by `factory` from the URL that `setting` holds."""
    _FACTORIES[channel] = (setting, factory)


def of(channel: str, *, is_demo: bool = False) -> Sender:
    """The sender for this channel, fresh: it may hold a connection. Raises what a wrong URL raises."""
    stand_in = _stand_in.get()
    if stand_in is not None:
        return stand_in
    if clock.is_simulated():
        raise RuntimeError("A simulation sends nothing.")
    url = "" if is_demo else url_of(channel)
    if url in ("", "catcher:", "catcher://"):
        return CatcherSender()
    if url.startswith("null:"):
        return NullSender()
    return _FACTORIES[channel][1](url)


@contextmanager
def replaced_by(sender: Sender) -> Iterator[None]:
    """In this context every channel's letters go to `sender`, whatever is configured: for simulations, which send nothing."""
    token = _stand_in.set(sender)
    try:
        yield
    finally:
        _stand_in.reset(token)


def url_of(channel: str) -> str:
    if channel not in _FACTORIES:
        return ""
    return str(getattr(settings, _FACTORIES[channel][0], "") or "")


def repeatable(channel: str, *, is_demo: bool) -> bool:
    """May a call that ended unknown be made again without a second message? Not by a sender that cannot even be made."""
    try:
        return _repeatable(channel, "" if is_demo else url_of(channel))
    except MessagingError:
        return False


@lru_cache(maxsize=32)
def _repeatable(channel: str, url: str) -> bool:
    if url in ("", "catcher:", "catcher://") or url.startswith("null:"):
        return True
    return _FACTORIES[channel][1](url).repeatable


def _email(url: str) -> Sender:
    from engine.messaging.senders.email import EmailSender

    return EmailSender(url)


def _sms(url: str) -> Sender:
    from engine.messaging.senders.sms import SmsSender

    return SmsSender(url)


register("email", "EMAIL_URL", _email)
register("sms", "SMS_URL", _sms)
