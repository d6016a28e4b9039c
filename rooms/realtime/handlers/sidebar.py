"""The list of rooms, and how the person has arranged it."""

from rooms.actions.accounts import welcome
from rooms.actions.rooms import sidebars
from rooms.protocol.commands import sidebar as commands
from rooms.realtime.tab import Fields, Tab
from rooms.storage.threads import in_change_thread, in_db_thread


async def list_rooms(tab: Tab, command: commands.Rooms) -> Fields:
    rooms, following = await in_db_thread(welcome.rooms)(
        actor=tab.user, after=command.after, told=tab.told
    )
    return {"rooms": rooms, "next": following}


async def star_room(tab: Tab, command: commands.StarRoom) -> Fields:
    star = in_change_thread(sidebars.star_room)
    return {"sidebar": await star(actor=tab.user, slug=command.room, before=command.before)}


async def unstar_room(tab: Tab, command: commands.UnstarRoom) -> Fields:
    unstar = in_change_thread(sidebars.unstar_room)
    return {"sidebar": await unstar(actor=tab.user, slug=command.room)}


async def place_room(tab: Tab, command: commands.PlaceRoom) -> Fields:
    place = in_change_thread(sidebars.place_room)
    room, section, before = command.room, command.section, command.before
    return {"sidebar": await place(actor=tab.user, slug=room, section=section, before=before)}


async def make_section(tab: Tab, command: commands.MakeSection) -> Fields:
    make = in_change_thread(sidebars.make_section)
    return {"sidebar": await make(actor=tab.user, name=command.name, slug=command.room)}


async def rename_section(tab: Tab, command: commands.RenameSection) -> Fields:
    rename = in_change_thread(sidebars.rename_section)
    return {"sidebar": await rename(actor=tab.user, section=command.section, name=command.name)}


async def move_section(tab: Tab, command: commands.MoveSection) -> Fields:
    move = in_change_thread(sidebars.move_section)
    return {"sidebar": await move(actor=tab.user, section=command.section, before=command.before)}


async def delete_section(tab: Tab, command: commands.DeleteSection) -> Fields:
    delete = in_change_thread(sidebars.delete_section)
    return {"sidebar": await delete(actor=tab.user, section=command.section)}


async def fold_section(tab: Tab, command: commands.FoldSection) -> Fields:
    return await _fold(tab, command.section, folded=True)


async def unfold_section(tab: Tab, command: commands.UnfoldSection) -> Fields:
    return await _fold(tab, command.section, folded=False)


async def _fold(tab: Tab, section: str, *, folded: bool) -> Fields:
    fold = in_change_thread(sidebars.fold_section)
    return {"sidebar": await fold(actor=tab.user, section=section, folded=folded)}
