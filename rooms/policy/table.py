"""The table of rights: every operation, what it requires, and the doors that lead to it. Pure: asks
no database.

The site's page of rights and the table in this folder's README are made from this, and
`tests/integration/test_rights_table.py` tries every cell through every door.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError, Forbidden, NotFound
from rooms.policy import moderator_group
from rooms.policy.cases import Case, Outcome, Person, Place
from rooms.policy.site import STAFF_ONLY
from rooms.policy.standing import Rights

Need = Callable[[Case], None]
CHAT, PAGES, DESK = _("chat"), _("pages"), _("admin")


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that people may want to do. `needs` raise the refusal. `commands` are the socket's,
    `pages` are names of URLs, `desk` is the model in the admin. One page or command may lead to
    several operations."""

    words: str | Promise
    needs: tuple[Need, ...]
    commands: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    desk: str = ""
    note: str | Promise = field(default="")

    @property
    def doors(self) -> list[str | Promise]:
        """Where it can be done, in words."""
        doors = ((self.commands, CHAT), (self.pages, PAGES), (self.desk, DESK))
        return [words for leads, words in doors if leads]

    def outcome(self, case: Case) -> Outcome:
        """What comes of trying it in the room, by a command or a page."""
        if not case.is_active:
            return Outcome.REFUSED
        try:
            for need in self.needs:
                need(case)
        except NotFound:
            return Outcome.HIDDEN
        except ChatError:
            return Outcome.REFUSED
        return Outcome.ALLOWED


def anybody(case: Case) -> None:
    """Everyone who is logged in may."""


def staff(case: Case) -> None:
    if not case.moderates_site:
        raise Forbidden(STAFF_ONLY)


def admin(case: Case) -> None:
    if not case.is_superuser:
        raise Forbidden(STAFF_ONLY)


def joinable(case: Case) -> None:
    """Members may join again, which changes nothing."""
    case.require_sight()
    if not case.is_member:
        case.require_open()


def own_deletion(case: Case) -> None:
    case.require_removal(mine=True)


def deletion(case: Case) -> None:
    case.require_removal(mine=False)


# The methods of Rights that the operations call.
sight: Need = Rights.require_sight
membership: Need = Rights.require_membership
post: Need = Rights.require_post
reaction: Need = Rights.require_reaction
moderation: Need = Rights.require_moderation
invitation: Need = Rights.require_invitation
ownership: Need = Rights.require_ownership
web: Need = Rights.require_web
open_room: Need = Rights.require_open
people: Need = Rights.require_people
no_direct: Need = Rights.require_no_direct
direct: Need = Rights.require_direct
conversion: Need = Rights.require_conversion

POWER = _("Not against people of the same or a higher rank, except owners against each other.")
DECISION = _(
    "Not against people of the same or a higher rank, except owners against each other. "
    "What was decided at a higher rank can't be lifted or replaced."
)
OPENING = _("A room that was archived at a higher rank can't be reopened.")

