"""Edit, delete, restore. Posting is in posts.py."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from msgspec import structs

from rooms import events, markup, posting, protocol, ratelimit, tallies
from rooms.actions import audit, cases, held, rendering, rulebook
from rooms.actions.posts import clean_body
from rooms.broadcast import envelope, publish_on_commit, room_group
from rooms.envelopes import Envelope
from rooms.errors import NotFound
from rooms.models import Message, Room, User
from rooms.policy import Standing, no_such_room


def edit_message(*, actor: User, room: str, number: int, body: str) -> Message:
    """Replace the body of one's own message. What would be kept back is refused: everybody has read
    the message as it was."""
    ratelimit.consume("message.edit", actor.pk)
    body = clean_body(body)
    html = markup.render(body)
    with transaction.atomic():
        standing, message = locked_message(actor=actor, slug=room, number=number)
        standing.require_edit(message)
        posting.require_ear(standing)
        if body != message.body:
            verdict = rulebook.of_edit(standing, html)
            message.body, message.html, message.renderer = body, html, markup.RENDERER_VERSION
            message.edited_at = timezone.now()
            change([message], protocol.MessageEdited, "body", "html", "renderer", "edited_at")
            if verdict is not None:
                held.flag_message(message, verdict.why)
    return message


def delete_message(*, actor: User, room: str, number: int, reason: str = "") -> Message:
    """Leave a tombstone. Deleting it again changes nothing."""
    ratelimit.consume("message.delete", actor.pk)
    reason = audit.clean_reason(reason)
    with transaction.atomic():
        standing, message = locked_message(actor=actor, slug=room, number=number)
        _delete(standing, [message], reason)
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
        raise NotFound(_("There is no such message."))
    rendering.freshen([message])
    message.room = standing.room
    return standing, message


def change(messages: Sequence[Message], kind: type[protocol.MessageEvent], *fields: str) -> None:
    """Stamp the next revisions of their locked room on the rows, store these fields, and announce
    their new state."""
    if messages:
        _stamp(messages)
        _store(messages, *fields)
        publish_on_commit(*_envelopes(messages, kind))


def turn(messages: Sequence[Message]) -> None:
    """The same for messages that were deleted, or restored, which also concerns members who don't
    have the room open: it is told aside, once for all of them."""
    if not messages:
        return
    _stamp(messages)
    for message in messages:
        if not message.deleted:
            message.restored = message.revision
    _store(messages, "deleted_at", "removal", "restored")
    kind = protocol.MessageDeleted if messages[0].deleted else protocol.MessageEdited
    first, *others = _envelopes(messages, kind)
    aside = events.turned(messages[0].room.slug, messages)
    told = structs.replace(first, aside=protocol.encode(aside), until=aside.revision)
    publish_on_commit(told, *others)


def react(message: Message, *, actor: User, emoji: str, added: bool) -> None:
    """The same for a message that somebody reacted to, or no longer does."""
    _stamp([message])
    _store([message])
    slug = message.room.slug
    event = events.reacted(slug, message, actor, emoji, added=added)
    publish_on_commit(envelope(room_group(message.room_id), event))


def _stamp(messages: Sequence[Message]) -> None:
    for message in messages:
        message.revision = messages[0].room.next_revision()


def _store(messages: Sequence[Message], *fields: str) -> None:
    Message.objects.bulk_update(messages, ["revision", *fields], batch_size=200)
    messages[0].room.save_counters()


def _envelopes(
    messages: Sequence[Message], kind: type[protocol.MessageEvent]
) -> Iterator[Envelope]:
    tallies.load(messages)
    room = messages[0].room
    rendering.freshen(messages)
    for message in messages:
        yield envelope(room_group(room.pk), events.change(room.slug, message, kind))


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
        Room.objects.locked(chosen)  # all of them, in the order in which posting takes them
        for slug in chosen:
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
