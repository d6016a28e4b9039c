"""Post, edit, delete, restore, react."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from rooms import events, markup, protocol, ratelimit
from rooms.actions import audit
from rooms.broadcast import envelope, publish_on_commit, room_group
from rooms.errors import ChatError, Conflict, Forbidden, Invalid, NotFound, TooLarge
from rooms.models import Membership, Message, Reaction, Room, User
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


def post_messages(drafts: Sequence[Draft]) -> list[Message | ChatError]:
    """Post a batch in one transaction; each draft's message or refusal, in order.

    A nonce that its author used in the room already gives the stored message and creates nothing.
    """
    outcomes: list[Message | ChatError | None] = [None] * len(drafts)
    written: dict[int, Message] = {}
    for index, draft in enumerate(drafts):
        try:
            ratelimit.consume("message.post", draft.actor.pk)
            written[index] = _written(draft)
        except ChatError as error:
            outcomes[index] = error
    if written:
        with transaction.atomic():
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
        slugs = {draft.room for draft, _ in items}
        self.rooms = {room.slug: room for room in Room.objects.locked(slugs)}
        self.standings = Standing.many(
            (draft.actor, self.rooms[draft.room]) for draft, _ in items if draft.room in self.rooms
        )
        room_ids = [room.pk for room in self.rooms.values()]
        known = Message.objects.whole().filter(
            room__in=room_ids,
            author__in={draft.actor.pk for draft, _ in items},
            nonce__in={draft.nonce for draft, _ in items},
        )
        self.known = {(row.room_id, row.author_id, row.nonce): row for row in known}
        self.new: list[Message] = []
        self.read: dict[int, Membership] = {}

    def place(self, draft: Draft, message: Message) -> Message | ChatError:
        """Give the message its number and revision, unless the draft is refused or known."""
        room = self.rooms.get(draft.room)
        if room is None:
            return no_such_room()
        standing = self.standings[draft.actor.pk, room.pk]
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
        Message.objects.bulk_create(self.new)
        Membership.objects.bulk_update(self.read.values(), ["read_number"])
        Room.objects.bulk_update(
            {message.room_id: message.room for message in self.new}.values(),
            ["revision", "last_number"],
        )
        publish_on_commit(
            *(
                envelope(
                    room_group(message.room_id),
                    events.change(message.room.slug, message, protocol.MessagePosted),
                    aside=protocol.RoomActivity(
                        room=message.room.slug, number=message.number, author=message.author_id
                    ),
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
        standing, message = _locked(actor, room, number)
        standing.require_edit(message)
        if body != message.body:
            message.body, message.html, message.renderer = body, html, markup.RENDERER_VERSION
            message.edited_at = timezone.now()
            _change(message, protocol.MessageEdited)
    return message


def delete_message(*, actor: User, room: str, number: int) -> Message:
    """Leave a tombstone. Deleting it again changes nothing."""
    ratelimit.consume("message.delete", actor.pk)
    with transaction.atomic():
        standing, message = _locked(actor, room, number)
        _delete(standing, message)
    return message


def delete_messages(*, actor: User, messages: Iterable[Message], reason: str = "") -> int:
    """Leave tombstones; the number of messages that weren't deleted already."""
    return _each(actor, messages, lambda standing, row: _delete(standing, row, reason))


def restore_messages(*, actor: User, messages: Iterable[Message], reason: str = "") -> int:
    """Take deletions back; the number of messages that were deleted."""
    return _each(actor, messages, lambda standing, row: _restore(standing, row, reason))


def add_reaction(*, actor: User, room: str, number: int, emoji: str) -> Message:
    """Put an emoji on a message; the same one twice is once."""
    ratelimit.consume("reaction", actor.pk)
    check_emoji(emoji)
    with transaction.atomic():
        message = _reactable(actor, room, number)
        used = {reaction.emoji for reaction in message.reactions.all()}
        if emoji not in used and len(used) >= protocol.MAX_REACTIONS:
            raise Conflict(f"A message takes at most {protocol.MAX_REACTIONS} different reactions.")
        _, created = Reaction.objects.get_or_create(message=message, user=actor, emoji=emoji)
        return _reacted(message) if created else message


