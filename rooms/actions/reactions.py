"""Put an emoji on a message, take it back, clear it away."""

import unicodedata
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import posting, protocol, ratelimit
from rooms.actions import audit
from rooms.actions.messages import change, locked_message
from rooms.errors import Conflict, Forbidden, Invalid
from rooms.models import Message, Reaction, Room, User
from rooms.policy import Standing

# What holds an emoji together: the zero-width joiner, and the tags that spell a flag's region.
JOINERS = {"\u200d", *map(chr, range(0xE0020, 0xE0080))}


def add_reaction(*, actor: User, room: str, number: int, emoji: str) -> Message:
    """Put an emoji on a message; the same one twice is once."""
    ratelimit.consume("reaction", actor.pk)
    check_emoji(emoji)
    with transaction.atomic():
        standing, message = _reactable(actor, room, number)
        posting.require_ear(standing)
        used = {reaction.emoji for reaction in message.reactions.all()}
        if emoji not in used and len(used) >= protocol.MAX_REACTIONS:
            raise Conflict(
                _("A message takes at most %(most)d different reactions."),
                most=protocol.MAX_REACTIONS,
            )
        _row, created = Reaction.objects.get_or_create(message=message, user=actor, emoji=emoji)
        return _reacted(message) if created else message


def remove_reaction(*, actor: User, room: str, number: int, emoji: str) -> Message:
    """Take one's emoji back; one that isn't there changes nothing."""
    ratelimit.consume("reaction", actor.pk)
    with transaction.atomic():
        _standing, message = _reactable(actor, room, number)
        removed, _counts = Reaction.objects.filter(
            message=message, user=actor, emoji=emoji
        ).delete()
        return _reacted(message) if removed else message


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
                _reacted(message)
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


def check_emoji(emoji: str) -> None:
    """Raises Invalid unless the text is made of symbols, as emoji are, and of what joins them."""
    categories = [unicodedata.category(character) for character in emoji]
    has_symbol = any(category in {"So", "Sk", "Me"} for category in categories)
    odd = any(
        category[0] in "LZC" and character not in JOINERS
        for character, category in zip(emoji, categories, strict=True)
    )
    if odd or not has_symbol:
        raise Invalid(_("A reaction is one emoji."))


def _reactable(actor: User, slug: str, number: int) -> tuple[Standing, Message]:
    standing, message = locked_message(actor=actor, slug=slug, number=number)
    standing.require_reaction()
    if message.deleted:
        raise Forbidden(_("This message was deleted."))
    return standing, message


def _reacted(message: Message) -> Message:
    """The message with its reactions read anew, announced."""
    fresh = Message.objects.whole().get(pk=message.pk)
    fresh.room = message.room
    change([fresh], protocol.MessageReacted)
    return fresh
