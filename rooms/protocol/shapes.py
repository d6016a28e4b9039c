"""The objects that events and replies are made of."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from rooms.protocol.values import (
    Addressed,
    AttachmentKind,
    Density,
    Hours,
    ItemReason,
    Kind,
    Makers,
    MentionBy,
    Motion,
    MutedRooms,
    NotifyLevel,
    Presence,
    Previews,
    Role,
    Scheme,
    Section,
    Seen,
    TextSize,
)


class Person(msgspec.Struct, frozen=True):
    """Someone as others see them. `avatar` is a URL, or null: then show initials. Where it matters,
    `active` is false for someone whose account is closed."""

    id: int
    username: str
    name: str
    avatar: str | None
    active: bool | UnsetType = UNSET


class Profile(msgspec.Struct, frozen=True):
    """What a person's card shows. `zone` is an IANA name, or null if they don't show their local
    time. `moderates` says that they moderate the whole site. `seen` is when they were last here,
    in days of yours, unless they don't show it. Someone whose account is closed has
    `active: false` and nothing else to say."""

    id: int
    username: str
    name: str
    avatar: str | None
    pronouns: str
    about: str
    zone: str | None
    moderates: bool
    active: bool | UnsetType = UNSET
    seen: Seen | UnsetType = UNSET


class Status(msgspec.Struct, frozen=True):
    """What someone says beside their name, until it is taken back or, unless `until` is null, until
    then. `emoji` or `text` may be empty, but not both. One of the site's own emoji has the address
    of its `picture`, and of a `still` if that moves."""

    emoji: str
    text: str
    until: datetime | None
    picture: str | UnsetType = UNSET
    still: str | UnsetType = UNSET


class Quiet(msgspec.Struct, frozen=True):
    """Do not disturb, by hand or by a schedule, until then; null: it is off."""

    until: datetime | None


class Attendant(msgspec.Struct, frozen=True):
    """Whether someone is at the site, in whatever room, and what they say about that. Someone is
    `idle` when none of their tabs had input for ten minutes."""

    id: int
    presence: Presence
    status: Status | None
    quiet: Quiet


class Site(msgspec.Struct, frozen=True):
    """What the site is called and how it looks. `logo` is the URL of a square picture, `style` that
    of a style sheet with its accent colour; either may be null. `room_makers` says who may create
    rooms: `everyone`, or the `staff` that moderates the site."""

    name: str
    logo: str | None
    style: str | None
    room_makers: Makers


class Member(msgspec.Struct, frozen=True):
    """Someone in a room."""

    id: int
    username: str
    name: str
    avatar: str | None
    role: Role


class Reaction(msgspec.Struct, frozen=True):
    """One emoji on a message, how many people chose it, and the first 20 of them; in replies, the
    asker comes first. The command `reactions` lists them all. One of the site's own is `:name:`
    with the address of its `picture`, and of a `still` if that moves."""

    emoji: str
    count: int
    users: list[dict[str, Any]]
    picture: str | UnsetType = UNSET
    still: str | UnsetType = UNSET


class Attachment(msgspec.Struct, frozen=True):
    """A file that a message shows. `type` and `kind` are what its content is; `size`, `width` and
    `height` are those of what is served, turned upright and without metadata. `duration` is in
    seconds; `peaks` are the loudness of a voice message over time, up to 100. Until it is `ready`,
    the server is still looking at it, and its address answers late; `message.updated` follows. An
    `animated` picture has a `thumbnail` that stands still. One that was `refused` for what it
    contains is gone: only its name is left."""

    id: str
    name: str
    size: int
    type: str
    kind: AttachmentKind
    width: int | None
    height: int | None
    duration: float | None
    peaks: list[int] | None
    alt: str
    transcript: str
    url: str
    thumbnail: str | None
    poster: str | None
    ready: bool = True
    animated: bool | UnsetType = UNSET
    refused: bool | UnsetType = UNSET


class LinkPreview(msgspec.Struct, frozen=True):
    """What a page that a message links to says of itself. The `picture` is this site's own copy, or
    null. Its author and moderators can remove it with `preview.remove`."""

    url: str
    title: str
    description: str
    site: str
    picture: str | None
    width: int | None
    height: int | None


class LinkedRoom(msgspec.Struct, frozen=True):
    """The room of a message that a link leads to, with its name as you see it."""

    slug: str
    name: str
    kind: Kind


class Message(msgspec.Struct, frozen=True):
    """A message, always in its complete current state. A tombstone has `deleted: true` and no
    `body`, `html`, `attachments` or `previews`. `html` is sanitised; every other string is plain
    text. `previews` are absent when there are none.
    `restored` is the room's revision when a deletion of it was last undone, if ever. `mentions`
    are the ids of the members whom it names; `mentions_room` says whether it addresses all members
    (`room`) or those who were at the site (`here`)."""

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
    mentions_room: Addressed | None
    body: str | UnsetType = UNSET
    html: str | UnsetType = UNSET
    attachments: list[Attachment] | UnsetType = UNSET
    previews: list[LinkPreview] | UnsetType = UNSET
    restored: int | UnsetType = UNSET


class Hit(msgspec.Struct, frozen=True):
    """A message that a search has found, and where in its `body` the words are: ranges of UTF-16
    units, each with its start and its end, which is exclusive. There are none if only filters
    matched, or the name or the description of a file."""

    room: str
    message: Message
    ranges: list[tuple[int, int]]


class Reading(msgspec.Struct, frozen=True):
    """How far you have read a room. Of two, the one with the higher `read_revision` is later; with
    equal revisions, the one with the higher `number`. `unread` counts the readable messages after
    `number`: no tombstones, none by people you ignore. It is exact as of the room's `revision`,
    when `last_number` was the last message."""

    room: str
    number: int
    last_number: int
    revision: int
    read_revision: int
    unread: int
    mentions: int


class ReadStep(msgspec.Struct, frozen=True):
    """What `rooms.read` did to one read cursor: where it was `before`, and where it is now."""

    room: str
    before: int
    number: int
    read_revision: int


class Muted(msgspec.Struct, frozen=True):
    """A mute on you; with `until` null, it doesn't expire. The reason may be empty."""

    until: datetime | None
    reason: str


