"""Work that is done after the transaction that asks for it, by whichever process comes first."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """A job that waits, runs, or was given up. The row of one that is done is deleted.

    `kind` and `key` name the work: asking for it again while it waits changes nothing, and while it
    runs, makes it run once more afterwards. `due` is when it may begin and, while it runs, when its
    process is thought to be dead.
    """

    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(max_length=100)
    arguments = models.TextField()  # JSON of all its work; may be private, so no page shows it
    due = models.DateTimeField(_("due"))
    lease = models.CharField(max_length=16, default="", db_default="")  # of the process that has it
    again = models.BooleanField(default=False, db_default=False)  # wanted once more while it runs
    attempts = models.PositiveIntegerField(_("attempts"), default=0, db_default=0)
    # Of the last attempt: a word of ours, never the words of a mail or a push service.
    error = models.CharField(_("error"), max_length=100, default="", db_default="")
    given_up_at = models.DateTimeField(_("given up"), null=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="job_once")]
        indexes = [
            models.Index(fields=["kind", "due"], condition=Q(given_up_at=None), name="job_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
