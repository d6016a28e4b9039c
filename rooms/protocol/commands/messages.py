"""Messages, reactions and mentions."""

from typing import Annotated

from msgspec import Meta

from rooms.protocol.commands.command import Command
from rooms.protocol.limits import MAX_ATTACHMENTS, MAX_URL
from rooms.protocol.values import Emoji, Nonce, Number, PageToken, Slug, UploadId


class PostMessage(Command, frozen=True, kw_only=True, tag="message.post"):
    """Post a message. If the author has already used this `nonce` in this room, the reply carries
    the message stored then. `attachments` are the ids of the author's uploads for this room, in the
    order in which they are shown; with any, `body` may be empty."""

    replies = "message"

    room: Slug
    nonce: Nonce
    body: str
    reply_to: Number | None = None
    attachments: Annotated[list[UploadId], Meta(max_length=MAX_ATTACHMENTS)] = []


class EditMessage(Command, frozen=True, kw_only=True, tag="message.edit"):
    """Replace the body of your own message. It may be empty if the message has attachments."""

    replies = "message"

    room: Slug
    number: Number
    body: str


class DeleteMessage(Command, frozen=True, kw_only=True, tag="message.delete"):
    """Delete a message and leave a tombstone: your own, or as a moderator anyone's. Only the audit
    log shows the `reason`."""

    replies = "message"

    room: Slug
    number: Number
    reason: str = ""


class AddReaction(Command, frozen=True, kw_only=True, tag="reaction.add"):
    """React to a message with an emoji."""

    replies = "message"

    room: Slug
    number: Number
    emoji: Emoji


class RemoveReaction(Command, frozen=True, kw_only=True, tag="reaction.remove"):
    """Remove your reaction."""

    replies = "message"

    room: Slug
    number: Number
    emoji: Emoji


class Reactions(Command, frozen=True, kw_only=True, tag="reactions"):
    """List the people who reacted to a message with an emoji, earliest first: a page of Persons,
    and the `after` of the next page, or null."""

    replies = "users, next"

    room: Slug
    number: Number
    emoji: Emoji
    after: PageToken | None = None


class RemovePreview(Command, frozen=True, kw_only=True, tag="preview.remove"):
    """Remove the preview of a link from your own message, or as a moderator from anyone's."""

    replies = "message"

    room: Slug
    number: Number
    url: Annotated[str, Meta(max_length=MAX_URL)]


class OpenLink(Command, frozen=True, kw_only=True, tag="link.open"):
    """Get the message that a link to this site leads to, and its `room` (a LinkedRoom). If it
    doesn't exist, was deleted, or you can't read it, the answer is `not_found`."""

    replies = "room, message"

    room: Slug
    number: Number


class PreviewMentions(Command, frozen=True, kw_only=True, tag="mention.preview"):
    """Ask whom a text would address: `people` is how many members besides you, whatever their
    settings, `addressed` the keyword that counts (null: none, or you may not say it here),
    `outside` who is named but not in the room."""

    replies = "people, addressed, outside"

    room: Slug
    body: str
