"""What nobody stores: who is here, and who is typing."""

from rooms.protocol.events.event import Event
from rooms.protocol.shapes import Person


class PresenceChanged(Event, frozen=True, kw_only=True, tag="presence.changed"):
    """People came online or left; `online` counts people, not sockets. One event names at most
    1,000 of each; further events name the rest."""

    room: str
    online: int
    joined: list[Person]
    left: list[Person]


class TypingStarted(Event, frozen=True, kw_only=True, tag="typing.started"):
    """Someone is typing. It expires after 6 s."""

    sent_to = "members who have the room open, never the author"

    room: str
    user: Person


class TypingStopped(Event, frozen=True, kw_only=True, tag="typing.stopped"):
    """Someone stopped typing."""

    sent_to = "members who have the room open, never the author"

    room: str
    user: Person
