"""What each command of a tab does: call one operation, and say what its reply carries.

A handler returns the fields of its `ok`, or None when it replies by itself, later or never.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _
from msgspec import structs

from rooms import events, protocol, ratelimit
from rooms.actions import (
    arrivals,
    cursors,
    ignores,
    members,
    memberships,
    messages,
    pages,
    reactions,
    reports,
    sidebars,
    sight,
)
from rooms.actions import rooms as room_actions
from rooms.actions.posts import Draft
from rooms.db import Unconfirmed, in_change_thread, in_db_thread
from rooms.envelopes import Frame
from rooms.errors import ChatError, Invalid, NotFound, RateLimited, Unavailable
from rooms.hub import LOBBY
from rooms.models import Message
from rooms.protocol import Close
from rooms.tabs import Tab
from rooms.writer import Outcome

LOBBY_SECONDS = 15.0  # the page that is shown may be as old

Fields = dict[str, Any]


def broken() -> Unavailable:
    """What somebody is told of a bug."""
    return Unavailable(_("Something went wrong here. It was logged."))


async def carry_out(tab: Tab, command: protocol.Command) -> Fields | None:
    """Raises the command's refusal."""
    return await HANDLERS[type(command)](tab, command)


# -- rooms -----------------------------------------------------------------------------------


async def open_room(tab: Tab, command: protocol.OpenRoom) -> None:
    """Follow first, then read the page: what happens in between comes after the page."""
    # First of all: a refusal must not cost what it saves, nor close the room that is open.
    ratelimit.consume("room.open", tab.user_id)
    hub, presence, slug = tab.worker.hub, tab.worker.presence, command.room
    # Whoever is a member knows where it is; whether they still are is asked below.
    address = tab.rooms.get(slug) or await in_db_thread(sight.whereabouts)(
        actor=tab.user, slug=slug
    )
    room_id, group = address.id, address.group
    tab.begin_room(slug, room_id, group)
    opened = None
    try:
        await hub.follow(group, tab)
        async with tab.worker.arrivals:
            opened = await in_db_thread(pages.open_room)(
                actor=tab.user,
                slug=slug,
                limit=command.limit,
                since=command.since,
                around=command.around,
            )
    finally:
        # Whatever went wrong: the hub must not keep events for a page that never comes.
        if opened is None:
            tab.close_room(slug)
    if slug not in tab.open:
        raise NotFound(_("You were removed from the room."))
    presence.arrive(room_id, slug, tab.person, tab)
    tab.mute(slug, opened.room.muted)
    online = presence.online(room_id)
    reply = protocol.ok(
        command.ref,
        room=opened.room,
        revision=opened.room.revision,
        online=online[: protocol.MAX_NAMED_ONLINE],
        reset=opened.page.reset,
        **opened.page.fields(),
    )
    hub.admit(group, tab, opened.room.revision, Frame(reply))
    for event in events.presence(slug, len(online), online[protocol.MAX_NAMED_ONLINE :]):
        tab.write(Frame(protocol.encode(event)))
    if tab.last_room_id != room_id:
        tab.worker.last_rooms.remember(tab.user_id, room_id)
    tab.last_room_id = None


async def close_room(tab: Tab, command: protocol.CloseRoom) -> Fields:
    tab.close_room(command.room)
    return {}


async def open_lobby(tab: Tab, command: protocol.OpenLobby) -> Fields:
    ratelimit.consume("lobby", tab.user_id)
    hub = tab.worker.hub
    hub.subscribe(LOBBY, tab)
    # The page was made before, and may have been fetched ahead.
    hub.recall(tab, {LOBBY}, since=hub.now - LOBBY_SECONDS)
    return {}


async def close_lobby(tab: Tab, command: protocol.CloseLobby) -> Fields:
    tab.worker.hub.leave(LOBBY, tab)
    return {}


async def create_room(tab: Tab, command: protocol.CreateRoom) -> Fields:
    room = await in_change_thread(room_actions.create_room)(
        actor=tab.user,
        name=command.name,
        kind=command.kind,
        topic=command.topic,
        slug=command.slug,
    )
    return await _room(tab, room.slug)


async def direct_room(tab: Tab, command: protocol.DirectRoom) -> Fields:
    room = await in_change_thread(room_actions.direct_room)(actor=tab.user, people=command.people)
    return await _room(tab, room.slug)


async def join_room(tab: Tab, command: protocol.JoinRoom) -> Fields:
    await in_change_thread(memberships.join_room)(actor=tab.user, slug=command.room)
    return await _room(tab, command.room)


async def leave_room(tab: Tab, command: protocol.LeaveRoom) -> Fields:
    standing = await in_change_thread(memberships.leave_room)(actor=tab.user, slug=command.room)
    return {"room": await in_db_thread(sight.describe)(standing)}


async def _room(tab: Tab, slug: str) -> Fields:
    return {"room": await in_db_thread(sight.room_of)(actor=tab.user, slug=slug)}


