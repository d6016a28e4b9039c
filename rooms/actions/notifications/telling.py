"""Tell people of messages that concern them: on their open pages, by push and by mail.

A post writes one job, whoever it concerns. The job writes the items that the post left to it, and
says so once to every process; each finds with a few statements whom of the people connected to it
the message concerns. So `@room` to thousands is one envelope. What is told is only ever a hint: the
truth is the inbox.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation

from rooms import serializers
from rooms.actions.notifications import inboxes, keywords, missed, pushing
from rooms.actions.notifications.orders import Order, Recount, Tell, ask
from rooms.broadcast import envelope, publish_now, publish_on_commit, user_group
from rooms.fanout.envelopes import Envelope
from rooms.models import InboxItem, Membership, Message, Room, User
from rooms.policy.levels import Level
from rooms.policy.quiet import quiet_until
from rooms.protocol import events
from rooms.queries import inbox, naming, site, unread, uploads
from rooms.queries.inbox import Concern, Place
from rooms.queries.jobs import enqueue_many
from rooms.serializers import excerpts

SOME = 500  # people in one statement
Reason = InboxItem.Reason


def tell(works: Sequence[Tell]) -> None:
    """Have people told of messages once this transaction, which stores these, is committed."""
    enqueue_many(works)


def turned(messages: Sequence[Message]) -> None:
    """Have counted again whom messages of one room concern that were deleted or restored."""
    room_id, numbers = messages[0].room_id, [message.number for message in messages]
    whole = any(message.mentions_room == Message.Addressed.ROOM for message in messages)
    if whole or inbox.any_of(room_id, numbers):
        gone = messages[0].deleted
        recount(Recount(room=room_id, numbers=numbers, whole=whole, withdrawn=gone))


def recount(what: Recount) -> None:
    """Have it counted again, in every process, once this transaction is committed."""
    publish_on_commit(ask(Order(recount=what)))


def settle_wanted(room: Room) -> None:
    """Note whether a member of a locked room wants to be told of every message, or will. In direct
    rooms that is the default, and each message has its items. Uses index: membership_all."""
    wanted = room.kind != Room.Kind.DIRECT and _is_wanted(room)
    Room.objects.filter(pk=room.pk).exclude(wanted=wanted).update(wanted=wanted)


def _is_wanted(room: Room) -> bool:
    lasting = Q(level_until=None) | Q(level_until__gt=timezone.now())
    wanting = Q(lasting, level=Level.ALL) | Q(level_before=Level.ALL)
    # The first part is the index's condition.
    return room.memberships.filter(Q(level=Level.ALL) | Q(level_before=Level.ALL), wanting).exists()


def carry_out(work: Tell) -> None:
    """Write the items of a message that the post left to its job, and have people told."""
    for reason, people in _left(work):
        with transaction.atomic():
            _address(work, reason, people)
    if not Message.objects.filter(room=work.room, number=work.number, deleted_at=None).exists():
        return
    publish_now(ask(Order(tell=work)))
    room = Room.objects.get(pk=work.room)
    told, concerned = _told(work, room)
    if room.wanted and not _is_wanted(room):
        _unwant(room)
    pushing.push(work.room, work.number, {one.user_id: one.reason for one in told})
    missed.await_reader([one.user_id for one in concerned])


def _left(work: Tell) -> Iterator[tuple[Reason, Sequence[int]]]:
    """Yield whose items are to be written, and why: some at a time, since SQLite lets nobody post
    while they are."""
    rows = Message.objects.filter(room=work.room, number=work.number)
    said = rows.values_list("mentions_room", flat=True).first()
    people: dict[Reason, Sequence[int]] = {Reason.KEYWORD: work.keywords}
    if said == Message.Addressed.HERE:
        people[Reason.ROOM] = work.here
    elif said == Message.Addressed.ROOM and work.addressed:
        members = Membership.objects.filter(room=work.room).order_by("user_id")
        people[Reason.ROOM] = [*members.values_list("user_id", flat=True)]
    for reason, everyone in people.items():
        for start in range(0, len(everyone), SOME):
            yield reason, everyone[start : start + SOME]


def _address(work: Tell, reason: Reason, people: Sequence[int]) -> None:
    """Write items, if the message still has the reason for them."""
    # Locked, so that an edit which takes a mention away comes before this or after it.
    rows = Message.objects.filter(room=work.room, number=work.number)
    message = rows.select_for_update(no_key=True).first()
    if message is None:
        return
    if reason == Reason.ROOM:
        if message.mentions_room == Message.Addressed.HERE:
            people = sorted({*people} & {*work.here})
        elif message.mentions_room != Message.Addressed.ROOM:
            people = ()
    elif message.edited_at is not None:
        # It may say something else by now.
        people = sorted({*people} & keywords.current().find(message.html))
    if people:
        inbox.address(work.room, work.number, reason, edited=work.edited, among=people)


def _unwant(room: Room) -> None:
    """Somebody wanted to be told of every message for a time that is over."""
    with transaction.atomic():
        for locked in Room.objects.locked([room.slug]):
            settle_wanted(locked)


def heard(orders: Sequence[Order], connected: Set[int]) -> list[Envelope]:
    """Return what the people who are `connected` to this process are to be sent."""
    if any(order.keywords for order in orders):
        keywords.current()
    answer = _Answer(connected)
    for order in orders:
        if order.tell is not None:
            answer.tell(order.tell)
        if order.recount is not None:
            answer.recount(order.recount)
    if any(order.lost for order in orders):
        answer.everyone()
    return answer.envelopes()


def _told(
    work: Tell, room: Room, among: Set[int] | None = None
) -> tuple[list[Concern], list[Concern]]:
    """Return who is to be told of a message, and whom it concerns at all: `among` these people, or
    everyone."""
    concerned = inbox.holders(work.room, work.number)
    if work.edited:
        concerned = [
            one for one in concerned if one.user_id in work.only or (one.item or 0) > work.latest
        ]
    listening = [] if work.edited or not room.wanted else inbox.listeners(work.room, work.number)
    found = [one for one in [*concerned, *listening] if among is None or one.user_id in among]
    now = timezone.now()
    wanted = []
    for one in found:
        level = one.choice.effective(room.kind, now)
        if level == Level.ALL or (level == Level.MENTIONS and one.item is not None):
            wanted.append(one)
    quiet = _quiet([one.user_id for one in wanted], now)
    told = [one for one in wanted if one.user_id not in quiet]
    return told, [one for one in found if one.item is not None]


def _quiet(user_ids: Sequence[int], now: datetime) -> set[int]:
    """Return those of these people who are not to be disturbed."""
    quiet: set[int] = set()
    for start in range(0, len(user_ids), SOME):
        some = User.objects.filter(pk__in=user_ids[start : start + SOME])
        rows = some.filter(Q(quiet_until__gt=now) | ~Q(quiet_days=0))
        quiet |= {user.pk for user in rows if quiet_until(user, now) is not None}
    return quiet


class _Answer:
    """What several orders come to, for the people of one process: each count once."""

    def __init__(self, connected: Set[int]) -> None:
        self.connected = connected
        self.events: list[Envelope] = []
        self.inboxes: set[int] = set()  # whose items are to be counted
        self.rooms: dict[int, set[int]] = defaultdict(set)  # for whom a room's mentions are

    def tell(self, work: Tell) -> None:
        rows = Message.objects.select_related("room", "author")
        message = rows.filter(room=work.room, number=work.number, deleted_at=None).first()
        if message is None:
            return
        told, concerned = _told(work, message.room, self.connected)
        said = _Said(message, [one.user_id for one in told])
        for one in told:
            self._send(one.user_id, _notification(message, one, said.to(one.user_id)))
        self.inboxes |= {one.user_id for one in concerned}
        self.rooms[work.room] |= {
            one.user_id for one in concerned if work.edited or _is_personal(message, one)
        }

    def recount(self, what: Recount) -> None:
        places = inbox.places_of(what.room, what.numbers) if what.numbers else []
        here = [place for place in places if place.user_id in self.connected]
        slug = Room.objects.values_list("slug", flat=True).filter(pk=what.room).first() or ""
        gone = [Place(item, who, slug, number) for who, item, number in what.gone]
        for place in [*(here if what.withdrawn else ()), *gone]:
            self._send(place.user_id, inboxes.withdrawn(place))
        people = {place.user_id for place in [*here, *gone]} | {*what.people}
        self.inboxes |= people & self.connected
        self.rooms[what.room] |= people & self.connected
        if what.whole:
            self.rooms[what.room] |= self._members(what.room)

    def everyone(self) -> None:
        self.inboxes |= self.connected
        for user_id, room_id in inbox.personal_rooms(sorted(self.connected)):
            self.rooms[room_id].add(user_id)

    def envelopes(self) -> list[Envelope]:
        for user_id, count in inbox.unread_of(sorted(self.inboxes)).items():
            self._send(user_id, events.InboxChanged(unread=count))
        for room_id, people in self.rooms.items():
            for user_id, reading in unread.readings_in(room_id, sorted(people)).items():
                self._send(user_id, serializers.read_changed(reading))
        return self.events

    def _send(self, user_id: int, event: events.Event) -> None:
        if user_id in self.connected:
            self.events.append(envelope(user_group(user_id), event))

    def _members(self, room_id: int) -> set[int]:
        rows = Membership.objects.filter(room=room_id).values_list("user_id", flat=True)
        return {*rows} & self.connected


def _is_personal(message: Message, one: Concern) -> bool:
    """Whether a page can't tell by the message that it mentions its person."""
    is_room = message.mentions_room == Message.Addressed.ROOM
    return one.reason == Reason.KEYWORD or (one.reason == Reason.ROOM and not is_room)


class _Said:
    """What a message says in a line. If it has files, everybody is told in their own language."""

    def __init__(self, message: Message, user_ids: Sequence[int]) -> None:
        self._text = naming.excerpt(message)
        self._files = uploads.of(message)
        rows = User.objects.filter(pk__in=user_ids) if self._files else User.objects.none()
        self._languages = dict(rows.values_list("pk", "language"))

    def to(self, user_id: int) -> str:
        if not self._files:
            return self._text
        with translation.override(site.language_of(self._languages.get(user_id, ""))):
            return excerpts.joined(self._text, self._files)


def _notification(message: Message, one: Concern, excerpt: str) -> events.Notification:
    return events.Notification(
        id=None if one.item is None else str(one.item),
        room=message.room.slug,
        number=message.number,
        reason=one.reason,  # type: ignore[arg-type]
        author=serializers.person(message.author),
        excerpt=excerpt,
    )
