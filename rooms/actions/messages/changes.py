"""Edit, delete and restore messages. Posting is in posts.py."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from msgspec import structs

from rooms import ratelimit, serializers
from rooms.actions import audit
from rooms.actions.messages import concerns, indexing, links, rendering
from rooms.actions.messages.posts import clean_body
from rooms.actions.notifications import telling
from rooms.actions.screening import cases, held, rulebook
from rooms.broadcast import envelope, publish_on_commit, room_group
from rooms.errors import Invalid, NotFound
from rooms.fanout.envelopes import Envelope
from rooms.models import Message, Room, User
from rooms.policy import blocks
from rooms.policy.standing import Standing, no_such_room
from rooms.protocol import codec, events
from rooms.queries import naming, previews, tallies, uploads
from rooms.text import bodies


def edit_message(*, actor: User, slug: str, number: int, body: str) -> Message:
    """Replace the body of one's own message, whose files stay. With any, the body may be empty.

    A text that would be held as a new message is refused here: a published message can't go back to
    waiting for a moderator.
    """
    ratelimit.consume("message.edit", actor.pk)
    body = clean_body(body, may_be_empty=True)
    text = rendering.marked(body)
    with transaction.atomic():
        standing, message = locked_message(actor=actor, slug=slug, number=number)
        standing.require_edit(message)
        blocks.require_not_blocked(standing)
        if not body and not message.attached:
            raise Invalid(bodies.EMPTY)
        if body != message.body:
            verdict = rulebook.of_edit(standing, text.plain)
            before, former = message.html, {message.pk: message.body}
            message.body, message.edited_at = body, timezone.now()
            concerns.redraw(standing, message, text)
            links.reconsider(message, before)
            change([message], events.MessageEdited, "body", "edited_at", "linked", *concerns.DRAWN)
            indexing.changed([message], bodies=former)
            if verdict is not None:
                held.flag_message(message, verdict.why)
    return message


def delete_message(*, actor: User, slug: str, number: int, reason: str = "") -> Message:
    """Delete a message, leaving a tombstone. Deleting it again changes nothing."""
    ratelimit.consume("message.delete", actor.pk)
    reason = audit.clean_reason(reason)
    with transaction.atomic():
        standing, message = locked_message(actor=actor, slug=slug, number=number)
        _delete(standing, [message], reason)
    return message


def delete_messages(*, actor: User, messages: Iterable[Message], reason: str = "") -> int:
    """Delete messages, leaving tombstones; return how many weren't deleted already."""
    return _by_room(_delete, actor, messages, reason)


def restore_messages(*, actor: User, messages: Iterable[Message], reason: str = "") -> int:
    """Restore messages; return how many were deleted."""
    return _by_room(_restore, actor, messages, reason)


def locked_standings(*, actor: User, slugs: Collection[str]) -> dict[str, Standing]:
    """Lock rooms, in the order in which posting does, and return the actor's standing in each.
    Raises NotFound for a room that the actor neither sees nor moderates."""
    rooms = {room.slug: room for room in Room.objects.locked(slugs)}
    standings = {}
    for slug in slugs:
        if slug not in rooms:
            raise no_such_room()
        standing = standings[slug] = Standing.of(actor, rooms[slug])
        if not standing.moderates:
            standing.require_sight()
    return standings


def message_in(standing: Standing, number: int) -> Message:
    """Return a message of a locked room. Raises NotFound."""
    message = Message.objects.whole().filter(room=standing.room, number=number).first()
    if message is None:
        raise NotFound(_("There is no such message."))
    rendering.freshen([message])
    message.room = standing.room
    return message


def locked_message(*, actor: User, slug: str, number: int) -> tuple[Standing, Message]:
    """Lock one message's room; return the actor's standing there and the message."""
    standing = locked_standings(actor=actor, slugs=[slug])[slug]
    return standing, message_in(standing, number)


def change(messages: Sequence[Message], kind: type[events.MessageEvent], *fields: str) -> None:
    """Give each message its room's next revision, store these fields, and announce the new state.
    The messages are of one room, which is locked."""
    if messages:
        _stamp(messages)
        _store(messages, *fields)
        publish_on_commit(*_envelopes(messages, kind))


def turn(messages: Sequence[Message]) -> None:
    """Store and announce that messages were deleted, or restored.

    Their number also matters to members who don't have the room open: they get one event for all of
    them, aside.
    """
    if not messages:
        return
    _stamp(messages)
    for message in messages:
        if not message.deleted:
            message.restored = message.revision
    _store(messages, "deleted_at", "removal", "restored")
    kind = events.MessageDeleted if messages[0].deleted else events.MessageEdited
    first, *others = _envelopes(messages, kind)
    aside = serializers.turned(messages[0].room.slug, messages)
    told = structs.replace(first, aside=codec.encode(aside), until=aside.revision)
    publish_on_commit(told, *others)
    telling.turned(messages)


def react(message: Message, *, actor: User, emoji: str, added: bool) -> None:
    """Give a message its next revision, and announce a reaction added or removed."""
    _stamp([message])
    _store([message])
    slug = message.room.slug
    event = serializers.reacted(slug, message, actor, emoji, added=added)
    publish_on_commit(envelope(room_group(message.room_id), event))


def _stamp(messages: Sequence[Message]) -> None:
    for message in messages:
        message.revision = messages[0].room.next_revision()


def _store(messages: Sequence[Message], *fields: str) -> None:
    Message.objects.bulk_update(messages, ["revision", *fields], batch_size=200)
    messages[0].room.save_counters()


def _envelopes(messages: Sequence[Message], kind: type[events.MessageEvent]) -> Iterator[Envelope]:
    tallies.load(messages)
    uploads.load(messages)
    previews.load(messages)
    room = messages[0].room
    rendering.freshen(messages)
    naming.load(messages)
    for message in messages:
        yield envelope(room_group(room.pk), serializers.change(room.slug, message, kind))


def _by_room(
    operate: Callable[[Standing, Sequence[Message], str], int],
    actor: User,
    messages: Iterable[Message],
    reason: str,
) -> int:
    """Operate on the messages of each room together; return the sum. Rooms are locked once, and the
    number of queries depends on theirs, not on that of the messages."""
    chosen: dict[str, list[int]] = {}
    for message in messages:
        chosen.setdefault(message.room.slug, []).append(message.pk)
    count = 0
    with transaction.atomic():
        for slug, standing in locked_standings(actor=actor, slugs=chosen).items():
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
    turn(alive)
    others = [message for message in alive if message.author_id != standing.user.pk]
    audit.record_each(
        "message.deleted",
        "shown",
        "deleted",
        actor=standing.user,
        messages=others,
        detail=reason,
    )
    cases.close(others, actor=standing.user)
    return len(alive)


def _restore(standing: Standing, messages: Sequence[Message], reason: str) -> int:
    gone = [message for message in messages if message.deleted]
    for message in gone:
        standing.require_restore(message)
        message.deleted_at = message.removal_id = None
    turn(gone)
    audit.record_each(
        "message.restored",
        "deleted",
        "shown",
        actor=standing.user,
        messages=gone,
        detail=reason,
    )
    return len(gone)