IN_ROOMS = (
    Operation(
        _("Read messages"),
        (sight,),
        commands=("room.open", "history", "reactions", "link.open"),
        pages=("room", "room_at"),
    ),
    Operation(_("See the members"), (people,), pages=("room_members", "room_settings")),
    Operation(_("Join"), (joinable,), commands=("room.join",), pages=("room_join",)),
    Operation(
        _("Leave"),
        (membership, no_direct),
        commands=("room.leave",),
        pages=("room_leave",),
    ),
    Operation(
        _("Hide from one's own list"),
        (membership, direct),
        commands=("room.hide", "room.unhide"),
        pages=("room_hide",),
    ),
    Operation(
        _("Mark as read, unread or a favourite, put into a section, choose of what to be told"),
        (membership,),
        commands=("room.read", "room.unread", "room.star", "room.place", "room.notify"),
    ),
    Operation(_("Ask whom a text would address"), (membership,), commands=("mention.preview",)),
    Operation(_("Write"), (post,), commands=("message.post", "message.edit")),
    Operation(
        _("Make a private room of the people in a direct one"),
        (post, conversion),
        pages=("room_convert",),
    ),
    Operation(_("React"), (reaction,), commands=("reaction.add", "reaction.remove")),
    Operation(_("Delete one's own messages"), (own_deletion,), commands=("message.delete",)),
    Operation(
        _("Remove previews of links from one's own messages"),
        (own_deletion,),
        commands=("preview.remove",),
    ),
    Operation(
        _("Remove previews of links from other people's messages"),
        (deletion,),
        commands=("preview.remove",),
    ),
    Operation(_("Report a message"), (sight,), commands=("message.report",)),
    Operation(
        _("Delete other people's messages"),
        (deletion,),
        commands=("message.delete",),
        desk="message",
    ),
    Operation(
        _("Remove somebody's messages in bulk, and undo it"),
        (moderation,),
        commands=("removal.preview", "removal.make", "removal.undo"),
        desk="removal",
        note=DECISION,
    ),
    Operation(
        _("Mute somebody"),
        (moderation, no_direct),
        commands=("member.mute",),
        pages=("member_mute",),
        desk="mute",
        note=DECISION,
    ),
    Operation(
        _("Unmute somebody"),
        (moderation,),
        commands=("member.unmute",),
        pages=("mute_lift",),
        desk="mute",
        note=DECISION,
    ),
    Operation(
        _("Ban somebody"),
        (moderation, no_direct),
        commands=("member.ban",),
        pages=("member_ban",),
        desk="ban",
        note=DECISION,
    ),
    Operation(_("Lift a ban"), (moderation,), pages=("ban_lift",), desk="ban", note=DECISION),
    Operation(
        _("Remove somebody from the room"),
        (moderation, no_direct),
        pages=("member_remove",),
        desk="membership",
        note=POWER,
    ),
    Operation(
        _("Rename the room, change its topic"),
        (moderation, no_direct),
        pages=("room_update",),
        desk="room",
    ),
    Operation(
        _("Set slow mode or announcements only"),
        (moderation, no_direct),
        pages=("room_pace",),
    ),
    Operation(_("Open the room to the web"), (web, open_room), pages=("room_web",)),
    Operation(_("Close the room to the web"), (web,), pages=("room_web_close",)),
    Operation(
        _("Archive and reopen the room"),
        (moderation,),
        pages=("room_archive",),
        desk="room",
        note=OPENING,
    ),
    Operation(
        _("Invite"), (invitation, open_room, no_direct), pages=("invite_create",), desk="invite"
    ),
    Operation(
        _("Add people"),
        (invitation, no_direct, open_room),
        commands=("member.add",),
        pages=("member_add",),
        desk="membership",
    ),
    Operation(_("Revoke an invitation"), (moderation,), pages=("invite_revoke",), desk="invite"),
    Operation(_("Assign roles"), (ownership, no_direct), pages=("member_role",), desk="membership"),
)
ANYWHERE = (
    Operation(
        _("Create a room, start a direct room"),
        (anybody,),
        commands=("room.create", "room.direct"),
        pages=("room_create", "direct"),
        note=_(
            "Newcomers can do this only a few times a day, and people who are muted on the whole "
            "site can't. The site can leave creating rooms to those who moderate it."
        ),
    ),
    Operation(
        _(
            "Arrange one's own list; mute or block people for oneself; look at their cards; "
            "read one's inbox and choose keywords; search in what one may read"
        ),
        (anybody,),
        commands=(
            *("room.close", "room.unstar", "rooms", "rooms.read", "rooms.unread"),
            *("section.make", "section.rename", "section.move", "section.delete"),
            *("section.fold", "section.unfold", "person.ignore", "person.unignore", "ping"),
            *("profile", "profile.zone", "appearance.set", "status.set", "quiet.set"),
            *("people.watch", "presence.idle"),
            *("inbox", "inbox.read", "keywords.set", "search"),
            *("lobby.open", "lobby.close"),
        ),
        pages=("lobby", "people", "search"),
    ),
    Operation(
        _("Add and remove the site's own emoji"),
        (staff,),
        pages=("site_emoji", "site_emoji_remove"),
    ),
    Operation(
        _("Change the site's name, look and settings; invite to the site"),
        (admin,),
        pages=("site_settings", "next_steps", "site_invite"),
    ),
)
# These commands have no reply, so they can't be tried like the others: `test_presence.py` and
# `test_mutes.py` check that nobody else is shown as typing.
SILENT = frozenset({"typing.start", "typing.stop"})
OPERATIONS = (*IN_ROOMS, *ANYWHERE)

# What can be done in the admin, by model; site moderators have the group's original permissions.
# Nobody can delete what other rows refer to.
PARTS_OF_STAFF = moderator_group.RIGHTS
PARTS_OF_ADMINS = {
    **moderator_group.RIGHTS,
    "user": ("view", "add", "change"),
    "group": ("view", "add", "change", "delete"),
    "installation": ("view", "change"),
    "job": ("view",),  # and to have them tried again
    "upload": ("view", "delete"),
    "linkpreview": ("view",),  # and to remove one from all messages
}

# What can be done only in the admin, and who may.
AT_THE_DESK: tuple[tuple[str | Promise, Need], ...] = (
    (_("Restore messages; remove reactions; read reports; post or refuse held messages"), staff),
    (_("Add people to rooms, but to private rooms only as a member of them"), staff),
    (_("Create rules; ban or mute on the whole site; invite to the site"), staff),
    (_("Deactivate and reactivate accounts other than staff; read the audit log"), staff),
    (_("Grant permissions, set passwords, deactivate staff; decide what newcomers may do"), admin),
    (_("Read private and direct rooms; invite or add people to private rooms"), admin),
    (_("See jobs that were given up; have them tried again, or drop them"), admin),
    (_("See the largest files, and who uses how much; delete files for good"), admin),
    (_("See the previews of links, and remove one from all messages"), admin),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """The kinds of rooms in which some person may do something, and those in which they may not."""

    yes: list[Place]
    no: list[Place]

    @property
    def ever(self) -> bool:
        return bool(self.yes)

    @property
    def limits(self) -> str:
        """The exceptions in words, naming as few kinds of rooms as possible; "" if it is the same
        in all of them."""
        if not self.yes or not self.no:
            return ""
        mostly = len(self.yes) > len(self.no)
        places = ", ".join(str(place.value) for place in (self.no if mostly else self.yes))
        words = _("not in %(places)s") if mostly else _("only in %(places)s")
        return words % {"places": places}


def cell(operation: Operation, person: Person) -> Cell:
    cases = [case for case in Case.all() if case.person is person]
    yes = [case.place for case in cases if operation.outcome(case) is Outcome.ALLOWED]
    return Cell(yes, [case.place for case in cases if case.place not in yes])


def who(need: Need) -> list[Person]:
    """List the people who meet a requirement of the admin."""
    desk = Operation("", (need,))
    cases = (Case(person, Place.PUBLIC) for person in Person)
    return [case.person for case in cases if desk.outcome(case) is Outcome.ALLOWED]
