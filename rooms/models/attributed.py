"""Who made a row, and when: the two columns that decisions share."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Attributed(models.Model):
    """A row that says who made it and when."""

    created_by = models.ForeignKey(
        "rooms.User",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        abstract = True
