"""The site's own emoji in a message: which `:name:` is a picture, and its HTML. Pure: knows no
model."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid
from rooms.text import shortcodes

FOLDER = "/media/emoji/"
ADDRESS = re.compile(rf"{FOLDER}([0-9a-f]{{32}})(?:-still)?\.webp")
# A digit alone would be a time: `at:10:30`.
NAME = re.compile(r"(?=[0-9_+-]*[a-z])[a-z0-9+-][a-z0-9_+-]{1,31}")
NO_MOTION = "(prefers-reduced-motion: reduce)"


@dataclass(frozen=True, slots=True)
class Picture:
    """A custom emoji."""

    name: str
    key: str
    animated: bool

    @property
    def code(self) -> str:
        return f":{self.name}:"

    @property
    def address(self) -> str:
        return f"{FOLDER}{self.key}.webp"

    @property
    def still(self) -> str | None:
        """The address of the first frame, if the others move."""
        return f"{FOLDER}{self.key}-still.webp" if self.animated else None

    @property
    def html(self) -> str:
        image = f'<img class="emoji" src="{self.address}" alt="{self.code}" title="{self.code}">'
        if self.still is None:
            return image
        return f'<picture><source media="{NO_MOTION}" srcset="{self.still}">{image}</picture>'


NO_PICTURES: Mapping[str, Picture] = MappingProxyType({})


def clean_name(name: str) -> str:
    """Return the name of a new emoji, without colons. Raises Invalid."""
    name = name.strip().strip(":").lower()
    if not NAME.fullmatch(name):
        raise Invalid(
            _("A name has 2 to 32 characters: a-z, 0-9, _, + and -, with at least one letter.")
        )
    if shortcodes.is_standard(name):
        raise Invalid(_("“:%(name)s:” is an emoji already. Choose another name."), name=name)
    return name


def parted(text: str, pictures: Mapping[str, Picture]) -> Iterator[str | Picture]:
    """Yield a text as it is, but with a picture for each `:name:` that has one."""
    start = 0
    for begin, end in shortcodes.places(text) if pictures else ():
        picture = pictures.get(text[begin + 1 : end - 1].lower())
        if picture is not None:
            if begin > start:
                yield text[start:begin]
            yield picture
            start = end
    if start < len(text):
        yield text[start:]


def keys_in(html: str) -> set[str]:
    """Return the keys of the pictures in rendered text."""
    return set(ADDRESS.findall(html)) if FOLDER in html else set()
