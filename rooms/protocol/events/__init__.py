"""What the server sends without being asked. A module per subject."""

from typing import TypeAlias, get_args

from rooms.protocol.events.ephemera import PresenceChanged, TypingStarted, TypingStopped
from rooms.protocol.events.event import Event
from rooms.protocol.events.history import ActivityChanged, ReadChanged, ReadsChanged, RoomActivity
from rooms.protocol.events.inbox import (
    InboxChanged,
    KeywordsChanged,
    Notification,
    NotificationWithdrawn,
    NotifyChanged,
)
from rooms.protocol.events.messages import (
    MessageDeleted,
    MessageEdited,
    MessageEvent,
    MessagePosted,
    MessageReacted,
    MessageUpdated,
)
from rooms.protocol.events.moderation import MessageRefused, MuteChanged, WaitingChanged
from rooms.protocol.events.people import (
    AppearanceChanged,
    IgnoredChanged,
    PeopleChanged,
    PersonChanged,
)
from rooms.protocol.events.rooms import (
    LobbyChanged,
    MemberJoined,
    MemberLeft,
    MemberUpdated,
    RoomAdded,
    RoomHidden,
    RoomRemoved,
    RoomStale,
    RoomUpdated,
)
from rooms.protocol.events.session import ServerRestarting, SessionEnded, Welcome
from rooms.protocol.events.sidebar import SidebarChanged
from rooms.protocol.events.site import EmojiChanged, SiteChanged

__all__ = [
    "EVENTS",
    "ActivityChanged",
    "AnyEvent",
    "AppearanceChanged",
    "EmojiChanged",
    "Event",
    "IgnoredChanged",
    "InboxChanged",
    "KeywordsChanged",
    "LobbyChanged",
    "MemberJoined",
    "MemberLeft",
    "MemberUpdated",
    "MessageDeleted",
    "MessageEdited",
    "MessageEvent",
    "MessagePosted",
    "MessageReacted",
    "MessageRefused",
    "MessageUpdated",
    "MuteChanged",
    "Notification",
    "NotificationWithdrawn",
    "NotifyChanged",
    "PeopleChanged",
    "PersonChanged",
    "PresenceChanged",
    "ReadChanged",
    "ReadsChanged",
    "RoomActivity",
    "RoomAdded",
    "RoomHidden",
    "RoomRemoved",
    "RoomStale",
    "RoomUpdated",
    "ServerRestarting",
    "SessionEnded",
    "SidebarChanged",
    "SiteChanged",
    "TypingStarted",
    "TypingStopped",
    "WaitingChanged",
    "Welcome",
]

AnyEvent: TypeAlias = (
    Welcome
    | MessagePosted
    | MessageEdited
    | MessageUpdated
    | MessageDeleted
    | MessageReacted
    | PresenceChanged
    | TypingStarted
    | TypingStopped
    | RoomUpdated
    | LobbyChanged
    | MemberJoined
    | MemberLeft
    | MemberUpdated
    | PersonChanged
    | PeopleChanged
    | RoomAdded
    | RoomRemoved
    | RoomHidden
    | MuteChanged
    | IgnoredChanged
    | WaitingChanged
    | MessageRefused
    | RoomStale
    | RoomActivity
    | ActivityChanged
    | ReadChanged
    | ReadsChanged
    | Notification
    | NotificationWithdrawn
    | InboxChanged
    | NotifyChanged
    | KeywordsChanged
    | SidebarChanged
    | EmojiChanged
    | AppearanceChanged
    | SiteChanged
    | SessionEnded
    | ServerRestarting
)
EVENTS: tuple[type[Event], ...] = get_args(AnyEvent)
