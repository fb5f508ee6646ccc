"""What is written, sent, hit and listed. One file a theme."""

from engine.messaging.models.audience import AudienceMember
from engine.messaging.models.catcher import Caught
from engine.messaging.models.content import Content, ContentVersion, Wording
from engine.messaging.models.link import Hit, HitClass, HitKind, Link
from engine.messaging.models.message import Message, Purpose, Status

__all__ = [
    "AudienceMember",
    "Caught",
    "Content",
    "ContentVersion",
    "Hit",
    "HitClass",
    "HitKind",
    "Link",
    "Message",
    "Purpose",
    "Status",
    "Wording",
]
