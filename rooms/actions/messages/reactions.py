"""Add and remove reactions, and list who reacted."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit, serializers
from rooms.actions import audit
from rooms.actions.messages.changes import (
    locked_message,
    locked_standings,
    message_in,
    react,
)
from rooms.actions.rooms.lookup import find_room
from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from rooms.models import Message, Reaction, User
from rooms.policy import blocks
from rooms.policy.standing import Standing
from rooms.protocol import limits, shapes
from rooms.queries import custom_emoji, tallies
from rooms.text.emoji import one_form


def add_reaction(*, actor: User, slug: str, number: int, emoji: str) -> Message:
    """React to a message with an emoji. Repeating a reaction changes nothing."""
    ratelimit.consume("reaction", actor.pk)
    emoji = clean_emoji(emoji)
    with transaction.atomic():
        standing, message = _reactable(actor, slug, number)
        blocks.require_not_blocked(standing)
        _require_place(message, emoji)
        _row, created = Reaction.objects.get_or_create(message=message, user=actor, emoji=emoji)
        if created:
            react(message, actor=actor, emoji=emoji, added=True)
    return message


def remove_reaction(*, actor: User, slug: str, number: int, emoji: str) -> Message:
    """Remove one's own reaction. Removing one that isn't there changes nothing."""
    ratelimit.consume("reaction", actor.pk)
    # A reaction from before emoji were validated can be removed too.
    emoji = one_form(emoji) or emoji
    with transaction.atomic():
        _standing, message = _reactable(actor, slug, number)
        mine = Reaction.objects.filter(message=message, user=actor, emoji=emoji)
        removed, _counts = mine.delete()
        if removed:
            react(message, actor=actor, emoji=emoji, added=False)
    return message


def clear_reactions(*, actor: User, reactions: Iterable[Reaction]) -> int:
    """Remove other people's reactions, as a moderator; return how many were still there."""
    chosen, count = [*reactions], 0
    with transaction.atomic():
        standings = locked_standings(
            actor=actor, slugs={reaction.message.room.slug for reaction in chosen}
        )
        for reaction in chosen:
            standing = standings[reaction.message.room.slug]
            message = message_in(standing, reaction.message.number)
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
    *, actor: User, slug: str, number: int, emoji: str, after: str | None = None
) -> tuple[list[shapes.Person], str | None]:
    """Return a page of the people who reacted with an emoji, and where the next page begins."""
    ratelimit.consume("history", actor.pk)
    standing = find_room(actor=actor, slug=slug)
    message = Message.objects.filter(room=standing.room, number=number).first()
    if message is None:
        raise NotFound(_("There is no such message."))
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid(_("`after` must be a value from `next`."))
    if message.deleted:
        return [], None
    kept = one_form(emoji) or emoji
    people, end = tallies.page(message, kept, int(after or 0), limits.MAX_PAGE)
    return [serializers.person(user) for user in people], None if end is None else str(end)


def clean_emoji(text: str) -> str:
    """Return the canonical form of an emoji, or of the site's own as `:name:`. Raises Invalid
    unless the text is exactly one."""
    picture = custom_emoji.of_reaction(text.lower())
    emoji = picture.code if picture else one_form(text)
    if emoji is None:
        raise Invalid(_("A reaction must be a single emoji."))
    return emoji


def _require_place(message: Message, emoji: str) -> None:
    there = Reaction.objects.filter(message=message)
    if there.filter(emoji=emoji).exists():
        return
    if there.values("emoji").distinct().count() >= limits.MAX_REACTIONS:
        raise Conflict(
            _("A message can have at most %(most)d different reactions."),
            most=limits.MAX_REACTIONS,
        )


def _reactable(actor: User, slug: str, number: int) -> tuple[Standing, Message]:
    standing, message = locked_message(actor=actor, slug=slug, number=number)
    standing.require_reaction()
    if message.deleted:
        raise Forbidden(_("This message was deleted."))
    return standing, message
