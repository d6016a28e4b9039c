"""Rooms, who belongs to them, and invitations."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.models.fields import FoldedField, with_folded

if TYPE_CHECKING:
    from rooms.models.users import User


class RoomQuerySet(models.QuerySet["Room"]):
    def locked(self, slugs: Iterable[str]) -> list["Room"]:
        """The rooms, each row locked as `posting.lock_rooms` does it and for the same reasons."""
        return list(self.filter(slug__in=slugs).select_for_update(no_key=True).order_by("pk"))

    def public(self) -> "RoomQuerySet":
        return self.filter(kind=Room.Kind.PUBLIC, archived_at=None)

    def known_to(self, user: "User") -> "RoomQuerySet":
        """Reach rooms through the person, so that 'not found' and 'not yours' are one answer."""
        mine = Q(pk__in=Membership.objects.filter(user=user).values("room_id"))
        return self.filter(mine | Q(kind=Room.Kind.PUBLIC))


class Room(models.Model):
    """A conversation.

    `revision` counts durable changes and `last_number` messages; both are handed out under the
    row's lock, so they are gapless and in commit order.
    """

    class Kind(models.TextChoices):
        PUBLIC = "public", _("Public")
        PRIVATE = "private", _("Private")
        DIRECT = "direct", _("Direct")

    slug = models.CharField(_("address"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=80, blank=True)
    # The skeleton of a public room's name, so that no second one looks like it. Empty elsewhere:
    # a refusal would tell that a private room exists.
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    # "3,17": the sorted ids of a direct room's people, so that the same people have one room.
    people_key = models.CharField(max_length=250, null=True, unique=True, editable=False)  # noqa: DJ001
    topic = models.CharField(_("topic"), max_length=250, blank=True)
    # What the lobby's search looks in.
    folded = FoldedField(of=["name", "topic", "slug"], max_length=1000)
    revision = models.PositiveBigIntegerField(_("revision"), default=0, editable=False)
    last_number = models.PositiveBigIntegerField(_("newest message"), default=0, editable=False)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    # The rank of who archived it, when they did; None: nobody did, or before it was kept.
    archived_as = models.PositiveSmallIntegerField(null=True, editable=False)
    slow_mode = models.PositiveIntegerField(
        _("slow mode"),
        default=0,
        db_default=0,
        help_text=_("Seconds between two messages of one person; 0: as fast as they like."),
    )
    announcement = models.BooleanField(
        _("announcements only"),
        default=False,
        db_default=False,
        help_text=_("Only owners and moderators write."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        "rooms.User",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("created by"),
    )

    objects = RoomQuerySet.as_manager()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name_key"], condition=~Q(name_key=""), name="room_name_key"
            )
        ]
        indexes = [models.Index(fields=["kind", "name"], name="room_kind_name")]

    def __str__(self) -> str:
        return self.name or self.slug

    def save(self, **options: Any) -> None:
        options["update_fields"] = with_folded(type(self), options.get("update_fields"))
        super().save(**options)

    @property
    def archived(self) -> bool:
        return self.archived_at is not None

    def next_revision(self) -> int:
        """Hand out the next revision. The row must be locked; `save_counters` writes it."""
        self.revision += 1
        return self.revision

    def next_number(self) -> int:
        self.last_number += 1
        return self.last_number

    def save_counters(self) -> None:
        self.save(update_fields=["revision", "last_number"])


class MembershipQuerySet(models.QuerySet["Membership"]):
    def with_people(self) -> "MembershipQuerySet":
        return self.select_related("user")

    def read_to(self, number: int) -> int:
        """Move cursors forward, never back: a slow tab must not unread what another has seen."""
        return self.filter(read_number__lt=number).update(read_number=number)

    def locked(self) -> list["Membership"]:
        """With the rooms, each row locked until the transaction ends, in id order so that two that
        lock several never wait for each other."""
        rows = self.select_related("room").select_for_update(of=("self",), no_key=True)
        return list(rows.order_by("pk"))

    def unread_from(self, number: int) -> int:
        """Put cursors before a message. Each time is a revision of its own, also where the cursor
        stands there already: what a tab has seen until now and says later counts for nothing."""
        return self.update(read_number=number - 1, read_revision=F("read_revision") + 1)


class Membership(models.Model):
    """Somebody in a room. Unread is counted from a cursor (rooms/unread.py), so it can't drift."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        MODERATOR = "moderator", _("Moderator")
        MEMBER = "member", _("Member")

    room = models.ForeignKey(
        Room,
        on_delete=models.PROTECT,
        related_name="memberships",
        db_index=False,
        verbose_name=_("room"),
    )
    user = models.ForeignKey(
        "rooms.User",
        on_delete=models.PROTECT,
        related_name="memberships",
        verbose_name=_("user"),
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)
    read_number = models.PositiveBigIntegerField(_("read up to"), default=0)
    # Counts how often the cursor was put back. Within one revision it only goes forward.
    read_revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    joined_at = models.DateTimeField(_("joined at"), auto_now_add=True)

    # How much isn't read; None where it wasn't counted in the statement that read the room.
    unread: int | None = None

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class InviteQuerySet(models.QuerySet["Invite"]):
    def usable(self) -> "InviteQuerySet":
        alive = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        left = Q(max_uses=None) | Q(uses__lt=F("max_uses"))
        return self.filter(alive, left, revoked_at=None)

    def by_token(self, token: str) -> "InviteQuerySet":
        return self.filter(token_hash=Invite.hash(token))


class Invite(models.Model):
    """A link into a room, or without one into the site. Only the token's hash is kept: who reads
    the database can't use it."""

    room = models.ForeignKey(
        Room,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invites",
        verbose_name=_("room"),
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        "rooms.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    max_uses = models.PositiveIntegerField(
        _("people it serves"), null=True, blank=True, help_text=_("Empty: any number.")
    )
    uses = models.PositiveIntegerField(_("uses"), default=0)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = InviteQuerySet.as_manager()

    class Meta:
        verbose_name = _("invite")
        verbose_name_plural = _("invites")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @staticmethod
    def hash(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def draw(
        cls,
        *,
        room: Room | None,
        created_by: "User",
        expires_at: datetime | None,
        max_uses: int | None,
    ) -> tuple["Invite", str]:
        """A new invite (not saved) and its token of 192 bits, which is shown once."""
        token = secrets.token_urlsafe(24)
        invite = cls(
            room=room,
            token_hash=cls.hash(token),
            created_by=created_by,
            expires_at=expires_at,
            max_uses=max_uses,
        )
        return invite, token
