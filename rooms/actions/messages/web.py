"""Rooms as outsiders read them on the web: only what was said since the room was opened, with the
names of those who agreed to be named. Files are named and described, and can't be opened: whoever
sent one had the people here in mind."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from rooms import address
from rooms.actions.messages import rendering
from rooms.errors import NotFound
from rooms.models import Held, Message, RetiredName, Room, Upload, User
from rooms.policy.standing import no_such_room
from rooms.protocol import shapes
from rooms.queries import uploads
from rooms.serializers import excerpts
from rooms.text import markup, mentions, names
from rooms.text.outside import Curtain, mentioned

SPAN = 50  # numbers on a page; addresses depend on it
AROUND = 5  # messages on each side of the one that a permalink names
MAX_NAMES = 500  # on a page that are looked up; any more are hidden unseen
MAX_GUESSES = 8  # of names that no account has; each costs 10 ms, once


@dataclass(frozen=True, slots=True)
class Author:
    """The author of a message. Without a person's own name, `letter` tells one from the other on
    the same page, and only there."""

    name: str
    letter: str = ""
    avatar: str | None = None
    hue: int = 0

    @property
    def picture(self) -> shapes.Person:
        """What an avatar is drawn from."""
        return shapes.Person(self.hue, "", self.letter or self.name, self.avatar)


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that another one answers."""

    number: int
    author: Author
    excerpt: str


@dataclass(frozen=True, slots=True)
class File:
    """A file of a message: of which kind it is, in words, and what it is called or shows."""

    kind: str
    name: str
    alt: str


@dataclass(frozen=True, slots=True)
class Post:
    """A message. `answers` is true if it is a reply, even where the other message isn't shown."""

    number: int
    author: Author
    created_at: datetime
    edited_at: datetime | None
    html: str
    excerpt: str
    answers: bool
    quote: Quote | None
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A range of numbers that is a page of its own, as it appears in addresses."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    @classmethod
    def around(cls, number: int) -> "Span":
        first = number - (number - 1) % SPAN
        return cls(first, first + SPAN - 1)


@dataclass(frozen=True, slots=True)
class WebRoom:
    """What outsiders learn of a room."""

    slug: str
    name: str
    topic: str
    opened_at: datetime
    indexed: bool
    archived: bool


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page of a room: some of its messages, oldest first, and the pages next to it. `span` is
    None on the page of the newest messages; `number` is set on a permalink's."""

    room: WebRoom
    posts: list[Post]
    span: Span | None = None
    number: int | None = None
    before: Span | None = None
    after: Span | None = None

    @property
    def found(self) -> Post | None:
        """The message that the permalink names."""
        return next((post for post in self.posts if post.number == self.number), None)


def newest(*, slug: str) -> WebPage:
    """Return the newest messages. Raises NotFound unless the room is open to the web."""
    room = _open_room(slug)
    rows = [*reversed(_readable(room).order_by("-number")[:SPAN])]
    first = rows[0].number if rows else room.last_number + 1
    return WebPage(_shown(room), _posts(room, rows), before=_before(room, first))


def page(*, slug: str, first: int, last: int) -> WebPage:
    """Return the messages with these numbers. Raises NotFound if they aren't a page."""
    room, span = _open_room(slug), Span(first, last)
    if span != Span.around(first) or not (span.last > room.web_floor and first <= room.last_number):
        raise NotFound(_("There is no such page."))
    rows = _readable(room).filter(number__gte=first, number__lte=last).order_by("number")
    return WebPage(
        _shown(room),
        _posts(room, [*rows]),
        span=span,
        before=_before(room, first),
        after=Span.around(last + 1) if last < room.last_number else None,
    )


def permalink(*, slug: str, number: int) -> WebPage:
    """Return one message and a few around it. Raises NotFound if outsiders can't see it."""
    room = _open_room(slug)
    near = Q(number__gte=number - AROUND, number__lte=number + AROUND)
    rows = [*_readable(room).filter(near).order_by("number")]
    if number not in [row.number for row in rows]:
        raise NotFound(_("There is no such message."))
    return WebPage(_shown(room), _posts(room, rows), span=Span.around(number), number=number)


