"""Who somebody is in a room: loaded once, then pure predicates that every door uses."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError, Forbidden, NotFound, NotMember
from rooms.models import Membership, Message, Room, User
from rooms.models.site import RoomMentionBy
from rooms.policy import mutes, sanctions

OWNERS_ONLY = _("Only the room's owners can do that.")
PEOPLE_ONLY = _("Only members of a private room can let others in.")
OUTRANKED = _("Only someone with a higher rank can do that to an owner or a moderator.")
TOO_OLD = _("Messages deleted more than %(days)d days ago are erased and can't be restored.")
OWNER, MODERATOR = Membership.Role.OWNER, Membership.Role.MODERATOR


class Rank(IntEnum):
    """Nobody can act against someone of their own rank or a higher one, except that a room's owners
    can act against each other."""

    NOBODY = 0
    MEMBER = 1
    MODERATOR = 2
    OWNER = 3
    STAFF = 4  # site moderators
    ADMIN = 5  # superusers


RANKS = {
    Membership.Role.MEMBER: Rank.MEMBER,
    Membership.Role.MODERATOR: Rank.MODERATOR,
    Membership.Role.OWNER: Rank.OWNER,
}


class Decision(Protocol):
    """A ban, a mute or a removal, in a room or (without one) on the whole site."""

    decided_as: int | None

    @property
    def room(self) -> Room | None: ...
    @property
    def created_by(self) -> User: ...


class Rights(Protocol):
    """What somebody may do in a room, from what is known of both. The `require_…` methods raise a
    refusal that says why not; for rooms that the person may not know of, it is NotFound."""

    @property
    def is_active(self) -> bool: ...
    @property
    def is_superuser(self) -> bool: ...
    @property
    def moderates_site(self) -> bool:
        """Whether they moderate every room, see `rooms.models.moderators`."""

    @property
    def role(self) -> str | None:
        """None if they aren't a member."""

    @property
    def banned(self) -> bool: ...
    @property
    def muted(self) -> bool: ...
    @property
    def kind(self) -> str: ...
    @property
    def archived(self) -> bool: ...
    @property
    def announcement(self) -> bool:
        """Whether only moderators may write there."""

    @property
    def person_and_room(self) -> tuple[int, int]:
        """The ids of both."""

    @property
    def is_member(self) -> bool:
        return self.role is not None

    @property
    def sees(self) -> bool:
        """Members see their room, and everyone who is logged in sees public ones."""
        return (
            self.is_active and not self.banned and (self.is_member or self.kind == Room.Kind.PUBLIC)
        )

    @property
    def moderates(self) -> bool:
        """Moderators and owners moderate their room, site moderators every room; except where they
        are banned."""
        allowed = self.is_active and not self.banned
        return allowed and (self.role in (OWNER, MODERATOR) or self.moderates_site)

    @property
    def owns(self) -> bool:
        """Owners own their room, and site moderators act as owners of every room."""
        allowed = self.is_active and not self.banned
        return allowed and (self.role == OWNER or self.moderates_site)

    def addresses_room(self, rule: str, *, is_new: bool) -> bool:
        """Whether they may say `@room`, by the room's or the site's rule. Moderators always may,
        newcomers never."""
        return self.moderates or (rule == RoomMentionBy.EVERYONE and not is_new)

    @property
    def lets_in(self) -> bool:
        """Whether they may let others in. Not where they may not read: through somebody else they
        could let themselves in."""
        return self.moderates and (self.sees or self.is_superuser)

    def require_sight(self) -> None:
        if not self.sees:
            raise no_such_room()

    def require_membership(self) -> None:
        self.require_sight()
        if not self.is_member:
            raise NotMember(_("Join the room first."))

    def require_post(self) -> None:
        """For writing what others will read: posting, editing."""
        self.require_reaction()
        if self.announcement and not self.moderates:
            raise Forbidden(_("Only owners and moderators can write in this room."))

    @property
    def may_post(self) -> bool:
        """Whether they may post; `require_post` says why not."""
        if self.muted:
            return False  # without reading what the refusal would say
        try:
            self.require_post()
        except ChatError:
            return False
        return True

    def require_reaction(self) -> None:
        self.require_membership()
        self.require_open()
        if self.muted:
            raise self.silence()

    def silence(self) -> ChatError:
        """The refusal for people who are muted."""
        return mutes.refusal(*self.person_and_room)

    def require_open(self) -> None:
        if self.archived:
            raise Forbidden(_("This room is archived: you can read it, but not change anything."))

    def require_moderation(self) -> None:
        """For what moderators do: rename, archive, invite, remove, ban."""
        if self.moderates:
            return
        self.require_sight()
        raise Forbidden(_("Only the room's owners and moderators can do that."))

    def require_invitation(self) -> None:
        """For letting people in, whether they are asked or not."""
        self.require_moderation()
        if not self.lets_in:
            raise Forbidden(PEOPLE_ONLY)

    def require_ownership(self) -> None:
        if self.owns:
            return
        self.require_sight()
        raise Forbidden(OWNERS_ONLY)

    def require_web(self) -> None:
        """For deciding whether outsiders may read the room."""
        self.require_ownership()
        if self.kind != Room.Kind.PUBLIC:
            raise Forbidden(_("Only a public room can be opened to the web."))

    def require_removal(self, *, mine: bool) -> None:
        """For deleting a message."""
        if self.moderates:
            return
        # People who are muted may, too, and so may anyone in an announcement room: taking something
        # back isn't speaking.
        self.require_membership()
        self.require_open()
        if not mine:
            raise Forbidden(_("Only its author or a moderator can delete a message."))

    def require_people(self) -> None:
        """For the list of members, which is nobody else's business."""
        if not self.moderates:
            self.require_membership()

    def require_conversion(self) -> None:
        """For making a private room of the people in a direct one."""
        if self.kind != Room.Kind.DIRECT:
            raise Forbidden(_("Only a direct conversation can become a private room."))

    def require_no_direct(self) -> None:
        """For changes to a room or its members, which direct rooms don't allow."""
        if self.kind == Room.Kind.DIRECT:
            raise Forbidden(_("A direct room belongs to its people and is named after them."))

    def require_direct(self) -> None:
        """For hiding a room: one leaves the others."""
        if self.kind != Room.Kind.DIRECT:
            raise Forbidden(_("Only direct conversations can be hidden. You can leave this room."))


