"""State and settings of the installation as a whole."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.text import names

MAX_RETENTION = 250  # characters


def new_epoch() -> str:
    return secrets.token_hex(8)


class RoomMentionBy(models.TextChoices):
    """The people who may say `@room`."""

    EVERYONE = "everyone", _("Everyone in the room")
    MODERATORS = "moderators", _("Only owners and moderators")


class Installation(models.Model):
    """One row. `epoch` changes when the database is restored from a backup: the revisions that
    clients remember may mean other changes from then on, so they forget them.

    Newcomers are people whose account is younger than `newcomer_hours`, unless they were invited or
    are staff.
    """

    class Links(models.TextChoices):
        ALLOW = "allow", _("Allow them")
        HOLD = "hold", _("Hold them until a moderator has read them")
        REFUSE = "refuse", _("Refuse them")

    class Signup(models.TextChoices):
        OPEN = "open", _("Anyone can create an account")
        INVITE = "invite", _("Only people with an invitation")
        CLOSED = "closed", _("Nobody: the people who run the site create accounts")

    class Makers(models.TextChoices):
        EVERYONE = "everyone", _("Everyone")
        STAFF = "staff", _("Only the people who moderate the site")

    epoch = models.CharField(max_length=32, default=new_epoch, editable=False)
    # Changes with every rule and with what newcomers may do, so that processes reread what they
    # cache. Random, since after a restore the next number might stand for other rules. 0: unset.
    rules_revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # Changes likewise with anybody's keywords. 0: there were never any.
    keywords_revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # Changes likewise with the site's own emoji. 0: there were never any.
    emoji_revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    newcomer_hours = models.PositiveIntegerField(
        _("hours"), default=0, db_default=0, help_text=_("0: nobody is a newcomer.")
    )
    newcomer_links = models.CharField(
        _("newcomers' links"),
        max_length=10,
        choices=Links,
        default=Links.HOLD,
        db_default=Links.HOLD,
    )
    newcomer_directs = models.PositiveIntegerField(
        _("direct rooms a newcomer can start per day"), default=3, db_default=3
    )
    newcomer_rooms = models.PositiveIntegerField(
        _("rooms a newcomer can create per day"), default=1, db_default=1
    )

    # Empty: what the site is called by default.
    name = models.CharField(max_length=names.MAX_SITE_NAME, default="", db_default="")
    logo = models.CharField(max_length=40, default="", db_default="")  # a file in media/site/
    accent = models.CharField(max_length=7, default="", db_default="")  # "#rrggbb"; empty: pine
    # For people whose browser asks for none that there is; empty: English.
    language = models.CharField(max_length=10, default="", db_default="")
    signup = models.CharField(
        max_length=10, choices=Signup, default=Signup.OPEN, db_default=Signup.OPEN
    )
    # The people who may say `@room`, in rooms without a setting of their own.
    room_mention_by = models.CharField(
        max_length=10, choices=RoomMentionBy, default="everyone", db_default="everyone"
    )
    # Whether people are mailed what they miss.
    mails_missed = models.BooleanField(default=True, db_default=True)
    room_makers = models.CharField(
        max_length=10, choices=Makers, default=Makers.EVERYONE, db_default=Makers.EVERYONE
    )
    # Mebibytes: of one file, of all files of one person, of all files. 0: unlimited.
    file_mb = models.PositiveIntegerField(default=100, db_default=100)
    person_files_mb = models.PositiveIntegerField(default=2000, db_default=2000)
    site_files_mb = models.PositiveIntegerField(default=0, db_default=0)
    # Whether the site fetches title and picture of pages that messages link to.
    link_previews = models.BooleanField(default=True, db_default=True)
    # What people are told about how long things are kept.
    retention = models.CharField(max_length=MAX_RETENTION, default="", db_default="")

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
            # Not get_or_create: when several workers start at once, PostgreSQL would log an error
            # for every one but the first.
            Installation.objects.bulk_create([Installation(pk=1)], ignore_conflicts=True)
            return Installation.objects.get(pk=1)


class Rendering(models.Model):
    """How far the newest renderer has got with the messages that are stored already. One row.

    A walk goes from the newest message to the oldest.
    """

    version = models.PositiveSmallIntegerField(default=0)  # the renderer of the last walk
    # Ids. The walk started at `top`; everything from `before` on is done, and everything up to
    # `floor` was done by the previous walk.
    top = models.PositiveBigIntegerField(default=0)
    before = models.PositiveBigIntegerField(default=0)
    floor = models.PositiveBigIntegerField(default=0)
    # Unused since the walk is a job; the previous version reads them while it is being replaced.
    worker = models.CharField(max_length=32, default="")
    until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.version}: {self.floor}..{self.before}"

    @property
    def is_done(self) -> bool:
        return self.before <= self.floor + 1

    @staticmethod
    def current() -> "Rendering":
        """Return the row, locked. Needs a transaction."""
        rows = Rendering.objects.select_for_update(no_key=True)
        row = rows.filter(pk=1).first()
        if row is None:
            Rendering.objects.bulk_create([Rendering(pk=1)], ignore_conflicts=True)
            row = rows.get(pk=1)
        return row
