"""Forms of the people who run the site: setting it up, its settings, invitations by mail."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError
from rooms.files import icons
from rooms.forms.accounts import PASSWORD_HELP
from rooms.forms.base import ChatForm
from rooms.models import Installation, Room
from rooms.models.site import MAX_RETENTION, RoomMentionBy
from rooms.queries.site import Site
from rooms.text.names import MAX_ROOM_NAME, MAX_SITE_NAME

ACCENTS = (
    ("#1d5fa8", _("Blue")),
    ("#6a4bb0", _("Violet")),
    ("#a8326e", _("Berry")),
    ("#a8401d", _("Brick")),
    ("#8a5a00", _("Ochre")),
    ("#4a6b1f", _("Moss")),
    ("#4d5a66", _("Slate")),
)
OWN = "own"  # a colour that isn't in the list
PICTURE = {"accept": ",".join(f"image/{one.lower()}" for one in icons.FORMATS)}
PICTURE_HELP = _("PNG, JPEG, WebP or GIF, up to 2 MB. A square one looks best.")
UNTYPED = {"autocapitalize": "none", "spellcheck": "false"}


class SetupForm(ChatForm):
    """The owner's account, then the site. Only the account is required."""

    username = forms.CharField(
        max_length=32,
        label=_("Username"),
        help_text=_("2 to 32 characters: a-z, 0-9 and _. You can't change it later."),
        widget=forms.TextInput(attrs={"autocomplete": "username", **UNTYPED}),
    )
    email = forms.EmailField(
        max_length=254,
        required=False,
        label=_("Email"),
        help_text=_("For resetting a forgotten password. Nobody else can see it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )
    password2 = forms.CharField(
        label=_("Confirm password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    name = forms.CharField(
        max_length=MAX_SITE_NAME,
        required=False,
        label=_("Name of the site"),
        help_text=_("Such as the name of your team. You can change it at any time."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    logo = forms.FileField(
        required=False,
        label=_("Logo"),
        help_text=PICTURE_HELP,
        widget=forms.FileInput(attrs=PICTURE),
    )
    language = forms.ChoiceField(
        required=False,
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("People read the site in the language of their browser, if it has it."),
    )
    signup = forms.ChoiceField(
        required=False,
        label=_("Who can create an account"),
        choices=Installation.Signup.choices,
        initial=Installation.Signup.OPEN,
        widget=forms.RadioSelect,
    )
    first_room = forms.CharField(
        max_length=MAX_ROOM_NAME,
        required=False,
        label=_("First room"),
        help_text=_("Everyone who joins the site joins this room. Leave it empty for none."),
        initial=_("General"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = get_language()
        if settings.SIGNUP:
            del self.fields["signup"]

    @property
    def account(self) -> Iterator[BoundField]:
        return (self[name] for name in ("username", "email", "password1", "password2"))

    @property
    def site(self) -> Iterator[BoundField]:
        names = ("name", "logo", "language", "signup", "first_room")
        return (self[name] for name in names if name in self.fields)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password1") != data.get("password2"):
            self.add_error("password2", _("The passwords don't match. Type the same one twice."))
        return data

    def refuse(self, error: ChatError) -> None:
        self.add_error(None, error.detail)


class LookForm(ChatForm):
    """The site's name and its colour: one of the list, or any other."""

    name = forms.CharField(
        max_length=MAX_SITE_NAME,
        required=False,
        label=_("Name"),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    accent = forms.ChoiceField(
        required=False,
        label=_("Colour"),
        choices=[("", _("Pine")), *ACCENTS, (OWN, _("Another:"))],
        widget=forms.RadioSelect,
    )
    own_accent = forms.CharField(
        max_length=7,
        required=False,
        label=_("Another colour"),
        help_text=_("It's made lighter or darker where texts couldn't be read otherwise."),
        widget=forms.TextInput(attrs={"type": "color"}),
    )

    @classmethod
    def of(cls, site: Site) -> "LookForm":
        listed = not site.accent or site.accent in dict(ACCENTS)
        return cls(
            initial={
                "name": site.given_name,
                "accent": site.accent if listed else OWN,
                "own_accent": site.accent or "#146152",
            }
        )

    @property
    def chosen(self) -> dict[str, str]:
        """The arguments of the operation."""
        data = self.cleaned_data
        own = data["accent"] == OWN
        return {"name": data["name"], "accent": data["own_accent" if own else "accent"]}


class LogoForm(ChatForm):
    logo = forms.FileField(
        label=_("Image file"),
        help_text=PICTURE_HELP,
        widget=forms.FileInput(attrs=PICTURE),
        error_messages={"required": _("Choose an image first.")},
    )


class PeopleForm(ChatForm):
    """Whom the site lets in, and what they are told."""

    signup = forms.ChoiceField(
        label=_("Who can create an account"),
        choices=Installation.Signup.choices,
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(
        required=False,
        label=_("Language"),
        choices=[("", _("English, unless the browser asks for another")), *settings.LANGUAGES],
        help_text=_(
            "For invitations by mail, and for people whose browser asks for a language that the "
            "site doesn't have."
        ),
    )
    retention = forms.CharField(
        max_length=MAX_RETENTION,
        required=False,
        label=_("How long things are kept"),
        help_text=_(
            "A sentence for everyone, shown where people sign up and beside their own data. The "
            "site itself keeps messages until they are deleted."
        ),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    mails_missed = forms.BooleanField(
        required=False,
        label=_("Mail people what they missed"),
        help_text=_("Everyone chooses for themselves how soon, and can turn it off."),
    )

    @classmethod
    def of(cls, site: Site, data: Any = None) -> "PeopleForm":
        names = ("signup", "language", "retention", "mails_missed")
        shown = {name: getattr(site, name) for name in names}
        form = cls(data, initial=shown)
        if settings.SIGNUP:
            del form.fields["signup"]
        return form


class FilesForm(ChatForm):
    """How much people may send. 0: any amount."""

    file_mb = forms.IntegerField(
        min_value=0,
        label=_("MB of one file"),
        help_text=_("0 in any of these: no limit."),
    )
    person_files_mb = forms.IntegerField(min_value=0, label=_("MB of all files of one person"))
    site_files_mb = forms.IntegerField(
        min_value=0,
        label=_("MB of all files"),
        help_text=_("Without a limit, the site stops taking files before the disk is full."),
    )

    @classmethod
    def of(cls) -> "FilesForm":
        site = Installation.current()
        return cls(initial={name: getattr(site, name) for name in cls.base_fields})


class RoomsForm(ChatForm):
    """The rooms of everyone, and who may create others."""

    rooms = forms.MultipleChoiceField(
        required=False,
        label=_("Rooms that new people join"),
        widget=forms.CheckboxSelectMultiple,
    )
    other = forms.CharField(
        max_length=MAX_ROOM_NAME,
        required=False,
        label=_("Another room"),
        help_text=_("The name or the address of a public room."),
        widget=forms.TextInput(attrs={"autocomplete": "off", **UNTYPED}),
    )
    room_makers = forms.ChoiceField(
        label=_("Who can create rooms"),
        choices=Installation.Makers.choices,
        widget=forms.RadioSelect,
    )
    room_mention_by = forms.ChoiceField(
        required=False,
        label=_("Who can use @room"),
        choices=RoomMentionBy.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "It notifies every member of a room. A room can say otherwise; newcomers never can."
        ),
    )
    listed = 30  # rooms to tick; others are added by name

    @classmethod
    def of(cls, site: Site, data: Any = None) -> "RoomsForm":
        ours = [*Room.objects.default().order_by("name")]
        others = Room.objects.public().filter(is_default=False).order_by("name", "pk")
        offered = [*ours, *others[: cls.listed + 1]]
        initial = {
            "rooms": [str(room.pk) for room in ours],
            "room_makers": site.room_makers,
            "room_mention_by": site.room_mention_by,
        }
        form = cls(data, initial=initial)
        choices = [(str(room.pk), room.name) for room in offered]
        form.fields["rooms"].choices = choices  # type: ignore[attr-defined]
        if len(offered) <= len(ours) + cls.listed:
            del form.fields["other"]
        if not offered:
            del form.fields["rooms"]
        return form

    def clean_other(self) -> Room | None:
        text = self.cleaned_data["other"].strip().removeprefix("#")
        if not text:
            return None
        public = Room.objects.public()
        room = public.filter(slug=text.lower()).first() or public.filter(name__iexact=text).first()
        if room is None:
            raise forms.ValidationError(_("There is no public room of that name."))
        return room

    @property
    def chosen(self) -> list[Room]:
        """All rooms that new people are to join."""
        picked = [*Room.objects.filter(pk__in=self.cleaned_data.get("rooms", []))]
        other = self.cleaned_data.get("other")
        return [*picked, other] if other else picked


class LinksForm(ChatForm):
    """What the site does with links in messages."""

    link_previews = forms.BooleanField(
        required=False,
        label=_("Show previews of links"),
        help_text=_(
            "The site then opens the pages that messages link to, and shows their title and "
            "picture. People who read them don't: the pages learn this site's address, not theirs."
        ),
    )


class InviteMailForm(ChatForm):
    addresses = forms.CharField(
        max_length=4000,
        label=_("Email addresses"),
        help_text=_("Up to 20, separated by spaces or commas. Each gets a link that works once."),
        widget=forms.Textarea(attrs={"rows": 2, "autocapitalize": "none", "spellcheck": "false"}),
    )
