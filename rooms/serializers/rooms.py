"""Rooms, as one person sees them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from django.utils import timezone
from msgspec import UNSET, UnsetType

from rooms.models import Membership, Room, User
from rooms.policy.levels import Choice
from rooms.policy.sanctions import Sanctioned
from rooms.protocol import events, shapes
from rooms.protocol.values import MentionBy
from rooms.queries import site as sites
from rooms.queries import unread
from rooms.queries.visitor import Seat
from rooms.serializers.people import neighbour


def summary(seat: Seat, viewer_id: int, people: Iterable[User] = ()) -> shapes.RoomSummary:
    """A line of the sidebar. A direct room is named after its `people`."""
    return shapes.RoomSummary(
        slug=seat.slug,
        name=title(seat, viewer_id, people),
        people=_others(seat, viewer_id, people),
        kind=seat.kind,  # type: ignore[arg-type]
        archived=bool(seat.archived),  # SQLite keeps numbers
        revision=seat.revision,
        last_number=seat.last_number,
        read_number=seat.read_number,
        read_revision=seat.read_revision,
        unread=seat.unread,
        mentions=seat.mentions,
        notify=notify(seat.choice),
    )


def room(
    row: Room,
    viewer: User,
    membership: Membership | None,
    *,
    members: int,
    people: Iterable[User] = (),
    next_post_at: datetime | None = None,
    muted: Sanctioned | None = None,
) -> shapes.Room:
    """A room as `viewer` sees it. `members` is their number; a direct room is named after its
    `people`."""
    count = _unread(membership) if membership else unread.NOTHING
    return shapes.Room(
        slug=row.slug,
        name=title(row, viewer.pk, people),
        people=_others(row, viewer.pk, people),
        topic=row.topic,
        kind=row.kind,  # type: ignore[arg-type]
        role=membership.role if membership else None,  # type: ignore[arg-type]
        archived=row.archived,
        members=members,
        last_number=row.last_number,
        read_number=membership.read_number if membership else row.last_number,
        read_revision=membership.read_revision if membership else 0,
        unread=count.unread,
        mentions=count.mentions,
        revision=row.revision,
        slow_mode=row.slow_mode,
        announcement=row.announcement,
        next_post_at=next_post_at,
        muted=mute(muted),
        web=_web(row),
        notify=notify(Choice.of(membership)) if membership else shapes.Notify(),
        room_mention_by=mention_by(row),
    )


def mention_by(row: Room) -> MentionBy:
    """Who may say `@room`, by the room or else the site."""
    return row.room_mention_by or sites.current().room_mention_by  # type: ignore[return-value]


def _web(row: Room) -> shapes.Web | None:
    opened_at = row.web_opened_at
    return None if opened_at is None else shapes.Web(after=row.web_floor, since=opened_at)


def mute(held: Sanctioned | None) -> shapes.Muted | None:
    return None if held is None else shapes.Muted(until=held.until, reason=held.reason)


def _unread(membership: Membership) -> unread.Count:
    """The counts that were read with the room; otherwise count now, while the room is locked."""
    if membership.unread is None:
        return unread.count(membership.user_id, membership.room_id)
    return unread.Count(membership.unread, membership.mentions)


class Called(Protocol):
    """A Room or a Seat."""

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...


def title(room: Called, viewer_id: int, people: Iterable[User]) -> str:
    """The room's name; a direct room is named after the other people in it."""
    if room.kind != Room.Kind.DIRECT:
        return room.name
    others = sorted((user.name for user in people if user.pk != viewer_id), key=str.casefold)
    return ", ".join(others) or "Just me"


def _others(
    room: Called, viewer_id: int, people: Iterable[User]
) -> tuple[shapes.Person, ...] | UnsetType:
    if room.kind != Room.Kind.DIRECT:
        return UNSET
    return tuple(neighbour(user) for user in people if user.pk != viewer_id)


def notify(choice: Choice) -> shapes.Notify:
    """Of what in a room somebody is told, as they have chosen."""
    held = choice.at(timezone.now())
    return shapes.Notify(held.level or "default", held.until)  # type: ignore[arg-type]


def room_updated(row: Room) -> events.RoomUpdated:
    return events.RoomUpdated(
        room=row.slug,
        name=row.name,
        topic=row.topic,
        archived=row.archived,
        slow_mode=row.slow_mode,
        announcement=row.announcement,
        web=_web(row),
        room_mention_by=mention_by(row),
    )
