"""The tables. Submodules depend on one another in this order, never the reverse."""

from rooms.models.notices import Notice
from rooms.models.site import Installation, Rendering
from rooms.models.users import RetiredName, User

from rooms.models.rooms import Invite, Membership, Room  # isort: skip
from rooms.models.messages import Message, Reaction, Tally  # isort: skip
from rooms.models.moderation import (  # isort: skip
    AuditEntry,
    Ban,
    Held,
    Ignore,
    Mute,
    Removal,
    Report,
    Rule,
)

__all__ = [
    "AuditEntry",
    "Ban",
    "Held",
    "Ignore",
    "Installation",
    "Invite",
    "Membership",
    "Message",
    "Mute",
    "Notice",
    "Reaction",
    "Removal",
    "Rendering",
    "Report",
    "RetiredName",
    "Room",
    "Rule",
    "Tally",
    "User",
]
