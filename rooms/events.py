"""Model → wire: the only serializer. WebSocket, pages and later the API share it."""

import functools
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from msgspec import UNSET, UnsetType, structs

from rooms import posting, protocol, tallies, unread
from rooms.arriving import Seat
from rooms.models import Membership, Message, Removal, Room, User
from rooms.sanctions import Sanctioned


def person(user: User) -> protocol.Person:
    return protocol.Person(user.pk, user.username, user.name, avatar(user))


def neighbour(user: User) -> protocol.Person:
    """Somebody whom one talks to directly: also whether they are still there."""
    return structs.replace(person(user), active=UNSET if user.is_active else False)


@functools.lru_cache(maxsize=4096)
def _person(id: int, username: str, display_name: str, avatar: str) -> protocol.Person:
    """The same, of what a row holds."""
    user = User(id=id, username=username, display_name=display_name, avatar=avatar)
    return person(user)


def member(user: User, role: str) -> protocol.Member:
    return protocol.Member(user.pk, user.username, user.name, avatar(user), role)  # type: ignore[arg-type]


def avatar(user: User) -> str | None:
    return user.avatar.url if user.avatar else None


def message(row: Message) -> protocol.Message:
    """Reads `author` and the tallies: load them with `whole()` and `tallies.load`."""
    return protocol.Message(
        number=row.number,
        revision=row.revision,
        nonce=row.nonce,
        author=person(row.author),
        created_at=row.created_at,
        edited_at=row.edited_at,
        deleted=row.deleted,
        reply_to=row.reply_to,
        reactions=[] if row.deleted else _reactions(row),
        mentions=[],
        body=UNSET if row.deleted else row.body,
        html=UNSET if row.deleted else row.html,
        attachments=UNSET if row.deleted else [],
        restored=row.restored or UNSET,
    )


def new_message(row: posting.Row, author: posting.Author) -> protocol.Message:
    """One that is being posted: nobody can have reacted to it."""
    return protocol.Message(
        number=row.number,
        revision=row.revision,
        nonce=row.nonce,
        author=_person(author.id, *author.person[:3]),
        created_at=row.created_at,
        edited_at=None,
        deleted=False,
        reply_to=row.reply_to,
        reactions=[],
        mentions=[],
        body=row.body,
        html=row.html,
        attachments=[],
    )


def raw(message: protocol.Message) -> msgspec.Raw:
    """Encoded once, to go into everything that carries it."""
    return msgspec.Raw(protocol.encode(message))


def _reactions(row: Message) -> list[protocol.Reaction]:
    return [
        protocol.Reaction(
            tally.emoji, tally.count, [{"id": pk, "name": name} for pk, name in tally.people]
        )
        for tally in tallies.of(row)
    ]


def reply(row: Message, asker: User) -> protocol.Message:
    """A message as a reply carries it: with the asker first on what they have put there."""
    shown = message(row)
    if not shown.reactions:
        return shown
    return to_asker(shown, asker, tallies.own(asker.pk, [row.pk])[row.pk])


def to_asker(message: protocol.Message, asker: User, own: Collection[str]) -> protocol.Message:
    """With the asker first on the emoji that they have put there: among those who are named,
    nobody else could tell a page its own."""
    me = {"id": asker.pk, "name": asker.name}
    reactions = [
        structs.replace(one, users=_first(me, one.users)) if one.emoji in own else one
        for one in message.reactions
    ]
    return structs.replace(message, reactions=reactions)


def _first(me: dict[str, Any], users: list[dict[str, Any]]) -> list[dict[str, Any]]:
    others = [user for user in users if user["id"] != me["id"]]
    return [me, *others][: protocol.MAX_NAMED]


def change(slug: str, row: Message, kind: type[protocol.MessageEvent]) -> protocol.MessageEvent:
    """One of `message.posted`, `.edited`, `.deleted`."""
    return kind(room=slug, revision=row.revision, message=message(row))


def reacted(
    slug: str, row: Message, actor: User, emoji: str, *, added: bool
) -> protocol.MessageReacted:
    """`actor` is whose reaction it is, also when a moderator takes it off."""
    return protocol.MessageReacted(
        room=slug,
        revision=row.revision,
        message=message(row),
        actor=person(actor),
        emoji=emoji,
        added=added,
    )


def posted(
    slug: str, revision: int, message: msgspec.Raw, *, approved: bool
) -> protocol.MessagePosted:
    return protocol.MessagePosted(
        room=slug,
        revision=revision,
        message=message,  # type: ignore[arg-type]  # its bytes
        approved=approved or UNSET,
    )


def activity(slug: str, row: Message | posting.Row, *, approved: bool) -> protocol.RoomActivity:
    """What members learn of a message when they don't have the room open."""
    return protocol.RoomActivity(
        room=slug, number=row.number, author=row.author_id, approved=approved or UNSET
    )


def turned(slug: str, rows: Sequence[Message]) -> protocol.ActivityChanged:
    """What members learn of messages that were deleted or restored in one transaction, when they
    don't have the room open."""
    return protocol.ActivityChanged(
        room=slug,
        revision=max(row.turned for row in rows),
        gone=[[row.number, row.author_id] for row in rows if row.deleted],
        back=[[row.number, row.author_id] for row in rows if not row.deleted],
    )


