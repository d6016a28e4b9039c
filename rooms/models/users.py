"""People."""

from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms import moderators, names
from rooms.errors import Invalid
from rooms.models.fields import FoldedField, with_folded

TAKEN = _("That username is taken.")


def validate_username(username: str) -> None:
    """ASCII only: a look-alike of somebody's name can't be registered at all; nor can the name of
    somebody who deleted their account, whom others would take the newcomer for."""
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


class RetiredName(models.Model):
    """A username that nobody gets again, without saying which."""

    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.digest[:8]


class User(AbstractUser):
    """Somebody with an account. The row is never deleted, since messages keep their author; who
    deletes their account leaves one that names nobody."""

    username = models.CharField(
        _("username"),
        max_length=32,
        unique=True,
        validators=[validate_username],
        help_text=_("2 to 32 of a-z, 0-9 and _."),
        error_messages={"unique": TAKEN},
    )
    display_name = models.CharField(
        _("display name"),
        max_length=40,
        blank=True,
        validators=[validate_display_name],
        help_text=_("What others see; the username when empty."),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: what their browser asks for."),
    )
    # Indexed for prefixes, on PostgreSQL as well.
    folded_name = FoldedField(of=["display_name"], max_length=200, db_index=True)
    avatar = models.ImageField(_("picture"), upload_to="avatars", blank=True)
    email = models.EmailField(_("email"), blank=True)
    last_room = models.ForeignKey(
        "rooms.Room", null=True, blank=True, editable=False, on_delete=models.SET_NULL
    )

    invited = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Signed up by an invitation."
    )

    # A `protocol.Sidebar` as JSON; empty: the one that everybody begins with.
    sidebar = models.TextField(blank=True, default="", db_default="", editable=False)

    first_name = None  # type: ignore[assignment]  # one name, and it is the person's choice
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
        # None comes from a form whose field was refused already.
        return super().normalize_username(username).lower() if username else username

    @property
    def name(self) -> str:
        """What others see."""
        return self.display_name or self.username

    @property
    def moderates_site(self) -> bool:
        """Whether they moderate every room and what concerns the whole site. Read anew each time
        for staff who are no superusers; of everybody else the row says it."""
        if self.is_active and self.is_staff and not self.is_superuser:
            return moderators.is_one(self.pk)
        return self.is_active and self.is_superuser

    @property
    def is_erased(self) -> bool:
        """Whether the account was deleted: it names nobody, and nobody comes back to it."""
        return self.username.startswith(names.DELETED_USERNAME)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name
