"""Who somebody is in a room, loaded once; then pure predicates that every door uses."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Protocol

from django.conf import settings
from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import durations, sanctions
from rooms.errors import ChatError, Forbidden, Invalid, Muted, NotFound, NotMember
from rooms.models import Membership, Message, Report, Room, User
from rooms.sanctions import Sanctioned

DEAF = _("They don't take direct messages from you.")
DESERTED = _("Nobody would read this: every other account in this conversation is closed.")
QUARREL = _("Not all of these people take direct messages from each other.")
STAFF_ONLY = _("Only the people who moderate the site can do that.")
MUTED_SO_FAR = _("You were muted until just now. Try again.")
OWNERS_ONLY = _("Only the room's owners can do that.")
PEOPLE_ONLY = _("Only the people in a private room let others in.")
OVERRULED = _("Somebody of a higher rank has decided that: it isn't yours to change.")
OUTRANKED = _("Only somebody of a higher rank can do that to an owner or a moderator.")
TOO_OLD = _("What was deleted more than %(days)d days ago is erased: it can't be restored.")
OWNER, MODERATOR = Membership.Role.OWNER, Membership.Role.MODERATOR


class Rank(IntEnum):
    """Nobody acts against somebody of their own rank or a higher one; but owners of a room may
    against each other."""

    NOBODY = 0
    MEMBER = 1
    MODERATOR = 2
    OWNER = 3
    STAFF = 4  # moderates the site
    ADMIN = 5  # a superuser


RANKS = {
    Membership.Role.MEMBER: Rank.MEMBER,
    Membership.Role.MODERATOR: Rank.MODERATOR,
    Membership.Role.OWNER: Rank.OWNER,
}


class Decision(Protocol):
    """A ban, a mute or a removal, in a room or without one on the whole site."""

    decided_as: int | None

    @property
    def room(self) -> Room | None: ...
    @property
    def created_by(self) -> User: ...


class Rights(Protocol):
    """What somebody may do in a room, by what is known of both. The `require_…` methods raise the
    refusal that says why not; for what the person may not know to exist that is NotFound."""

    @property
    def is_active(self) -> bool: ...
    @property
    def is_superuser(self) -> bool: ...
    @property
    def moderates_site(self) -> bool:
        """Whether they moderate every room; see `rooms.moderators`."""

    @property
    def role(self) -> str | None:
        """None for who isn't a member."""

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
        """Whether only moderators write there."""

    @property
    def person_and_room(self) -> tuple[int, int]:
        """Their ids."""

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
        """Moderators and owners their room; moderators of the site every room. Nobody a place that
        they are banned from."""
        allowed = self.is_active and not self.banned
        return allowed and (self.role in (OWNER, MODERATOR) or self.moderates_site)

    @property
    def owns(self) -> bool:
        """Owners their room; moderators of the site every room."""
        allowed = self.is_active and not self.banned
        return allowed and (self.role == OWNER or self.moderates_site)

    @property
    def lets_in(self) -> bool:
        """Whether they may let others in. Nobody does it where they may not read: through others it
        would be themselves."""
        return self.moderates and (self.sees or self.is_superuser)

    def require_sight(self) -> None:
        if not self.sees:
            raise no_such_room()

    def require_membership(self) -> None:
        self.require_sight()
        if not self.is_member:
            raise NotMember(_("Join the room first."))

    def require_post(self) -> None:
        """For what others read: posting, editing."""
        self.require_reaction()
        if self.announcement and not self.moderates:
            raise Forbidden(_("Only owners and moderators write in this room."))

    def require_reaction(self) -> None:
        self.require_membership()
        self.require_open()
        if self.muted:
            raise self.silence()

    def silence(self) -> ChatError:
        """The refusal for who is muted."""
        return muted(*self.person_and_room)

    def require_open(self) -> None:
        if self.archived:
            raise Forbidden(_("This room is archived: it can be read, but nothing in it changes."))

    def require_moderation(self) -> None:
        """For what moderators do: rename, archive, invite, remove, ban."""
        if self.moderates:
            return
        self.require_sight()
        raise Forbidden(_("Only the room's owners and moderators can do that."))

    def require_invitation(self) -> None:
        """For letting people in, asked or not."""
        self.require_moderation()
        if not self.lets_in:
            raise Forbidden(PEOPLE_ONLY)

    def require_ownership(self) -> None:
        if self.owns:
            return
        self.require_sight()
        raise Forbidden(OWNERS_ONLY)

    def require_removal(self, *, mine: bool) -> None:
        """For deleting a message."""
        if self.moderates:
            return
        # Also the muted, and in a room of announcements: taking back is not speaking.
        self.require_membership()
        self.require_open()
        if not mine:
            raise Forbidden(_("Only its author or a moderator can delete a message."))

    def require_people(self) -> None:
        """For the list of who is there: nobody else's business."""
        if not self.moderates:
            self.require_membership()

    def require_no_direct(self) -> None:
        """For what is done to a room or its members, and a direct room is its people."""
        if self.kind == Room.Kind.DIRECT:
            raise Forbidden(_("A direct room is made of its people, and called by them."))