def replay(
    slug: str, rows: Sequence[Message], after: int, number: int
) -> list[protocol.MessageEvent]:
    """The changes after a revision, when `number` was the last message, as events without a hole.

    A row keeps only its last revision. One that changed again has left a hole where it changed
    first; since a message is always its whole current state, the hole is filled with one: a new
    message while there is one, lowest number first. So new messages come in the order of their
    numbers: each has left a hole, or stands, where it was posted. One that was restored stands
    there as well, for whoever counts.
    """
    by_revision = {row.turned: row for row in rows} | {row.revision: row for row in rows}
    waiting = deque(sorted(rows, key=lambda row: (row.number <= number, row.number)))
    events: list[protocol.MessageEvent] = []
    told: set[int] = set()
    for revision in range(after + 1, max(by_revision, default=after) + 1):
        while waiting and waiting[0].number in told:
            waiting.popleft()
        row = by_revision.get(revision) or (waiting[0] if waiting else rows[0])
        kind = _kind(row, new=row.number > number and row.number not in told)
        told.add(row.number)
        events.append(kind(room=slug, revision=revision, message=message(row)))
    return events


def _kind(row: Message, *, new: bool) -> type[protocol.MessageEvent]:
    if row.deleted:
        return protocol.MessageDeleted
    return protocol.MessagePosted if new else protocol.MessageEdited


def summary(seat: Seat, viewer_id: int, people: Iterable[User] = ()) -> protocol.RoomSummary:
    """A line of the sidebar. `people` of a direct room make its name."""
    return protocol.RoomSummary(
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
        mentions=0,
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
) -> protocol.Room:
    """A room as `viewer` sees it. `members` counts, `people` of a direct room make its name."""
    return protocol.Room(
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
        unread=_unread(membership) if membership else 0,
        mentions=0,
        revision=row.revision,
        slow_mode=row.slow_mode,
        announcement=row.announcement,
        next_post_at=next_post_at,
        muted=mute(muted),
    )


def mute(held: Sanctioned | None) -> protocol.Muted | None:
    return None if held is None else protocol.Muted(until=held.until, reason=held.reason)


def preview(count: int, more: bool, newest: Iterable[Message]) -> protocol.Preview:
    """As many of the newest as a reply carries."""
    shown: list[protocol.Message] = []
    size = 0
    for row in newest:
        shown.append(message(row))
        size += len(protocol.encode(shown[-1]))
        if size > protocol.PAGE_BYTES:
            break
    return protocol.Preview(count, more, shown)


def removal(row: Removal) -> protocol.Removal:
    return protocol.Removal(row.pk, row.count, row.finished_at is not None)


def all_read(room: Room, membership: Membership) -> protocol.Reading:
    """Of somebody who has read everything, by rows that were read in one statement."""
    return protocol.Reading(
        room=room.slug,
        number=membership.read_number,
        last_number=room.last_number,
        revision=room.revision,
        read_revision=membership.read_revision,
        unread=0,
        mentions=0,
    )


def presence(
    slug: str,
    online: int,
    joined: Sequence[protocol.Person],
    left: Sequence[protocol.Person] = (),
) -> Iterator[protocol.PresenceChanged]:
    """As few events as hold who came and who left; each says how many are here."""
    most = protocol.MAX_NAMED_ONLINE
    for first in range(0, max(len(joined), len(left)), most):
        yield protocol.PresenceChanged(
            room=slug,
            online=online,
            joined=[*joined[first : first + most]],
            left=[*left[first : first + most]],
        )


def reads_changed(readings: Sequence[protocol.Reading]) -> Iterator[protocol.ReadsChanged]:
    """As few events as hold them."""
    for first in range(0, len(readings), protocol.MAX_READINGS):
        yield protocol.ReadsChanged(rooms=[*readings[first : first + protocol.MAX_READINGS]])


def _unread(membership: Membership) -> int:
    """As it was counted with the room; else now, while the room is locked."""
    if membership.unread is None:
        return unread.count(membership.user_id, membership.room_id)
    return membership.unread


class Called(Protocol):
    """A room, or what was read of it."""

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...


def title(room: Called, viewer_id: int, people: Iterable[User]) -> str:
    """A direct room is called by the others in it."""
    if room.kind != Room.Kind.DIRECT:
        return room.name
    others = sorted((user.name for user in people if user.pk != viewer_id), key=str.casefold)
    return ", ".join(others) or "Just me"


def _others(
    room: Called, viewer_id: int, people: Iterable[User]
) -> tuple[protocol.Person, ...] | UnsetType:
    if room.kind != Room.Kind.DIRECT:
        return UNSET
    return tuple(neighbour(user) for user in people if user.pk != viewer_id)


def room_updated(row: Room) -> protocol.RoomUpdated:
    return protocol.RoomUpdated(
        room=row.slug,
        name=row.name,
        topic=row.topic,
        archived=row.archived,
        slow_mode=row.slow_mode,
        announcement=row.announcement,
    )
