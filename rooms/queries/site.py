"""What the site is called, how it looks and whom it lets in. Every page shows some of it, so each
process keeps it and reads it again after half a second."""

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError

from rooms.models import Installation
from rooms.models.site import RoomMentionBy
from rooms.storage.sql import select


class Site(NamedTuple):
    """The columns of `Installation` that pages show."""

    given_name: str
    logo: str
    accent: str
    language: str
    chosen_signup: str
    room_makers: str
    retention: str
    mails_missed: bool
    room_mention_by: str  # where the room doesn't say it
    file_mb: int
    link_previews: bool

    @property
    def name(self) -> str:
        return self.given_name or settings.SITE_NAME

    @property
    def signup(self) -> str:
        """The people who may create an account. The environment has the last word."""
        return settings.SIGNUP or self.chosen_signup

    @property
    def file_bytes(self) -> int:
        """The most that one file may have; 0: any number."""
        return self.file_mb * 1024 * 1024

    @property
    def everyone_makes_rooms(self) -> bool:
        return self.room_makers == Installation.Makers.EVERYONE


COLUMNS = (
    "name, logo, accent, language, signup, room_makers, retention, mails_missed, room_mention_by,"
    " file_mb, link_previews"
)
UNSET = Site(
    *("", "", "", "", Installation.Signup.OPEN, Installation.Makers.EVERYONE, "", True),
    *(RoomMentionBy.EVERYONE, 100, True),
)
FRESH_SECONDS = 0.5

_known = UNSET
_read_at = float("-inf")


def current() -> Site:
    """Return the site as it was at most half a second ago; while the database is away, as it was
    last known."""
    if time.monotonic() - _read_at < FRESH_SECONDS:
        return _known
    try:
        rows = select(f"SELECT {COLUMNS} FROM rooms_installation WHERE id = 1", [])  # noqa: S608  names of columns
    except DatabaseError:
        return learn(_known)
    return learn(rows[0] if rows else UNSET)


def language_of(chosen: str) -> str:
    """Return the language in which to write to somebody who isn't looking at a page: the one that
    they have chosen, or else the site's."""
    return chosen or current().language or settings.LANGUAGE_CODE


def known() -> Site:
    """Return the site as it was last known here, without asking the database."""
    return _known


def learn(row: Sequence[Any]) -> Site:
    """Take over the columns that were just read."""
    global _known, _read_at
    _known, _read_at = Site._make(row), time.monotonic()
    return _known


def forget() -> None:
    """Read it again the next time. For operations that change it, and tests."""
    global _read_at
    _read_at = float("-inf")
