"""Whom a message concerns: looked up when it is posted or edited, in the same transaction."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from rooms import attendance
from rooms.actions.notifications import keywords as notified
from rooms.actions.notifications.orders import Recount, Tell
from rooms.actions.notifications.telling import recount, tell
from rooms.actions.screening import rulebook
from rooms.actions.screening.rulebook import Newcomer, Rulebook
from rooms.models import InboxItem, Message, Room
from rooms.policy.standing import Rights, Standing
from rooms.queries import inbox, naming
from rooms.queries import site as sites
from rooms.queries.naming import Named
from rooms.queries.posting import Row
from rooms.storage.sql import Straight, straight
from rooms.text import markup, mentions
from rooms.text.mentions import Drawn, Marked

Reason = InboxItem.Reason


class Place(Protocol):
    """A Room or a LockedRoom."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def room_mention_by(self) -> str: ...
    @property
    def wanted(self) -> bool: ...


class Written(Protocol):
    """A Message or a posting.Row."""

    @property
    def room_id(self) -> int: ...
    @property
    def author_id(self) -> int: ...
    @property
    def number(self) -> int: ...
    @property
    def reply_to(self) -> int | None: ...
    @property
    def mentions_room(self) -> str: ...
    @property
    def named(self) -> Sequence[int]: ...


@dataclass(slots=True)
class Circle:
    """The people whom some messages may concern, looked up for all of them together: one statement
    each for names, answers and direct rooms, and none without them."""

    members: naming.Members = field(default_factory=dict)
    answered: dict[tuple[int, int], int] = field(default_factory=dict)
    neighbours: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, asked: Iterable[tuple[Place, Marked, int | None]]) -> "Circle":
        """Look up whom messages may concern that are written in these rooms, with these texts, as
        answers to these numbers."""
        found = [*asked]
        named = [(room.id, text) for room, text, _to in found if not text.is_plain]
        return cls(
            naming.members((room_id, name) for room_id, text in named for name in text.names),
            naming.answered((room.id, to) for room, _text, to in found if to is not None),
            naming.neighbours(room.id for room, _, _ in found if room.kind == Room.Kind.DIRECT),
        )

    def drawn(self, room: Place, text: Marked, keywords: Collection[str]) -> Drawn:
        """Draw a text with the mentions that it has in a room."""
        if text.is_plain:
            return Drawn(text.html)
        found = {name: self.members.get((room.id, name)) for name in text.names}
        return text.drawn({name: one.id for name, one in found.items() if one}, keywords)

    def named(self, room_id: int, ids: Iterable[int]) -> list[Named]:
        """Return the people with these ids."""
        wanted = {*ids}
        members = self.members.items()
        return [one for (room, _name), one in members if room == room_id and one.id in wanted]

    def reasons(self, row: Written) -> Iterator[tuple[int, Reason]]:
        """Yield whom a message concerns, and why; somebody possibly for several reasons."""
        for user_id in row.named:
            yield user_id, Reason.MENTION
        for user_id in self.neighbours.get(row.room_id, ()):
            yield user_id, Reason.DIRECT
        if row.reply_to is not None and (row.room_id, row.reply_to) in self.answered:
            yield self.answered[row.room_id, row.reply_to], Reason.REPLY

    def items(self, row: Written, at: datetime) -> list[inbox.Item]:
        """Return the items of a message. Nobody is told of their own."""
        return [
            inbox.Item(user_id, row.room_id, row.number, reason, at)
            for user_id, reason in self.reasons(row)
            if user_id != row.author_id
        ]


def keywords(
    text: Marked, room: Place, author: Rights, person: Newcomer, book: Rulebook
) -> Collection[str]:
    """Return the keywords of a text that address somebody. In a direct room, everyone is told
    anyway. Where somebody may not say `@room`, it stays text: a refusal would lose theirs."""
    if text.is_plain or not text.keywords or room.kind == Room.Kind.DIRECT:
        return ()
    if mentions.ROOM in text.keywords and addresses_room(room, author, person, book):
        return mentions.KEYWORDS
    return (mentions.HERE,)


def addresses_room(room: Place, author: Rights, person: Newcomer, book: Rulebook) -> bool:
    """Whether somebody may say `@room`."""
    rule = room.room_mention_by or sites.current().room_mention_by
    return author.addresses_room(rule, is_new=book.newcomer_until(person) is not None)


