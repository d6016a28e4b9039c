"""The inbox, of what people are told, and their keywords."""

from rooms.actions.notifications import inboxes, keywords
from rooms.actions.rooms import levels
from rooms.protocol.commands import inbox as commands
from rooms.realtime.tab import Fields, Tab
from rooms.storage.threads import in_change_thread, in_db_thread


async def list_inbox(tab: Tab, command: commands.ListInbox) -> Fields:
    page = await in_db_thread(inboxes.page)(
        actor=tab.user, before=command.before, limit=command.limit, unread=command.unread
    )
    return {"items": page.items, "has_before": page.has_before, "unread": page.unread}


async def read_inbox(tab: Tab, command: commands.ReadInbox) -> Fields:
    read = in_change_thread(inboxes.read_items)
    return {"unread": await read(actor=tab.user, ids=command.ids, everything=command.all)}


async def notify_room(tab: Tab, command: commands.NotifyRoom) -> Fields:
    chosen = await in_change_thread(levels.choose_level)(
        actor=tab.user, slug=command.room, level=command.level, until=command.until
    )
    return {"notify": chosen}


async def set_keywords(tab: Tab, command: commands.SetKeywords) -> Fields:
    choose = in_change_thread(keywords.set_keywords)
    return {"keywords": await choose(actor=tab.user, words=command.keywords)}
