"""The site's own emoji."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.models.attributed import Attributed
from rooms.text.pictures import Picture


class CustomEmoji(Attributed):
    """A picture that people write as `:name:`. Its files and address are named after the random
    `key`, so a new picture under an old name never shows the old one."""

    name = models.CharField(_("name"), max_length=32, unique=True)
    key = models.CharField(max_length=32, unique=True, editable=False)
    animated = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("custom emoji")
        verbose_name_plural = _("custom emoji")

    def __str__(self) -> str:
        return self.picture.code

    @property
    def picture(self) -> Picture:
        return Picture(self.name, self.key, self.animated)
