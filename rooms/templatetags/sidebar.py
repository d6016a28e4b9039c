"""The list of rooms in its sections, as chat-sidebar draws it later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms import protocol

register = template.Library()

HEADINGS: dict[protocol.Section, Promise] = {
    "favourites": _("Favourites"),
    "rooms": _("Rooms"),
    "direct": _("People"),
}


ROWS = 50  # of a section, until chat-sidebar draws them all: each is a kilobyte of the page


@dataclass(slots=True)
class SidebarSection:
    """A heading and its first rooms, with the one that is on the screen; folded, only that one."""

    name: str
    heading: Promise
    folded: bool
    rooms: list[protocol.RoomSummary] = field(default_factory=list)
    current: str | None = None

    @property
    def shown(self) -> list[protocol.RoomSummary]:
        first = [] if self.folded else self.rooms[:ROWS]
        here = [one for one in self.rooms if one.slug == self.current and one not in first]
        return first + here

    @property
    def hidden(self) -> int:
        """What is unread in rooms that aren't shown."""
        return sum(one.unread for one in self.rooms if self.folded and one.slug != self.current)


@register.simple_tag
def sidebar_sections(
    rooms: Iterable[protocol.RoomSummary],
    arranged: dict[str, Sequence[str]],
    room: protocol.Room | None,
) -> list[SidebarSection]:
    """All of them, also the empty ones. `arranged`: a `protocol.Sidebar`, as the page has it."""
    current = room.slug if room is not None else None
    sections = {
        name: SidebarSection(name, heading, name in arranged["folded"], current=current)
        for name, heading in HEADINGS.items()
    }
    starred = {slug: at for at, slug in enumerate(arranged["favourites"])}
    for item in sorted(rooms, key=lambda item: item.name.casefold()):
        if item.archived:
            continue
        name: protocol.Section = "direct" if item.kind == "direct" else "rooms"
        sections["favourites" if item.slug in starred else name].rooms.append(item)
    sections["favourites"].rooms.sort(key=lambda item: starred[item.slug])
    return [*sections.values()]
