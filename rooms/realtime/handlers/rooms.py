"""Rooms and the lobby: opening, creating, joining, leaving."""

from contextlib import suppress

from django.utils.translation import gettext_lazy as _

from rooms import ratelimit, serializers
from rooms.actions.messages import history
from rooms.actions.rooms import creation, directory, hiding, lookup, memberships
from rooms.errors import ChatError, NotFound
from rooms.fanout.envelopes import Frame
from rooms.fanout.hub import LOBBY
from rooms.protocol import codec, limits
from rooms.protocol.commands import rooms as commands
from rooms.realtime.tab import Fields, Tab
from rooms.storage.threads import in_change_thread, in_db_thread

LOBBY_SECONDS = 15.0  # how old the page that the tab shows may be


async def open_room(tab: Tab, command: commands.OpenRoom) -> None:
    """Follow first, then read the page: whatever happens in between comes after the page."""
    # First of all: a refusal must not cost what it is meant to save, nor close an open room.
    ratelimit.consume("room.open", tab.user_id)
    hub, presence, slug = tab.worker.hub, tab.worker.presence, command.room
    # The tab knows where its person's rooms are; whether they are still a member is checked below.
    address = tab.rooms.get(slug) or await in_db_thread(lookup.whereabouts)(
        actor=tab.user, slug=slug
    )
    room_id, group = address.id, address.group
    tab.begin_room(slug, room_id, group)
    opened = None
    try:
        await hub.follow(group, tab)
        async with tab.worker.page_slots:
            opened = await in_db_thread(history.open_room)(
                actor=tab.user,
                slug=slug,
                limit=command.limit,
                since=command.since,
                around=command.around,
            )
    finally:
        # Whatever went wrong, the hub must not keep events for a page that never comes.
        if opened is None:
            tab.close_room(slug)
    if slug not in tab.open:
        raise NotFound(_("You were removed from the room."))
    presence.arrive(room_id, slug, tab.person, tab)
    tab.mute(slug, opened.room.muted)
    online = presence.online(room_id)
    reply = codec.ok(
        command.ref,
        room=opened.room,
        revision=opened.room.revision,
        online=online[: limits.MAX_NAMED_ONLINE],
        reset=opened.page.reset,
        **opened.page.fields(),
    )
    hub.admit(group, tab, opened.room.revision, Frame(reply))
    for event in serializers.presence(slug, len(online), online[limits.MAX_NAMED_ONLINE :]):
        tab.write(Frame(codec.encode(event)))
    if tab.last_room_id != room_id:
        tab.worker.last_rooms.remember(tab.user_id, room_id)
    tab.last_room_id = None
    if opened.is_hidden:
        with suppress(ChatError):  # the reply is out, and the list can do without
            await in_change_thread(hiding.was_opened)(actor=tab.user, slug=slug)


async def close_room(tab: Tab, command: commands.CloseRoom) -> Fields:
    tab.close_room(command.room)
    return {}


async def open_lobby(tab: Tab, command: commands.OpenLobby) -> Fields:
    ratelimit.consume("lobby", tab.user_id)
    hub = tab.worker.hub
    hub.subscribe(LOBBY, tab)
    # For pages of the version before, which list the rooms as of when they were rendered.
    hub.board.recall(tab, {LOBBY}, since=hub.now - LOBBY_SECONDS)
    list_rooms = in_db_thread(directory.listed_rooms)
    rooms, more = await list_rooms(actor=tab.user, matching=command.query)
    return {"rooms": rooms, "more": more}


async def close_lobby(tab: Tab, command: commands.CloseLobby) -> Fields:
    tab.worker.hub.leave(LOBBY, tab)
    return {}


async def create_room(tab: Tab, command: commands.CreateRoom) -> Fields:
    room = await in_change_thread(creation.create_room)(
        actor=tab.user,
        name=command.name,
        kind=command.kind,
        topic=command.topic,
        slug=command.slug,
    )
    return await _room(tab, room.slug)


async def direct_room(tab: Tab, command: commands.DirectRoom) -> Fields:
    room = await in_change_thread(creation.direct_room)(actor=tab.user, people=command.people)
    return await _room(tab, room.slug)


async def join_room(tab: Tab, command: commands.JoinRoom) -> Fields:
    await in_change_thread(memberships.join_room)(actor=tab.user, slug=command.room)
    return await _room(tab, command.room)


async def leave_room(tab: Tab, command: commands.LeaveRoom) -> Fields:
    standing = await in_change_thread(memberships.leave_room)(actor=tab.user, slug=command.room)
    return {"room": await in_db_thread(lookup.describe)(standing)}


async def hide_room(tab: Tab, command: commands.HideRoom) -> Fields:
    await in_change_thread(hiding.hide_room)(actor=tab.user, slug=command.room)
    return {}


async def unhide_room(tab: Tab, command: commands.UnhideRoom) -> Fields:
    await in_change_thread(hiding.show_room)(actor=tab.user, slug=command.room)
    return await _room(tab, command.room)


async def add_members(tab: Tab, command: commands.AddMembers) -> Fields:
    add = in_change_thread(memberships.add_people)
    return {"members": await add(actor=tab.user, slug=command.room, people=command.people)}


async def _room(tab: Tab, slug: str) -> Fields:
    return {"room": await in_db_thread(lookup.room_of)(actor=tab.user, slug=slug)}
