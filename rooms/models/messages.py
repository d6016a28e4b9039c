"""Messages and the reactions to them."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

PROBES = 16  # messages that one statement of a search by time looks at


class MessageQuerySet(models.QuerySet["Message"]):
    """Pages name what they show; every one walks one index, whatever the room's size."""

    def whole(self) -> "MessageQuerySet":
        """With the author. Reactions are read by `rooms.tallies`, of a page at once."""
        return self.select_related("author")

    def page_before(self, room_id: int, number: int | None, limit: int) -> list["Message"]:
        """The last `limit` messages before `number` (None: the newest), oldest first.

        Uses index: message_room_number.
        """
        messages = self.whole().filter(room_id=room_id)
        if number is not None:
            messages = messages.filter(number__lt=number)
        return list(reversed(messages.order_by("-number")[:limit]))

    def page_after(self, room_id: int, number: int, limit: int) -> list["Message"]:
        """The first `limit` messages after `number`. Uses index: message_room_number."""
        return list(
            self.whole().filter(room_id=room_id, number__gt=number).order_by("number")[:limit]
        )

    def page_around(self, room_id: int, number: int, limit: int) -> list["Message"]:
        """The message, with half of the page before it. Numbers are gapless, so the page is a
        range. Uses index: message_room_number."""
        first = max(1, number - limit // 2)
        return self.page_after(room_id, first - 1, limit)

    def first_since(self, room_id: int, last: int, moment: datetime) -> int:
        """The number of the first message that was written at a moment or later, one more than
        `last` if none was.

        Numbers have no holes and times grow with them, so some are looked at at once, then those
        between two of them: a million messages take five statements. An index by room and time
        would slow down every post. Uses index: message_room_number.
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
        """What is new, edited, deleted or reacted to, by revision. Uses index:
        message_room_revision."""
        return list(
            self.whole().filter(room_id=room_id, revision__gt=revision).order_by("revision")[:limit]
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """One emoji on a message: how often, and by whom first (ids and names)."""

    emoji: str
    count: int
    people: list[tuple[int, str]]


class Message(models.Model):
    """One message. Deleting leaves a tombstone: absent clients learn of it by its revision."""

    # Both without an index of their own: those below begin with them, and each one slows posting.
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
    # A number, not a foreign key: the origin is looked up in the same room, deleted or not.
    reply_to = models.PositiveBigIntegerField(_("reply to"), null=True, blank=True)
    created_at = models.DateTimeField(_("written at"), default=timezone.now)
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    # The room's revision when a deletion was last taken back. A tombstone's own revision says when
    # it became one, since nothing else changes a tombstone.
    restored = models.PositiveBigIntegerField(null=True, editable=False)
    # The one that deleted it, so that it can be undone as a whole.
    removal = models.ForeignKey(
        "rooms.Removal",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
    )

    objects = MessageQuerySet.as_manager()

    tallies: list[Tally] | None = None  # once `rooms.tallies` has read them

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        # Walked by the pages of a room and by catch-up. Both are unique, so both are also proof.
        constraints = [
            models.UniqueConstraint(fields=["room", "number"], name="message_room_number"),
            models.UniqueConstraint(fields=["room", "revision"], name="message_room_revision"),
            models.UniqueConstraint(fields=["room", "author", "nonce"], name="message_nonce"),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="message_created_at"),
            models.Index(fields=["author", "-created_at"], name="message_author"),
            # Partial, so that posting never touches it: the admin lists what was deleted.
            models.Index(
                fields=["-deleted_at"],
                condition=models.Q(deleted_at__isnull=False),
                name="message_deleted_at",
            ),
            # What doesn't count as unread (rooms/unread.py): tombstones, and what certain people
            # wrote. With the column of their conditions, or SQLite looks at each message for it.
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
            models.Index(
                fields=["removal"],
                condition=models.Q(removal__isnull=False),
                name="message_removal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id}/{self.number}"

    @property
    def deleted(self) -> bool:
        return self.deleted_at is not None

    @property
    def erased(self) -> bool:
        """A tombstone whose text is gone as well: no message is empty."""
        return self.deleted and not self.body

    @property
    def turned(self) -> int:
        """The room's revision at which it was last deleted or restored; 0: it never was."""
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
    emoji = models.CharField(_("emoji"), max_length=32)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("reaction")
        verbose_name_plural = _("reactions")
        constraints = [
            models.UniqueConstraint(fields=["message", "user", "emoji"], name="reaction_once")
        ]
        # Walked to count each emoji of a message, and to name the first people who put it there.
        indexes = [models.Index(fields=["message", "emoji", "id"], name="reaction_emoji")]

    def __str__(self) -> str:
        return self.emoji
