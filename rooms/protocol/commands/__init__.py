"""What a client may send. A module per subject, as in `realtime/handlers/`."""

from typing import TypeAlias, get_args

from rooms.protocol.commands import (
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
from rooms.protocol.commands.command import Command

AnyCommand: TypeAlias = (
    rooms.OpenRoom
    | rooms.CloseRoom
    | rooms.OpenLobby
    | rooms.CloseLobby
    | rooms.CreateRoom
    | rooms.DirectRoom
    | rooms.JoinRoom
    | rooms.LeaveRoom
    | rooms.HideRoom
    | rooms.UnhideRoom
    | rooms.AddMembers
    | messages.PostMessage
    | messages.EditMessage
    | messages.DeleteMessage
    | messages.AddReaction
    | messages.RemoveReaction
    | messages.Reactions
    | history.History
    | messages.PreviewMentions
    | messages.RemovePreview
    | messages.OpenLink
    | history.ReadRoom
    | history.UnreadRoom
    | history.ReadRooms
    | history.UnreadRooms
    | sidebar.Rooms
    | inbox.NotifyRoom
    | inbox.ListInbox
    | inbox.ReadInbox
    | inbox.SetKeywords
    | search.Search
    | sidebar.StarRoom
    | sidebar.UnstarRoom
    | sidebar.PlaceRoom
    | sidebar.MakeSection
    | sidebar.RenameSection
    | sidebar.MoveSection
    | sidebar.DeleteSection
    | sidebar.FoldSection
    | sidebar.UnfoldSection
    | moderation.ReportMessage
    | moderation.MuteMember
    | moderation.UnmuteMember
    | moderation.BanMember
    | moderation.PreviewRemoval
    | moderation.MakeRemoval
    | moderation.UndoRemoval
    | people.IgnorePerson
    | people.UnignorePerson
    | people.ShowProfile
    | people.NoteZone
    | people.SetAppearance
    | people.SetStatus
    | people.SetQuiet
    | people.WatchPeople
    | people.NoteIdle
    | ephemera.StartTyping
    | ephemera.StopTyping
    | ephemera.Ping
)
COMMANDS: tuple[type[Command], ...] = get_args(AnyCommand)
COMMAND_TYPES = frozenset(str(struct.__struct_config__.tag) for struct in COMMANDS)
