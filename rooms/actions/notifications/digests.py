"""What mails say to people who weren't there: what concerned them, and once a week, if they want
that, what is unread. Everything is decided and read when the mail is sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.utils import timezone, translation

from rooms import attendance, serializers
from rooms.actions.notifications.missed import WAITS, mails
from rooms.attendance import Level
from rooms.models import Membership, Room, User
from rooms.policy import levels, quiet, sanctions
from rooms.policy.standing import Standing
from rooms.queries import inbox, naming, uploads, visitor
from rooms.queries import site as sites
from rooms.serializers import excerpts

MOST = 20  # messages in a mail
LOOKED_AT = 200  # items of the inbox, the newest
OLDEST = timedelta(days=7)  # what is older isn't mailed any more
EXCERPT = 280  # characters
COARSE = timedelta(minutes=5)  # `User.seen_at` may be that much later than somebody was here
ROOMS = 20  # in a weekly mail


@dataclass(frozen=True, slots=True)
class Line:
    """A message that concerned somebody. Text of other people, to be escaped where it is shown."""

    reason: str
    number: int
    author: str
    excerpt: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A room, with what concerned somebody there, oldest first."""

    slug: str
    room: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Digest:
    """What one mail says. `newest` is the item after which the next mail begins."""

    user: User
    address: str
    parts: Sequence[Part]
    more: int
    newest: int


@dataclass(frozen=True, slots=True)
class Unread:
    slug: str
    room: str
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a weekly mail says."""

    user: User
    address: str
    rooms: Sequence[Unread]
    more: int


def due(user_id: int) -> Digest | float | None:
    """Return what somebody is to be mailed now, or for how many seconds to wait, or None if there
    is nothing to be said: they have read it, or been here since, or want no mails."""
    found = _reader(user_id)
    if found is None or found[0].mail_missed == User.Mailed.NEVER:
        return None
    user, address = found
    wait = WAITS[User.Mailed(user.mail_missed)]
    now = timezone.now()
    ends = quiet.quiet_until(user, now)
    if ends is not None:
        return (ends - now).total_seconds()
    items = _waiting(user, now)
    if not items:
        return None
    left = min(line.created_at for line in items) + wait - now
    if left > timedelta(0):
        return left.total_seconds()
    if attendance.level(user_id) >= Level.ONLINE:
        sent(user_id, items[0].id)
        return None
    kept = items[:MOST]
    return Digest(user, address, _by_room(user, kept), len(items) - len(kept), items[0].id)


def sent(user_id: int, newest: int) -> None:
    """Note that somebody needn't be mailed any more what is in the inbox up to this item."""
    User.objects.filter(pk=user_id, mailed_item__lt=newest).update(mailed_item=newest)


def week(user_id: int) -> Summary | None:
    """Return what somebody has to read, if they want that mailed and there is something."""
    found = _reader(user_id)
    if found is None or not found[0].mail_weekly:
        return None
    user, address = found
    now = timezone.now()
    seats = [seat for seat in visitor.seats(user_id, ignores=True) if seat.unread > 0]
    chosen = Membership.objects.filter(user=user).exclude(level="").select_related("room")
    silent = {
        one.room_id
        for one in chosen
        if levels.level(one, one.room, now) == Membership.Level.NOTHING
    }
    seats = [seat for seat in seats if seat.room_id not in silent]
    seats.sort(key=lambda seat: -seat.unread)
    if not seats:
        return None
    named = Room.objects.in_bulk([seat.room_id for seat in seats[:ROOMS]])
    rooms = [
        Unread(seat.slug, _title(named[seat.room_id], user), seat.unread)
        for seat in seats[:ROOMS]
        if _sees(user, named[seat.room_id])
    ]
    return Summary(user, address, rooms, len(seats[ROOMS:])) if rooms else None


def wants_weekly(user_id: int) -> User | None:
    """Return the user, if they still want the weekly mail."""
    return User.objects.filter(pk=user_id, mail_weekly=True, is_active=True).first()


def _reader(user_id: int) -> tuple[User, str] | None:
    """Return somebody who may be mailed, with their confirmed address."""
    address = EmailAddress.objects.filter(user=user_id, verified=True, user__is_active=True)
    row = address.order_by("-primary").select_related("user").first()
    if row is None or not mails() or sanctions.ban(user_id) is not None:
        return None
    return row.user, row.email


def _waiting(user: User, now: datetime) -> list[inbox.Line]:
    """Return what they haven't read and may read, and want to be told of, that came since the last
    mail and since they were here; newest first."""
    since = now - OLDEST
    if user.seen_at is not None:
        since = max(since, user.seen_at - COARSE)
    lines = [
        line
        for line in inbox.lines(user.pk, before=None, limit=LOOKED_AT, only_unread=True)
        if line.id > user.mailed_item and line.created_at > since
    ]
    held = Membership.objects.filter(user=user, room__slug__in={line.slug for line in lines})
    told = {
        one.room.slug
        for one in held.select_related("room")
        if levels.level(one, one.room, now) != Membership.Level.NOTHING and _sees(user, one.room)
    }
    return [line for line in lines if line.slug in told]


def _sees(user: User, room: Room) -> bool:
    standing = Standing.of(user, room)
    return standing.is_member and standing.sees


def _by_room(user: User, lines: Sequence[inbox.Line]) -> list[Part]:
    """Group messages by room, in the order in which they came."""
    parts: dict[str, list[Line]] = {}
    said = naming.excerpts([(line.body, line.html) for line in lines], EXCERPT)
    files = uploads.of_each([line.message_id for line in lines if line.attached])
    for line, text in reversed([*zip(lines, said, strict=True)]):
        author = line.author.display_name or line.author.username
        with translation.override(sites.language_of(user.language)):
            text = excerpts.joined(text, files.get(line.message_id, ()))
        told = Line(line.reason, line.number, author, text, line.created_at)
        parts.setdefault(line.slug, []).append(told)
    rooms = Room.objects.filter(slug__in=parts).in_bulk(field_name="slug")
    return [Part(slug, _title(rooms[slug], user), told) for slug, told in parts.items()]


def _title(room: Room, user: User) -> str:
    people: Iterable[User] = ()
    if room.kind == Room.Kind.DIRECT:
        people = User.objects.filter(memberships__room=room)
    return serializers.title(room, user.pk, people)
