"""Models → wire: the only serializers. WebSocket, pages and (later) the API share them."""

import functools
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from msgspec import UNSET, UnsetType, structs

from rooms import colours
from rooms.models import LinkPreview, Membership, Message, Removal, Room, Tally, Upload, User
from rooms.policy.levels import Choice
from rooms.policy.sanctions import Sanctioned
from rooms.protocol import codec, events, limits, shapes
from rooms.protocol.values import MentionBy
from rooms.queries import custom_emoji, inbox, naming, posting, previews, tallies, unread, uploads
from rooms.queries import site as sites
from rooms.queries.naming import Named
from rooms.queries.visitor import Seat
from rooms.serializers import excerpts
from rooms.serializers.attachments import attachments


def person(user: User) -> shapes.Person:
    return shapes.Person(user.pk, user.username, user.name, avatar(user))


def neighbour(user: User) -> shapes.Person:
    """A person in a direct room, with `active` false if their account is closed."""
    return structs.replace(person(user), active=UNSET if user.is_active else False)


@functools.lru_cache(maxsize=4096)
def _person(id: int, username: str, display_name: str, avatar: str) -> shapes.Person:
    """Do the same as `person`, from the columns of a row."""
    user = User(id=id, username=username, display_name=display_name, avatar=avatar)
    return person(user)


def profile(user: User) -> shapes.Profile:
    """What a person's card shows to anyone: only the name if their account is closed."""
    known = user.is_active
    return shapes.Profile(
        *(user.pk, user.username, user.name, avatar(user)),
        pronouns=user.pronouns if known else "",
        about=user.about if known else "",
        zone=(user.local_zone or None) if known and user.shows_time else None,
        moderates=user.moderates_site,
        active=UNSET if known else False,
    )


def member(user: User, role: str) -> shapes.Member:
    return shapes.Member(user.pk, user.username, user.name, avatar(user), role)  # type: ignore[arg-type]


def avatar(user: User) -> str | None:
    return user.avatar.url if user.avatar else None


@functools.lru_cache(maxsize=4)
def site(known: sites.Site) -> shapes.Site:
    style = None
    if known.accent:
        marks = [known.accent.removeprefix("#"), colours.digest(known.accent)]
        style = reverse("accent", args=marks)
    logo = f"{settings.MEDIA_URL}site/{known.logo}" if known.logo else None
    return shapes.Site(known.name, logo, style, known.room_makers)  # type: ignore[arg-type]


def message(row: Message) -> shapes.Message:
    """Serialize a message. Reads its author, tallies and files: load them with `whole()`,
    `tallies.load` and `uploads.load`."""
    return shapes.Message(
        number=row.number,
        revision=row.revision,
        nonce=row.nonce,
        author=person(row.author),
        created_at=row.created_at,
        edited_at=row.edited_at,
        deleted=row.deleted,
        reply_to=row.reply_to,
        reactions=[] if row.deleted else _reactions(row),
        mentions=row.named,
        mentions_room=None if row.deleted else row.mentions_room or None,  # type: ignore[arg-type]
        body=UNSET if row.deleted else row.body,
        html=UNSET if row.deleted else row.html,
        attachments=UNSET if row.deleted else attachments(uploads.of(row)),
        previews=[link_preview(one) for one in previews.of(row)] or UNSET,
        restored=row.restored or UNSET,
    )


def link_preview(row: LinkPreview) -> shapes.LinkPreview:
    picture = reverse("preview_picture", args=[row.picture]) if row.picture else None
    return shapes.LinkPreview(
        *(row.url, row.title, row.description, row.site, picture, row.width, row.height)
    )


def new_message(
    row: posting.Row, author: posting.Author, files: Sequence[Upload] = ()
) -> shapes.Message:
    """Serialize a message that is being posted, to which nobody can have reacted yet."""
    return shapes.Message(
        number=row.number,
        revision=row.revision,
        nonce=row.nonce,
        author=_person(author.id, *author.row[:3]),
        created_at=row.created_at,
        edited_at=None,
        deleted=False,
        reply_to=row.reply_to,
        reactions=[],
        mentions=row.named,
        mentions_room=row.mentions_room or None,  # type: ignore[arg-type]
        body=row.body,
        html=row.html,
        attachments=attachments(files),
    )


