"""Mutes, and what awaits a moderator."""

from rooms.protocol.events.event import Event
from rooms.protocol.shapes import Muted


class MuteChanged(Event, frozen=True, kw_only=True, tag="mute.changed"):
    """You were muted or may write again, in a room, or everywhere if `room` is null."""

    sent_to = "all sockets of that person"

    room: str | None
    muted: Muted | None


class WaitingChanged(Event, frozen=True, kw_only=True, tag="waiting.changed"):
    """How many messages await a moderator, reported or held, each kind counted up to 100. Null: you
    no longer moderate the site."""

    sent_to = "all sockets of site moderators"

    waiting: int | None


class MessageRefused(Event, frozen=True, kw_only=True, tag="message.refused"):
    """A moderator rejected a message of yours that was held. An approved one arrives as
    `message.posted`, with its nonce."""

    sent_to = "all sockets of the author"

    room: str
    nonce: str
    detail: str