def announce(
    cursor: Straight,
    circle: Circle,
    rows: Sequence[Row],
    rooms: Iterable[Place],
    watching: Mapping[tuple[int, int], frozenset[int]],
) -> None:
    """Record whom new messages concern, and have them told: by room and number, `watching` are
    those whose keywords a message has, members or not."""
    wanted = {room.id for room in rooms if room.wanted}
    items = [circle.items(row, row.created_at) for row in rows]
    inbox.record(cursor, (item for some in items for item in some))
    works = [
        Tell(
            room=row.room_id,
            number=row.number,
            here=_here(row),
            keywords=sorted(watching.get((row.room_id, row.number), ())),
        )
        for row, some in zip(rows, items, strict=True)
        if some
        or row.mentions_room
        or row.room_id in wanted
        or (row.room_id, row.number) in watching
    ]
    if works:
        tell(works)


def _here(row: Written) -> list[int]:
    """Return the members who are at the site, if the message addresses them."""
    if row.mentions_room != mentions.HERE:
        return []
    around = naming.online(row.room_id, attendance.present())
    return [user_id for user_id in around if user_id != row.author_id]


DRAWN = ("html", "renderer", "mentions", "mentions_room")  # the fields that `redraw` changes


def redraw(standing: Standing, message: Message, text: Marked) -> None:
    """Draw the new text of a message that is being edited. Whom it names only now is told; whom it
    names no longer has nothing of it in their inbox, unless it concerns them otherwise."""
    room, person = standing.room, standing.user
    before = _Before.of(message)
    circle = Circle.of([(room, text, message.reply_to)])
    book = rulebook.current() if text.keywords else rulebook.known()
    drawn = circle.drawn(room, text, keywords(text, room, standing, person, book))
    message.html, message.renderer = drawn.html, markup.RENDERER_VERSION
    message.mentions, message.mentions_room = naming.packed_ids(drawn.ids), drawn.addressed
    message.people = None
    _reconsider(message, before, circle, text)


class _Before(NamedTuple):
    """Whom a message concerned before it was edited."""

    named: set[int]
    addressed: str
    html: str

    @classmethod
    def of(cls, message: Message) -> "_Before":
        return cls({*message.named}, message.mentions_room, message.html)


def _reconsider(message: Message, before: _Before, circle: Circle, text: Marked) -> None:
    """Have those told whom an edit concerns only now, and take it from the inboxes of the others.
    Keywords are those of now, and only what the edit changes counts: a word that stays was found
    when it was written."""
    room_id, number, author = message.room_id, message.number, {message.author_id}
    watchlist = notified.current()
    had, has = watchlist.find(before.html), watchlist.find(text.plain)
    named, addressed = {*message.named}, message.mentions_room
    if (named, addressed, has) == (before.named, before.addressed, had):
        return
    is_other = addressed != before.addressed
    here = _here(message) if is_other else []
    lost = {
        who: pk
        for who, (pk, reason) in inbox.items_of(room_id, number).items()
        if (reason == Reason.MENTION and who in before.named - named)
        or (reason == Reason.KEYWORD and who in had - has)
        or (reason == Reason.ROOM and is_other and addressed != mentions.ROOM and who not in here)
    }
    at = message.edited_at or message.created_at
    items = circle.items(message, at)
    items += [inbox.Item(one, room_id, number, Reason.KEYWORD, at) for one in has]
    if addressed == mentions.ROOM:
        items += [inbox.Item(one, room_id, number, Reason.ROOM, at) for one in lost]
    left = inbox.strongest(item for item in items if item.user_id in lost)
    inbox.weaken({lost[item.user_id]: item.reason for item in left})
    weaker = {item.user_id for item in left}
    gone = {who: pk for who, pk in lost.items() if who not in weaker}
    inbox.withdraw([*gone.values()])
    added, gained = named - before.named - author, has - had - author
    with straight() as cursor:
        inbox.record(cursor, [item for item in items if item.user_id in added])
    whole = is_other and mentions.ROOM in (addressed, before.addressed)
    if lost or whole:
        ids = [(who, pk, number) for who, pk in gone.items()]
        recount(Recount(room=room_id, people=sorted(weaker), whole=whole, gone=ids))
    if added or gained or (is_other and addressed):
        work = Tell(
            room=room_id,
            number=number,
            here=here,
            keywords=sorted(gained),
            edited=True,
            addressed=is_other,
            only=sorted(added),
            latest=inbox.latest(),
        )
        tell([work])
