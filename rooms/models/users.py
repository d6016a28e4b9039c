"""People."""

from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid
from rooms.models import moderators
from rooms.models.fields import FoldedField, with_folded
from rooms.text import names, zones

TAKEN = _("That username is taken.")


def validate_username(username: str) -> None:
    """Refuse anything but ASCII, so that look-alikes can't be registered, and the names of deleted
    accounts, whose owners the newcomer would be mistaken for."""
    try:
        names.clean_username(username)
    except Invalid as error:
        raise ValidationError(error.detail) from error
    if RetiredName.objects.filter(digest=names.digest(username)).exists():
        raise ValidationError(TAKEN)


def validate_display_name(name: str) -> None:
    try:
        names.clean_display_name(name)
    except Invalid as error:
        raise ValidationError(error.detail) from error


def validate_pronouns(text: str) -> None:
    try:
        names.clean_pronouns(text)
    except Invalid as error:
        raise ValidationError(error.detail) from error


def validate_about(text: str) -> None:
    try:
        names.clean_about(text)
    except Invalid as error:
        raise ValidationError(error.detail) from error


def validate_status(text: str) -> None:
    try:
        names.clean_status(text)
    except Invalid as error:
        raise ValidationError(error.detail) from error


class RetiredName(models.Model):
    """A username that nobody can have again, stored as a hash."""

    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.digest[:8]


class User(AbstractUser):
    """Somebody with an account. The row is never deleted, since messages keep their author: when an
    account is deleted, the row stays and names nobody."""

    username = models.CharField(
        _("username"),
        max_length=32,
        unique=True,
        validators=[validate_username],
        help_text=_("2 to 32 characters: a-z, 0-9 and _."),
        error_messages={"unique": TAKEN},
    )
    display_name = models.CharField(
        _("display name"),
        max_length=40,
        blank=True,
        validators=[validate_display_name],
        help_text=_("What others see. Empty: the username."),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: what their browser asks for."),
    )
    # The index also serves prefix searches, on PostgreSQL as well.
    folded_name = FoldedField(of=["display_name"], max_length=200, db_index=True)
    pronouns = models.CharField(
        _("pronouns"),
        max_length=names.MAX_PRONOUNS,
        blank=True,
        default="",
        db_default="",
        validators=[validate_pronouns],
    )
    about = models.CharField(
        _("about"),
        max_length=names.MAX_ABOUT,
        blank=True,
        default="",
        db_default="",
        validators=[validate_about],
    )
    zone = models.CharField(
        _("time zone"),
        max_length=zones.LONGEST,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: the one of their browser."),
    )
    browser_zone = models.CharField(
        max_length=zones.LONGEST, blank=True, default="", db_default="", editable=False
    )
    shows_time = models.BooleanField(_("shows their local time"), default=True, db_default=True)
    # A schedule of quiet in their zone: on which days (bit 0: Monday) it begins, and its minutes
    # after midnight. By hand it lasts until `quiet_until`; until `quiet_lifted_until`, the schedule
    # is off.
    quiet_days = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    quiet_from = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    quiet_to = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    quiet_until = models.DateTimeField(null=True, editable=False)
    quiet_lifted_until = models.DateTimeField(null=True, editable=False)
    status_emoji = models.CharField(max_length=34, default="", db_default="", editable=False)
    status_text = models.CharField(
        _("status"),
        max_length=names.MAX_STATUS,
        blank=True,
        default="",
        db_default="",
        validators=[validate_status],
    )
    status_until = models.DateTimeField(null=True, editable=False)
    # Stored every few minutes at most, and never for people who don't show it.
    seen_at = models.DateTimeField(null=True, editable=False)
    shows_seen = models.BooleanField(default=True, db_default=True, editable=False)
    shows_typing = models.BooleanField(default=True, db_default=True, editable=False)
    avatar = models.ImageField(_("picture"), upload_to="avatars", blank=True)
    email = models.EmailField(_("email"), blank=True)
    last_room = models.ForeignKey(
        "rooms.Room", null=True, blank=True, editable=False, on_delete=models.SET_NULL
    )

    invited = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Signed up with an invitation."
    )

    # Off by default: what somebody writes in a room that its owner opens to the web isn't published
    # under their name unless they say so (GDPR, article 25.2).
    web_named = models.BooleanField(default=False, db_default=False, editable=False)

    # A `protocol.shapes.Sidebar` as JSON; empty: the default one.
    sidebar = models.TextField(blank=True, default="", db_default="", editable=False)
    # Their own sections of it: a list of `protocol.shapes.OwnSection` as JSON, or empty. Apart,
    # since the version before this column writes `sidebar` as a whole.
    sections = models.TextField(blank=True, default="", db_default="", editable=False)
    # A `protocol.shapes.Appearance` as JSON; empty: the default one.
    appearance = models.TextField(blank=True, default="", db_default="", editable=False)

    class Mailed(models.TextChoices):
        """How long something waits for somebody before it is mailed to them."""

        NEVER = "never", _("Never")
        SOON = "soon", _("After 15 minutes")
        HOUR = "hour", _("After an hour")
        DAY = "day", _("Once a day")

    mail_missed = models.CharField(
        max_length=10, choices=Mailed, default="hour", db_default="hour", editable=False
    )
    mail_weekly = models.BooleanField(default=False, db_default=False, editable=False)
    # The id of the newest item of the inbox that needn't be mailed any more.
    mailed_item = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)

    first_name = None  # type: ignore[assignment]  # people have one name, of their own choice
    last_name = None  # type: ignore[assignment]

    REQUIRED_FIELDS = ["email"]
    objects = UserManager["User"]()  # type: ignore[misc]  # narrower than AbstractUser says

    class Meta(AbstractUser.Meta):
        permissions = [(moderators.PERMISSION, "Can moderate the site, in the chat and the admin")]

    def __str__(self) -> str:
        return self.name

    def save(self, **options: Any) -> None:
        options["update_fields"] = with_folded(type(self), options.get("update_fields"))
        super().save(**options)

    @classmethod
    def normalize_username(cls, username: Any) -> Any:
        # None if the form has already refused the field.
        return super().normalize_username(username).lower() if username else username

    @property
    def name(self) -> str:
        """What others see."""
        return self.display_name or self.username

    @property
    def local_zone(self) -> str:
        """The time zone they are in, as far as the site knows."""
        return self.zone or self.browser_zone

    @property
    def moderates_site(self) -> bool:
        """Whether they moderate every room and the site as a whole. Read from the database each
        time for staff who aren't superusers; for everyone else the row says it."""
        if self.is_active and self.is_staff and not self.is_superuser:
            return moderators.is_one(self.pk)
        return self.is_active and self.is_superuser

    @property
    def is_erased(self) -> bool:
        """Whether the account was deleted: it names nobody, and nobody can log in to it again."""
        return self.username.startswith(names.DELETED_USERNAME)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name
