"""Changes of messages that aren't edits of their texts: a file is ready, or is described."""

import html
from collections import defaultdict
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.actions.messages import indexing
from rooms.actions.messages.changes import change, locked_standings
from rooms.actions.screening import held, rulebook
from rooms.errors import Conflict, NotFound
from rooms.models import Message, Room, Upload, User
from rooms.policy import blocks
from rooms.policy.standing import Standing
from rooms.protocol import events
from rooms.queries import uploads
from rooms.text import descriptions

State = Upload.State


def announce(message_ids: Collection[int]) -> None:
    """Send messages as they are now to everybody who reads them. Each takes a revision of its room;
    tombstones show nothing, so they take none.

    Locks the rooms, so it can't be called where uploads are locked already: posts lock a room
    first.
    """
    if not message_ids:
        return
    with transaction.atomic():
        rows = Message.objects.whole().filter(pk__in=message_ids).order_by("number")
        slugs = {*rows.order_by().values_list("room__slug", flat=True)}
        rooms = {room.pk: room for room in Room.objects.locked(slugs)}
        changed: dict[int, list[Message]] = defaultdict(list)
        for row in rows.filter(deleted_at=None):
            row.room = rooms[row.room_id]
            changed[row.room_id].append(row)
        for messages in changed.values():
            change(messages, events.MessageUpdated)


def describe(
    *, actor: User, upload_id: str, alt: str | None = None, transcript: str | None = None
) -> Upload:
    """Say what one's own file shows or what is said in it, before or after it is posted; None
    leaves it as it is. The rules of words apply once it is posted: before, they do to the post.

    Raises NotFound if it is another's, or its message was deleted, and Conflict while that waits
    for a moderator, who would pass what they haven't seen.
    """
    ratelimit.consume("message.edit", actor.pk)
    cleaned = {}
    if alt is not None:
        cleaned["alt"] = descriptions.clean_alt(alt)
    if transcript is not None:
        cleaned["transcript"] = descriptions.clean_transcript(transcript)
    mine = Upload.objects.filter(pk=upload_id, user=actor).select_related("room").first()
    if mine is None:
        raise _no_such_file()
    sending = Upload.objects.filter(pk=upload_id, state=State.RECEIVING)
    if mine.state == State.RECEIVING and sending.update(**cleaned):
        mine.refresh_from_db()
        return mine
    with transaction.atomic():
        slug = mine.room.slug
        standing = locked_standings(actor=actor, slugs=[slug])[slug]
        upload = uploads.locked([upload_id]).get(upload_id)
        if upload is None or upload.state == State.REFUSED:
            raise _no_such_file()
        if upload.held_id is not None:
            raise Conflict(_("A moderator is about to read this message. Change it afterwards."))
        changed = [name for name, text in cleaned.items() if getattr(upload, name) != text]
        for name in changed:
            setattr(upload, name, cleaned[name])
        if changed:
            _store(standing, upload, changed)
    return upload


def _store(standing: Standing, upload: Upload, changed: Collection[str]) -> None:
    if upload.message_id is None:
        upload.save(update_fields=changed)
        return
    message = Message.objects.whole().get(pk=upload.message_id)
    if message.deleted:
        raise _no_such_file()
    message.room = standing.room
    standing.require_edit(message)
    blocks.require_not_blocked(standing)
    words = "\n".join(getattr(upload, name) for name in changed)
    verdict = rulebook.of_edit(standing, html.escape(words))
    upload.save(update_fields=changed)
    change([message], events.MessageUpdated)
    indexing.changed([message])
    if verdict is not None:
        held.flag_message(message, verdict.why)


def _no_such_file() -> NotFound:
    return NotFound(_("There is no such file."))
