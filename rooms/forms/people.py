"""Forms for what others see of a person, and for when to leave them in peace."""

from datetime import time
from typing import Any, Self

from django import forms
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from rooms.forms.base import ChatForm
from rooms.models import User


class SeenForm(ChatForm):
    """What others may see of somebody's comings and goings."""

    shows_seen = forms.BooleanField(
        required=False, label=_("Show when I was last here (the day, not the time)")
    )
    shows_typing = forms.BooleanField(
        required=False, label=_("Show others in a room when I am typing")
    )

    @classmethod
    def of(cls, user: User, sent: QueryDict | None = None) -> Self:
        fields = {"shows_seen": user.shows_seen, "shows_typing": user.shows_typing}
        return cls(sent, initial=fields)


class QuietForm(ChatForm):
    """The schedule of do not disturb. `schedule` holds the arguments of
    `statuses.set_schedule`."""

    days = forms.TypedMultipleChoiceField(
        label=_("On these days"),
        coerce=int,
        choices=[*WEEKDAYS.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    begins = forms.TimeField(
        label=_("From"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    ends = forms.TimeField(
        label=_("Until"),
        help_text=_("If this is earlier, it is the next day."),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    @classmethod
    def of(cls, user: User, sent: QueryDict | None = None) -> Self:
        """The form with the present schedule; for somebody who has none, with a usual night."""
        minutes = (user.quiet_from, user.quiet_to) if user.quiet_days else (22 * 60, 7 * 60)
        begins, ends = (time(*divmod(one, 60)) for one in minutes)
        days = [day for day in range(7) if user.quiet_days >> day & 1]
        return cls(sent, initial={"days": days, "begins": begins, "ends": ends})

    @property
    def schedule(self) -> dict[str, Any]:
        days, begins, ends = (self.cleaned_data[name] for name in ("days", "begins", "ends"))
        return {"days": days, "begins": _minutes(begins), "ends": _minutes(ends)}


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
