"""Search in everything that one may read."""

from typing import Annotated, Literal

from msgspec import Meta

from rooms.protocol.commands.command import Command
from rooms.protocol.limits import MAX_HITS, MAX_QUERY
from rooms.protocol.values import SearchPlace, ZoneName


class Search(Command, frozen=True, kw_only=True, tag="search"):
    """Find messages in your rooms; with `public` or `in:`, also in public rooms that you aren't in.
    `before` is the `next` of the page before, `zone` the IANA name of the time zone in which dates
    are meant. `rooms` are the LinkedRooms of the hits, and `people` those whom they name; `unknown`
    lists what looks like a filter, but is searched for as words. With `searched_to`, the time ran
    out: only what was written since then was looked at, and `next` goes on."""

    replies = "hits, next, searched_to, rooms, people, unknown"

    query: Annotated[str, Meta(max_length=MAX_QUERY)]
    before: SearchPlace | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_HITS)] = 20
    order: Literal["newest", "best"] = "newest"
    zone: ZoneName = "UTC"
    public: bool = False
