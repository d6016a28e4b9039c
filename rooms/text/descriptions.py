"""What people say of a file: in a line what it shows, in a text what is said in it."""

from django.utils.translation import gettext_lazy as _

from rooms.errors import TooLarge
from rooms.text import bodies

MAX_ALT = 1000  # characters, as in the tables
MAX_TRANSCRIPT = 8000


def clean_alt(text: str) -> str:
    """Return a description as it is stored, on one line. Raises TooLarge or Invalid."""
    return " ".join(_clean(text, MAX_ALT).split())


def clean_transcript(text: str) -> str:
    """Return a transcript as it is stored. Raises TooLarge or Invalid."""
    return _clean(text, MAX_TRANSCRIPT)


def _clean(text: str, most: int) -> str:
    if len(text) > most:
        raise TooLarge(
            _("This can have at most %(most)d characters; yours has %(count)d."),
            most=most,
            count=len(text),
        )
    return bodies.clean_text(text)
