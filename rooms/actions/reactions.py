"""Put an emoji on a message, take it back, clear it away; see who did."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import events, posting, protocol, ratelimit, tallies
from rooms.actions import audit
from rooms.actions.messages import locked_message, react
from rooms.actions.sight import find_room
from rooms.emoji import one_form
from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from rooms.models import Message, Reaction, Room, User
from rooms.policy import Standing


def add_reaction(*, actor: User, room: str, number: int, emoji: str) -> Message:
    """Put an emoji on a message; the same one twice is once."""
    ratelimit.consume("reaction", actor.pk)
    emoji = clean_emoji(emoji)
    with transaction.atomic():
        standing, message = _reactable(actor, room, number)
        posting.require_ear(standing)
        _require_place(message, emoji)
        _row, created = Reaction.objects.get_or_create(message=message, user=actor, emoji=emoji)
        if created:
            react(message, actor=actor, emoji=emoji, added=True)
    return message


def remove_reaction(*, actor: User, room: str, number: int, emoji: str) -> Message:
    """Take one's emoji back; one that isn't there changes nothing."""
    ratelimit.consume("reaction", actor.pk)
    # What was put there before emoji were looked at can be taken back as well.
    emoji = one_form(emoji) or emoji
    with transaction.atomic():
        _standing, message = _reactable(actor, room, number)
        mine = Reaction.objects.filter(message=message, user=actor, emoji=emoji)
        removed, _counts = mine.delete()
        if removed:
            react(message, actor=actor, emoji=emoji, added=False)
    return message


def clear_reactions(*, actor: User, reactions: Iterable[Reaction]) -> int:
    """Take anybody's reactions off, as a moderator; how many were there."""
    chosen, count = [*reactions], 0
    with transaction.atomic():
        # All of them, in the order in which posting takes them.
        Room.objects.locked({reaction.message.room.slug for reaction in chosen})
        for reaction in chosen:
            row = reaction.message
            standing, message = locked_message(actor=actor, slug=row.room.slug, number=row.number)
            standing.require_moderation()
            removed, _counts = Reaction.objects.filter(pk=reaction.pk).delete()
            if removed:
                react(message, actor=reaction.user, emoji=reaction.emoji, added=False)
                audit.record(
                    "reaction.removed",
                    actor=actor,
                    room=message.room,
                    user=reaction.user,
                    message=message,
                    before=reaction.emoji,
                )
                count += 1
    return count


def reactions(
    *, actor: User, room: str, number: int, emoji: str, after: str | None = None
) -> tuple[list[protocol.Person], str | None]:
    """Who has put an emoji on a message: a page, and where the next one begins."""
    ratelimit.consume("history", actor.pk)
    standing = find_room(actor=actor, slug=room)
    message = Message.objects.filter(room=standing.room, number=number).first()
    if message is None:
        raise NotFound(_("There is no such message."))
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid(_("`after` must be what `next` was."))
    if message.deleted:
        return [], None
    kept = one_form(emoji) or emoji
    people, end = tallies.page(message, kept, int(after or 0), protocol.MAX_PAGE)
    return [events.person(user) for user in people], None if end is None else str(end)


def clean_emoji(text: str) -> str:
    """The one form of an emoji. Raises Invalid unless the text is exactly one."""
    emoji = one_form(text)
    if emoji is None:
        raise Invalid(_("A reaction is one emoji."))
    return emoji


def _require_place(message: Message, emoji: str) -> None:
    there = Reaction.objects.filter(message=message)
    if there.filter(emoji=emoji).exists():
        return
    if there.values("emoji").distinct().count() >= protocol.MAX_REACTIONS:
        raise Conflict(
            _("A message takes at most %(most)d different reactions."),
            most=protocol.MAX_REACTIONS,
        )


def _reactable(actor: User, slug: str, number: int) -> tuple[Standing, Message]:
    standing, message = locked_message(actor=actor, slug=slug, number=number)
    standing.require_reaction()
    if message.deleted:
        raise Forbidden(_("This message was deleted."))
    return standing, message
