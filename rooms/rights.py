"""Who may do what: every operation once, with what `policy` requires of whoever wants it, and the
doors that lead to it. Pure: asks no database.

The page of rights and its table in the README are made of this, and every cell is tried through
every door in `tests/integration/test_rights_table.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms import groups
from rooms.errors import ChatError, Forbidden, Muted, NotFound
from rooms.models import Room
from rooms.policy import MODERATOR, MUTED_SO_FAR, OWNER, STAFF_ONLY, Rights

MEMBER = "member"


class Person(Enum):
    """Whom the table tells apart, with the heading of their column."""

    ADMIN = _("Admin")
    STAFF = _("Site moderator")
    OWNER = _("Owner")
    MODERATOR = _("Moderator")
    MEMBER = _("Member")
    MUTED = _("Muted member")
    OUTSIDER = _("Not a member")
    BANNED = _("Banned")
    ANONYMOUS = _("Not logged in")


class Place(Enum):
    """Rooms that differ in what people may do in them."""

    PUBLIC = _("public rooms")
    PRIVATE = _("private rooms")
    DIRECT = _("direct rooms")
    ANNOUNCEMENT = _("rooms of announcements")
    ARCHIVED = _("archived rooms")


class Outcome(Enum):
    ALLOWED = "allowed"
    REFUSED = "refused"
    HIDDEN = "hidden"  # what one may not know of is like what doesn't exist


ROLES = {
    Person.OWNER: OWNER,
    Person.MODERATOR: MODERATOR,
    Person.MEMBER: MEMBER,
    Person.MUTED: MEMBER,
}
# A direct room is made of its people, who are equals there.
DIRECT = frozenset({Person.ADMIN, Person.STAFF, Person.MEMBER, Person.OUTSIDER, Person.ANONYMOUS})


@dataclass(frozen=True, slots=True)
class Case(Rights):
    """Somebody in some room."""

    person: Person
    place: Place

    @property
    def is_active(self) -> bool:
        return self.person is not Person.ANONYMOUS

    @property
    def moderates_site(self) -> bool:
        return self.person in (Person.ADMIN, Person.STAFF)

    @property
    def is_superuser(self) -> bool:
        return self.person is Person.ADMIN

    @property
    def role(self) -> str | None:
        return ROLES.get(self.person)

    @property
    def banned(self) -> bool:
        return self.person is Person.BANNED

    @property
    def muted(self) -> bool:
        return self.person is Person.MUTED

    @property
    def kind(self) -> str:
        kinds = {Place.PRIVATE: Room.Kind.PRIVATE, Place.DIRECT: Room.Kind.DIRECT}
        return kinds.get(self.place, Room.Kind.PUBLIC)

    @property
    def archived(self) -> bool:
        return self.place is Place.ARCHIVED

    @property
    def announcement(self) -> bool:
        return self.place is Place.ANNOUNCEMENT

    @property
    def person_and_room(self) -> tuple[int, int]:
        return 0, 0

    def silence(self) -> ChatError:
        return Muted(MUTED_SO_FAR)

    @classmethod
    def all(cls) -> Iterator["Case"]:
        """Those that there are."""
        for place in Place:
            for person in Person:
                if place is not Place.DIRECT or person in DIRECT:
                    yield cls(person, place)


Need = Callable[[Case], None]
CHAT, PAGES, DESK = _("chat"), _("pages"), _("admin")


@dataclass(frozen=True, slots=True)
class Operation:
    """`needs` raise the refusal. `commands` are those of the socket, `pages` names of addresses,
    `desk` says where in the admin; a page or a command may lead to several operations."""

    words: str | Promise
    needs: tuple[Need, ...]
    commands: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    desk: str = ""
    note: str | Promise = field(default="")

    @property
    def doors(self) -> list[str | Promise]:
        """Where it is done, in words."""
        doors = ((self.commands, CHAT), (self.pages, PAGES), (self.desk, DESK))
        return [words for leads, words in doors if leads]

    def outcome(self, case: Case) -> Outcome:
        """In the room itself, by a command or a page."""
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
    """Everybody who is logged in, wherever they are."""


def staff(case: Case) -> None:
    if not case.moderates_site:
        raise Forbidden(STAFF_ONLY)


def admin(case: Case) -> None:
    if not case.is_superuser:
        raise Forbidden(STAFF_ONLY)


def joinable(case: Case) -> None:
    """Who is a member already joins once more, which changes nothing."""
    case.require_sight()
    if not case.is_member:
        case.require_open()


def own_deletion(case: Case) -> None:
    case.require_removal(mine=True)


def deletion(case: Case) -> None:
    case.require_removal(mine=False)


# Methods of `policy`, by what the operations call.
sight: Need = Rights.require_sight
membership: Need = Rights.require_membership
post: Need = Rights.require_post
reaction: Need = Rights.require_reaction
moderation: Need = Rights.require_moderation
invitation: Need = Rights.require_invitation
ownership: Need = Rights.require_ownership
open_room: Need = Rights.require_open
people: Need = Rights.require_people
no_direct: Need = Rights.require_no_direct

POWER = _("Not to somebody of the same rank or a higher one; owners also to each other.")
DECISION = _(
    "Not to somebody of the same rank or a higher one; owners also to each other. What somebody of "
    "a higher rank has decided is neither lifted nor replaced."
)
OPENING = _("Nobody opens what somebody of a higher rank has archived.")

IN_ROOMS = (
    Operation(
        _("Read its messages"),
        (sight,),
        commands=("room.open", "history", "reactions"),
        pages=("room", "room_at"),
    ),
    Operation(_("See who its members are"), (people,), pages=("room_members", "room_settings")),
    Operation(_("Join"), (joinable,), commands=("room.join",), pages=("room_join",)),
    Operation(
        _("Leave"),
        (membership, no_direct),
        commands=("room.leave",),
        pages=("room_leave",),
    ),
    Operation(
        _("Mark as read, as unread, as a favourite"),
        (membership,),
        commands=("room.read", "room.unread", "room.star"),
    ),
    Operation(_("Write"), (post,), commands=("message.post", "message.edit")),
    Operation(_("React"), (reaction,), commands=("reaction.add", "reaction.remove")),
    Operation(_("Delete what one wrote"), (own_deletion,), commands=("message.delete",)),
    Operation(_("Report a message"), (sight,), commands=("message.report",)),
    Operation(
        _("Delete what others wrote"),
        (deletion,),
        commands=("message.delete",),
        desk="message",
    ),
    Operation(
        _("Remove what somebody posted, and undo it"),
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
        _("Let somebody write again"),
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
        _("Put somebody out"),
        (moderation, no_direct),
        pages=("member_remove",),
        desk="membership",
        note=POWER,
    ),
    Operation(
        _("Rename, change the topic"),
        (moderation, no_direct),
        pages=("room_update",),
        desk="room",
    ),
    Operation(
        _("Slow it down, or make it one of announcements"),
        (moderation, no_direct),
        pages=("room_pace",),
    ),
    Operation(
        _("Archive, and open again"),
        (moderation,),
        pages=("room_archive",),
        desk="room",
        note=OPENING,
    ),
    Operation(
        _("Invite"), (invitation, open_room, no_direct), pages=("invite_create",), desk="invite"
    ),
    Operation(_("Take an invitation back"), (moderation,), pages=("invite_revoke",), desk="invite"),
    Operation(_("Give roles"), (ownership, no_direct), pages=("member_role",), desk="membership"),
)
ANYWHERE = (
    Operation(
        _("Make a room, begin a direct room"),
        (anybody,),
        commands=("room.create", "room.direct"),
        pages=("room_create", "direct"),
        note=_("Newcomers only some in a day, and nobody who is muted everywhere."),
    ),
    Operation(
        _("Arrange one's own list; mute or block somebody for oneself"),
        (anybody,),
        commands=(
            *("room.close", "room.unstar", "rooms", "rooms.read", "rooms.unread"),
            *("section.fold", "section.unfold", "person.ignore", "person.unignore", "ping"),
            *("lobby.open", "lobby.close"),
        ),
        pages=("lobby", "people"),
    ),
)
# Answers nothing, so that it can't be tried like the others: `test_presence.py` and `test_mutes.py`
# see that nobody else shows that they are writing.
SILENT = frozenset({"typing.start", "typing.stop"})
OPERATIONS = (*IN_ROOMS, *ANYWHERE)

# The parts of the admin by their models, and what can be done there by whom: site moderators as the
# group was made. Nothing is deleted that others refer to, whoever asks.
PARTS_OF_STAFF = groups.RIGHTS
PARTS_OF_ADMINS = {
    **groups.RIGHTS,
    "user": ("view", "add", "change"),
    "group": ("view", "add", "change", "delete"),
    "installation": ("view", "change"),
}

# What is done in the admin only: by whom.
AT_THE_DESK: tuple[tuple[str | Promise, Need], ...] = (
    (_("Restore messages; take off reactions; read reports; post or refuse what is held"), staff),
    (_("Put people into rooms, but not into private ones without being there"), staff),
    (_("Make rules; ban or mute on the whole site; invite to the site"), staff),
    (_("Deactivate and activate accounts, but not those of staff; read the audit log"), staff),
    (_("Give rights, set passwords, deactivate staff; say what newcomers may"), admin),
    (_("Read private rooms and direct rooms; invite to private rooms, or put people there"), admin),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """Where somebody may do something, of the places where there is such a person."""

    yes: list[Place]
    no: list[Place]

    @property
    def ever(self) -> bool:
        return bool(self.yes)

    @property
    def limits(self) -> str:
        """In words, by the fewer places; "" when it is the same everywhere."""
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
    """Who meets a need of the admin."""
    desk = Operation("", (need,))
    cases = (Case(person, Place.PUBLIC) for person in Person)
    return [case.person for case in cases if desk.outcome(case) is Outcome.ALLOWED]
