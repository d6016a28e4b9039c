"""The site's own emoji: add, remove and list them.

There is no renaming: what people have written would lose its picture. A removed emoji is gone at
once, since it may have been removed for what it shows: its files are deleted, and messages and
reactions with it show `:name:` again (`messages.rendering.freshen`).
"""

import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.actions import audit
from rooms.broadcast import envelope, publish_on_commit
from rooms.errors import Conflict, NotFound
from rooms.fanout.envelopes import Envelope, Subject
from rooms.fanout.hub import EVERYONE
from rooms.files import icons
from rooms.files.storage import media
from rooms.models import CustomEmoji, Installation, User
from rooms.policy.site import require_staff
from rooms.protocol import events
from rooms.queries import custom_emoji
from rooms.text import pictures

MAX_EMOJI = 500
FOLDER = "emoji"


def add_emoji(*, actor: User, name: str, upload: File) -> CustomEmoji:  # type: ignore[type-arg]
    """Add an emoji. Raises Invalid for an invalid name, Conflict for one that is taken or if there
    are too many, and what `icons.emoji` raises."""
    ratelimit.consume("emoji", actor.pk)
    require_staff(actor)
    name = pictures.clean_name(name)
    _require_place(name)
    drawn = icons.emoji(upload)
    row = CustomEmoji(
        name=name,
        key=secrets.token_hex(16),
        animated=drawn.still is not None,
        created_by=actor,
    )
    with _stored(row.key, drawn), transaction.atomic():
        require_staff(actor)
        _renew()
        _require_place(name)
        row.save()
        audit.record("emoji.added", actor=actor, after=str(row))
    return row


def remove_emoji(*, actor: User, name: str) -> None:
    """Remove an emoji and its picture. Raises NotFound if there is none of this name."""
    ratelimit.consume("emoji", actor.pk)
    with transaction.atomic():
        require_staff(actor)
        _renew()
        row = CustomEmoji.objects.filter(name=name).first()
        if row is None:
            raise NotFound(_("There is no such emoji."))
        row.delete()
        audit.record("emoji.removed", actor=actor, before=str(row))
        transaction.on_commit(lambda: _delete_files(row.key))


def all_emoji() -> list[CustomEmoji]:
    """Return all emoji with who added them, by name."""
    return list(CustomEmoji.objects.select_related("created_by").order_by("name"))


def changed() -> Envelope:
    """Build the notice that there is a new list."""
    revision = Installation.current().emoji_revision
    event = events.EmojiChanged(revision=revision)
    return envelope(EVERYONE, event, about=Subject("emoji"))


def _renew() -> None:
    """Give the list its next revision, and announce it. It also serializes changes."""
    Installation.current()
    revision = 1 + secrets.randbelow(2**31 - 1)
    Installation.objects.filter(pk=1).update(emoji_revision=revision)
    # Before the announcement, whose receivers ask this process.
    transaction.on_commit(custom_emoji.forget)
    publish_on_commit(changed())


def _require_place(name: str) -> None:
    if CustomEmoji.objects.filter(name=name).exists():
        raise Conflict(_("“:%(name)s:” is taken. Choose another name."), name=name)
    if CustomEmoji.objects.count() >= MAX_EMOJI:
        raise Conflict(
            _("A site can have at most %(most)d emoji. Remove one first."), most=MAX_EMOJI
        )


@contextmanager
def _stored(key: str, drawn: icons.Emoji) -> Iterator[None]:
    """Store an emoji's files; delete them if what follows fails."""
    files = {key: drawn.picture, f"{key}-still": drawn.still}
    try:
        for name, content in files.items():
            if content is not None:
                media().save(f"{FOLDER}/{name}.webp", io.BytesIO(content))
        yield
    except BaseException:
        _delete_files(key)
        raise


def _delete_files(key: str) -> None:
    for name in (key, f"{key}-still"):
        media().delete(f"{FOLDER}/{name}.webp")
