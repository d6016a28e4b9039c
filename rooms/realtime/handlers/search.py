"""Search."""

from rooms.actions.messages import search
from rooms.protocol.commands import search as commands
from rooms.realtime.tab import Fields, Tab
from rooms.storage.threads import in_search_thread


async def find_messages(tab: Tab, command: commands.Search) -> Fields:
    found = await in_search_thread(search.search)(
        actor=tab.user,
        query=command.query,
        before=command.before,
        limit=command.limit,
        order=command.order,
        zone=command.zone,
        public=command.public,
    )
    return found.fields()