async def history(tab: Tab, command: protocol.History) -> Fields:
    side, place = protocol.one_of(command)
    page = await in_db_thread(pages.history)(
        actor=tab.user, slug=command.room, side=side, place=place, limit=command.limit
    )
    return page.fields()


async def read_room(tab: Tab, command: protocol.ReadRoom) -> Fields:
    reading = await in_change_thread(cursors.mark_read)(
        actor=tab.user, slug=command.room, number=command.number, revision=command.read_revision
    )
    return _reading(reading)


async def unread_room(tab: Tab, command: protocol.UnreadRoom) -> Fields:
    reading = await in_change_thread(cursors.mark_unread)(
        actor=tab.user, slug=command.room, number=command.number
    )
    return _reading(reading)


async def read_rooms(tab: Tab, command: protocol.ReadRooms) -> Fields:
    return {"rooms": await in_change_thread(cursors.mark_all_read)(actor=tab.user)}


async def unread_rooms(tab: Tab, command: protocol.UnreadRooms) -> Fields:
    return {"rooms": await in_change_thread(cursors.take_back)(actor=tab.user, steps=command.rooms)}


def _reading(reading: protocol.Reading) -> Fields:
    fields = structs.asdict(reading)
    del fields["room"]  # in replies, a room is the whole of it
    return fields


async def list_rooms(tab: Tab, command: protocol.Rooms) -> Fields:
    rooms, following = await in_db_thread(arrivals.rooms)(
        actor=tab.user, after=command.after, told=tab.told
    )
    return {"rooms": rooms, "next": following}


# -- the list of rooms -----------------------------------------------------------------------


async def star_room(tab: Tab, command: protocol.StarRoom) -> Fields:
    star = in_change_thread(sidebars.star_room)
    return {"sidebar": await star(actor=tab.user, slug=command.room, before=command.before)}


async def unstar_room(tab: Tab, command: protocol.UnstarRoom) -> Fields:
    return {
        "sidebar": await in_change_thread(sidebars.unstar_room)(actor=tab.user, slug=command.room)
    }


async def fold_section(tab: Tab, command: protocol.FoldSection) -> Fields:
    return await _fold(tab, command.section, folded=True)


async def unfold_section(tab: Tab, command: protocol.UnfoldSection) -> Fields:
    return await _fold(tab, command.section, folded=False)


async def _fold(tab: Tab, section: protocol.Section, *, folded: bool) -> Fields:
    fold = in_change_thread(sidebars.fold_section)
    return {"sidebar": await fold(actor=tab.user, section=section, folded=folded)}


# -- messages --------------------------------------------------------------------------------


async def post_message(tab: Tab, command: protocol.PostMessage) -> None:
    """Submit and go on: the reply follows when the commit has."""
    if command.attachments:
        raise Invalid(_("This site takes no attachments yet."))
    draft = Draft(tab.user, command.room, command.nonce, command.body, command.reply_to)
    tab.worker.writer.submit(draft, partial(_posted, tab, command.ref))


def _posted(tab: Tab, ref: str | None, outcome: Outcome) -> None:
    if isinstance(outcome, ChatError):
        tab.refuse(ref, outcome)
    elif isinstance(outcome, Unconfirmed):
        # Neither 'ok' nor an error would be true. Who comes back asks again, by the nonce.
        tab.outbox.close(Close.RESTART, "The database lost its answer. Come back and ask again.")
    else:
        tab.reply(ref, message=outcome.message)


async def edit_message(tab: Tab, command: protocol.EditMessage) -> Fields:
    return await _change(
        tab, messages.edit_message, room=command.room, number=command.number, body=command.body
    )


async def delete_message(tab: Tab, command: protocol.DeleteMessage) -> Fields:
    return await _change(
        tab,
        messages.delete_message,
        room=command.room,
        number=command.number,
        reason=command.reason,
    )


async def add_reaction(tab: Tab, command: protocol.AddReaction) -> Fields:
    return await _change(
        tab,
        reactions.add_reaction,
        room=command.room,
        number=command.number,
        emoji=command.emoji,
    )


async def remove_reaction(tab: Tab, command: protocol.RemoveReaction) -> Fields:
    return await _change(
        tab,
        reactions.remove_reaction,
        room=command.room,
        number=command.number,
        emoji=command.emoji,
    )


async def _change(tab: Tab, operation: Callable[..., Message], **fields: Any) -> Fields:
    def change() -> protocol.Message:
        return events.reply(operation(actor=tab.user, **fields), tab.user)

    return {"message": await in_change_thread(change)()}


async def list_reactions(tab: Tab, command: protocol.Reactions) -> Fields:
    people, following = await in_db_thread(reactions.reactions)(
        actor=tab.user,
        room=command.room,
        number=command.number,
        emoji=command.emoji,
        after=command.after,
    )
    return {"users": people, "next": following}


