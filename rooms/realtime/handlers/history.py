"""Pages of older messages, and how far the person has read."""

from msgspec import structs

from rooms.actions.messages import history
from rooms.actions.rooms import reading
from rooms.protocol import codec, shapes
from rooms.protocol.commands import history as commands
from rooms.realtime.tab import Fields, Tab
from rooms.storage.threads import in_change_thread, in_db_thread


async def read_history(tab: Tab, command: commands.History) -> Fields:
    side, place = codec.one_of(command)
    page = await in_db_thread(history.history)(
        actor=tab.user, slug=command.room, side=side, place=place, limit=command.limit
    )
    return page.fields()


async def read_room(tab: Tab, command: commands.ReadRoom) -> Fields:
    moved = await in_change_thread(reading.mark_read)(
        actor=tab.user, slug=command.room, number=command.number, revision=command.read_revision
    )
    return _reading(moved)


async def unread_room(tab: Tab, command: commands.UnreadRoom) -> Fields:
    moved = await in_change_thread(reading.mark_unread)(
        actor=tab.user, slug=command.room, number=command.number
    )
    return _reading(moved)


async def read_rooms(tab: Tab, command: commands.ReadRooms) -> Fields:
    return {"rooms": await in_change_thread(reading.mark_all_read)(actor=tab.user)}


async def unread_rooms(tab: Tab, command: commands.UnreadRooms) -> Fields:
    return {"rooms": await in_change_thread(reading.take_back)(actor=tab.user, steps=command.rooms)}


def _reading(moved: shapes.Reading) -> Fields:
    fields = structs.asdict(moved)
    del fields["room"]  # in a reply, `room` is a Room
    return fields
