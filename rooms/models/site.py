"""What is true of the installation as a whole."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _


def new_epoch() -> str:
    return secrets.token_hex(8)


class Installation(models.Model):
    """One row. `epoch` changes when the database is restored from a backup: revisions that
    clients remember may then name other changes, so they forget them.

    Newcomers are people whose account is younger than `newcomer_hours`; who came by an invitation
    or is staff is none.
    """

    class Links(models.TextChoices):
        ALLOW = "allow", _("Allow them")
        HOLD = "hold", _("Hold them until a moderator has read them")
        REFUSE = "refuse", _("Refuse them")

    epoch = models.CharField(max_length=32, default=new_epoch, editable=False)
    # Another one with every change of a rule or of what newcomers may: who keeps them reads them
    # anew. Drawn, since after a backup the next number may have meant other rules. 0: none yet.
    rules_revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    newcomer_hours = models.PositiveIntegerField(
        _("hours"), default=0, db_default=0, help_text=_("0: nobody is a newcomer.")
    )
    newcomer_links = models.CharField(
        _("links of newcomers"),
        max_length=10,
        choices=Links,
        default=Links.HOLD,
        db_default=Links.HOLD,
    )
    newcomer_directs = models.PositiveIntegerField(
        _("direct rooms that a newcomer begins in a day"), default=3, db_default=3
    )
    newcomer_rooms = models.PositiveIntegerField(
        _("rooms that a newcomer makes in a day"), default=1, db_default=1
    )

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("site")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @staticmethod
    def current() -> "Installation":
        try:
            return Installation.objects.get(pk=1)
        except Installation.DoesNotExist:
            # Not get_or_create: where several workers start at once, PostgreSQL would log an error
            # for each that comes second.
            Installation.objects.bulk_create([Installation(pk=1)], ignore_conflicts=True)
            return Installation.objects.get(pk=1)


class Rendering(models.Model):
    """How far the messages that are stored already were rendered by the newest renderer. One row.

    A walk goes from the newest message to the oldest. It is resumed by whichever process finds
    that nobody is at it: the one that is holds the row until a moment that it moves on.
    """

    version = models.PositiveSmallIntegerField(default=0)  # the renderer of the last walk
    # Ids. The walk began at `top`; from `before` on all are done, and up to `floor` all were done
    # by the walk before it.
    top = models.PositiveBigIntegerField(default=0)
    before = models.PositiveBigIntegerField(default=0)
    floor = models.PositiveBigIntegerField(default=0)
    worker = models.CharField(max_length=32, default="")
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.version}: {self.floor}..{self.before}"

    @property
    def is_done(self) -> bool:
        return self.before <= self.floor + 1

    @staticmethod
    def current() -> "Rendering":
        """Locked, within a transaction."""
        rows = Rendering.objects.select_for_update(no_key=True)
        row = rows.filter(pk=1).first()
        if row is None:
            Rendering.objects.bulk_create([Rendering(pk=1)], ignore_conflicts=True)
            row = rows.get(pk=1)
        return row
