"""What somebody is told, and of what they want to be told."""

from rooms.protocol.events.event import Event
from rooms.protocol.shapes import Notify, Person
from rooms.protocol.values import ToldReason


class Notification(Event, frozen=True, kw_only=True, tag="notification"):
    """A new message that you want to be told of: an item of your inbox or, in a room of which you
    want to hear everything, any `message`, whose `id` is null. It isn't sent while you are not to
    be disturbed, and gets lost with the connection: what there is, the inbox says."""

    sent_to = "all sockets of that person"

    id: str | None
    room: str
    number: int
    reason: ToldReason
    author: Person
    excerpt: str


class NotificationWithdrawn(Event, frozen=True, kw_only=True, tag="notification.withdrawn"):
    """An item of your inbox is no longer unread: you have read it, perhaps in another tab, it no
    longer concerns you, the message was deleted, you ignore its author, or you are no longer in the
    room."""

    sent_to = "all sockets of that person"

    id: str
    room: str
    number: int


class InboxChanged(Event, frozen=True, kw_only=True, tag="inbox.changed"):
    """How many items of your inbox are unread now."""

    sent_to = "all sockets of that person"

    unread: int


class NotifyChanged(Event, frozen=True, kw_only=True, tag="notify.changed"):
    """You chose of what in a room you are told."""

    sent_to = "all sockets of that person"

    room: str
    notify: Notify


class KeywordsChanged(Event, frozen=True, kw_only=True, tag="keywords.changed"):
    """You chose other keywords."""

    sent_to = "all sockets of that person"

    keywords: list[str]
