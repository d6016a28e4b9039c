"""The people and rooms that the table of rights tells apart. Pure: asks no database."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError, Muted
from rooms.models import Room
from rooms.policy.mutes import MUTED_SO_FAR
from rooms.policy.standing import MODERATOR, OWNER, Rights

MEMBER = "member"


class Person(Enum):
    """The kinds of people that the table tells apart, with the headings of their columns."""

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
    """The kinds of rooms that differ in what people may do in them."""

    PUBLIC = _("public rooms")
    PRIVATE = _("private rooms")
    DIRECT = _("direct rooms")
    ANNOUNCEMENT = _("announcement rooms")
    ARCHIVED = _("archived rooms")


class Outcome(Enum):
    """What becomes of an attempt."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    HIDDEN = "hidden"  # answered as if the room didn't exist


ROLES = {
    Person.OWNER: OWNER,
    Person.MODERATOR: MODERATOR,
    Person.MEMBER: MEMBER,
    Person.MUTED: MEMBER,
}
# The people in a direct room are equals: it has no owners or moderators.
DIRECT = frozenset({Person.ADMIN, Person.STAFF, Person.MEMBER, Person.OUTSIDER, Person.ANONYMOUS})


@dataclass(frozen=True, slots=True)
class Case(Rights):
    """One kind of person in one kind of room."""

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
        """Yield every combination that exists."""
        for place in Place:
            for person in Person:
                if place is not Place.DIRECT or person in DIRECT:
                    yield cls(person, place)
