"""Oneself and other people."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from rooms.protocol.commands.command import Command
from rooms.protocol.limits import MAX_WATCHED
from rooms.protocol.values import (
    Density,
    Hours,
    Motion,
    MutedRooms,
    Number,
    Previews,
    Scheme,
    TextSize,
)


class IgnorePerson(Command, frozen=True, kw_only=True, tag="person.ignore"):
    """Collapse someone's messages for yourself (`mute`), or also keep them from writing to you
    (`block`). Nobody is told."""

    replies = "ignored"

    user: str
    kind: Literal["mute", "block"]


class UnignorePerson(Command, frozen=True, kw_only=True, tag="person.unignore"):
    """Stop ignoring someone."""

    replies = "ignored"

    user: str


class ShowProfile(Command, frozen=True, kw_only=True, tag="profile"):
    """Ask what someone (a username) says about themselves."""

    replies = "profile"

    user: str


class NoteZone(Command, frozen=True, kw_only=True, tag="profile.zone"):
    """Say in which time zone (an IANA name) your browser is. Others are shown your local time,
    unless you have chosen another zone or to hide it."""

    zone: str


class SetAppearance(Command, frozen=True, kw_only=True, tag="appearance.set"):
    """Change how the site looks to you, on all your devices. What is left out stays."""

    replies = "appearance"

    scheme: Scheme | None = None
    density: Density | None = None
    text: TextSize | None = None
    hours: Hours | None = None
    motion: Motion | None = None
    muted: MutedRooms | None = None
    previews: Previews | None = None


class SetStatus(Command, frozen=True, kw_only=True, tag="status.set"):
    """Say something beside your name: an `emoji`, a `text` of at most 100 characters, or both,
    perhaps only `until` some time. It replaces the whole status; without fields, it clears it."""

    replies = "status"

    emoji: Annotated[str, Meta(max_length=34)] | None = None
    text: str | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None


class SetQuiet(Command, frozen=True, kw_only=True, tag="quiet.set"):
    """Do not disturb until then. With null, it ends, also where the schedule began it: that is in
    force again the next time. Nothing that was missed is sent afterwards."""

    replies = "quiet"

    until: Annotated[datetime, Meta(tz=True)] | None


class WatchPeople(Command, frozen=True, kw_only=True, tag="people.watch"):
    """Say whom the page shows: it is answered with an Attendant of each, and `people.changed`
    follows. It replaces the people who were watched. Ids of nobody are left out; someone who blocks
    you looks offline."""

    replies = "people"

    ids: Annotated[list[Number], Meta(max_length=MAX_WATCHED)]


class NoteIdle(Command, frozen=True, kw_only=True, tag="presence.idle"):
    """Say that this tab had no input for ten minutes, or has again. With `resting`, it isn't idle
    but had none for a minute: what is urgent then reaches other devices at once. A socket opened
    with `?idle` or `?resting` in its address begins like this."""

    idle: bool
    resting: bool = False
