"""The form for a new custom emoji."""

from pathlib import PurePath
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rooms.files import icons
from rooms.forms.base import ChatForm


class EmojiForm(ChatForm):
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=40,
        help_text=_(
            "What people type between two colons, such as party_parrot."
            " Empty: the name of the file."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    picture = forms.FileField(
        label=_("Image file"),
        help_text=_(
            "PNG, WebP or GIF, up to 256 KB, with at most 60 frames. It's scaled down to 128 × 128."
        ),
        widget=forms.FileInput(
            attrs={"accept": ",".join(f"image/{one.lower()}" for one in icons.EMOJI_FORMATS)}
        ),
        error_messages={"required": _("Choose an image first.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        picture = cleaned.get("picture")
        if picture and not cleaned.get("name"):
            cleaned["name"] = PurePath(picture.name or "").stem.replace(" ", "_")[:32]
        return cleaned