@dataclass(frozen=True, slots=True)
class Listed:
    """A room that search engines may list, with the numbers of its readable messages."""

    slug: str
    floor: int
    last_number: int

    def spans(self, most: int) -> list[Span]:
        """Its newest pages, the newest first."""
        if self.last_number <= self.floor:
            return []
        ends = range(Span.around(self.last_number).first, self.floor + 1 - SPAN, -SPAN)
        return [Span.around(first) for first in ends[:most]]


def listed(*, most: int) -> list[Listed]:
    """Return the rooms that search engines may list, the most recently opened first."""
    if not settings.WEB_ROOMS:
        return []
    rows = Room.objects.on_the_web().filter(web_noindex=False).order_by("-web_opened_at")
    return [Listed(*row) for row in rows.values_list("slug", "web_floor", "last_number")[:most]]


def _open_room(slug: str) -> Room:
    room = Room.objects.on_the_web().filter(slug=slug).first() if settings.WEB_ROOMS else None
    if room is None:
        raise no_such_room()
    return room


def _shown(room: Room) -> WebRoom:
    assert room.web_opened_at is not None  # noqa: S101  it is one of the open ones
    return WebRoom(
        slug=room.slug,
        name=room.name,
        topic=room.topic,
        opened_at=room.web_opened_at,
        indexed=not room.web_noindex,
        archived=room.archived,
    )


def _readable(room: Room) -> QuerySet[Message]:
    """The messages that outsiders can see. A message that was held was said when it was written,
    not when a moderator let it through. Uses indexes: message_room_number, held_nonce."""
    said_before = Held.objects.filter(
        room=room,
        author=OuterRef("author"),
        nonce=OuterRef("nonce"),
        created_at__lte=room.web_opened_at,
    )
    rows = Message.objects.whole().defer("author__password", "author__sidebar")
    since = rows.filter(room=room, number__gt=room.web_floor, deleted_at=None)
    return since.filter(~Exists(said_before))


def _before(room: Room, first: int) -> Span | None:
    return Span.around(first - 1) if first - 1 > room.web_floor else None


def _posts(room: Room, rows: Sequence[Message]) -> list[Post]:
    """Takes at most five queries, however many messages there are."""
    rendering.freshen(rows)
    wanted = {row.reply_to for row in rows if row.reply_to is not None}
    quoted = (
        {row.number: row for row in _readable(room).filter(number__in=wanted)} if wanted else {}
    )
    rendering.freshen([*quoted.values()])
    uploads.load([*rows, *quoted.values()])
    cast = _Cast([*rows, *quoted.values()])
    curtain = Curtain(
        hosts=_hosts(),
        label=cast.label,
        address=partial(_outward, room),
        instead=_("(link for members)"),
        render=_drawn,
    )
    return [_post(row, quoted.get(row.reply_to or 0), cast, curtain) for row in rows]


def _post(row: Message, other: Message | None, cast: "_Cast", curtain: Curtain) -> Post:
    author = cast.author(row.author)
    shown = curtain.drawn(row.body, mentions.undrawn(row.html))
    quote = None
    if other is not None:
        by = cast.author(other.author)
        said = curtain.drawn(other.body, mentions.undrawn(other.html))
        quote = Quote(other.number, by, _excerpt(said, other, curtain))
    return Post(
        number=row.number,
        author=author,
        created_at=row.created_at,
        edited_at=row.edited_at,
        html=shown,
        excerpt=_excerpt(shown, row, curtain),
        answers=row.reply_to is not None,
        quote=quote,
        files=tuple(_file(one, curtain) for one in uploads.of(row)),
    )


def _file(one: Upload, curtain: Curtain) -> File:
    name = "" if one.kind == Upload.Kind.VOICE else one.name
    return File(one.get_kind_display(), curtain.words(name), curtain.words(one.alt))


def _excerpt(rendered: str, row: Message, curtain: Curtain) -> str:
    """One line of a message's text and of what it shows, as outsiders see it."""
    files = html.escape(curtain.words(excerpts.words(uploads.of(row))))
    return " · ".join(part for part in (_line(rendered), _line(files)) if part)