def named(rows: Iterable[Message]) -> list[shapes.Person]:
    """The people whom messages name, each once. Reads them unless `naming.load` has."""
    people = {user.pk: user for row in rows for user in naming.of(row)}
    return [person(user) for user in people.values()]


def raw(message: shapes.Message) -> msgspec.Raw:
    """Encode a message once for everything that carries it."""
    return msgspec.Raw(codec.encode(message))


def _reactions(row: Message) -> list[shapes.Reaction]:
    return [_reaction(tally) for tally in tallies.of(row)]


def _reaction(tally: Tally) -> shapes.Reaction:
    people = [{"id": pk, "name": name} for pk, name in tally.people]
    picture = custom_emoji.of_reaction(tally.emoji)
    if picture is None:
        return shapes.Reaction(tally.emoji, tally.count, people)
    return shapes.Reaction(
        tally.emoji, tally.count, people, picture.address, picture.still or UNSET
    )


def reply(row: Message, asker: User) -> shapes.Message:
    """Serialize a message for a reply, with the asker named first on their own reactions."""
    shown = message(row)
    if not shown.reactions:
        return shown
    return to_asker(shown, asker, tallies.own(asker.pk, [row.pk])[row.pk])


def to_asker(message: shapes.Message, asker: User, own: Collection[str]) -> shapes.Message:
    """Name the asker first on the emoji that they have used: only a few people are named, and a
    page couldn't tell otherwise which reactions are its own."""
    me = {"id": asker.pk, "name": asker.name}
    reactions = [
        structs.replace(one, users=_first(me, one.users)) if one.emoji in own else one
        for one in message.reactions
    ]
    return structs.replace(message, reactions=reactions)


def _first(me: dict[str, Any], users: list[dict[str, Any]]) -> list[dict[str, Any]]:
    others = [user for user in users if user["id"] != me["id"]]
    return [me, *others][: limits.MAX_NAMED]


def change(slug: str, row: Message, kind: type[events.MessageEvent]) -> events.MessageEvent:
    """A `message.posted`, `message.edited` or `message.deleted` event."""
    people = named([row]) or UNSET
    return kind(room=slug, revision=row.revision, message=message(row), people=people)


def reacted(
    slug: str, row: Message, actor: User, emoji: str, *, added: bool
) -> events.MessageReacted:
    """A `message.reacted` event. `actor` is the person whose reaction it is, even if a moderator
    removes it."""
    return events.MessageReacted(
        room=slug,
        revision=row.revision,
        message=message(row),
        actor=person(actor),
        emoji=emoji,
        added=added,
        people=named([row]) or UNSET,
    )


def posted(
    slug: str,
    revision: int,
    message: msgspec.Raw,
    *,
    people: Iterable[Named] = (),
    approved: bool,
) -> events.MessagePosted:
    return events.MessagePosted(
        room=slug,
        revision=revision,
        message=message,  # type: ignore[arg-type]  # its bytes
        people=[_person(*one) for one in people] or UNSET,
        approved=approved or UNSET,
    )


def activity(slug: str, row: Message | posting.Row, *, approved: bool) -> events.RoomActivity:
    """What members are told about a message while they don't have the room open."""
    return events.RoomActivity(
        room=slug,
        number=row.number,
        author=row.author_id,
        mentions=row.named or UNSET,
        mentions_room=row.mentions_room or UNSET,  # type: ignore[arg-type]
        approved=approved or UNSET,
    )


def turned(slug: str, rows: Sequence[Message]) -> events.ActivityChanged:
    """What members are told about messages that were deleted or restored in one transaction, while
    they don't have the room open."""
    return events.ActivityChanged(
        room=slug,
        revision=max(row.turned for row in rows),
        gone=[[row.number, row.author_id] for row in rows if row.deleted],
        back=[[row.number, row.author_id] for row in rows if not row.deleted],
    )


