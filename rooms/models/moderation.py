"""Who may not come in or write, what is reported and held, and what staff did."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SanctionQuerySet(models.QuerySet[Any]):
    def active(self) -> "SanctionQuerySet":
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), lifted_at=None)


class Sanction(models.Model):
    """Something that somebody may not do for a while in a room, or without one on the whole site.
    `reason` is what they are told."""

    user = models.ForeignKey(
        "rooms.User",
        on_delete=models.PROTECT,
        related_name="%(class)ss",
        verbose_name=_("user"),
    )
    room = models.ForeignKey(
        "rooms.Room",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="%(class)ss",
        verbose_name=_("room"),
        help_text=_("Empty: the whole site."),
    )
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    created_by = models.ForeignKey(
        "rooms.User",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("created by"),
    )
    # The rank of who decided, when they did; None: of before it was kept, so it is that of now.
    decided_as = models.PositiveSmallIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(
        _("expires at"), null=True, blank=True, help_text=_("Empty: for good.")
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True, editable=False)

    objects = SanctionQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Ban(Sanction):
    """Somebody kept out of a room, or of the whole site."""

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        indexes = [models.Index(fields=["user", "room"], name="ban_user_room")]


class Mute(Sanction):
    """Somebody who may read, but not write."""

    class Meta:
        verbose_name = _("mute")
        verbose_name_plural = _("mutes")
        indexes = [models.Index(fields=["user", "room"], name="mute_user_room")]


class Report(models.Model):
    """A message that somebody wants a moderator to look at; without a reporter, a rule does."""

    class Reason(models.TextChoices):
        SPAM = "spam", _("Spam or advertising")
        ABUSE = "abuse", _("Insults or harassment")
        ILLEGAL = "illegal", _("Violence or something illegal")
        PRIVATE = "private", _("Private data of somebody")
        OTHER = "other", _("Something else")
        RULE = "rule", _("A rule of the site")

    class Outcome(models.TextChoices):
        DISMISSED = "dismissed", _("Nothing wrong")
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
            # A rule's: to databases, one absent reporter is unlike another.
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


class Removal(models.Model):
    """Much that one person posted, deleted at once; can be undone until it is purged."""

    class Scope(models.TextChoices):
        HOUR = "hour", _("The last hour")
        DAY = "day", _("The last day")
        ROOM = "room", _("Everything in this room")
        SITE = "site", _("Everything")

    user = models.ForeignKey(
        "rooms.User", on_delete=models.PROTECT, related_name="removals", verbose_name=_("author")
    )
    room = models.ForeignKey(
        "rooms.Room",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("room"),
        help_text=_("Empty: the whole site."),
    )
    scope = models.CharField(_("scope"), max_length=10, choices=Scope)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    # Those that are gone by now; after it was undone, those that are not back yet.
    count = models.PositiveIntegerField(_("messages"), default=0, editable=False)
    created_by = models.ForeignKey(
        "rooms.User",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("removed by"),
    )
    # The rank of who decided, when they did; None: of before it was kept, so it is that of now.
    decided_as = models.PositiveSmallIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(_("removed at"), auto_now_add=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, editable=False)
    # A process that ends leaves the rest of it to the others.
    finished_at = models.DateTimeField(_("finished at"), null=True, editable=False)

    class Meta:
        verbose_name = _("removal")
        verbose_name_plural = _("removals")
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(finished_at=None), name="removal_unfinished"
            )
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Rule(models.Model):
    """Words or links that are refused, held for review or flagged, in a room or everywhere."""

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
    created_by = models.ForeignKey(
        "rooms.User",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")

    def __str__(self) -> str:
        return self.pattern


class Held(models.Model):
    """A message that waits for a moderator. Approved, it is posted under its own nonce."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", _("Posted")
        REFUSED = "refused", _("Refused")

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


class Ignore(models.Model):
    """What somebody wants to see of somebody else, which nobody else learns."""

    class Kind(models.TextChoices):
        MUTE = "mute", _("muted")
        BLOCK = "block", _("blocked")

    user = models.ForeignKey("rooms.User", on_delete=models.CASCADE, related_name="ignores")
    other = models.ForeignKey("rooms.User", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "other"], name="ignore_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.other_id}"


ONLY_ADDED = "The audit log is only ever added to."


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Only ever added to."""

    def update(self, **fields: Any) -> int:
        raise TypeError(ONLY_ADDED)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError(ONLY_ADDED)


class AuditEntry(models.Model):
    """What somebody did to somebody or something else. Only ever added; tells ids, never bodies."""

    actor = models.ForeignKey(
        "rooms.User",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("actor"),
    )
    action = models.CharField(_("action"), max_length=40)
    room = models.ForeignKey(
        "rooms.Room",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("room"),
    )
    user = models.ForeignKey(
        "rooms.User",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("user"),
        help_text=_("Concerned."),
    )
    message = models.ForeignKey(
        "rooms.Message",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("message"),
    )
    # Why, in the words of who did it; where there was no reason to give, what exactly was done.
    detail = models.CharField(_("detail"), max_length=250, blank=True)
    before = models.CharField(_("before"), max_length=250, blank=True, default="", db_default="")
    after = models.CharField(_("after"), max_length=250, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["-created_at"], name="audit_created_at"),
            models.Index(fields=["action", "-created_at"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return self.action

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(ONLY_ADDED)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(ONLY_ADDED)
