"""Post, edit, delete, restore."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from rooms import events, markup, posting, protocol, ratelimit
from rooms.actions import audit
from rooms.broadcast import envelope, publish_on_commit, room_group
from rooms.db import confirmed
from rooms.errors import ChatError, Invalid, NotFound, TooLarge
from rooms.models import Membership, Message, Room, User
from rooms.policy import Standing, no_such_room


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that somebody wants to post. `room` is a slug, `reply_to` a number."""

    actor: User
    room: str
    nonce: str
    body: str
    reply_to: int | None = None


def post_message(draft: Draft) -> Message:
    """A batch of one. Raises the draft's refusal."""
    outcome = post_messages([draft])[0]
    if isinstance(outcome, ChatError):
        raise outcome
    return outcome


def post_messages(drafts: Sequence[Draft], *, again: bool = False) -> list[Message | ChatError]:
    """Post a batch in one transaction; each draft's message or refusal, in order.

    A nonce that its author used in the room already gives the stored message and creates nothing.
    Raises Unconfirmed when the answer to the commit was lost: then post it `again`, which counts
    against nobody's limit, to find out.
    """
    outcomes: list[Message | ChatError | None] = [None] * len(drafts)
    written: dict[int, Message] = {}
    for index, draft in enumerate(drafts):
        try:
            if not again:
                ratelimit.consume("message.post", draft.actor.pk)
            written[index] = _written(draft)
        except ChatError as error:
            outcomes[index] = error
    if written:
        with confirmed():
            batch = _Batch([(drafts[index], message) for index, message in written.items()])
            for index, message in written.items():
                outcomes[index] = batch.place(drafts[index], message)
            batch.save()
    return [outcome for outcome in outcomes if outcome is not None]


def _written(draft: Draft) -> Message:
    """The draft as a row without a place yet; rendering needs no lock."""
    body = clean_body(draft.body)
    return Message(
        author=draft.actor,
        nonce=draft.nonce,
        body=body,
        html=markup.render(body),
        renderer=markup.RENDERER_VERSION,
        reply_to=draft.reply_to,
    )


def clean_body(body: str) -> str:
    """Raises TooLarge or Invalid with the reason."""
    if len(body) > protocol.MAX_BODY:
        raise TooLarge(
            f"A message has at most {protocol.MAX_BODY} characters; this one has {len(body)}."
        )
    try:
        return markup.clean_body(body)
    except ValueError as error:
        raise Invalid(str(error)) from error


class _Batch:
    """The rooms of a batch, locked, and what is to be known about its authors, in a number of
    queries that doesn't depend on the batch's size."""

    def __init__(self, items: Sequence[tuple[Draft, Message]]) -> None:
        self.rooms = posting.lock_rooms({draft.room for draft, _ in items})
        placed = [(draft, self.rooms[draft.room]) for draft, _ in items if draft.room in self.rooms]
        pairs = {(draft.actor.pk, room.pk) for draft, room in placed}
        self.members = posting.members(pairs) if pairs else {}
        self.bans = posting.bans({user for user, _ in pairs}) if pairs else set()
        keys = {(room.pk, draft.actor.pk, draft.nonce) for draft, room in placed}
        self.known = posting.stored(keys) if keys else {}
        self.new: list[Message] = []
        self.read: dict[int, Membership] = {}

    def place(self, draft: Draft, message: Message) -> Message | ChatError:
        """Give the message its number and revision, unless the draft is refused or known."""
        room = self.rooms.get(draft.room)
        if room is None:
            return no_such_room()
        standing = self._standing(draft.actor, room)
        key = (room.pk, draft.actor.pk, draft.nonce)
        try:
            standing.require_membership()
            if key in self.known:
                return self.known[key]
            standing.require_open()
            if draft.reply_to is not None and draft.reply_to > room.last_number:
                raise NotFound("The message that this one replies to does not exist.")
        except ChatError as error:
            return error
        self._append(room, standing, message)
        self.known[key] = message
        return message

    def _standing(self, user: User, room: Room) -> Standing:
        membership = self.members.get((user.pk, room.pk))
        banned = (user.pk, room.pk) in self.bans or (user.pk, None) in self.bans
        return Standing(membership.user if membership else user, room, membership, banned)

    def _append(self, room: Room, standing: Standing, message: Message) -> None:
        message.fresh = True
        message.room = room
        message.author = standing.user
        message.number = room.next_number()
        message.revision = room.next_revision()
        message.created_at = timezone.now()
        self.new.append(message)
        if standing.membership is not None:
            # Who posts has read the room; nobody can have read further, the row is locked.
            standing.membership.read_number = message.number
            self.read[standing.membership.pk] = standing.membership

    def save(self) -> None:
        if not self.new:
            return
        rooms = {message.room_id: message.room for message in self.new}
        posting.write(self.new, self.read.values(), rooms.values())
        publish_on_commit(
            *(
                envelope(
                    room_group(message.room_id),
                    events.change(message.room.slug, message, protocol.MessagePosted),
                    aside=events.activity(message.room.slug, message),
                    number=message.number,
                )
                for message in self.new
            )
        )


