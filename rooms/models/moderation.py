"""Who may not come in, and what staff did."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BanQuerySet(models.QuerySet["Ban"]):
    def active(self) -> "BanQuerySet":
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), lifted_at=None)


class Ban(models.Model):
    """Somebody kept out of a room, or without one of the whole site."""

    user = models.ForeignKey(
        "rooms.User", on_delete=models.PROTECT, related_name="bans", verbose_name=_("user")
    )
    room = models.ForeignKey(
        "rooms.Room",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bans",
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
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(
        _("expires at"), null=True, blank=True, help_text=_("Empty: for good.")
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True, editable=False)

    objects = BanQuerySet.as_manager()

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        indexes = [models.Index(fields=["user", "room"], name="ban_user_room")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


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
    detail = models.CharField(_("detail"), max_length=250, blank=True)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [models.Index(fields=["-created_at"], name="audit_created_at")]

    def __str__(self) -> str:
        return self.action
