"""The tables. A submodule may depend on those imported before it here, never on later ones."""

from rooms.models.jobs import Job
from rooms.models.notices import Notice
from rooms.models.site import Installation, Rendering
from rooms.models.users import RetiredName, User

from rooms.models.rooms import Invite, Membership, Room  # isort: skip
from rooms.models.uploads import LinkPreview, MessageLink, Upload  # isort: skip
from rooms.models.messages import Message, Reaction, Tally  # isort: skip
from rooms.models.sanctions import Ban, Mute, Removal  # isort: skip
from rooms.models.screening import Held, Report, Rule  # isort: skip
from rooms.models.ignores import Ignore  # isort: skip
from rooms.models.inbox import InboxItem, Keyword  # isort: skip
from rooms.models.push import PushKey, PushSubscription  # isort: skip
from rooms.models.emoji import CustomEmoji  # isort: skip
from rooms.models.search import SearchedRoom, SearchedText, SearchIndex  # isort: skip
from rooms.models.audit import AuditEntry  # isort: skip

__all__ = [
    "AuditEntry",
    "Ban",
    "CustomEmoji",
    "Held",
    "Ignore",
    "InboxItem",
    "Installation",
    "Invite",
    "Job",
    "Keyword",
    "LinkPreview",
    "Membership",
    "Message",
    "MessageLink",
    "Mute",
    "Notice",
    "PushKey",
    "PushSubscription",
    "Reaction",
    "Removal",
    "Rendering",
    "Report",
    "RetiredName",
    "Room",
    "Rule",
    "SearchIndex",
    "SearchedRoom",
    "SearchedText",
    "Tally",
    "Upload",
    "User",
]
