"""Tell people by push of messages that concern them.

Whether somebody is told is decided when it is sent: by then they may have read the message, left
the room, or asked for quiet. Only the browser can read what it is told (RFC 8291); the service in
between learns when, and by which site.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac

from rooms import address, attendance
from rooms.actions.notifications import subscriptions
from rooms.models import Ban, Ignore, InboxItem, Membership, Message, PushSubscription, Room, User
from rooms.outgoing import sealing
from rooms.policy import levels, quiet
from rooms.queries import naming, site, uploads
from rooms.queries.jobs import Work, enqueue
from rooms.serializers import excerpts
from rooms.storage.sql import select

TOGETHER = 64  # browsers of one service in one job
PAUSE = 3.0  # for somebody at the keyboard to read it
PACE = 400  # a second: what is queued at once begins no faster, so that others get their turn
CHUNK = 500  # ids in one statement
TTL = 24 * 3600  # seconds that a service keeps it for a browser that is away
URGENT = {"mention", "direct"}
MESSAGE = "message"  # the reason of people who are told of everything in a room
DECLARATIVE = 8030  # the mark of a push that a browser can show by itself
MOST_BADGE = 100  # items of the inbox that are looked at for the app's badge


class Push(Work, frozen=True):
    """Tell the browsers of these subscriptions of a message. All are of one service, so that a slow
    one holds up nobody else. `tries` have failed so far."""

    kind: ClassVar[str] = "push"
    room: int
    number: int
    service: str
    to: list[int]
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Sending:
    """A push to one browser, ready to be sealed and sent."""

    subscription: int
    endpoint: str
    p256dh: str
    auth: str
    text: bytes
    headers: Mapping[str, str]
    is_first: bool = False  # of this day


def push(room_id: int, number: int, people: Mapping[int, str]) -> None:
    """Have these people told of a message by push, each for a reason, in every browser where they
    asked for it: at once or, if they are at a keyboard, unless they read it within seconds. The
    reason is found anew when it is sent, since an edit may change it."""
    now: dict[str, list[int]] = {}
    later: dict[str, list[int]] = {}
    for subscription, user_id, service in _subscribed([*people]):
        when = later if attendance.is_active(user_id) else now
        when.setdefault(service, []).append(subscription)
    for services, pause in ((now, 0.0), (later, PAUSE)):
        queued = 0
        for service, to in services.items():
            for start in range(0, len(to), TOGETHER):
                some = to[start : start + TOGETHER]
                work = Push(room=room_id, number=number, service=service, to=some)
                enqueue(work, delay=pause + queued // PACE)
                queued += len(some)


def again(work: Push, left: Collection[int], *, delay: float, failed: bool) -> None:
    """Have those that are left told later."""
    tries = work.tries + 1 if failed else work.tries
    enqueue(msgspec.structs.replace(work, to=[*left], tries=tries), delay=delay)


def sendings(work: Push) -> list[Sending]:
    """Write to those who are still to be told."""
    message = (
        Message.objects.select_related("author", "room")
        .filter(room_id=work.room, number=work.number, deleted_at=None)
        .first()
    )
    now = timezone.now()
    if message is None or message.room.archived_at is not None:
        return []
    if (now - message.created_at).total_seconds() > TTL:
        return []  # the service was away for long
    found = PushSubscription.objects.filter(pk__in=work.to, gone_at=None).select_related("user")
    wanted = _wanting(message, [*found], now)
    key, topic = subscriptions.key(), _topic(message)
    badges: dict[int, int] = {}
    texts: dict[tuple[int, str], bytes] = {}  # by the badge and the language
    written = []
    for one, reason in wanted:
        if one.user_id not in badges:
            badges[one.user_id] = badge(one.user_id)
        language = site.language_of(one.user.language)
        asked = (badges[one.user_id], language)
        if asked not in texts:
            with translation.override(language):
                texts[asked] = _text(message, badges[one.user_id])
        written.append(sending(one, texts[asked], key=key, topic=topic, urgent=reason in URGENT))
    return written


def sending(one: PushSubscription, text: bytes, *, key: str, topic: str, urgent: bool) -> Sending:
    """Address a push. `key` is the site's."""
    headers = {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL),
        "Topic": topic,
        "Urgency": "high" if urgent else "normal",
        "Authorization": sealing.authorization(one.service, key=key, contact=contact()),
    }
    is_first = one.last_ok_at is None or timezone.now() - one.last_ok_at > timedelta(days=1)
    return Sending(one.pk, one.endpoint, one.p256dh, one.auth, text, headers, is_first)


def settle(reached: Collection[int], gone: Collection[int]) -> None:
    """Note which browsers were reached for the first time on a day, and which are no more."""
    if gone:
        PushSubscription.objects.filter(pk__in=gone).update(gone_at=timezone.now())
    if reached:
        PushSubscription.objects.filter(pk__in=reached).update(last_ok_at=timezone.now())


def tag(message: Message) -> str:
    """What pages and pushes know a message's notification by, so that one replaces the other."""
    return f"{message.room.slug}/{message.number}"


