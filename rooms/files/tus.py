"""The headers of tus 1.0.0, https://tus.io/protocols/resumable-upload. Pure."""

import base64
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid

VERSION = "1.0.0"
EXTENSIONS = "creation,termination"
PART_TYPE = "application/offset+octet-stream"
MAX_DIGITS = 15  # of a number of bytes


def number(text: str | None, header: str) -> int:
    """Read a number of bytes. Raises Invalid."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise Invalid(_("The header %(header)s must be a number of bytes."), header=header)
    return int(text)


def metadata(header: str) -> dict[str, str]:
    """Read `Upload-Metadata`: pairs of a key and a text in base64, separated by commas. Raises
    Invalid."""
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _space, value = pair.partition(" ")
        try:
            text = base64.b64decode(value.strip(), validate=True).decode()
        except ValueError:  # UnicodeError and binascii.Error are such
            raise Invalid(
                _("In the header Upload-Metadata, “%(key)s” isn't UTF-8 in base64."), key=key[:40]
            ) from None
        if key in found:
            raise Invalid(_("In the header Upload-Metadata, “%(key)s” occurs twice."), key=key[:40])
        found[key] = text
    return found


def packed_metadata(values: Mapping[str, str]) -> str:
    """Write the header."""
    return ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}".rstrip()
        for key, value in values.items()
    )
