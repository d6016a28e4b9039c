"""Bounds of the wire, the codes that end it, and the kinds of values in it."""

from enum import IntEnum
from typing import Annotated, Literal

from msgspec import Meta

VERSION = "chatsite.v1"
HEARTBEAT_SECONDS = 20  # the server's pings; a client that hears nothing for two is cut off

MAX_FRAME = 64 * 1024  # bytes, from the client
MAX_REPLY = 1024 * 1024  # bytes, to the client
MAX_UNSENT = 1024 * 1024  # bytes that a socket may leave unread before it is cut off
# Of messages in one reply: half of what a socket may leave unread, so that the events that follow
# don't cut it off.
PAGE_BYTES = MAX_UNSENT // 2
MAX_BODY = 8000  # characters
MAX_PAGE = 100  # messages
MAX_PEOPLE = 9  # in a direct room, oneself not counted
MAX_REPLAY = 1000  # changes that one `room.open` with `since` replays; beyond it a fresh page
MAX_STEPS = 300  # cursors that one `rooms.unread` puts back: they fit one frame
MAX_NAMED_ONLINE = 1000  # people in one frame about who is here
MAX_TAKEN = 3000  # steps in the reply to `rooms.read`: half a megabyte of long addresses
MAX_READINGS = 1000  # in one `reads.changed`
MAX_FAVOURITES = 100
MAX_ROOMS = 200  # that one frame tells of: favourites, and a hundred unread ones
MAX_REACTIONS = 20  # different emoji on one message
MAX_NAMED = 20  # people who are named beside the count of an emoji

LIMITS = {
    "frame": MAX_FRAME,
    "body": MAX_BODY,
    "page": MAX_PAGE,
    "people": MAX_PEOPLE,
    "reactions": MAX_REACTIONS,
}


class Close(IntEnum):
    """Close codes. A client treats every other as 'reconnect'."""

    RESTART = 1012
    TOO_MANY_INVALID = 4400
    SIGNED_OUT = 4401
    BANNED = 4403
    SILENT = 4408
    TOO_SLOW = 4410
    RESTART_PLAIN = 4012
    FRAME_TOO_LARGE = 4413
    FLOODING = 4429


MAX_REF = 64  # characters

Ref = Annotated[str, Meta(max_length=MAX_REF)]
Slug = Annotated[str, Meta(min_length=1, max_length=100)]
Number = Annotated[int, Meta(ge=1, le=2**53)]
Revision = Annotated[int, Meta(ge=0, le=2**53)]
Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE)]
Seconds = Annotated[int, Meta(ge=1, le=10 * 365 * 86_400)]
# The length of a body, a name and a topic is judged by the operations, whose refusals tell more.
Nonce = Annotated[str, Meta(min_length=8, max_length=64)]
Emoji = Annotated[str, Meta(min_length=1, max_length=32)]
Cursor = Annotated[str, Meta(max_length=64)]  # where a list goes on, as the server named it
Kind = Literal["public", "private", "direct"]
Role = Literal["owner", "moderator", "member"]
Scope = Literal["hour", "day", "room"]
Section = Literal["favourites", "rooms", "direct"]
# Why a room is no longer one's own, and why a session has ended.
Removed = Literal["left", "removed", "banned", "archived", "deleted"]
Ending = Literal["signed_out", "password", "deactivated", "expired", "banned"]
