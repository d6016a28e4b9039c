"""What staff did: the audit log."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

APPEND_ONLY = "The audit log is append-only."


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Refuses to change or delete entries."""

    def update(self, **fields: Any) -> int:
        raise TypeError(APPEND_ONLY)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError(APPEND_ONLY)


class AuditEntry(models.Model):
    """Something that staff did. The log is append-only, and holds ids but never message bodies."""

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
        help_text=_("The person concerned."),
    )
    message = models.ForeignKey(
        "rooms.Message",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("message"),
    )
    # The reason that the actor gave; where none is asked for, what exactly was done.
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
            raise TypeError(APPEND_ONLY)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(APPEND_ONLY)
