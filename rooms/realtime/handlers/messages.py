"""Messages and reactions."""

from collections.abc import Callable
from functools import partial
from typing import Any

from rooms import serializers
from rooms.actions.messages import addressing, changes, links, previews, reactions
from rooms.actions.messages.posts import Draft
from rooms.errors import ChatError
from rooms.models import Message
from rooms.protocol import shapes
from rooms.protocol.codes import Close
from rooms.protocol.commands import messages as commands
from rooms.realtime.tab import Fields, Tab
from rooms.realtime.writer import Outcome
from rooms.storage.threads import Unconfirmed, in_change_thread, in_db_thread


async def post_message(tab: Tab, command: commands.PostMessage) -> None:
    """Submit and return: the reply follows the commit."""
    draft = Draft(
        *(tab.user, command.room, command.nonce, command.body, command.reply_to),
        attachments=tuple(command.attachments),
    )
    tab.worker.writer.submit(draft, partial(_posted, tab, command.ref))


def _posted(tab: Tab, ref: str | None, outcome: Outcome) -> None:
    if isinstance(outcome, ChatError):
        tab.refuse(ref, outcome)
    elif isinstance(outcome, Unconfirmed):
        # Neither `ok` nor an error would be true. The client reconnects and asks again, by nonce.
        tab.queue.close(Close.RESTART, "The database's answer was lost. Reconnect and ask again.")
    else:
        tab.reply(ref, message=outcome.message)


async def preview_mentions(tab: Tab, command: commands.PreviewMentions) -> Fields:
    found = await in_db_thread(addressing.preview)(
        actor=tab.user, slug=command.room, body=command.body
    )
    return {
        "people": found.people,
        "addressed": found.addressed or None,
        "outside": found.outside,
    }


async def edit_message(tab: Tab, command: commands.EditMessage) -> Fields:
    return await _change(
        tab, changes.edit_message, slug=command.room, number=command.number, body=command.body
    )


async def delete_message(tab: Tab, command: commands.DeleteMessage) -> Fields:
    return await _change(
        tab,
        changes.delete_message,
        slug=command.room,
        number=command.number,
        reason=command.reason,
    )


async def react(
    operation: Callable[..., Message],
    tab: Tab,
    command: commands.AddReaction | commands.RemoveReaction,
) -> Fields:
    return await _change(
        tab, operation, slug=command.room, number=command.number, emoji=command.emoji
    )


async def _change(tab: Tab, operation: Callable[..., Message], **fields: Any) -> Fields:
    def change() -> shapes.Message:
        return serializers.reply(operation(actor=tab.user, **fields), tab.user)

    return {"message": await in_change_thread(change)()}


async def remove_preview(tab: Tab, command: commands.RemovePreview) -> Fields:
    remove = previews.remove_preview
    return await _change(tab, remove, slug=command.room, number=command.number, url=command.url)


async def open_link(tab: Tab, command: commands.OpenLink) -> Fields:
    def found() -> Fields:
        room, message = links.open_link(actor=tab.user, slug=command.room, number=command.number)
        return {"room": room, "message": serializers.reply(message, tab.user)}

    return await in_db_thread(found)()


async def list_reactions(tab: Tab, command: commands.Reactions) -> Fields:
    people, following = await in_db_thread(reactions.reactions)(
        actor=tab.user,
        slug=command.room,
        number=command.number,
        emoji=command.emoji,
        after=command.after,
    )
    return {"users": people, "next": following}
