"""Placeholder until the real one lands."""

import re
import unicodedata

RESERVED_SLUGS = frozenset({"new", "direct"})


def clean_room_name(text: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(text) <= 80 or not text.isprintable():
        raise ValueError("A room's name has 1 to 80 visible characters.")
    return text


def name_key(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold()) or text


def slugify_name(text: str) -> str:
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFKC", text).lower()).strip("-")[:60]


def clean_slug(text: str) -> str:
    if slugify_name(text) != text or text in RESERVED_SLUGS:
        raise ValueError("A slug has lower-case letters, digits and hyphens.")
    return text


def clean_display_name(text: str) -> str:
    return clean_room_name(text)[:40]


def clean_username(text: str) -> str:
    text = text.lower()
    if not re.fullmatch(r"[a-z0-9_]{2,32}", text):
        raise ValueError("A username has 2 to 32 of a-z, 0-9 and _.")
    return text
