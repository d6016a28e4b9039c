"""What events and replies are made of."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from rooms.protocol.limits import Kind, Role, Section


class Person(msgspec.Struct, frozen=True):
    """Somebody, as others see them. `avatar` is an address, or null: then draw initials. `active`
    is false, where it matters, for somebody whose account is closed."""

    id: int
    username: str
    name: str
    avatar: str | None
    active: bool | UnsetType = UNSET


class Member(msgspec.Struct, frozen=True):
    """Somebody in a room."""

    id: int
    username: str
    name: str
    avatar: str | None
    role: Role


class Reaction(msgspec.Struct, frozen=True):
    """One emoji on a message, how many people put it there, and the first 20 of them; in replies,
    the asker before the others. `reactions` brings all of them."""

    emoji: str
    count: int
    users: list[dict[str, Any]]


class Message(msgspec.Struct, frozen=True):
    """Always the whole current state. A tombstone has `deleted: true` and neither `body`, `html`
    nor `attachments`. `html` is sanitised; every other string is text. `restored` is the room's
    revision when a deletion was last taken back, if one was."""

    number: int
    revision: int
    nonce: str
    author: Person
    created_at: datetime
    edited_at: datetime | None
    deleted: bool
    reply_to: int | None
    reactions: list[Reaction]
    mentions: list[int]
    body: str | UnsetType = UNSET
    html: str | UnsetType = UNSET
    attachments: list[Any] | UnsetType = UNSET
    restored: int | UnsetType = UNSET


class Reading(msgspec.Struct, frozen=True):
    """How far one has read a room. Of two, the one with the higher `read_revision` is the later;
    within one revision, that with the higher `number`. `unread` counts the messages after `number`
    that can be read: no tombstones, none by people whom one mutes or blocks. It is exact as of the
    room's `revision`, when `last_number` was the last message."""

    room: str
    number: int
    last_number: int
    revision: int
    read_revision: int
    unread: int
    mentions: int


class ReadStep(msgspec.Struct, frozen=True):
    """What `rooms.read` did to one cursor: where it was before, and where it is."""

    room: str
    before: int
    number: int
    read_revision: int


class Muted(msgspec.Struct, frozen=True):
    """What keeps one from writing; `until` null: for good. The reason may be empty."""

    until: datetime | None
    reason: str


class Ignored(msgspec.Struct, frozen=True):
    """Whose messages one wants folded away, by id; who is blocked can't write to one either."""

    muted: list[int] = []
    blocked: list[int] = []


class Removal(msgspec.Struct, frozen=True):
    """Much that one person had posted, removed at once. `count` of it is gone by now; as long as it
    isn't `finished`, the server goes on by itself. Undone, it counts down."""

    id: int
    count: int
    finished: bool


class Preview(msgspec.Struct, frozen=True):
    """What a removal would take: so many messages (with `more`, at least so many), and the newest
    ten of them."""

    count: int
    more: bool
    newest: list[Message]


class RoomSummary(msgspec.Struct, frozen=True):
    """A line of the sidebar. `unread` is exact as of the room's `revision`."""

    slug: str
    name: str
    kind: Kind
    archived: bool
    revision: int
    last_number: int
    read_number: int
    read_revision: int
    unread: int
    mentions: int
    people: tuple[Person, ...] | UnsetType = UNSET


class Sidebar(msgspec.Struct, frozen=True):
    """How one has arranged the list of rooms: the favourites in their order (perhaps with some that
    one has left), and the sections that are folded. Of two, the higher `revision` is the later."""

    favourites: list[str] = []
    folded: list[Section] = []
    revision: int = 0


class Room(msgspec.Struct, frozen=True):
    """A room as one person sees it: `role` is null for who isn't a member. `slow_mode` is the
    seconds between two messages of one person (0: none; moderators needn't wait), `next_post_at`
    when one may write again there, `muted` is in this room only. With `announcement`, only owners
    and moderators write. `people` are the others of a direct room, which is called by them."""

    slug: str
    name: str
    topic: str
    kind: Kind
    role: Role | None
    archived: bool
    members: int
    last_number: int
    read_number: int
    read_revision: int
    unread: int
    mentions: int
    revision: int
    slow_mode: int
    announcement: bool
    next_post_at: datetime | None
    muted: Muted | None
    people: tuple[Person, ...] | UnsetType = UNSET
