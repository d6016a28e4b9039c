"""Rooms, their members, and invitations."""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.models.fields import FoldedField, with_folded
from rooms.models.site import RoomMentionBy

if TYPE_CHECKING:
    from rooms.models.users import User


class RoomQuerySet(models.QuerySet["Room"]):
    def locked(self, slugs: Iterable[str]) -> list["Room"]:
        """Lock the rooms' rows the way `posting.lock_rooms` does, for the same reasons."""
        return list(self.filter(slug__in=slugs).select_for_update(no_key=True).order_by("pk"))

    def public(self) -> "RoomQuerySet":
        return self.filter(kind=Room.Kind.PUBLIC, archived_at=None)

    def on_the_web(self) -> "RoomQuerySet":
        """Rooms that outsiders can read, archived ones included. Uses index: room_web."""
        return self.filter(kind=Room.Kind.PUBLIC, web_opened_at__isnull=False)

    def default(self) -> "RoomQuerySet":
        """The rooms that new accounts join. Uses index: room_default."""
        return self.public().filter(is_default=True)


class Room(models.Model):
    """A conversation.

    `revision` counts durable changes, `last_number` counts messages. Both are handed out under the
    row's lock, so they are gapless and in commit order.
    """

    class Kind(models.TextChoices):
        PUBLIC = "public", _("Public")
        PRIVATE = "private", _("Private")
        DIRECT = "direct", _("Direct")

    slug = models.CharField(_("address"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=80, blank=True)
    # The skeleton of a public room's name, so that no other one looks like it. Empty for other
    # rooms: a refusal would reveal that a private room exists.
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    # "3,17": the sorted ids of a direct room's people, so that the same people share one room.
    people_key = models.CharField(max_length=250, null=True, unique=True, editable=False)  # noqa: DJ001
    topic = models.CharField(_("topic"), max_length=250, blank=True)
    # What the lobby searches.
    folded = FoldedField(of=["name", "topic", "slug"], max_length=1000)
    revision = models.PositiveBigIntegerField(_("revision"), default=0, editable=False)
    last_number = models.PositiveBigIntegerField(_("newest message"), default=0, editable=False)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    # The rank at which it was archived. None: it wasn't, or that was before ranks were stored.
    archived_as = models.PositiveSmallIntegerField(null=True, editable=False)
    slow_mode = models.PositiveIntegerField(
        _("slow mode"),
        default=0,
        db_default=0,
        help_text=_("Seconds between two messages from the same person. 0: no pause."),
    )
    announcement = models.BooleanField(
        _("announcements only"),
        default=False,
        db_default=False,
        help_text=_("Only owners and moderators can write."),
    )
    # Since when outsiders can read the room; None: they can't. They never see the messages up to
    # `web_floor`: the newest one when it was last opened.
    web_opened_at = models.DateTimeField(_("on the web since"), null=True, editable=False)
    web_floor = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    web_noindex = models.BooleanField(default=True, db_default=True, editable=False)
    # The people who may say `@room`; empty: those whom the site names.
    room_mention_by = models.CharField(
        _("who may use @room"),
        max_length=10,
        choices=RoomMentionBy,
        default="",
        db_default="",
        blank=True,
    )
    # Whether a member may be told of every message, so that a post knows without asking.
    wanted = models.BooleanField(default=False, db_default=False, editable=False)
    is_default = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="New accounts join it."
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
        indexes = [
            models.Index(fields=["kind", "name"], name="room_kind_name"),
            models.Index(
                fields=["web_opened_at"],
                condition=Q(web_opened_at__isnull=False),
                name="room_web",
            ),
            models.Index(fields=["id"], condition=Q(is_default=True), name="room_default"),
        ]

    def __str__(self) -> str:
        return self.name or self.slug

    def save(self, **options: Any) -> None:
        options["update_fields"] = with_folded(type(self), options.get("update_fields"))
        super().save(**options)

    @property
    def archived(self) -> bool:
        return self.archived_at is not None

    def next_revision(self) -> int:
        """Hand out the next revision. The row has to be locked; `save_counters` stores it."""
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

    def people_by_room(self, room_ids: Iterable[int]) -> dict[int, list["User"]]:
        """Return the people in these rooms, by the id of the room."""
        people: dict[int, list[User]] = defaultdict(list)
        for row in self.with_people().filter(room__in=[*room_ids]):
            people[row.room_id].append(row.user)
        return people

    def read_to(self, number: int) -> int:
        """Move read cursors forward, never back: a slow tab must not undo what another has read."""
        seen = Greatest("seen_number", number)
        return self.filter(read_number__lt=number).update(read_number=number, seen_number=seen)

    def locked(self) -> list["Membership"]:
        """Lock the memberships until the transaction ends, and load their rooms. In id order, so
        that two transactions that lock several never deadlock."""
        rows = self.select_related("room").select_for_update(of=("self",), no_key=True)
        return list(rows.order_by("pk"))

    def unread_from(self, number: int) -> int:
        """Move cursors back to before a message. This always raises the read revision, even if the
        cursor is there already, so that late reports of what a tab saw before don't count."""
        return self.update(
            read_number=number - 1,
            read_revision=F("read_revision") + 1,
            seen_number=Greatest("seen_number", number - 1),  # they may not have read that far
        )


class Membership(models.Model):
    """A person's place in a room. Unread messages are counted from a cursor
    (rooms/queries/unread.py)."""

    class Level(models.TextChoices):
        """What of a room someone is told. Empty: in direct rooms everything, else mentions."""

        ALL = "all", _("Everything")
        MENTIONS = "mentions", _("Mentions")
        NOTHING = "nothing", _("Nothing")

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
    # How often the cursor was moved back. Within one read revision it only moves forward.
    read_revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # The furthest that the cursor ever was: what is in the inbox up to here is read.
    seen_number = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    level = models.CharField(
        max_length=10, choices=Level, default="", db_default="", blank=True, editable=False
    )
    # Until when `level` holds; then it is `level_before` again. None: until it is changed.
    level_until = models.DateTimeField(null=True, editable=False)
    level_before = models.CharField(
        max_length=10, choices=Level, default="", db_default="", blank=True, editable=False
    )
    joined_at = models.DateTimeField(_("joined at"), auto_now_add=True)
    # A direct room is hidden from this person's list while its newest message has this number or a
    # lower one. None: it isn't hidden.
    hidden_to = models.PositiveBigIntegerField(null=True, editable=False)

    # How much is unread, and how much of it mentions them; None unless the statement that read the
    # room counted it.
    unread: int | None = None
    mentions: int = 0

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="membership_once")]
        indexes = [
            # For finding the members who may want to be told of every message.
            models.Index(
                fields=["room"],
                condition=Q(level="all") | Q(level_before="all"),
                name="membership_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_hidden(self) -> bool:
        return self.hidden_to is not None and self.hidden_to >= self.room.last_number


class InviteQuerySet(models.QuerySet["Invite"]):
    def usable(self) -> "InviteQuerySet":
        alive = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        left = Q(max_uses=None) | Q(uses__lt=F("max_uses"))
        return self.filter(alive, left, revoked_at=None)

    def by_token(self, token: str) -> "InviteQuerySet":
        return self.filter(token_hash=Invite.hash(token))


class Invite(models.Model):
    """A link into a room, or (without one) into the site. Only the token's hash is stored, so that
    reading the database doesn't let anyone in."""

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
        _("maximum uses"), null=True, blank=True, help_text=_("Empty: any number.")
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
        """Make an invite, not saved yet, and its 192-bit token, which is shown only once."""
        token = secrets.token_urlsafe(24)
        invite = cls(
            room=room,
            token_hash=cls.hash(token),
            created_by=created_by,
            expires_at=expires_at,
            max_uses=max_uses,
        )
        return invite, token