class Ignored(msgspec.Struct, frozen=True):
    """The people whose messages you see collapsed, by id. Those in `blocked` can't write to you
    either."""

    muted: list[int] = []
    blocked: list[int] = []


class Removal(msgspec.Struct, frozen=True):
    """A bulk deletion of one person's messages. `count` of them are deleted so far; until it is
    `finished`, the server continues by itself. While it is being undone, `count` goes down."""

    id: int
    count: int
    finished: bool


class Preview(msgspec.Struct, frozen=True):
    """What a removal would delete: the number of messages (with `more`, at least that many), and
    the ten newest."""

    count: int
    more: bool
    newest: list[Message]


class Notify(msgspec.Struct, frozen=True):
    """Of what in a room you are told: `all`, `mentions` (whatever is in your inbox) or `nothing`.
    `default` is `all` in direct rooms and `mentions` elsewhere. After `until` it is another level
    again: null, until you change it."""

    level: NotifyLevel = "default"
    until: datetime | None = None


class Inbox(msgspec.Struct, frozen=True):
    """How many items of your inbox are unread."""

    unread: int = 0


class InboxItem(msgspec.Struct, frozen=True):
    """A message that concerns you, for the strongest reason: it mentions you, mentions everyone
    (`room`), has one of your keywords, is a direct message, or replies to you. `excerpt` is what
    the message says now, as one line of plain text."""

    id: str
    room: str
    number: int
    reason: ItemReason
    author: Person
    excerpt: str
    created_at: datetime
    read: bool


class RoomSummary(msgspec.Struct, frozen=True):
    """A room in the sidebar. `unread` is exact as of the room's `revision`."""

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
    notify: Notify = Notify()


class LobbyRoom(msgspec.Struct, frozen=True):
    """A public room in the lobby, and whether you are in it."""

    slug: str
    name: str
    topic: str
    members: int
    joined: bool


class OwnSection(msgspec.Struct, frozen=True):
    """A section that you have made in your sidebar, with its rooms in your order (perhaps with some
    that you have left). A room that is also a favourite is shown there."""

    id: str
    name: str
    rooms: list[str]
    folded: bool


class Sidebar(msgspec.Struct, frozen=True):
    """How you have arranged your sidebar: the favourites in order (perhaps with rooms that you have
    left), the collapsed ones of the sections that everyone has, and your own sections in order. Of
    two, the one with the higher `revision` is later."""

    favourites: list[str] = []
    folded: list[Section] = []
    revision: int = 0
    sections: list[OwnSection] = []


class Web(msgspec.Struct, frozen=True):
    """Anyone on the web can read a room's messages with numbers above `after`."""

    after: int
    since: datetime


class Appearance(msgspec.Struct, frozen=True):
    """How you want the site to look. `system` and `language` leave it to your device and language.
    `muted` is what the list of rooms still counts in those of which you are told nothing,
    `previews` are those of links.
    Of two, the one with the higher `revision` is later."""

    scheme: Scheme = "system"
    density: Density = "comfortable"
    text: TextSize = "normal"
    hours: Hours = "language"
    motion: Motion = "system"
    muted: MutedRooms = "mentions"
    previews: Previews = "shown"
    revision: int = 0


class Room(msgspec.Struct, frozen=True):
    """A room as one person sees it; `role` is null if they aren't a member. `slow_mode` is the
    number of seconds between two messages of one person (0: off; moderators needn't wait),
    `next_post_at` is when they may write again, `muted` is a mute in this room only. With
    `announcement`, only owners and moderators write. `room_mention_by` says who may say `@room`, if
    it is you who asks: where newcomers may not, they are told `moderators`. `people` are the others
    in a direct room, which is named after them. `web` is null unless outsiders can read it."""

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
    web: Web | None = None
    notify: Notify = Notify()
    room_mention_by: MentionBy = "everyone"
