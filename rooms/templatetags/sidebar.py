"""The sections of the sidebar, as chat-sidebar draws them later."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms.protocol import shapes
from rooms.protocol.values import Section
from rooms.templatetags.chat import counted

register = template.Library()

HEADINGS: dict[Section, Promise] = {
    "favourites": _("Favourites"),
    "rooms": _("Rooms"),
    "direct": _("People"),
}
ROWS = 50  # per section, until chat-sidebar draws them all: each is a kilobyte of the page


@dataclass(slots=True)
class SidebarSection:
    """A heading and its first rooms, plus the current room; if it is folded, only that one. A
    section that its owner made is shown even if it is empty."""

    name: str
    heading: Promise | str
    folded: bool
    own: bool = False
    rooms: list[shapes.RoomSummary] = field(default_factory=list)
    current: str | None = None
    bare: bool = False  # there is no room in any section

    @property
    def blank(self) -> bool:
        """Whether there is nothing to show, not even what to do about it."""
        return not (self.own or self.rooms or self.bare)

    @property
    def sorted(self) -> bool:
        """Whether its rooms are in an order of one's own."""
        return self.own or self.name == "favourites"

    @property
    def shown(self) -> list[shapes.RoomSummary]:
        first = [] if self.folded else self.rooms[:ROWS]
        here = [one for one in self.rooms if one.slug == self.current and one not in first]
        return first + here

    @property
    def hidden(self) -> int:
        """The number of unread messages in rooms that aren't shown."""
        away = [one for one in self.rooms if self.folded and one.slug != self.current]
        return sum(counted(one, "mentions") for one in away)


class SidebarSections(NamedTuple):
    """All sections, including empty ones, from top to bottom."""

    favourites: list[SidebarSection]
    own: list[SidebarSection]
    others: list[SidebarSection]


@register.simple_tag
def sidebar_sections(
    rooms: Iterable[shapes.RoomSummary], arranged: dict[str, Any], room: shapes.Room | None
) -> SidebarSections:
    """Sort rooms into their sections: favourites and one's own as arranged, the others by name.
    `arranged` is a `shapes.Sidebar` as plain data."""
    current = room.slug if room is not None else None
    own = {
        one["id"]: SidebarSection(one["id"], one["name"], one["folded"], True, current=current)
        for one in arranged.get("sections", ())
    }
    sections = own | {
        name: SidebarSection(name, heading, name in arranged["folded"], current=current)
        for name, heading in HEADINGS.items()
    }
    places = {
        slug: (one["id"], at)
        for one in arranged.get("sections", ())
        for at, slug in enumerate(one["rooms"])
    }
    places |= {slug: ("favourites", at) for at, slug in enumerate(arranged["favourites"])}
    for item in sorted(rooms, key=lambda item: item.name.casefold()):
        if not item.archived:
            kind: Section = "direct" if item.kind == "direct" else "rooms"
            name, _at = places.get(item.slug, (kind, 0))
            sections[name].rooms.append(item)
    for section in (sections["favourites"], *own.values()):
        section.rooms.sort(key=lambda item: places[item.slug][1])
    others = [sections["rooms"], sections["direct"]]
    others[0].bare = not any(section.rooms for section in sections.values())
    return SidebarSections([sections["favourites"]], [*own.values()], others)
