"""The inbox, and of what one is told."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from rooms.protocol.commands.command import Command
from rooms.protocol.limits import MAX_ITEMS_READ, MAX_KEYWORDS
from rooms.protocol.values import ItemId, Limit, NotifyLevel, Slug


class NotifyRoom(Command, frozen=True, kw_only=True, tag="room.notify"):
    """Choose of what in a room you are told. With `until`, a time with its UTC offset, it is the
    level of before then again."""

    replies = "notify"

    room: Slug
    level: NotifyLevel
    until: Annotated[datetime, Meta(tz=True)] | None = None


class ListInbox(Command, frozen=True, kw_only=True, tag="inbox"):
    """Get a page of your inbox, newest first: the items before the one with this id, or the newest;
    with `unread` only those. The reply's `unread` counts all that are."""

    replies = "items, has_before, unread"

    before: ItemId | None = None
    limit: Limit = 50
    unread: bool = False


class ReadInbox(Command, frozen=True, kw_only=True, tag="inbox.read"):
    """Mark these items of your inbox as read, or `all`. Their rooms stay as unread as they are."""

    replies = "unread"

    ids: Annotated[list[ItemId], Meta(max_length=MAX_ITEMS_READ)] | None = None
    all: bool = False


class SetKeywords(Command, frozen=True, kw_only=True, tag="keywords.set"):
    """Choose the words of which you want to be told, in place of the ones before: whole words or
    several in a row, in upper or lower case."""

    replies = "keywords"

    keywords: Annotated[list[str], Meta(max_length=MAX_KEYWORDS)]
