"""Reports, mutes, bans and removals."""

from typing import Protocol

from rooms import serializers
from rooms.actions.moderation import members, reports
from rooms.models import User
from rooms.protocol.commands import moderation as commands
from rooms.realtime.tab import Fields, Tab
from rooms.storage.threads import in_change_thread, in_db_thread


class SanctionOperation(Protocol):
    """An operation that mutes or bans someone."""

    def __call__(
        self, *, actor: User, slug: str, username: str, seconds: int | None, reason: str
    ) -> None: ...


async def report_message(tab: Tab, command: commands.ReportMessage) -> Fields:
    await in_change_thread(reports.report_message)(
        actor=tab.user,
        slug=command.room,
        number=command.number,
        reason=command.reason,
        note=command.note,
    )
    return {}


async def sanction(
    operation: SanctionOperation, tab: Tab, command: commands.MuteMember | commands.BanMember
) -> Fields:
    await in_change_thread(operation)(
        actor=tab.user,
        slug=command.room,
        username=command.user,
        seconds=command.seconds,
        reason=command.reason,
    )
    return {}


async def unmute_member(tab: Tab, command: commands.UnmuteMember) -> Fields:
    await in_change_thread(members.unmute_member)(
        actor=tab.user, slug=command.room, username=command.user
    )
    return {}


async def preview_removal(tab: Tab, command: commands.PreviewRemoval) -> Fields:
    found = await in_db_thread(members.preview_removal)(
        actor=tab.user, slug=command.room, username=command.user, scope=command.scope
    )
    return {"preview": serializers.preview(found.count, found.more, found.newest)}


async def make_removal(tab: Tab, command: commands.MakeRemoval) -> Fields:
    removal = await in_change_thread(members.remove_posts)(
        actor=tab.user,
        slug=command.room,
        username=command.user,
        scope=command.scope,
        reason=command.reason,
    )
    return {"removal": serializers.removal(removal)}


async def undo_removal(tab: Tab, command: commands.UndoRemoval) -> Fields:
    removal = await in_change_thread(members.undo_removal)(
        actor=tab.user, slug=command.room, removal=command.removal
    )
    return {"removal": serializers.removal(removal)}