def _drawn(body: str) -> str:
    return rendering.marked(body).plain


def _line(rendered: str) -> str:
    """One line of a message's text, as outsiders see it."""
    line = " ".join(markup.visible(rendered).split())
    return line if len(line) <= 140 else line[:139].rstrip() + "…"


class _Cast:
    """Who is named on a page, and who isn't. Each of the others gets a letter in the order in which
    they appear; someone who only occurs after an `@` does, too."""

    def __init__(self, rows: Iterable[Message]) -> None:
        self._letters: dict[str, str] = {}
        found = sorted({name for row in rows for name in mentioned(row.html + _words(row))})
        asked, unseen = set(found[:MAX_NAMES]), set(found[MAX_NAMES:])
        self._hidden = (_hidden(asked) if asked else set()) | unseen

    def author(self, user: User) -> Author:
        if user.web_named and user.is_active:
            picture = user.avatar.url if user.avatar else None
            return Author(user.name, avatar=picture, hue=user.pk)
        letter = self._letter(user.username)
        name = _("Somebody %(letter)s") % {"letter": letter}
        return Author(name, letter, hue=[*self._letters].index(user.username))

    def label(self, username: str) -> str | None:
        """What to show after an `@` instead of a username; None if it may be shown."""
        if username not in self._hidden:
            return None
        return _("Somebody %(letter)s") % {"letter": self._letter(username)}

    def _letter(self, username: str) -> str:
        if username not in self._letters:
            self._letters[username] = _letters(len(self._letters))
        return self._letters[username]


def _words(row: Message) -> str:
    """What is said of a message's files, as HTML."""
    return html.escape("".join(f" {one.name} {one.alt}" for one in uploads.of(row)))


def _letters(index: int) -> str:
    """A, B, … Z, AA, AB, …"""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _hidden(asked: set[str]) -> set[str]:
    """Return those of the names that belong to people who aren't named on the web, or belonged to
    an account that was deleted. The others are nobody's: what follows an `@` may be anything."""
    people = User.objects.filter(username__in=asked)
    rows = people.values_list("username", "web_named", "is_active")
    named = {username: is_named and is_active for username, is_named, is_active in rows}
    hidden = {username for username, is_named in named.items() if not is_named}
    strangers = sorted(asked - set(named))
    if not strangers or not RetiredName.objects.exists():
        return hidden
    guesses = {_digest(name): name for name in strangers[:MAX_GUESSES]}
    retired = RetiredName.objects.filter(digest__in=guesses).values_list("digest", flat=True)
    return hidden | {guesses[one] for one in retired} | set(strangers[MAX_GUESSES:])


_digest = lru_cache(maxsize=4096)(names.digest)


def _hosts() -> list[str]:
    """The names under which the site can be reached."""
    own = urlsplit(address.origin()).hostname or ""
    return [name for name in {own, *settings.ALLOWED_HOSTS} if name.strip("*.")]


def _outward(room: Room, link: str) -> str | None:
    """Return where outsiders find what a link into the site leads to: only a message of this room,
    or the room itself. Other rooms, open or not, aren't theirs to know of."""
    path = "/" + link.split("//", 1)[-1].partition("/")[2] if not link.startswith("/") else link
    path = unquote(path.partition("?")[0].partition("#")[0])
    parts = [part for part in path.split("/") if part]
    if len(parts) not in (2, 3) or parts[0] not in ("rooms", "web") or parts[1] != room.slug:
        return None
    place = parts[2] if len(parts) == 3 else ""
    if _NUMBER.fullmatch(place):
        if not room.web_floor < int(place) <= room.last_number:
            return None
    elif place and not (parts[0] == "web" and _PLACE.fullmatch(place)):
        return None
    return address.origin() + f"/web/{quote(room.slug)}/" + (f"{place}/" if place else "")


_NUMBER = re.compile(r"[0-9]{1,18}")
_PLACE = re.compile(r"feed|[0-9]{1,18}-[0-9]{1,18}")
