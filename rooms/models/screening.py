"""What moderators look through: reports, the rules of the site, and the messages they hold."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rooms.models.attributed import Attributed
from rooms.models.uploads import Upload


class Report(models.Model):
    """A message for a moderator to look at. Without a reporter, it was flagged by a rule."""

    class Reason(models.TextChoices):
        SPAM = "spam", _("Spam or advertising")
        ABUSE = "abuse", _("Insults or harassment")
        ILLEGAL = "illegal", _("Violence or something illegal")
        PRIVATE = "private", _("Someone's private information")
        OTHER = "other", _("Something else")
        RULE = "rule", _("A site rule")

    class Outcome(models.TextChoices):
        DISMISSED = "dismissed", _("Dismissed")
        DELETED = "deleted", _("Message deleted")
        MUTED = "muted", _("Message deleted, author muted")
        BANNED = "banned", _("Message deleted, author banned")

    message = models.ForeignKey(
        "rooms.Message",
        on_delete=models.PROTECT,
        related_name="reports",
        verbose_name=_("message"),
    )
    reporter = models.ForeignKey(
        "rooms.User",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("reported by"),
    )
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("reported at"), auto_now_add=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    resolved_by = models.ForeignKey(
        "rooms.User",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("resolved by"),
    )
    resolved_at = models.DateTimeField(_("resolved at"), null=True, editable=False)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(fields=["message", "reporter"], name="report_once"),
            # For rules: the constraint above lets NULL reporters through, since no two are equal.
            models.UniqueConstraint(
                fields=["message"], condition=Q(reporter=None), name="report_by_rule_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-created_at"], condition=Q(resolved_at=None), name="report_waiting"
            ),
            models.Index(fields=["-created_at"], name="report_created_at"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Rule(Attributed):
    """Words or links that are refused, held for review or flagged, in one room or everywhere."""

    class Kind(models.TextChoices):
        WORD = "word", _("Words")
        LINK = "link", _("Links to a site")

    class Action(models.TextChoices):
        REFUSE = "refuse", _("Refuse the message")
        HOLD = "hold", _("Hold it until a moderator has read it")
        FLAG = "flag", _("Let it through and report it")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.WORD)
    pattern = models.CharField(_("pattern"), max_length=100)
    action = models.CharField(_("action"), max_length=10, choices=Action, default=Action.HOLD)
    room = models.ForeignKey(
        "rooms.Room",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rules",
        verbose_name=_("room"),
        help_text=_("Empty: the whole site."),
    )
    note = models.CharField(
        _("note"), max_length=250, blank=True, help_text=_("What the author is told.")
    )

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")

    def __str__(self) -> str:
        return self.pattern


class Held(models.Model):
    """A message that waits for a moderator. Once approved, it is posted under its own nonce."""

    files: list[Upload] | None = None  # in order, once `rooms.queries.uploads` has read them

    class Outcome(models.TextChoices):
        APPROVED = "approved", _("Posted")
        REFUSED = "refused", _("Rejected")

    room = models.ForeignKey(
        "rooms.Room", on_delete=models.PROTECT, related_name="held", verbose_name=_("room")
    )
    author = models.ForeignKey(
        "rooms.User", on_delete=models.PROTECT, related_name="held", verbose_name=_("author")
    )
    nonce = models.CharField(max_length=64)
    body = models.TextField(_("body"))
    reply_to = models.PositiveBigIntegerField(_("reply to"), null=True, blank=True)
    why = models.CharField(_("why it is held"), max_length=250, blank=True)
    note = models.CharField(
        _("note"),
        max_length=250,
        blank=True,
        default="",
        db_default="",
        help_text=_("What the author is told."),
    )
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    decided_by = models.ForeignKey(
        "rooms.User",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)

    class Meta:
        verbose_name = _("held message")
        verbose_name_plural = _("held messages")
        constraints = [
            models.UniqueConstraint(fields=["room", "author", "nonce"], name="held_nonce")
        ]
        indexes = [
            models.Index(fields=["-created_at"], condition=Q(decided_at=None), name="held_waiting")
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