@dataclass(frozen=True, slots=True)
class Standing(Rights):
    """Who `user` is in `room`."""

    user: User
    room: Room
    membership: Membership | None
    # No defaults, which the properties of the same names would be.
    banned: bool = field()
    muted: bool = field()

    @classmethod
    def of(cls, user: User, room: Room) -> "Standing":
        """For operations that hold the room's row already, locked perhaps; `arriving.standing`
        reads it too. The person is read anew: rights are never stale."""
        membership = Membership.objects.with_people().filter(user=user, room=room).first()
        banned, muted = sanctions.of(user.pk, room.pk)
        return cls(membership.user if membership else anew(user), room, membership, banned, muted)

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
        """For what moderators do to people."""
        self.require_moderation()
        among_owners = self.owns and theirs.rank <= Rank.OWNER
        if theirs.rank >= self.rank and not among_owners:
            raise Forbidden(OUTRANKED)

    @property
    def decides_as(self) -> Rank:
        """What is kept with their decisions. The site is one: what a moderator of it decides, an
        admin may lift, and the other way round."""
        return min(self.rank, Rank.STAFF)

    def undoes(self, decision: Decision) -> bool:
        """Whether they may lift what somebody decided in this room, or put something in its place:
        not by a lower rank than that person had then."""
        rank = decision.decided_as
        if rank is None:
            rank = Standing.of(decision.created_by, self.room).decides_as
        return self.decides_as >= rank

    @property
    def opens_again(self) -> bool:
        """Whether they may open the room, once it is archived."""
        return self.moderates and self.decides_as >= (self.room.archived_as or Rank.NOBODY)

    def require_edit(self, message: Message) -> None:
        """Authors may. Moderators may not put words in mouths."""
        self.require_post()
        if message.author_id != self.user.pk:
            raise Forbidden(_("Only its author can edit a message."))
        if message.deleted:
            raise Forbidden(_("This message was deleted."))

    def require_restore(self, message: Message) -> None:
        """Moderators may, as long as there is something to restore."""
        self.require_moderation()
        if message.erased or (message.deleted_at is not None and message.deleted_at < oldest()):
            raise Forbidden(TOO_OLD, days=settings.TOMBSTONE_DAYS)

    def require_delete(self, message: Message) -> None:
        self.require_removal(mine=message.author_id == self.user.pk)


def anew(user: User) -> User:
    """The person as the database has them now. The one at hand may have connected days ago, and
    have had other rights then."""
    return User.objects.get(pk=user.pk)


