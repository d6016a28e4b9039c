"""Messages and the reactions to them."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.models.uploads import LinkPreview, Upload
from rooms.models.users import User

PROBES = 16  # messages that each statement of a search by time looks at


class MessageQuerySet(models.QuerySet["Message"]):
    """A method per kind of page. Each walks one index, however large the room is."""

    def whole(self) -> "MessageQuerySet":
        """Load the authors, too. `rooms.queries.tallies` reads the reactions, a page at a time."""
        return self.select_related("author")

    def page_before(self, room_id: int, number: int | None, limit: int) -> list["Message"]:
        """Return the last `limit` messages before `number` (None: the newest), oldest first.

        Uses index: message_room_number.
        """
        messages = self.whole().filter(room_id=room_id)
        if number is not None:
            messages = messages.filter(number__lt=number)
        return list(reversed(messages.order_by("-number")[:limit]))

    def page_after(self, room_id: int, number: int, limit: int) -> list["Message"]:
        """Return the first `limit` messages after `number`. Uses index: message_room_number."""
        return list(
            self.whole().filter(room_id=room_id, number__gt=number).order_by("number")[:limit]
        )

    def page_around(self, room_id: int, number: int, limit: int) -> list["Message"]:
        """Return a page with half of it before the message. Numbers are gapless, so the page is a
        range. Uses index: message_room_number."""
        first = max(1, number - limit // 2)
        return self.page_after(room_id, first - 1, limit)

    def first_since(self, room_id: int, last: int, moment: datetime) -> int:
        """Return the number of the first message written at a moment or later; one more than `last`
        if there is none.

        Numbers are gapless and times grow with them, so this is a search with several probes per
        statement: a million messages take five statements. An index by room and time would slow
        down every post. Uses index: message_room_number.
        """
        low, high = 1, last + 1
        while low < high:
            numbers = range(low, high, max(1, (high - low) // PROBES))
            rows = self.filter(room_id=room_id, number__in=numbers).order_by("number")
            for number, written in rows.values_list("number", "created_at"):
                if written >= moment:
                    high = number
                    break
                low = number + 1
            else:
                low = numbers[-1] + 1
        return high

    def changed_since(self, room_id: int, revision: int, limit: int) -> list["Message"]:
        """Return what was posted, edited, deleted or reacted to, by revision. Uses index:
        message_room_revision."""
        return list(
            self.whole().filter(room_id=room_id, revision__gt=revision).order_by("revision")[:limit]
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How often an emoji was put on a message, and the first people who did (ids and names)."""

    emoji: str
    count: int
    people: list[tuple[int, str]]


class Message(models.Model):
    """One message. Deleting it leaves a tombstone, whose revision tells absent clients about it."""

    class Addressed(models.TextChoices):
        HERE = "here", "@here"
        ROOM = "room", "@room"

    # Neither has an index of its own: the ones below begin with them, and each one slows posting.
    room = models.ForeignKey(
        "rooms.Room",
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
        verbose_name=_("room"),
    )
    author = models.ForeignKey(
        "rooms.User",
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
        verbose_name=_("author"),
    )
    number = models.PositiveBigIntegerField(_("number"))
    # The room's revision when this row last changed.
    revision = models.PositiveBigIntegerField()
    nonce = models.CharField(max_length=64)
    body = models.TextField(_("body"))
    html = models.TextField()
    renderer = models.PositiveSmallIntegerField(help_text="RENDERER_VERSION that made `html`.")
    # A number, not a foreign key: it is looked up in the same room, where it may be deleted.
    reply_to = models.PositiveBigIntegerField(_("reply to"), null=True, blank=True)
    # The ids of the members whom it names, as JSON; empty: nobody. And whether it says `@here` or
    # `@room`.
    mentions = models.TextField(default="", db_default="", editable=False)
    mentions_room = models.CharField(
        max_length=4, choices=Addressed, default="", db_default="", blank=True, editable=False
    )
    # How many files it shows, and how many previews of links. What has none isn't looked up.
    attached = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    linked = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(_("written at"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    # The room's revision when the message was last restored. When it was deleted is the tombstone's
    # own revision, since nothing else changes a tombstone.
    restored = models.PositiveBigIntegerField(null=True, editable=False)
    # The removal that deleted it, so that a removal can be undone as a whole.
    removal = models.ForeignKey(
        "rooms.Removal",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
    )

    objects = MessageQuerySet.as_manager()

    tallies: list[Tally] | None = None  # once `rooms.queries.tallies` has read them
    people: list[User] | None = None  # whom it names, once `rooms.queries.naming` has read them
    files: list[Upload] | None = None  # in order, once `rooms.queries.uploads` has read them
    previews: list[LinkPreview] | None = None  # once `rooms.queries.previews` has read them

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        # A room's pages and catch-up walk the first two. Being unique, they also prove the order.
        constraints = [
            models.UniqueConstraint(fields=["room", "number"], name="message_room_number"),
            models.UniqueConstraint(fields=["room", "revision"], name="message_room_revision"),
            models.UniqueConstraint(fields=["room", "author", "nonce"], name="message_nonce"),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="message_created_at"),
            models.Index(fields=["author", "-created_at"], name="message_author"),
            # For the admin's list of deleted messages. Partial, so posting never touches it.
            models.Index(
                fields=["-deleted_at"],
                condition=models.Q(deleted_at__isnull=False),
                name="message_deleted_at",
            ),
            # For what doesn't count as unread (rooms/queries/unread.py): tombstones, and what
            # certain people wrote. Both indexes include the column of their own condition; without
            # it, SQLite would read every message to check it.
            models.Index(
                fields=["room", "number", "deleted_at"],
                condition=models.Q(deleted_at__isnull=False),
                name="message_tombstone",
            ),
            models.Index(
                fields=["author", "room", "number", "deleted_at"],
                condition=models.Q(deleted_at__isnull=True),
                name="message_written",
            ),
            # For counting those that mention everyone, who have no row each.
            models.Index(
                fields=["room", "number", "mentions_room"],
                condition=models.Q(mentions_room="room"),
                name="message_addressed",
            ),
            models.Index(
                fields=["removal"],
                condition=models.Q(removal__isnull=False),
                name="message_removal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id}/{self.number}"

    @property
    def named(self) -> list[int]:
        """The ids of the members whom it names; a tombstone names nobody."""
        return json.loads(self.mentions) if self.mentions and not self.deleted else []

    @property
    def deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def erased(self) -> bool:
        """Whether what it said is gone as well: every other message has a text or a file."""
        return self.deleted and not self.body and not self.attached

    @property
    def turned(self) -> int:
        """The room's revision when it was last deleted or restored; 0 if it never was."""
        return self.revision if self.deleted else self.restored or 0


class Reaction(models.Model):
    """One person's emoji on one message."""

    message = models.ForeignKey(
        Message,
        on_delete=models.PROTECT,
        related_name="reactions",
        db_index=False,
        verbose_name=_("message"),
    )
    user = models.ForeignKey(
        "rooms.User",
        on_delete=models.PROTECT,
        related_name="reactions",
        verbose_name=_("user"),
    )
    emoji = models.CharField(_("emoji"), max_length=34)  # or the `:name:` of the site's own
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("reaction")
        verbose_name_plural = _("reactions")
        constraints = [
            models.UniqueConstraint(fields=["message", "user", "emoji"], name="reaction_once")
        ]
        # For counting each emoji of a message and naming the first people who put it there.
        indexes = [models.Index(fields=["message", "emoji", "id"], name="reaction_emoji")]

    def __str__(self) -> str:
        return self.emoji
