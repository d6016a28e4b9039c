"""File names that are safe to save. Pure."""

import re
import unicodedata

from rooms.text import bodies

MAX_BYTES = 255  # in UTF-8: what most file systems take
FALLBACK = "file"

# Whatever reorders or hides: `\u202egpj.exe` reads as `exe.jpg`. Joiners stay, which Persian and
# emoji need.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
# What Windows doesn't take in a name.
_RESERVED = re.compile('[<>:"|?*]')
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\.|$)")


def clean_file_name(text: str) -> str:
    """Return the name of a file as it is stored and offered to people who save it: no folder, no
    characters that can't be seen, none that a system reserves, and at most 255 bytes, with its
    ending."""
    name = re.split(r"[/\\]", text[: 16 * MAX_BYTES])[-1]
    name = _RESERVED.sub("_", _UNSEEN.sub("", name))
    if not bodies.INVISIBLE.sub("", name):
        return FALLBACK
    name = " ".join(bodies.clean_body(name).split()).rstrip(". ")
    if not bodies.INVISIBLE.sub("", name):
        return FALLBACK
    if _DEVICES.match(name):
        name = f"_{name}"
    return _shortened(name)


def _shortened(name: str) -> str:
    """Cut the middle out of a name that is too long: its ending says what it is."""
    if len(name.encode()) <= MAX_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode()) > 20:
        stem, dot, ending = name, "", ""
    room = MAX_BYTES - len(f"{dot}{ending}".encode())
    kept = stem.encode()[:room].decode(errors="ignore")
    # Not between a letter and its marks.
    while kept and unicodedata.combining(stem[len(kept) : len(kept) + 1] or " "):
        kept = kept[:-1]
    return f"{kept.rstrip('. ')}{dot}{ending}"