def require_power(actor: User, user: User, room: Room | None) -> None:
    """For what is held against people, in a room or without one on the whole site."""
    if actor.pk == user.pk:
        raise Invalid(_("Nobody can do that to themselves."))
    actor, user = anew(actor), anew(user)
    if user.is_superuser or (user.is_staff and not actor.is_superuser):
        raise Forbidden(_("This account can't do that to staff."))
    if room is not None:
        Standing.of(actor, room).require_power_over(Standing.of(user, room))
    else:
        require_staff(actor)


def require_undoing(actor: User, decision: Decision) -> None:
    """For lifting what somebody decided in a room, or putting something else in its place; what was
    decided for the whole site is up to anybody who moderates it. Raises Forbidden."""
    if decision.room is not None and not Standing.of(actor, decision.room).undoes(decision):
        raise Forbidden(OVERRULED)


def decides_as(actor: User, room: Room | None) -> Rank:
    """What is kept with a decision of somebody who may make it."""
    return Rank.STAFF if room is None else Standing.of(actor, room).decides_as


def with_secrecy(rows: QuerySet[Message], reader: User) -> QuerySet[Message]:
    """Each with `secret`: whether its text is none of the reader's business, who looks at it from
    the admin. Site moderators read public rooms, their own, what they wrote, and what is reported:
    by somebody, or by a rule as long as it still says what the rule has found."""
    if reader.is_superuser:
        return rows.annotate(secret=Value(False))
    mine = Exists(Membership.objects.filter(room=OuterRef("room_id"), user=reader))
    by_somebody = Q(reporter__isnull=False)
    by_a_rule = Q(message__edited_at=None) | Q(message__edited_at__lte=F("created_at"))
    reports = Report.objects.filter(by_somebody | by_a_rule, message=OuterRef("pk"))
    readable = Q(room__kind=Room.Kind.PUBLIC) | Q(author=reader) | mine | Exists(reports)
    open_to_them = When(readable, then=False)
    return rows.annotate(secret=Case(open_to_them, default=True, output_field=BooleanField()))


def require_staff(actor: User) -> None:
    """For what concerns the whole site."""
    if not anew(actor).moderates_site:
        raise Forbidden(STAFF_ONLY)


def require_admin(actor: User) -> None:
    """For what makes the site what it is."""
    actor = anew(actor)
    if not (actor.is_active and actor.is_superuser):
        raise Forbidden(_("Only the people who run the site can do that."))


def muted(user_id: int, room_id: int) -> ChatError:
    """The refusal for who may not write, there or anywhere."""
    held = [sanctions.mute(user_id, room_id), sanctions.mute(user_id, None)]
    return _muted([one for one in held if one is not None])


def lasting(held: Iterable[Sanctioned]) -> Sanctioned | None:
    """The one that ends last, if there is any."""
    found = [*held]
    for_good = next((one for one in found if one.until is None), None)
    return for_good or max(found, key=lambda one: one.until or timezone.now(), default=None)


def _muted(held: Iterable[Sanctioned]) -> ChatError:
    last = lasting(held)
    if last is None:
        return Muted(MUTED_SO_FAR, retry_after=0.1)
    if last.until is None:
        return Muted(_("You can read here, but not write. %(reason)s"), reason=last.reason)
    wait = max(0.1, (last.until - timezone.now()).total_seconds())
    return Muted(
        _("You can read here, but not write for another %(wait)s. %(reason)s"),
        wait=durations.words(wait),
        reason=last.reason,
        retry_after=round(wait, 1),
    )


def oldest() -> datetime:
    """What was deleted before that is erased, or about to be."""
    return timezone.now() - timedelta(days=settings.TOMBSTONE_DAYS)


def require_site_voice(user: User) -> None:
    """For what one writes outside of any room: its name, or a new direct room."""
    if not anew(user).is_active or sanctions.ban(user.pk):
        raise Forbidden(_("This account can't do that."))
    held = sanctions.mute(user.pk, None)
    if held is not None:
        raise _muted([held])


def no_such_room() -> ChatError:
    """The one answer for what doesn't exist and for what one may not know of."""
    return NotFound(_("There is no such room."))