@dataclass(frozen=True, slots=True)
class Standing(Rights):
    """Who `user` is in `room`."""

    user: User
    room: Room
    membership: Membership | None
    # field(): without it, the properties of the same names in Rights would be the defaults.
    banned: bool = field()
    muted: bool = field()

    @classmethod
    def of(cls, user: User, room: Room) -> "Standing":
        """For operations that have the room's row already, possibly locked; `visitor.standing`
        reads the room, too. The person is read again, so that rights are never stale."""
        membership = Membership.objects.with_people().filter(user=user, room=room).first()
        banned, muted = sanctions.of(user.pk, room.pk)
        return cls(membership.user if membership else reread(user), room, membership, banned, muted)

    @property
    def is_active(self) -> bool:
        return self.user.is_active

    @property
    def is_superuser(self) -> bool:
        return self.user.is_superuser

    @property
    def moderates_site(self) -> bool:
        return self.user.moderates_site

    @property
    def role(self) -> str | None:
        return self.membership.role if self.membership else None

    @property
    def kind(self) -> str:
        return self.room.kind

    @property
    def archived(self) -> bool:
        return self.room.archived

    @property
    def announcement(self) -> bool:
        return self.room.announcement

    @property
    def person_and_room(self) -> tuple[int, int]:
        return self.user.pk, self.room.pk

    @property
    def rank(self) -> Rank:
        if self.user.is_superuser:
            return Rank.ADMIN
        if self.moderates_site:
            return Rank.STAFF
        return RANKS[Membership.Role(self.role)] if self.role else Rank.NOBODY

    def require_power_over(self, theirs: "Standing") -> None:
        """For what moderators do to other people."""
        self.require_moderation()
        among_owners = self.owns and theirs.rank <= Rank.OWNER
        if theirs.rank >= self.rank and not among_owners:
            raise Forbidden(OUTRANKED)

    @property
    def decides_as(self) -> Rank:
        """The rank stored with their decisions. Site moderators and admins count as one: each may
        lift what the other has decided."""
        return min(self.rank, Rank.STAFF)

    def undoes(self, decision: Decision) -> bool:
        """Whether they may lift or replace what somebody decided in this room: only if their rank
        is at least the one that person had then."""
        rank = decision.decided_as
        if rank is None:
            rank = Standing.of(decision.created_by, self.room).decides_as
        return self.decides_as >= rank

    @property
    def reopens(self) -> bool:
        """Whether they may reopen the room once it is archived."""
        return self.moderates and self.decides_as >= (self.room.archived_as or Rank.NOBODY)

    def require_edit(self, message: Message) -> None:
        """Authors may. Moderators may not put words into anyone's mouth."""
        self.require_post()
        if message.author_id != self.user.pk:
            raise Forbidden(_("Only its author can edit a message."))
        if message.deleted:
            raise Forbidden(_("This message was deleted."))

    def require_restore(self, message: Message) -> None:
        """Moderators may, as long as there is something left to restore."""
        self.require_moderation()
        if message.erased or (message.deleted_at is not None and message.deleted_at < oldest()):
            raise Forbidden(TOO_OLD, days=settings.TOMBSTONE_DAYS)

    def require_unlinking(self, message: Message) -> None:
        """For removing the preview of a link: whoever may delete a message may."""
        self.require_removal(mine=True)
        if not (self.moderates or message.author_id == self.user.pk):
            raise Forbidden(_("Only its author or a moderator can remove a message's previews."))

    def require_delete(self, message: Message) -> None:
        self.require_removal(mine=message.author_id == self.user.pk)


def reread(user: User) -> User:
    """Read the person again. The object at hand may be from when they connected, days ago, and
    their rights may have changed since."""
    return User.objects.get(pk=user.pk)


def oldest() -> datetime:
    """The time before which deleted messages are erased, or about to be."""
    return timezone.now() - timedelta(days=settings.TOMBSTONE_DAYS)


def no_such_room() -> ChatError:
    """The answer both for rooms that don't exist and for those that one may not know of."""
    return NotFound(_("There is no such room."))
