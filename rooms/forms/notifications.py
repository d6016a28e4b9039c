"""What somebody wants to be told, and how."""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from rooms.forms.base import ChatForm
from rooms.models import User
from rooms.protocol import shapes

LEVELS = [
    ("default", _("Default")),
    ("all", _("Everything")),
    ("mentions", _("Mentions")),
    ("nothing", _("Nothing")),
]

NO_ADDRESS = _(
    "You have no confirmed email address, so nothing is mailed to you. Add one in Account and "
    "security."
)


class MailForm(ChatForm):
    """What somebody is mailed. Its values go to `actions.notifications.missed.choose`."""

    missed = forms.ChoiceField(
        label=_("Mail me what I missed"),
        choices=User.Mailed.choices,
        help_text=_(
            "Mentions, direct messages, replies and keywords that I haven't read. Never while I'm "
            "here or don't want to be disturbed."
        ),
        widget=forms.RadioSelect,
    )
    weekly = forms.BooleanField(
        required=False,
        label=_("Mail me every Monday which rooms have something unread"),
    )

    @classmethod
    def of(cls, user: User, data: QueryDict | None = None) -> "MailForm":
        shown: dict[str, Any] = {"missed": user.mail_missed, "weekly": user.mail_weekly}
        form = cls(data, initial=shown)
        if not EmailAddress.objects.filter(user=user, verified=True).exists():
            form.fields["missed"].help_text = NO_ADDRESS
        return form


class MutedForm(ChatForm):
    """What counts in muted rooms. The page's script reads it, too: see `AppearanceForm`."""

    muted = forms.ChoiceField(
        label=_("In muted rooms, count"),
        choices=[("mentions", _("Mentions")), ("nothing", _("Nothing"))],
        widget=forms.RadioSelect,
    )


class LevelForm(ChatForm):
    """Of what in one room somebody is told."""

    level = forms.ChoiceField(choices=LEVELS)
    room = forms.CharField(widget=forms.HiddenInput)

    @classmethod
    def of(cls, room: shapes.RoomSummary) -> "LevelForm":
        initial = {"level": room.notify.level, "room": room.slug}
        form = cls(initial=initial, auto_id=f"{room.slug}-%s")
        form.fields["level"].label = room.name
        return form


class KeywordForm(ChatForm):
    keyword = forms.CharField(
        max_length=50,
        label=_("New keyword"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