# -- people ----------------------------------------------------------------------------------


async def report_message(tab: Tab, command: protocol.ReportMessage) -> Fields:
    await in_change_thread(reports.report_message)(
        actor=tab.user,
        room=command.room,
        number=command.number,
        reason=command.reason,
        note=command.note,
    )
    return {}


async def _sanction(
    tab: Tab, command: protocol.MuteMember | protocol.BanMember, operation: Callable[..., None]
) -> Fields:
    await in_change_thread(operation)(
        actor=tab.user,
        slug=command.room,
        username=command.user,
        seconds=command.seconds,
        reason=command.reason,
    )
    return {}


async def mute_member(tab: Tab, command: protocol.MuteMember) -> Fields:
    return await _sanction(tab, command, members.mute_member)


async def unmute_member(tab: Tab, command: protocol.UnmuteMember) -> Fields:
    await in_change_thread(members.unmute_member)(
        actor=tab.user, slug=command.room, username=command.user
    )
    return {}


async def ban_member(tab: Tab, command: protocol.BanMember) -> Fields:
    return await _sanction(tab, command, members.ban_member)


async def preview_removal(tab: Tab, command: protocol.PreviewRemoval) -> Fields:
    found = await in_db_thread(members.preview_removal)(
        actor=tab.user, slug=command.room, username=command.user, scope=command.scope
    )
    return {"preview": events.preview(found.count, found.more, found.newest)}


async def make_removal(tab: Tab, command: protocol.MakeRemoval) -> Fields:
    removal = await in_change_thread(members.remove_posts)(
        actor=tab.user,
        slug=command.room,
        username=command.user,
        scope=command.scope,
        reason=command.reason,
    )
    return {"removal": events.removal(removal)}


async def undo_removal(tab: Tab, command: protocol.UndoRemoval) -> Fields:
    removal = await in_change_thread(members.undo_removal)(
        actor=tab.user, slug=command.room, removal=command.removal
    )
    return {"removal": events.removal(removal)}


async def ignore_person(tab: Tab, command: protocol.IgnorePerson) -> Fields:
    ignore = in_change_thread(ignores.ignore_person)
    return {"ignored": await ignore(actor=tab.user, username=command.user, kind=command.kind)}


async def unignore_person(tab: Tab, command: protocol.UnignorePerson) -> Fields:
    unignore = in_change_thread(ignores.unignore_person)
    return {"ignored": await unignore(actor=tab.user, username=command.user)}


# -- ephemera --------------------------------------------------------------------------------


async def start_typing(tab: Tab, command: protocol.StartTyping) -> None:
    """Silently nothing for who isn't a member, hasn't the room open, is muted, or overdoes it."""
    room = tab.open.get(command.room)
    if room is None or room[1] not in tab.mine or tab.is_muted(command.room):
        return
    try:
        ratelimit.consume("typing", tab.user_id)
    except RateLimited:
        return
    tab.start_typing(command.room)


async def stop_typing(tab: Tab, command: protocol.StopTyping) -> None:
    tab.stop_typing(command.room)


async def ping(tab: Tab, command: protocol.Ping) -> Fields:
    return {"time": datetime.now(UTC)}


Handler = Callable[[Tab, Any], Awaitable[Fields | None]]
HANDLERS: dict[type[protocol.Command], Handler] = {
    protocol.OpenRoom: open_room,
    protocol.CloseRoom: close_room,
    protocol.OpenLobby: open_lobby,
    protocol.CloseLobby: close_lobby,
    protocol.CreateRoom: create_room,
    protocol.DirectRoom: direct_room,
    protocol.JoinRoom: join_room,
    protocol.LeaveRoom: leave_room,
    protocol.PostMessage: post_message,
    protocol.EditMessage: edit_message,
    protocol.DeleteMessage: delete_message,
    protocol.AddReaction: add_reaction,
    protocol.RemoveReaction: remove_reaction,
    protocol.Reactions: list_reactions,
    protocol.History: history,
    protocol.ReadRoom: read_room,
    protocol.UnreadRoom: unread_room,
    protocol.ReadRooms: read_rooms,
    protocol.UnreadRooms: unread_rooms,
    protocol.Rooms: list_rooms,
    protocol.StarRoom: star_room,
    protocol.UnstarRoom: unstar_room,
    protocol.FoldSection: fold_section,
    protocol.UnfoldSection: unfold_section,
    protocol.ReportMessage: report_message,
    protocol.MuteMember: mute_member,
    protocol.UnmuteMember: unmute_member,
    protocol.BanMember: ban_member,
    protocol.PreviewRemoval: preview_removal,
    protocol.MakeRemoval: make_removal,
    protocol.UndoRemoval: undo_removal,
    protocol.IgnorePerson: ignore_person,
    protocol.UnignorePerson: unignore_person,
    protocol.StartTyping: start_typing,
    protocol.StopTyping: stop_typing,
    protocol.Ping: ping,
}
