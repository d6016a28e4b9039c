"""Approve or refuse held messages."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms.actions import audit
from rooms.actions.audit import clean_reason
from rooms.actions.files.discarding import discard
from rooms.actions.messages.posts import Draft, Posted, post_messages
from rooms.actions.screening import waiting
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.errors import ChatError, Conflict, Forbidden
from rooms.models import Held, Message, Room, Upload, User
from rooms.policy.standing import Standing
from rooms.protocol import events
from rooms.queries import uploads

DECIDED = gettext_lazy("Someone has already decided about this message.")


def approve_held(*, actor: User, held: Held) -> Posted:
    """Post a held message as its author, under its nonce, as the room's newest. Raises the refusal
    that the author would get now, except for rules about texts and for slow mode."""
    with transaction.atomic():
        held = _decided(actor, held, Held.Outcome.APPROVED)
        _require_author(held)
        files = _files(held)
        draft = Draft(
            *(held.author, held.room.slug, held.nonce, held.body, held.reply_to),
            approved=True,
            attachments=files,
        )
        outcome = post_messages([draft], again=True)[0]
        if isinstance(outcome, ChatError):
            raise outcome
        message = Message.objects.get(room=held.room, number=outcome.number)
        # The body lives in the message now: once erased there, it must not remain here.
        Held.objects.filter(pk=held.pk).update(body="")
        _discard_files(held)
        audit.record(
            "held.approved",
            actor=actor,
            room=held.room,
            user=held.author,
            message=message,
            detail=held.why,
            before="held",
            after=f"message {message.number}",
        )
        waiting.announce()
    return outcome


def refuse_held(*, actor: User, held: Held, note: str = "") -> None:
    """Refuse a held message, and tell its author, with the moderator's note if there is one. Its
    files are deleted at once."""
    note = clean_reason(note)
    with transaction.atomic():
        held = _decided(actor, held, Held.Outcome.REFUSED)
        held.note = note or held.note
        held.save(update_fields=["note"])
        _discard_files(held)
        audit.record(
            "held.refused",
            actor=actor,
            room=held.room,
            user=held.author,
            detail=note or held.why,
            before="held",
            after="refused",
        )
        event = events.MessageRefused(room=held.room.slug, nonce=held.nonce, detail=_words(held))
        publish_on_commit(envelope(user_group(held.author_id), event))
        waiting.announce()


def waiting_held(ids: Sequence[int]) -> list[Held]:
    """Return which of these are undecided, the oldest first."""
    rows = Held.objects.filter(pk__in=ids, decided_at=None)
    return list(rows.select_related("room", "author").order_by("pk"))


def _decided(actor: User, held: Held, outcome: Held.Outcome) -> Held:
    """Mark a held message as decided by this actor. Raises Conflict if somebody else was faster."""
    held = Held.objects.select_related("room", "author").get(pk=held.pk)
    Room.objects.locked([held.room.slug])  # first, as everywhere
    Standing.of(actor, held.room).require_moderation()
    # A condition in the statement: of two simultaneous decisions one succeeds.
    rows = Held.objects.filter(pk=held.pk, decided_at=None)
    if not rows.update(outcome=outcome, decided_by=actor, decided_at=timezone.now()):
        raise Conflict(DECIDED)
    return held


def _files(held: Held) -> tuple[str, ...]:
    """Return the files to post with a held message: all but those that were refused meanwhile for
    what they contain. Raises Conflict if nothing is left to post."""
    files = uploads.of_held(held)
    kept = tuple(one.pk for one in files if one.state in uploads.COMPLETE)
    if not kept and not held.body:
        raise Conflict(gettext_lazy("The files of this message were refused. Reject it."))
    return kept


def _discard_files(held: Held) -> None:
    """Delete what a decided message still has: all of one that was refused."""
    discard(Upload.objects.filter(held=held).values_list("pk", flat=True))


def _require_author(held: Held) -> None:
    """Check that the author could post, naming them in the refusal, which a moderator reads."""
    theirs = Standing.of(held.author, held.room)
    name = held.author.name
    if theirs.banned or not theirs.is_active:
        raise Forbidden(gettext_lazy("%(name)s is banned or deactivated."), name=name)
    if not theirs.is_member:
        raise Forbidden(gettext_lazy("%(name)s is no longer in the room."), name=name)
    if theirs.muted:
        raise Forbidden(gettext_lazy("%(name)s is muted in the room."), name=name)


def _words(held: Held) -> str:
    """Return what the author is told, in their language."""
    with translation.override(held.author.language or settings.LANGUAGE_CODE):
        return held.note or _("A moderator has decided not to post your message.")
