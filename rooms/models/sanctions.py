"""What staff decided against people: bans, mutes, and removals of what they posted."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.models.attributed import Attributed


class SanctionQuerySet(models.QuerySet[Any]):
    def active(self) -> "SanctionQuerySet":
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), lifted_at=None)


class Sanction(Attributed):
    """Something that somebody may not do for a while, in a room or (without one) on the whole site.
    They are told the `reason`."""

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
    # The rank at which it was decided. None: from before ranks were stored, so today's rank counts.
    decided_as = models.PositiveSmallIntegerField(null=True, editable=False)
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
    """Somebody is kept out of a room or of the whole site."""

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        indexes = [models.Index(fields=["user", "room"], name="ban_user_room")]


class Mute(Sanction):
    """Somebody may read but not write."""

    class Meta:
        verbose_name = _("mute")
        verbose_name_plural = _("mutes")
        indexes = [models.Index(fields=["user", "room"], name="mute_user_room")]


class Removal(models.Model):
    """A bulk deletion of what one person posted. It can be undone until the messages are purged."""

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
    # How many are deleted so far; once the removal is undone, how many aren't restored yet.
    count = models.PositiveIntegerField(_("messages"), default=0, editable=False)
    created_by = models.ForeignKey(
        "rooms.User",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("removed by"),
    )
    # The rank at which it was decided. None: from before ranks were stored, so today's rank counts.
    decided_as = models.PositiveSmallIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(_("removed at"), auto_now_add=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, editable=False)
    # Empty while messages are left to do; the removal has a job until then.
    finished_at = models.DateTimeField(_("finished at"), null=True, editable=False)

    class Meta:
        verbose_name = _("removal")
        verbose_name_plural = _("removals")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
