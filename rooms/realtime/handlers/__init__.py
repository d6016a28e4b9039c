"""What each command of a tab does: call one operation, and return the fields of its reply.

A handler returns the fields of its `ok`, or None if it replies by itself, later or not at all.
Where two commands have the same fields, one handler serves both and is given the operation.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from rooms.actions.messages import reactions
from rooms.actions.moderation import members
from rooms.protocol import commands
from rooms.protocol.commands.command import Command
from rooms.realtime.handlers import (
    ephemera,
    history,
    inbox,
    messages,
    moderation,
    people,
    rooms,
    search,
    sidebar,
)
from rooms.realtime.tab import Fields, Tab

Handler = Callable[[Tab, Any], Awaitable[Fields | None]]

HANDLERS: dict[type[Command], Handler] = {
    commands.rooms.OpenRoom: rooms.open_room,
    commands.rooms.CloseRoom: rooms.close_room,
    commands.rooms.OpenLobby: rooms.open_lobby,
    commands.rooms.CloseLobby: rooms.close_lobby,
    commands.rooms.CreateRoom: rooms.create_room,
    commands.rooms.DirectRoom: rooms.direct_room,
    commands.rooms.JoinRoom: rooms.join_room,
    commands.rooms.LeaveRoom: rooms.leave_room,
    commands.rooms.HideRoom: rooms.hide_room,
    commands.rooms.UnhideRoom: rooms.unhide_room,
    commands.rooms.AddMembers: rooms.add_members,
    commands.messages.PostMessage: messages.post_message,
    commands.messages.EditMessage: messages.edit_message,
    commands.messages.DeleteMessage: messages.delete_message,
    commands.messages.AddReaction: partial(messages.react, reactions.add_reaction),
    commands.messages.RemoveReaction: partial(messages.react, reactions.remove_reaction),
    commands.messages.Reactions: messages.list_reactions,
    commands.history.History: history.read_history,
    commands.messages.PreviewMentions: messages.preview_mentions,
    commands.messages.RemovePreview: messages.remove_preview,
    commands.messages.OpenLink: messages.open_link,
    commands.history.ReadRoom: history.read_room,
    commands.history.UnreadRoom: history.unread_room,
    commands.history.ReadRooms: history.read_rooms,
    commands.history.UnreadRooms: history.unread_rooms,
    commands.sidebar.Rooms: sidebar.list_rooms,
    commands.inbox.NotifyRoom: inbox.notify_room,
    commands.inbox.ListInbox: inbox.list_inbox,
    commands.inbox.ReadInbox: inbox.read_inbox,
    commands.inbox.SetKeywords: inbox.set_keywords,
    commands.search.Search: search.find_messages,
    commands.sidebar.StarRoom: sidebar.star_room,
    commands.sidebar.UnstarRoom: sidebar.unstar_room,
    commands.sidebar.PlaceRoom: sidebar.place_room,
    commands.sidebar.MakeSection: sidebar.make_section,
    commands.sidebar.RenameSection: sidebar.rename_section,
    commands.sidebar.MoveSection: sidebar.move_section,
    commands.sidebar.DeleteSection: sidebar.delete_section,
    commands.sidebar.FoldSection: sidebar.fold_section,
    commands.sidebar.UnfoldSection: sidebar.unfold_section,
    commands.moderation.ReportMessage: moderation.report_message,
    commands.moderation.MuteMember: partial(moderation.sanction, members.mute_member),
    commands.moderation.UnmuteMember: moderation.unmute_member,
    commands.moderation.BanMember: partial(moderation.sanction, members.ban_member),
    commands.moderation.PreviewRemoval: moderation.preview_removal,
    commands.moderation.MakeRemoval: moderation.make_removal,
    commands.moderation.UndoRemoval: moderation.undo_removal,
    commands.people.IgnorePerson: people.ignore_person,
    commands.people.UnignorePerson: people.unignore_person,
    commands.people.ShowProfile: people.show_profile,
    commands.people.NoteZone: people.note_zone,
    commands.people.SetAppearance: people.set_appearance,
    commands.people.SetStatus: people.set_status,
    commands.people.SetQuiet: people.set_quiet,
    commands.people.WatchPeople: people.watch_people,
    commands.people.NoteIdle: people.note_idle,
    commands.ephemera.StartTyping: ephemera.start_typing,
    commands.ephemera.StopTyping: ephemera.stop_typing,
    commands.ephemera.Ping: ephemera.ping,
}


async def carry_out(tab: Tab, command: Command) -> Fields | None:
    """Run a command's handler. Raises the command's refusal."""
    return await HANDLERS[type(command)](tab, command)