def replay(
    slug: str, rows: Sequence[Message], after: int, number: int
) -> list[events.MessageEvent]:
    """Return the changes after a revision, when `number` was the last message, as gapless events.

    A row keeps only its last revision, so a message that changed again leaves a gap where it first
    changed. Events carry the whole current message, so any message can fill a gap: a new one while
    there are any, lowest number first. New messages therefore come in the order of their numbers,
    since each has left a gap, or is still in place, where it was posted. A message that was
    restored is also sent where that happened, for clients that count.
    """
    by_revision = {row.turned: row for row in rows} | {row.revision: row for row in rows}
    waiting = deque(sorted(rows, key=lambda row: (row.number <= number, row.number)))
    replayed: list[events.MessageEvent] = []
    told: set[int] = set()
    for revision in range(after + 1, max(by_revision, default=after) + 1):
        while waiting and waiting[0].number in told:
            waiting.popleft()
        row = by_revision.get(revision) or (waiting[0] if waiting else rows[0])
        kind = _kind(row, new=row.number > number and row.number not in told)
        told.add(row.number)
        people = named([row]) or UNSET
        replayed.append(kind(room=slug, revision=revision, message=message(row), people=people))
    return replayed


def _kind(row: Message, *, new: bool) -> type[events.MessageEvent]:
    if row.deleted:
        return events.MessageDeleted
    return events.MessagePosted if new else events.MessageEdited


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


def preview(count: int, more: bool, newest: Iterable[Message]) -> shapes.Preview:
    """The preview of a removal, with as many of the newest messages as fit into a reply."""
    shown: list[shapes.Message] = []
    size = 0
    for row in newest:
        shown.append(message(row))
        size += len(codec.encode(shown[-1]))
        if size > limits.PAGE_BYTES:
            break
    return shapes.Preview(count, more, shown)


def removal(row: Removal) -> shapes.Removal:
    return shapes.Removal(row.pk, row.count, row.finished_at is not None)


def all_read(room: Room, membership: Membership) -> shapes.Reading:
    """The reading of somebody who has read everything, from rows read in a single statement."""
    return shapes.Reading(
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
    joined: Sequence[shapes.Person],
    left: Sequence[shapes.Person] = (),
) -> Iterator[events.PresenceChanged]:
    """Yield as few events as can name everyone who joined and left. Each says how many people are
    online."""
    most = limits.MAX_NAMED_ONLINE
    for first in range(0, max(len(joined), len(left)), most):
        yield events.PresenceChanged(
            room=slug,
            online=online,
            joined=[*joined[first : first + most]],
            left=[*left[first : first + most]],
        )


def read_changed(reading: shapes.Reading) -> events.ReadChanged:
    return events.ReadChanged(**structs.asdict(reading))


def reads_changed(readings: Sequence[shapes.Reading]) -> Iterator[events.ReadsChanged]:
    """Yield as few events as can hold these readings."""
    for first in range(0, len(readings), limits.MAX_READINGS):
        yield events.ReadsChanged(rooms=[*readings[first : first + limits.MAX_READINGS]])


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


def inbox_items(lines: Sequence[inbox.Line]) -> list[shapes.InboxItem]:
    """Serialize a page of the inbox. One query if messages on it have files."""
    said = naming.excerpts([(line.body, line.html) for line in lines])
    files = uploads.of_each([line.message_id for line in lines if line.attached])
    return [
        _inbox_item(line, excerpts.joined(text, files.get(line.message_id, ())))
        for line, text in zip(lines, said, strict=True)
    ]


def _inbox_item(line: inbox.Line, excerpt: str) -> shapes.InboxItem:
    return shapes.InboxItem(
        id=str(line.id),
        room=line.slug,
        number=line.number,
        reason=line.reason,  # type: ignore[arg-type]
        author=_person(*line.author[:4]),
        excerpt=excerpt,
        created_at=line.created_at,
        read=line.is_read,
    )


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
