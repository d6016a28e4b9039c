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

    user = models.ForeignKey("rooms.User", on_delete=models.PROTECT, related_name="bans")
    room = models.ForeignKey(
        "rooms.Room",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bans",
        help_text=_("Empty: the whole site."),
    )
    reason = models.CharField(max_length=250, blank=True)
    created_by = models.ForeignKey(
        "rooms.User", on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: for good."))
    lifted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = BanQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "room"], name="ban_user_room")]

    def __str__(self) -> str:
        return f"ban of {self.user_id} from {self.room_id or 'the site'}"


class AuditEntry(models.Model):
    """What somebody did to somebody or something else. Only ever added; tells ids, never bodies."""

    actor = models.ForeignKey("rooms.User", null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=40)
    room = models.ForeignKey("rooms.Room", null=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        "rooms.User",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Concerned."),
    )
    message = models.ForeignKey(
        "rooms.Message", null=True, on_delete=models.PROTECT, related_name="+"
    )
    detail = models.CharField(max_length=250, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = _("audit entries")
        indexes = [models.Index(fields=["-created_at"], name="audit_created_at")]

    def __str__(self) -> str:
        return self.action
