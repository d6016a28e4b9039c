"""What happens to a room's messages."""

from msgspec import UNSET, UnsetType

from rooms.protocol.events.event import Event
from rooms.protocol.shapes import Message, Person


class MessageEvent(Event, frozen=True, kw_only=True):
    """A durable change; each one in a room increases `revision` by one. `people` are those whom the
    message names, if any."""

    room: str
    revision: int
    message: Message
    people: list[Person] | UnsetType = UNSET


class MessagePosted(MessageEvent, frozen=True, kw_only=True, tag="message.posted"):
    """A new message. Its author has read the room up to here, unless the message was held for
    review and has only now been `approved`."""

    approved: bool | UnsetType = UNSET


class MessageEdited(MessageEvent, frozen=True, kw_only=True, tag="message.edited"):
    """A message's body changed, or a deletion was undone."""


class MessageUpdated(MessageEvent, frozen=True, kw_only=True, tag="message.updated"):
    """A message changed without being edited: a file of it is ready, or the preview of a link came
    or went."""


class MessageDeleted(MessageEvent, frozen=True, kw_only=True, tag="message.deleted"):
    """A message is now a tombstone."""


class MessageReacted(MessageEvent, frozen=True, kw_only=True, tag="message.reacted"):
    """A message's reactions changed: `actor` added or removed `emoji`."""

    actor: Person
    emoji: str
    added: bool
