"""How messages leave the house: one file a sender. `of(channel)` answers the one that the settings choose."""

from engine.messaging.errors import InDoubt, SendError
from engine.messaging.senders.base import Outcome, Sender
from engine.messaging.senders.registry import of

__all__ = ["InDoubt", "Outcome", "SendError", "Sender", "of"]
