"""Messages, whole: for pages, replies and events."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from django.urls import reverse
from msgspec import UNSET, structs

from rooms.models import LinkPreview, Message, Tally, Upload, User
from rooms.protocol import codec, limits, shapes
from rooms.queries import custom_emoji, naming, posting, previews, tallies, uploads
from rooms.serializers.attachments import attachments
from rooms.serializers.people import person, person_from


def message(row: Message) -> shapes.Message:
    """Serialize a message. Reads its author, tallies and files: load them with `whole()`,
    `tallies.load` and `uploads.load`."""
    return shapes.Message(
        number=row.number,
        revision=row.revision,
        nonce=row.nonce,
        author=person(row.author),
        created_at=row.created_at,
        edited_at=row.edited_at,
        deleted=row.deleted,
        reply_to=row.reply_to,
        reactions=[] if row.deleted else _reactions(row),
        mentions=row.named,
        mentions_room=None if row.deleted else row.mentions_room or None,  # type: ignore[arg-type]
        body=UNSET if row.deleted else row.body,
        html=UNSET if row.deleted else row.html,
        attachments=UNSET if row.deleted else attachments(uploads.of(row)),
        previews=[link_preview(one) for one in previews.of(row)] or UNSET,
        restored=row.restored or UNSET,
    )


def link_preview(row: LinkPreview) -> shapes.LinkPreview:
    picture = reverse("preview_picture", args=[row.picture]) if row.picture else None
    return shapes.LinkPreview(
        *(row.url, row.title, row.description, row.site, picture, row.width, row.height)
    )


def new_message(
    row: posting.Row, author: posting.Author, files: Sequence[Upload] = ()
) -> shapes.Message:
    """Serialize a message that is being posted, to which nobody can have reacted yet."""
    return shapes.Message(
        number=row.number,
        revision=row.revision,
        nonce=row.nonce,
        author=person_from(author.id, *author.row[:3]),
        created_at=row.created_at,
        edited_at=None,
        deleted=False,
        reply_to=row.reply_to,
        reactions=[],
        mentions=row.named,
        mentions_room=row.mentions_room or None,  # type: ignore[arg-type]
        body=row.body,
        html=row.html,
        attachments=attachments(files),
    )


def named(rows: Iterable[Message]) -> list[shapes.Person]:
    """The people whom messages name, each once. Reads them unless `naming.load` has."""
    people = {user.pk: user for row in rows for user in naming.of(row)}
    return [person(user) for user in people.values()]


def raw(message: shapes.Message) -> msgspec.Raw:
    """Encode a message once for everything that carries it."""
    return msgspec.Raw(codec.encode(message))


def _reactions(row: Message) -> list[shapes.Reaction]:
    return [_reaction(tally) for tally in tallies.of(row)]


def _reaction(tally: Tally) -> shapes.Reaction:
    people = [{"id": pk, "name": name} for pk, name in tally.people]
    picture = custom_emoji.of_reaction(tally.emoji)
    if picture is None:
        return shapes.Reaction(tally.emoji, tally.count, people)
    return shapes.Reaction(
        tally.emoji, tally.count, people, picture.address, picture.still or UNSET
    )


def reply(row: Message, asker: User) -> shapes.Message:
    """Serialize a message for a reply, with the asker named first on their own reactions."""
    shown = message(row)
    if not shown.reactions:
        return shown
    return to_asker(shown, asker, tallies.own(asker.pk, [row.pk])[row.pk])


def to_asker(message: shapes.Message, asker: User, own: Collection[str]) -> shapes.Message:
    """Name the asker first on the emoji that they have used: only a few people are named, and a
    page couldn't tell otherwise which reactions are its own."""
    me = {"id": asker.pk, "name": asker.name}
    reactions = [
        structs.replace(one, users=_first(me, one.users)) if one.emoji in own else one
        for one in message.reactions
    ]
    return structs.replace(message, reactions=reactions)


def _first(me: dict[str, Any], users: list[dict[str, Any]]) -> list[dict[str, Any]]:
    others = [user for user in users if user["id"] != me["id"]]
    return [me, *others][: limits.MAX_NAMED]
