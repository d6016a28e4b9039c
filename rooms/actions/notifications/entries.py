"""The inbox as its page shows it: each item with the name of its room."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rooms import serializers
from rooms.actions.notifications import inboxes
from rooms.models import Membership, Room, User
from rooms.protocol import shapes


@dataclass(frozen=True, slots=True)
class Entry:
    """An item and where it is; `sign` tells what kind of room that is."""

    item: shapes.InboxItem
    room: str
    kind: str


@dataclass(frozen=True, slots=True)
class Entries:
    """A page of entries, newest first; whether there are older ones; how many are unread in all."""

    entries: list[Entry]
    has_before: bool
    unread: int

    @property
    def last(self) -> str:
        """The id of the oldest one, before which the next page ends."""
        return self.entries[-1].item.id if self.entries else ""


def page(
    *,
    actor: User,
    before: str | None = None,
    limit: int = 50,
    unread: bool = False,
    reasons: Sequence[str] = (),
) -> Entries:
    """Return a page of one's inbox, perhaps only what is there for some reasons."""
    found = inboxes.page(actor=actor, before=before, limit=limit, unread=unread, reasons=reasons)
    rooms = _named(actor, {item.room for item in found.items})
    entries = [Entry(item, *rooms[item.room]) for item in found.items]
    return Entries(entries, found.has_before, found.unread)


def _named(actor: User, slugs: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the names and kinds of rooms that somebody is in. Direct rooms are named after the
    people in them."""
    rooms = Room.objects.filter(slug__in=slugs).only("slug", "kind", "name")
    direct = [room.pk for room in rooms if room.kind == Room.Kind.DIRECT]
    people = Membership.objects.people_by_room(direct)
    return {
        room.slug: (serializers.title(room, actor.pk, people[room.pk]), room.kind) for room in rooms
    }
