"""Forms that create and change rooms, open direct ones and invite people."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from rooms.actions.rooms.invites import MAX_INVITE_DAYS, MAX_INVITE_USES
from rooms.forms.base import ChatForm
from rooms.models import Room
from rooms.models.site import RoomMentionBy
from rooms.queries import site as sites
from rooms.text import durations
from rooms.text.names import MAX_TOPIC

MAX_NAME = 80
PACES = (0, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600)  # seconds between two messages


class RoomForm(ChatForm):
    name = forms.CharField(max_length=MAX_NAME, label=_("Name"))
    topic = forms.CharField(max_length=MAX_TOPIC, required=False, label=_("Topic"))
    kind = forms.ChoiceField(
        label=_("Visibility"),
        initial=Room.Kind.PUBLIC,
        choices=[
            (Room.Kind.PUBLIC, _("Public: anyone here can find and join it")),
            (Room.Kind.PRIVATE, _("Invite-only: hidden from everyone else")),
        ],
        widget=forms.RadioSelect,
    )


class RoomSettingsForm(ChatForm):
    name = forms.CharField(max_length=MAX_NAME, label=_("Name"))
    topic = forms.CharField(max_length=MAX_TOPIC, required=False, label=_("Topic"))


class ConvertForm(ChatForm):
    name = forms.CharField(max_length=MAX_NAME, label=_("Name of the room"))


class PaceForm(ChatForm):
    """Slow mode, and who can post in a room."""

    slow_mode = forms.TypedChoiceField(
        coerce=int,
        label=_("Slow mode"),
        help_text=_(
            "The shortest time between two messages by the same person. Moderators are exempt."
        ),
    )
    announcement = forms.TypedChoiceField(
        coerce=lambda value: value == "staff",
        label=_("Who can post"),
        choices=[("all", _("All members")), ("staff", _("Owners and moderators only"))],
        widget=forms.RadioSelect,
    )

    room_mention_by = forms.ChoiceField(
        required=False,
        label=_("Who can use @room"),
        help_text=_("It notifies every member. @here notifies only those who are online."),
    )

    @classmethod
    def of(cls, room: Room, data: QueryDict | None = None) -> "PaceForm":
        """The form for a room, whose pace may not be among the usual ones."""
        initial = {
            "slow_mode": room.slow_mode,
            "announcement": "staff" if room.announcement else "all",
            "room_mention_by": room.room_mention_by,
        }
        form = cls(data, initial=initial)
        usual = RoomMentionBy(sites.current().room_mention_by).label
        form.fields["room_mention_by"].choices = [  # type: ignore[attr-defined]
            ("", _("As on the whole site: %(who)s") % {"who": usual}),
            *RoomMentionBy.choices,
        ]
        offered = sorted({*PACES, room.slow_mode})
        form.fields["slow_mode"].choices = [  # type: ignore[attr-defined]
            (pace, durations.words(pace) if pace else _("Off")) for pace in offered
        ]
        return form

    def clean_room_mention_by(self) -> str | None:
        """None: the page is of a version that doesn't ask, so it stays as it is."""
        chosen: str = self.cleaned_data["room_mention_by"]
        return chosen if "room_mention_by" in self.data else None


class WebForm(ChatForm):
    """How outsiders find a room that is open to the web."""

    indexed = forms.TypedChoiceField(
        coerce=lambda value: value == "yes",
        label=_("Search engines"),
        choices=[("no", _("Ask them to stay away")), ("yes", _("May list this room"))],
        widget=forms.RadioSelect,
    )


class DirectForm(ChatForm):
    people = forms.CharField(
        max_length=400,
        label=_("Usernames"),
        help_text=_("Up to nine people, separated by spaces."),
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


class InviteForm(ChatForm):
    days = forms.IntegerField(
        min_value=1,
        max_value=MAX_INVITE_DAYS,
        required=False,
        initial=7,
        label=_("Valid for (days)"),
        help_text=_("Leave empty to keep it valid until you revoke it."),
    )
    max_uses = forms.IntegerField(
        min_value=1,
        max_value=MAX_INVITE_USES,
        required=False,
        label=_("Maximum uses"),
        help_text=_("Leave empty for no limit."),
    )
