"""Who somebody is in a room, loaded once; then pure predicates that every door uses."""

from dataclasses import dataclass, field
from typing import Protocol

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError, Forbidden, NotFound, NotMember
from rooms.models import Ban, Membership, Message, Room, User

OWNERS_ONLY = _("Only the room's owners can do that.")
OWNER, MODERATOR = Membership.Role.OWNER, Membership.Role.MODERATOR


class Rights(Protocol):
    """What somebody may do in a room, by what is known of both. The `require_…` methods raise the
    refusal that says why not; for what the person may not know to exist that is NotFound."""

    @property
    def is_active(self) -> bool: ...
    @property
    def is_staff(self) -> bool: ...
    @property
    def role(self) -> str | None:
        """None for who isn't a member."""

    @property
    def banned(self) -> bool: ...
    @property
    def kind(self) -> str: ...
    @property
    def archived(self) -> bool: ...

    @property
    def is_member(self) -> bool:
        return self.role is not None

    @property
    def sees(self) -> bool:
        """Members see a room, and everybody signed in sees a public one."""
        return (
            self.is_active and not self.banned and (self.is_member or self.kind == Room.Kind.PUBLIC)
        )

    @property
    def moderates(self) -> bool:
        """Moderators and owners their room; staff every room, from the admin."""
        in_room = self.role in (OWNER, MODERATOR) and not self.banned
        return self.is_active and (self.is_staff or in_room)

    @property
    def owns(self) -> bool:
        in_room = self.role == OWNER and not self.banned
        return self.is_active and (self.is_staff or in_room)

    def require_sight(self) -> None:
        if not self.sees:
            raise no_such_room()

    def require_membership(self) -> None:
        self.require_sight()
        if not self.is_member:
            raise NotMember(_("Join the room first."))

    def require_post(self) -> None:
        self.require_membership()
        self.require_open()

    def require_open(self) -> None:
        if self.archived:
            raise Forbidden(_("This room is archived: it can be read, but nothing in it changes."))

    def require_moderation(self) -> None:
        """For what moderators do: rename, archive, invite, remove, ban."""
        if self.moderates:
            return
        self.require_sight()
        raise Forbidden(_("Only the room's owners and moderators can do that."))

    def require_ownership(self) -> None:
        if self.owns:
            return
        self.require_sight()
        raise Forbidden(OWNERS_ONLY)


@dataclass(frozen=True, slots=True)
class Standing(Rights):
    """Who `user` is in `room`."""

    user: User
    room: Room
    membership: Membership | None
    banned: bool = field()  # no default, which the property of the same name would be

    @classmethod
    def of(cls, user: User, room: Room) -> "Standing":
        """For who holds the room's row already, locked perhaps; `arriving.standing` reads it too.
        A member's person is read anew: rights are never stale."""
        membership = Membership.objects.with_people().filter(user=user, room=room).first()
        here = Q(room=room) | Q(room=None)
        return cls(
            user=membership.user if membership else user,
            room=room,
            membership=membership,
            banned=Ban.objects.active().filter(here, user=user).exists(),
        )

    @property
    def is_active(self) -> bool:
        return self.user.is_active

    @property
    def is_staff(self) -> bool:
        return self.user.is_staff

    @property
    def role(self) -> str | None:
        return self.membership.role if self.membership else None

    @property
    def kind(self) -> str:
        return self.room.kind

    @property
    def archived(self) -> bool:
        return self.room.archived

    def require_edit(self, message: Message) -> None:
        """Authors may. Moderators may not put words in mouths."""
        self.require_post()
        if message.author_id != self.user.pk:
            raise Forbidden(_("Only its author can edit a message."))
        if message.deleted:
            raise Forbidden(_("This message was deleted."))

    def require_delete(self, message: Message) -> None:
        if self.moderates:
            return
        self.require_post()
        if message.author_id != self.user.pk:
            raise Forbidden(_("Only its author or a moderator can delete a message."))


def no_such_room() -> ChatError:
    """The one answer for what doesn't exist and for what one may not know of."""
    return NotFound(_("There is no such room."))
