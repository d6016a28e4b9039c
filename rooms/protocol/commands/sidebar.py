"""The list of one's rooms."""

from rooms.protocol.commands.command import Command
from rooms.protocol.values import PageToken, SectionId, Slug


class Rooms(Command, frozen=True, kw_only=True, tag="rooms"):
    """List the rooms that the welcome left out: a page of them after its `rooms_next`, and the
    `after` of the next page, or null."""

    replies = "rooms, next"

    after: PageToken | None = None


class StarRoom(Command, frozen=True, kw_only=True, tag="room.star"):
    """Make a room a favourite, or move a favourite: before another one, or to the end. It leaves
    the section of yours that it was in."""

    replies = "sidebar"

    room: Slug
    before: Slug | None = None


class UnstarRoom(Command, frozen=True, kw_only=True, tag="room.unstar"):
    """Remove a room from the favourites."""

    replies = "sidebar"

    room: Slug


class PlaceRoom(Command, frozen=True, kw_only=True, tag="room.place"):
    """Put a room into a section of your own: before another room there, or at the end. Without a
    `section`, it goes back among the other rooms. Either way it is no longer a favourite."""

    replies = "sidebar"

    room: Slug
    section: SectionId | None = None
    before: Slug | None = None


class MakeSection(Command, frozen=True, kw_only=True, tag="section.make"):
    """Add a section to your sidebar, last among your own; with `room`, put that room into it. If
    you already have one with this name, it is that one."""

    replies = "sidebar"

    name: str
    room: Slug | None = None


class RenameSection(Command, frozen=True, kw_only=True, tag="section.rename"):
    """Give a section of your own another name."""

    replies = "sidebar"

    section: SectionId
    name: str


class MoveSection(Command, frozen=True, kw_only=True, tag="section.move"):
    """Move a section of your own: before another one, or to the end of them."""

    replies = "sidebar"

    section: SectionId
    before: SectionId | None = None


class DeleteSection(Command, frozen=True, kw_only=True, tag="section.delete"):
    """Delete a section of your own. Its rooms go back among the others."""

    replies = "sidebar"

    section: SectionId


class FoldSection(Command, frozen=True, kw_only=True, tag="section.fold"):
    """Collapse a section of the sidebar to its heading."""

    replies = "sidebar"

    section: SectionId


class UnfoldSection(Command, frozen=True, kw_only=True, tag="section.unfold"):
    """Expand a section of the sidebar."""

    replies = "sidebar"

    section: SectionId
