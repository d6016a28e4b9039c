"""How a session begins and ends."""

from datetime import datetime

from rooms.protocol.codes import Ending
from rooms.protocol.events.event import Event
from rooms.protocol.shapes import (
    Appearance,
    Ignored,
    Inbox,
    Muted,
    Person,
    Quiet,
    RoomSummary,
    Sidebar,
    Site,
)


class Welcome(Event, frozen=True, kw_only=True, tag="welcome"):
    """The first frame. If `epoch` has changed, discard every `since`. `rooms` holds favourites
    first, then rooms with unread messages, then others, at most 200; the command `rooms`, with
    `rooms_next` as its `after`, lists the rest. `unread_total` covers all rooms. `muted` is a mute
    on the whole site, `waiting` is for people who moderate the site. `emoji` is the revision of the
    site's own emoji; 0: there are none. `quiet` is whether you are not to be disturbed now."""

    sent_to = "the new socket"

    protocol: str
    epoch: str
    user: Person
    server_time: datetime
    heartbeat: int
    limits: dict[str, int]
    rooms: list[RoomSummary]
    rooms_next: str | None
    unread_total: int
    sidebar: Sidebar
    appearance: Appearance
    muted: Muted | None
    ignored: Ignored
    waiting: int | None
    site: Site
    emoji: int = 0
    quiet: Quiet = Quiet(None)
    inbox: Inbox = Inbox()


class SessionEnded(Event, frozen=True, kw_only=True, tag="session.ended"):
    """You were signed out; close 4401 follows, or 4403 after a ban. `code` says why, `reason` says
    it in words: after a ban, the moderator's, if they gave any."""

    sent_to = "the sockets of that session"

    code: Ending
    reason: str


class ServerRestarting(Event, frozen=True, kw_only=True, tag="server.restarting"):
    """The server is restarting: reconnect after `retry_in` seconds. Close 1012 follows."""

    sent_to = "everyone"

    retry_in: float