def remove_reaction(*, actor: User, room: str, number: int, emoji: str) -> Message:
    """Take one's emoji back; one that isn't there changes nothing."""
    ratelimit.consume("reaction", actor.pk)
    with transaction.atomic():
        message = _reactable(actor, room, number)
        removed, _ = Reaction.objects.filter(message=message, user=actor, emoji=emoji).delete()
        return _reacted(message) if removed else message


def clear_reactions(*, actor: User, reactions: Iterable[Reaction]) -> int:
    """Take anybody's reactions off, as a moderator."""
    count = 0
    for reaction in reactions:
        with transaction.atomic():
            row = reaction.message
            standing, message = _locked(actor, row.room.slug, row.number)
            standing.require_moderation()
            removed, _ = Reaction.objects.filter(pk=reaction.pk).delete()
            if removed:
                audit.record(
                    "reaction.removed",
                    actor=actor,
                    room=message.room,
                    user=reaction.user,
                    message=message,
                )
                _reacted(message)
                count += 1
    return count


def check_emoji(emoji: str) -> None:
    """Raises Invalid unless the text is made of symbols, as emoji are, and of what joins them."""
    categories = [unicodedata.category(character) for character in emoji]
    has_symbol = any(category in {"So", "Sk", "Me"} for category in categories)
    joiners = {"\u200d", *map(chr, range(0xE0020, 0xE0080))}
    odd = any(
        category[0] in "LZC" and character not in joiners
        for character, category in zip(emoji, categories, strict=True)
    )
    if odd or not has_symbol:
        raise Invalid("A reaction is one emoji.")


def _locked(actor: User, slug: str, number: int) -> tuple[Standing, Message]:
    """The message with its room locked. NotFound when the actor can't see it and isn't staff."""
    rooms = Room.objects.locked([slug])
    if not rooms:
        raise no_such_room()
    standing = Standing.of(actor, rooms[0])
    if not standing.moderates:
        standing.require_sight()
    message = Message.objects.whole().filter(room=rooms[0], number=number).first()
    if message is None:
        raise NotFound("There is no such message.")
    message.room = rooms[0]
    return standing, message


def _reactable(actor: User, slug: str, number: int) -> Message:
    standing, message = _locked(actor, slug, number)
    standing.require_post()
    if message.deleted:
        raise Forbidden("This message was deleted.")
    return message


def _reacted(message: Message) -> Message:
    fresh = Message.objects.whole().get(pk=message.pk)
    fresh.room = message.room
    _change(fresh, protocol.MessageReacted)
    return fresh


def _change(message: Message, kind: type[protocol.MessageEvent]) -> None:
    """Stamp the room's next revision on the row and announce its new state."""
    message.revision = message.room.next_revision()
    message.save()
    message.room.save_counters()
    event = events.change(message.room.slug, message, kind)
    publish_on_commit(envelope(room_group(message.room_id), event))


def _each(
    actor: User, messages: Iterable[Message], change: Callable[[Standing, Message], bool]
) -> int:
    with transaction.atomic():
        count = 0
        for row in sorted(messages, key=lambda row: (row.room_id, row.number)):
            standing, message = _locked(actor, row.room.slug, row.number)
            count += change(standing, message)
        return count


def _delete(standing: Standing, message: Message, reason: str = "") -> bool:
    standing.require_delete(message)
    if message.deleted:
        return False
    message.deleted_at = timezone.now()
    _change(message, protocol.MessageDeleted)
    if standing.user.pk != message.author_id:
        _audit("message.deleted", standing, message, reason)
    return True


def _restore(standing: Standing, message: Message, reason: str = "") -> bool:
    standing.require_moderation()
    if not message.deleted:
        return False
    message.deleted_at = None
    _change(message, protocol.MessageEdited)
    _audit("message.restored", standing, message, reason)
    return True


def _audit(action: str, standing: Standing, message: Message, reason: str) -> None:
    audit.record(
        action,
        actor=standing.user,
        room=message.room,
        user=message.author,
        message=message,
        detail=reason,
    )
