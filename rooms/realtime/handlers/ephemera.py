"""What is never stored: typing, and the check of a connection."""

from datetime import UTC, datetime

from rooms import ratelimit
from rooms.errors import RateLimited
from rooms.protocol.commands import ephemera as commands
from rooms.realtime.tab import Fields, Tab


async def start_typing(tab: Tab, command: commands.StartTyping) -> None:
    """Announce it, unless the person isn't a member, hasn't opened the room, is muted, doesn't show
    it or does this too often. There is no refusal."""
    room = tab.open.get(command.room)
    if room is None or room[1] not in tab.mine or tab.is_muted(command.room):
        return
    if not tab.user.shows_typing:
        return
    try:
        ratelimit.consume("typing", tab.user_id)
    except RateLimited:
        return
    tab.start_typing(command.room)


async def stop_typing(tab: Tab, command: commands.StopTyping) -> None:
    tab.stop_typing(command.room)


async def ping(tab: Tab, command: commands.Ping) -> Fields:
    return {"time": datetime.now(UTC)}
