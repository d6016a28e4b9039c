"""Reserved names: addresses of the site itself, words that address many people, and names that say
that somebody runs the site."""

import functools
import re
from collections.abc import Iterable

from rooms.text.lookalikes import name_key

# Addresses next to /rooms/<slug>/: today's, and those that a future page is likely to want.
RESERVED_SLUGS = frozenset(
    [
        "accounts",
        "admin",
        "all",
        "api",
        "archive",
        "browse",
        "create",
        "delete",
        "direct",
        "edit",
        "export",
        "feed",
        "files",
        "invite",
        "invites",
        "join",
        "leave",
        "login",
        "logout",
        "me",
        "members",
        "messages",
        "moderation",
        "new",
        "reports",
        "rooms",
        "search",
        "settings",
        "signup",
        "static",
        "uploads",
        "ws",
    ]
)
# Words that mean several people after an `@`, or nobody.
RESERVED_USERNAMES = frozenset({"all", "channel", "deleted", "everyone", "here", "room", "system"})
# Anyone with one of these names is taken for somebody who runs the site. In all languages of the
# interface.
STAFF_NAMES = frozenset(
    [
        *("abuse", "admin", "administration", "administrator", "chatsite", "help", "helpdesk"),
        *("hostmaster", "mod", "moderation", "moderator", "modi", "official", "operator", "owner"),
        *("postmaster", "root", "security", "staff", "superuser", "support", "sysadmin", "team"),
        *("webmaster", "administratorin", "betreiber", "betreiberin", "moderatorin"),
        *("אדמין", "מנהל", "מנהלת"),
        *("מודרטור", "הנהלה", "צוות"),
    ]
)
# Those that say so anywhere in a name: `Alice Admin`. `Staff` and `Modi` can be family names.
RANKS = frozenset(
    [
        *("admin", "administrator", "administratorin", "hostmaster", "mod", "moderator"),
        *("moderatorin", "postmaster", "superuser", "sysadmin", "webmaster"),
    ]
)
# Words that change nothing about them: `Site Admin`, `The Support Team`, `chatadmin`.
QUALIFIERS = frozenset(
    [
        *("chat", "chief", "community", "deputy", "forum", "global", "head", "lead", "main"),
        *("our", "real", "room", "senior", "server", "site", "super", "system", "the", "web"),
        *("website", "your", "das", "der", "die", "haupt", "ה", "אתר"),
        *("האתר",),
    ]
)
# `adm1n` and `mod_` deceive as well as the real words.
_READ_AS = str.maketrans("013457", "oieast", "_")


def reads_as_staff(name: str) -> bool:
    """Whether a name claims that its owner runs the site: all of it, a part that is set apart as in
    `Alice (mod)`, or one of its words."""
    parts = (name, *_PARTS.split(name))
    return any(_made_of_staff(key) for part in parts for key in _keys_read(part)) or any(
        key in _ranks() for word in _WORD.findall(name) for key in _keys_read(word)
    )


# Splits at punctuation and emoji, but not inside a word such as O'Hara.
_PARTS = re.compile(r"[^\w\s'\u2019]+|\s_+|_+\s")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def _keys_read(text: str) -> set[str]:
    """The keys of everything a name may be read as: with digits as letters, and without the digits
    at its end."""
    bare = text.rstrip("0123456789_ ")
    readings = {bare, bare.translate(_READ_AS), text.translate(_READ_AS)}
    return {name_key(reading) for reading in readings if reading.strip()}


def _made_of_staff(key: str) -> bool:
    """Whether a key is made of staff names and qualifiers, with at least one staff name."""
    ends = {0: False}  # positions reached by whole words, and whether a staff name was among them
    for start in range(len(key)):
        if start not in ends:
            continue
        for word, is_staff in _staff_words().items():
            if key.startswith(word, start):
                end = start + len(word)
                ends[end] = ends.get(end, False) or ends[start] or is_staff
    return ends.get(len(key), False)


@functools.cache
def _staff_words() -> dict[str, bool]:
    """The key of every staff name, singular and plural, and of every qualifier; True for staff
    names."""
    qualifiers = dict.fromkeys(map(name_key, QUALIFIERS), False)
    return {**qualifiers, **dict.fromkeys(_with_plurals(STAFF_NAMES), True)}


@functools.cache
def _ranks() -> frozenset[str]:
    return frozenset(_with_plurals(RANKS))


def _with_plurals(words: Iterable[str]) -> set[str]:
    return {name_key(word + ending) for word in words for ending in ("", "s")}
