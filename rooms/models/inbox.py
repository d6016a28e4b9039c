"""What concerns somebody in particular, and the words that do."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class InboxItem(models.Model):
    """A message that concerns one person, for the strongest of its reasons.

    It is read once the person's cursor was past the message (`Membership.seen_number`) or they said
    so (`read_at`). Nothing else that changes is stored: whether the message is there and may be
    read is asked when the item is shown or counted, so that what is restored comes back. Only an
    edit that takes the reason away removes the row.
    """

    class Reason(models.TextChoices):
        """The strongest first."""

        MENTION = "mention", _("Mention")
        ROOM = "room", _("Mention of everyone")  # @room and @here
        KEYWORD = "keyword", _("Keyword")
        DIRECT = "direct", _("Direct message")
        REPLY = "reply", _("Reply")

    user = models.ForeignKey(
        "rooms.User", on_delete=models.CASCADE, related_name="inbox_items", db_index=False
    )
    room = models.ForeignKey(
        "rooms.Room", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    # A number, not a foreign key: a post doesn't know the id of its row.
    number = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=10, choices=Reason)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "room", "number"], name="inbox_once"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="inbox_newest"),
            models.Index(fields=["room", "number"], name="inbox_message"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.room_id}/{self.number}"


class Keyword(models.Model):
    """A word of which somebody wants to be told, wherever they read it."""

    user = models.ForeignKey(
        "rooms.User", on_delete=models.CASCADE, related_name="keywords", db_index=False
    )
    word = models.CharField(_("word"), max_length=50)
    key = models.CharField(max_length=100, editable=False)  # the word as it is compared
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="keyword_once")]

    def __str__(self) -> str:
        return self.word
