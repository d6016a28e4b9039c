"""Whom people mute or block for themselves."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Ignore(models.Model):
    """Somebody mutes or blocks somebody else, who isn't told."""

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