def declarative(*, title: str, body: str, navigate: str, tag: str, badge: int | None) -> bytes:
    """Write a push that a browser can show without the site's script, and that fits into the
    shortest record."""
    said = {"title": title, "body": body, "navigate": navigate, "tag": tag}
    what: dict[str, object] = {"web_push": DECLARATIVE, "notification": said}
    if badge is not None:
        what["app_badge"] = badge
    text = msgspec.json.encode(what)
    over = len(text) - (sealing.SHORTER - sealing.OVERHEAD)
    if over <= 0:
        return text
    # JSON may take several bytes for what counts as one here, never the other way round.
    shorter = body.encode()[: max(0, len(body.encode()) - over - 3)].decode(errors="ignore")
    said["body"] = shorter + "…"
    return msgspec.json.encode(what)


def contact() -> str:
    """Whom a push service can write to if this site troubles it."""
    if settings.SITE_URL.startswith("https://"):
        return settings.SITE_URL
    return f"mailto:{settings.DEFAULT_FROM_EMAIL.rpartition('<')[2].rstrip('>')}"


def badge(user_id: int) -> int:
    """Count what concerns somebody in particular and is unread, for the badge of the app. Looks at
    their newest items only. Uses indexes: inbox_newest, membership_once, message_room_number."""
    rows = select(
        "SELECT COUNT(*) FROM (SELECT room_id, number, reason FROM rooms_inboxitem"
        " WHERE user_id = %s ORDER BY id DESC LIMIT %s) i"
        " JOIN rooms_membership m ON m.user_id = %s AND m.room_id = i.room_id"
        " JOIN rooms_message g ON g.room_id = i.room_id AND g.number = i.number"
        " WHERE i.reason <> 'reply' AND i.number > m.read_number AND g.deleted_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM rooms_ignore o WHERE o.user_id = %s"
        " AND o.other_id = g.author_id)",
        [user_id, MOST_BADGE, user_id, user_id],
    )
    return int(rows[0][0])


def _subscribed(user_ids: Sequence[int]) -> Iterable[tuple[int, int, str]]:
    for start in range(0, len(user_ids), CHUNK):
        chunk = user_ids[start : start + CHUNK]
        some = PushSubscription.objects.filter(user_id__in=chunk, gone_at=None)
        yield from some.values_list("pk", "user_id", "service").order_by("pk")


def _wanting(
    message: Message,
    found: Sequence[PushSubscription],
    now: datetime,
) -> list[tuple[PushSubscription, str]]:
    """Return those that are to be told now, and why."""
    users = {one.user_id for one in found}
    room = message.room
    living = _living(found)
    seats = {one.user_id: one for one in Membership.objects.filter(room=room, user_id__in=users)}
    items = {
        one.user_id: one
        for one in InboxItem.objects.filter(room=room, number=message.number, user_id__in=users)
    }
    ignoring = Ignore.objects.filter(user_id__in=users, other=message.author_id)
    bans = Ban.objects.active().filter(Q(room=None) | Q(room=room), user_id__in=users)
    spared = {*ignoring.values_list("user_id", flat=True), *bans.values_list("user_id", flat=True)}
    wanted = []
    for one in found:
        seat, item = seats.get(one.user_id), items.get(one.user_id)
        if one.pk not in living or seat is None or one.user_id in spared:
            continue
        if one.user_id == message.author_id or _is_read(seat, item, message.number):
            continue
        level = levels.level(seat, room, now)
        concerned = item is not None or level == levels.Level.ALL
        if level == levels.Level.NOTHING or not concerned:
            continue
        if quiet.quiet_until(one.user, now) is not None:
            continue
        wanted.append((one, item.reason if item else MESSAGE))
    return wanted


def _is_read(seat: Membership, item: InboxItem | None, number: int) -> bool:
    return number <= max(seat.read_number, seat.seen_number) or (
        item is not None and item.read_at is not None
    )


def _living(found: Sequence[PushSubscription]) -> set[int]:
    """Return those whose session still logs its person in, by the rules of
    `django.contrib.auth.get_user`."""
    keys = {one.session_key for one in found if one.user.is_active}
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    sessions = {one.session_key: SessionStore().decode(one.session_data) for one in rows}
    return {one.pk for one in found if _is_theirs(sessions.get(one.session_key, {}), one.user)}


def _is_theirs(session: Mapping[str, object], user: User) -> bool:
    if session.get(SESSION_KEY) != str(user.pk):
        return False
    claimed = str(session.get(HASH_SESSION_KEY, ""))
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(claimed, one) for one in hashes)


def _text(message: Message, badge: int) -> bytes:
    room, author = message.room, message.author.name
    # Each in its own direction, whatever the other's is.
    title = (
        author
        if room.kind == Room.Kind.DIRECT
        else f"\u2068{author}\u2069 · \u2068{room.name}\u2069"
    )
    return declarative(
        title=title,
        body=excerpts.joined(naming.excerpt(message), uploads.of(message)),
        navigate=address.canonical(reverse("room_at", args=[room.slug, message.number])),
        tag=tag(message),
        badge=badge,
    )


def _topic(message: Message) -> str:
    """A newer push with the same topic replaces one that waits at the service, which mustn't learn
    from it which room it is."""
    mark = salted_hmac("push.topic", f"{message.room_id}/{message.number}", algorithm="sha256")
    return sealing.encode(mark.digest())[:32]