def edit_message(*, actor: User, room: str, number: int, body: str) -> Message:
    """Replace the body of one's own message."""
    ratelimit.consume("message.edit", actor.pk)
    body = clean_body(body)
    html = markup.render(body)
    with transaction.atomic():
        standing, message = locked_message(actor=actor, slug=room, number=number)
        standing.require_edit(message)
        if body != message.body:
            message.body, message.html, message.renderer = body, html, markup.RENDERER_VERSION
            message.edited_at = timezone.now()
            change([message], protocol.MessageEdited, "body", "html", "renderer", "edited_at")
    return message


def delete_message(*, actor: User, room: str, number: int) -> Message:
    """Leave a tombstone. Deleting it again changes nothing."""
    ratelimit.consume("message.delete", actor.pk)
    with transaction.atomic():
        standing, message = locked_message(actor=actor, slug=room, number=number)
        _delete(standing, [message], "")
    return message


def delete_messages(*, actor: User, messages: Iterable[Message], reason: str = "") -> int:
    """Leave tombstones; the number of messages that weren't deleted already."""
    return _by_room(_delete, actor, messages, reason)


def restore_messages(*, actor: User, messages: Iterable[Message], reason: str = "") -> int:
    """Take deletions back; the number of messages that were deleted."""
    return _by_room(_restore, actor, messages, reason)


def locked_message(*, actor: User, slug: str, number: int) -> tuple[Standing, Message]:
    """The message with its room locked, for operations in a transaction. Raises NotFound when the
    actor can't see it and isn't staff."""
    standing = _locked_room(actor, slug)
    message = Message.objects.whole().filter(room=standing.room, number=number).first()
    if message is None:
        raise NotFound("There is no such message.")
    message.room = standing.room
    return standing, message


def change(messages: Sequence[Message], kind: type[protocol.MessageEvent], *fields: str) -> None:
    """Stamp the next revisions of their locked room on the rows, store these fields, and announce
    their new state."""
    if not messages:
        return
    room = messages[0].room
    for message in messages:
        message.revision = room.next_revision()
    Message.objects.bulk_update(messages, ["revision", *fields], batch_size=200)
    room.save_counters()
    publish_on_commit(
        *(
            envelope(room_group(room.pk), events.change(room.slug, message, kind))
            for message in messages
        )
    )


def _locked_room(actor: User, slug: str) -> Standing:
    rooms = Room.objects.locked([slug])
    if not rooms:
        raise no_such_room()
    standing = Standing.of(actor, rooms[0])
    if not standing.moderates:
        standing.require_sight()
    return standing


def _by_room(
    operate: Callable[[Standing, Sequence[Message], str], int],
    actor: User,
    messages: Iterable[Message],
    reason: str,
) -> int:
    """A number of queries per room, not per message."""
    chosen: dict[str, list[int]] = {}
    for message in messages:
        chosen.setdefault(message.room.slug, []).append(message.pk)
    count = 0
    with transaction.atomic():
        for slug in sorted(chosen):
            standing = _locked_room(actor, slug)
            rows = list(Message.objects.whole().filter(pk__in=chosen[slug]).order_by("number"))
            for row in rows:
                row.room = standing.room
            count += operate(standing, rows, reason)
    return count


def _delete(standing: Standing, messages: Sequence[Message], reason: str) -> int:
    for message in messages:
        standing.require_delete(message)
    alive = [message for message in messages if not message.deleted]
    for message in alive:
        message.deleted_at = timezone.now()
    change(alive, protocol.MessageDeleted, "deleted_at")
    others = [message for message in alive if message.author_id != standing.user.pk]
    audit.record_each("message.deleted", actor=standing.user, messages=others, detail=reason)
    return len(alive)


def _restore(standing: Standing, messages: Sequence[Message], reason: str) -> int:
    standing.require_moderation()
    gone = [message for message in messages if message.deleted]
    for message in gone:
        message.deleted_at = None
    change(gone, protocol.MessageEdited, "deleted_at")
    audit.record_each("message.restored", actor=standing.user, messages=gone, detail=reason)
    return len(gone)
