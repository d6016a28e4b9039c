"""Decide what becomes of messages that were kept back."""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rooms import protocol
from rooms.actions import audit, waiting
from rooms.actions.audit import clean_reason
from rooms.actions.posts import Draft, Posted, post_messages
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.errors import ChatError, Conflict, Forbidden
from rooms.models import Held, Message, Room, User
from rooms.policy import Standing

DECIDED = gettext_lazy("Somebody has decided about this message already.")


def approve_held(*, actor: User, held: Held) -> Posted:
    """Post a message as its author, under its nonce, after what was posted meanwhile. Raises the
    refusal that its author would get now, unless it is about the message's words or its pace."""
    with transaction.atomic():
        held = _decided(actor, held, Held.Outcome.APPROVED)
        _require_author(held)
        draft = Draft(
            held.author, held.room.slug, held.nonce, held.body, held.reply_to, approved=True
        )
        outcome = post_messages([draft], again=True)[0]
        if isinstance(outcome, ChatError):
            raise outcome
        message = Message.objects.get(room=held.room, number=outcome.number)
        # From now on it is the message's: what is erased there must not stay here.
        Held.objects.filter(pk=held.pk).update(body="")
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
    """Don't post a message, and tell its author, with a note in a moderator's own words."""
    note = clean_reason(note)
    with transaction.atomic():
        held = _decided(actor, held, Held.Outcome.REFUSED)
        held.note = note or held.note
        held.save(update_fields=["note"])
        audit.record(
            "held.refused",
            actor=actor,
            room=held.room,
            user=held.author,
            detail=note or held.why,
            before="held",
            after="refused",
        )
        event = protocol.MessageRefused(room=held.room.slug, nonce=held.nonce, detail=_words(held))
        publish_on_commit(envelope(user_group(held.author_id), event))
        waiting.announce()


def waiting_held(ids: Sequence[int]) -> list[Held]:
    """Those of these that nobody has decided about, in the order in which they were written."""
    rows = Held.objects.filter(pk__in=ids, decided_at=None)
    return list(rows.select_related("room", "author").order_by("pk"))


def _decided(actor: User, held: Held, outcome: Held.Outcome) -> Held:
    """By this actor, and by nobody else at the same moment. Raises Conflict."""
    held = Held.objects.select_related("room", "author").get(pk=held.pk)
    Room.objects.locked([held.room.slug])  # first, as everywhere
    Standing.of(actor, held.room).require_moderation()
    # By a condition in the statement: of two at once, one has decided.
    rows = Held.objects.filter(pk=held.pk, decided_at=None)
    if not rows.update(outcome=outcome, decided_by=actor, decided_at=timezone.now()):
        raise Conflict(DECIDED)
    return held


def _require_author(held: Held) -> None:
    """Posting would say the same to the author. Raises Forbidden."""
    theirs = Standing.of(held.author, held.room)
    name = held.author.name
    if theirs.banned or not theirs.is_active:
        raise Forbidden(gettext_lazy("%(name)s is banned or deactivated."), name=name)
    if not theirs.is_member:
        raise Forbidden(gettext_lazy("%(name)s is no longer in the room."), name=name)
    if theirs.muted:
        raise Forbidden(gettext_lazy("%(name)s is muted there."), name=name)


def _words(held: Held) -> str:
    """What the author is told, in their language."""
    with translation.override(held.author.language or settings.LANGUAGE_CODE):
        return held.note or _("A moderator has read your message and doesn't post it.")
