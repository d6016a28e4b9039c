"""People: ignoring them, watching them, what they say about themselves, and how the site looks to
them."""

from rooms import ratelimit
from rooms.actions.accounts import appearances, ignores, profiles, statuses
from rooms.attendance import Level
from rooms.protocol.commands import people as commands
from rooms.realtime.tab import Fields, Tab
from rooms.storage.threads import in_change_thread, in_db_thread


async def ignore_person(tab: Tab, command: commands.IgnorePerson) -> Fields:
    ignore = in_change_thread(ignores.ignore_person)
    return {"ignored": await ignore(actor=tab.user, username=command.user, kind=command.kind)}


async def unignore_person(tab: Tab, command: commands.UnignorePerson) -> Fields:
    unignore = in_change_thread(ignores.unignore_person)
    return {"ignored": await unignore(actor=tab.user, username=command.user)}


async def show_profile(tab: Tab, command: commands.ShowProfile) -> Fields:
    show = in_db_thread(profiles.profile_of)
    return {"profile": await show(actor=tab.user, username=command.user)}


async def note_zone(tab: Tab, command: commands.NoteZone) -> Fields:
    await in_change_thread(profiles.note_zone)(actor=tab.user, zone=command.zone)
    return {}


async def set_appearance(tab: Tab, command: commands.SetAppearance) -> Fields:
    fields = {name: getattr(command, name) for name in appearances.CHOICES}
    chosen = {name: value for name, value in fields.items() if value is not None}
    set_appearance = in_change_thread(appearances.set_appearance)
    return {"appearance": await set_appearance(actor=tab.user, **chosen)}


async def set_status(tab: Tab, command: commands.SetStatus) -> Fields:
    status = await in_change_thread(statuses.set_status)(
        actor=tab.user, emoji=command.emoji, text=command.text, until=command.until
    )
    return {"status": status}


async def set_quiet(tab: Tab, command: commands.SetQuiet) -> Fields:
    set_quiet = in_change_thread(statuses.set_quiet)
    return {"quiet": await set_quiet(actor=tab.user, until=command.until)}


async def watch_people(tab: Tab, command: commands.WatchPeople) -> Fields:
    """Watch first, then read: what changes in between is told afterwards."""
    ratelimit.consume("watch", tab.user_id)
    watching, ids = tab.worker.watching, [*dict.fromkeys(command.ids)]
    unread = watching.watch(tab, ids)
    watching.learn(tab, await in_db_thread(statuses.acquaintance)(actor=tab.user, ids=unread))
    return {"people": watching.shown(tab, ids)}


async def note_idle(tab: Tab, command: commands.NoteIdle) -> Fields:
    ratelimit.consume("idle", tab.user_id)
    at_desk = Level.ONLINE if command.resting else Level.ACTIVE
    tab.turn(Level.IDLE if command.idle else at_desk)
    return {}
