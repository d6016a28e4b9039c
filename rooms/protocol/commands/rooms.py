"""Rooms and the lobby."""

from typing import Annotated, Literal

from msgspec import Meta

from rooms.protocol.commands.command import Command
from rooms.protocol.limits import MAX_ADDED, MAX_PEOPLE
from rooms.protocol.values import Limit, Number, Revision, Slug


class OpenRoom(Command, frozen=True, kw_only=True, tag="room.open"):
    """Follow a room: get a page of messages now and every change from here on. `since` (the last
    revision seen) asks for what has changed since then, `around` for the page around a message. A
    message may be newer than the reply's `revision`: the events that follow repeat it. `people`
    are those whom the messages name, `here` the numbers of those whose `@here` addressed you.
    `online` names at most 1,000 people; `presence.changed` names the rest."""

    replies = "room, revision, messages, people, here, has_before, has_after, online, reset"

    room: Slug
    since: Revision | None = None
    limit: Limit = 50
    around: Number | None = None


class CloseRoom(Command, frozen=True, kw_only=True, tag="room.close"):
    """Stop following a room."""

    room: Slug


class OpenLobby(Command, frozen=True, kw_only=True, tag="lobby.open"):
    """Get the list of public rooms, by name, and an event whenever it changes. `query` keeps rooms
    whose name, topic or address contains each of its words. At most 1,000 are listed; `more` says
    whether there are others."""

    replies = "rooms, more"

    query: Annotated[str, Meta(max_length=100)] = ""


class CloseLobby(Command, frozen=True, kw_only=True, tag="lobby.close"):
    """Stop following the list of public rooms."""


class CreateRoom(Command, frozen=True, kw_only=True, tag="room.create"):
    """Create a room and become its owner. Without a `slug`, one is made from the name."""

    replies = "room"

    name: str
    kind: Literal["public", "private"]
    topic: str = ""
    slug: str | None = None


class DirectRoom(Command, frozen=True, kw_only=True, tag="room.direct"):
    """Get the direct room of exactly these people (usernames) and yourself; it is created if it
    doesn't exist. The others see a new one once something was said in it."""

    replies = "room"

    people: Annotated[list[str], Meta(min_length=1, max_length=MAX_PEOPLE)]


class JoinRoom(Command, frozen=True, kw_only=True, tag="room.join"):
    """Become a member of a public room."""

    replies = "room"

    room: Slug


class LeaveRoom(Command, frozen=True, kw_only=True, tag="room.leave"):
    """Stop being a member."""

    replies = "room"

    room: Slug


class HideRoom(Command, frozen=True, kw_only=True, tag="room.hide"):
    """Take a direct room off your list, until something new is said in it or you open it."""

    room: Slug


class UnhideRoom(Command, frozen=True, kw_only=True, tag="room.unhide"):
    """Put a hidden room back on your list."""

    replies = "room"

    room: Slug


class AddMembers(Command, frozen=True, kw_only=True, tag="member.add"):
    """As a moderator: make people (usernames) members of a public or private room. Those who are
    members already are left as they are; `members` are the new ones."""

    replies = "members"

    room: Slug
    people: Annotated[list[str], Meta(min_length=1, max_length=MAX_ADDED)]
