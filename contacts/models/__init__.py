"""What a row is. Questions live in querysets here, verbs that write in modules of their own beside this folder."""

from contacts.models.consents import CHANNELS, ConsentProof, ConsentState, Topic
from contacts.models.contact import Contact, fold
from contacts.models.event import Event
from contacts.models.fields import Field
from contacts.models.imports import Import, Reject
from contacts.models.lists import List, ListMember
from contacts.models.segments import Segment, SegmentMember
from contacts.models.suppression import Suppression
from contacts.models.tags import ContactTag, Tag
from contacts.models.workspace import Workspace

__all__ = [
    "CHANNELS",
    "ConsentProof",
    "ConsentState",
    "Contact",
    "ContactTag",
    "Event",
    "Field",
    "Import",
    "List",
    "ListMember",
    "Reject",
    "Segment",
    "SegmentMember",
    "Suppression",
    "Tag",
    "Topic",
    "Workspace",
    "fold",
]
