"""Names of rooms and people, and what may be one. Pure: knows no model.

Every `clean_…` returns the text to store, or raises Invalid with a sentence for the person who
typed it. Where zero-width joiners belong is from UAX #31. Even a name that passes is shown isolated
from the text around it (`<bdi>`).
"""

import hashlib
import itertools
import re
import unicodedata

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid
from rooms.text.lookalikes import is_blank, is_selector, name_key, refuse_mixed_scripts
from rooms.text.reserved import RESERVED_SLUGS, RESERVED_USERNAMES, reads_as_staff
from rooms.text.scripts import script

MAX_ROOM_NAME = 80  # code points, since that is what the database counts
MAX_DISPLAY_NAME = 40
MAX_SECTION_NAME = 40
MAX_SITE_NAME = 40  # it stands at the top of a narrow column
MAX_TOPIC = 250
MAX_PRONOUNS = 40
MAX_ABOUT = 200
MAX_STATUS = 100
MAX_SLUG = 60
# A deleted account's. The first can't be registered: it has a hyphen.
DELETED_USERNAME = "deleted-"
DELETED_NAME = "Deleted account"
MAX_MARKS = 4  # combining marks on one base: Vietnamese needs 2, pointed Hebrew 4, Zalgo hundreds

# -- people ----------------------------------------------------------------------------------


def clean_username(text: str) -> str:
    """Return the handle after `@`, in lower case. It is ASCII, so no two look alike by script.

    Raises Invalid unless it is 2 to 32 of a-z, 0-9 and _, with at least one letter or digit, and
    not a word that addresses everyone.
    """
    # Before lowering: the Kelvin sign (U+212A) is a `k` in lower case.
    name = text.strip().lower() if text.isascii() else ""
    if not re.fullmatch(r"[a-z0-9_]{2,32}", name):
        raise Invalid(_("A username has 2 to 32 characters: a-z, 0-9 and _."))
    if not name.strip("_"):
        raise Invalid(_("A username needs at least one letter or digit."))
    if name in RESERVED_USERNAMES:
        raise Invalid(
            _("“%(name)s” is reserved for addressing everyone. Choose another username."), name=name
        )
    return name


def clean_new_username(text: str) -> str:
    """Do the same for a stranger who signs up. Raises Invalid for staff names as well, which only
    the site's owner may give away."""
    name = clean_username(text)
    if reads_as_staff(name):
        raise Invalid(
            _("“%(name)s” is reserved for the people who run the site. Choose another username."),
            name=name,
        )
    return name


def clean_display_name(text: str) -> str:
    """Return the name that others see: any script, spaces, 1 to 40 characters.

    Raises Invalid for the same reasons as `clean_room_name`.
    """
    return _clean(text, _("A display name"), MAX_DISPLAY_NAME)


def clean_section_name(text: str) -> str:
    """Return the name of a section of one's sidebar: any script, spaces, 1 to 40 characters.

    Raises Invalid for the same reasons as `clean_room_name`.
    """
    return _clean(text, _("The name of a section"), MAX_SECTION_NAME)


def clean_own_name(text: str) -> str:
    """Do the same for a name that people choose for themselves. Raises Invalid as well for anything
    that reads as staff or as a deleted account."""
    name = clean_display_name(text)
    if reads_as_staff(name) or name_key(name) == name_key(DELETED_NAME):
        raise Invalid(
            _("“%(name)s” is reserved for the people who run the site. Choose another name."),
            name=name,
        )
    return name


def clean_pronouns(text: str) -> str:
    """Return how somebody wants to be referred to, possibly empty: one line of at most 40
    characters, under the rules of `clean_topic`. Raises Invalid as well for anything that reads as
    staff: it is shown beside the name."""
    pronouns = _clean_sentence(text, _("The pronouns"), MAX_PRONOUNS)
    if pronouns and reads_as_staff(pronouns):
        raise Invalid(_("“%(name)s” is reserved for the people who run the site."), name=pronouns)
    return pronouns


def clean_about(text: str) -> str:
    """Return what somebody says about themselves, possibly empty: one line of at most 200
    characters, under the rules of `clean_topic`."""
    return _clean_sentence(text, _("The text about you"), MAX_ABOUT)


def clean_status(text: str) -> str:
    """Return what somebody says beside their name, possibly empty: one line of at most 100
    characters, under the rules of `clean_pronouns`."""
    status = _clean_sentence(text, _("A status"), MAX_STATUS)
    if status and reads_as_staff(status):
        raise Invalid(_("“%(name)s” is reserved for the people who run the site."), name=status)
    return status


def clean_site_name(text: str) -> str:
    """Do the same for the name of the site, which may be empty."""
    return _clean(text, _("The name"), MAX_SITE_NAME) if text.strip() else ""


# -- rooms -----------------------------------------------------------------------------------


def clean_room_name(text: str) -> str:
    """Return a room's name: NFC, white space collapsed, 1 to 80 characters.

    Raises Invalid for invisible characters (control and format characters, blanks), for names that
    read as something else (direction overrides, Latin and Cyrillic in one word) and for piled-up
    marks.
    """
    return _clean(text, _("A room name"), MAX_ROOM_NAME)


def clean_topic(text: str) -> str:
    """Return what a room is about: one line of at most 250 characters, possibly empty.

    Raises Invalid for invisible characters, for those that reverse the reading order, and for
    piled-up marks. A topic is a sentence, so its words may mix scripts.
    """
    return _clean_sentence(text, _("A topic"), MAX_TOPIC)


def slugify_name(text: str) -> str:
    """Make the address of a room from its name, in any script; "" if nothing is left of it.

    An address has lower-case letters and digits with single hyphens between them, at most 60
    characters, and is never a reserved one.
    """
    plain = unicodedata.normalize("NFKC", text[: 4 * MAX_ROOM_NAME]).lower()
    plain = unicodedata.normalize("NFKC", plain.replace("i\u0307", "i"))  # İstanbul
    words = "".join(_slug_part(char) for char in plain).split("-")
    slug = _shortened("-".join(filter(None, words)), MAX_SLUG)
    return f"{slug}-room" if slug in RESERVED_SLUGS else slug


def clean_slug(text: str) -> str:
    """Return an address that somebody chose, in the alphabet of `slugify_name`.

    Raises Invalid if it has any other characters, mixes scripts that look alike, is too long, or is
    the address of one of the site's own pages.
    """
    slug = unicodedata.normalize("NFKC", text[: 4 * MAX_SLUG].strip()).lower()
    if slug in RESERVED_SLUGS:
        raise Invalid(
            _("“%(address)s” is one of this site's own addresses. Choose another one."),
            address=slug,
        )
    if len(text.strip()) > MAX_SLUG or len(slug) > MAX_SLUG:
        raise Invalid(_("An address has at most %(most)d characters."), most=MAX_SLUG)
    if not slug or slug != slugify_name(slug):
        raise Invalid(
            _("An address consists of letters and digits, with single hyphens between them.")
        )
    refuse_mixed_scripts(slug, _("An address"))
    return slug


# -- hygiene ---------------------------------------------------------------------------------

# Never part of a name: controls, surrogates, private use, unassigned, line and paragraph breaks.
_BREAKING = _("%(what)s may not contain line-breaking characters (%(code)s).")
_REFUSED = {
    "Cc": _("%(what)s may not contain control characters (%(code)s)."),
    "Cs": _("%(what)s may not contain broken characters (%(code)s)."),
    "Co": _("%(what)s may not contain private-use characters (%(code)s)."),
    "Cn": _("%(what)s may not contain unassigned characters (%(code)s)."),
    "Zl": _BREAKING,
    "Zp": _BREAKING,
}
_UNSEEN = _("%(what)s may not contain invisible characters (%(code)s).")
_JOINERS = frozenset("\u200c\u200d")
_MARKS = frozenset({"Mn", "Me"})
IDEOGRAPHS = "HAN"
# Flags of England, Scotland and Wales: a black flag and invisible tags.
_TAGGED_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,6}\U000e007f")
# Scripts in whose words a zero-width joiner or non-joiner changes something (UAX #31, table 4 and
# section 2.3): Persian, the Indic family, Mongolian …
JOINING_SCRIPTS = frozenset(
    [
        "ARABIC",
        "BENGALI",
        "DEVANAGARI",
        "GUJARATI",
        "GURMUKHI",
        "KANNADA",
        "KHMER",
        "MALAYALAM",
        "MONGOLIAN",
        "MYANMAR",
        "NKO",
        "ORIYA",
        "SINHALA",
        "SYRIAC",
        "TAMIL",
        "TELUGU",
        "TIBETAN",
    ]
)


def _clean(text: str, what: str | Promise, longest: int) -> str:
    # First, so that no step below has to read an endless text.
    if len(text) > 4 * longest:
        raise Invalid(_("%(what)s has at most %(most)d characters."), what=what, most=longest)
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(name) > longest:
        raise Invalid(_("%(what)s has at most %(most)d characters."), what=what, most=longest)
    _refuse_unseen(name, what)
    _refuse_piled_marks(name, what)
    refuse_mixed_scripts(name, what)
    return name


def _clean_sentence(text: str, what: str | Promise, longest: int) -> str:
    """Like `_clean`, for a text that may be empty and whose words may mix scripts."""
    if len(text) > 4 * longest:
        raise Invalid(_("%(what)s has at most %(most)d characters."), what=what, most=longest)
    sentence = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(sentence) > longest:
        raise Invalid(_("%(what)s has at most %(most)d characters."), what=what, most=longest)
    if sentence:
        _refuse_unseen(sentence, what)
        _refuse_piled_marks(sentence, what)
    return sentence


def _refuse_unseen(name: str, what: str | Promise) -> None:
    """Raise Invalid if a character is invisible, or if all of them are."""
    bare = _TAGGED_FLAG.sub("\U0001f3f4", name)
    for index, char in enumerate(bare):
        category = unicodedata.category(char)
        if category in _REFUSED:
            raise Invalid(_REFUSED[category], what=what, code=_code(char))
        if is_blank(char) or (category == "Cf" and not _joins(bare, index)):
            raise Invalid(_UNSEEN, what=what, code=_code(char))
        if is_selector(char) and not _selects(bare, index):
            raise Invalid(_UNSEEN, what=what, code=_code(char))
    if not any(unicodedata.category(char)[0] in "LNPS" for char in bare):
        raise Invalid(_("%(what)s needs at least one visible character."), what=what)


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"


def _joins(name: str, index: int) -> bool:
    """Whether `index` is a joiner in a place where joiners mean something."""
    if name[index] not in _JOINERS or not 0 < index < len(name) - 1:
        return False
    # Look at the base: vowel signs, selectors and skin tones come between it and the joiner.
    before = next(
        (char for char in reversed(name[:index]) if unicodedata.category(char)[0] != "M"), ""
    )
    after = name[index + 1]
    scripts = {script(before) if before else "", script(after)}
    if scripts <= JOINING_SCRIPTS:
        return True
    return name[index] == "\u200d" and _is_picture(before) and _is_picture(after)


def _is_picture(char: str) -> bool:
    return bool(char) and unicodedata.category(char) in {"So", "Sk"}


def _selects(name: str, index: int) -> bool:
    """Whether the variation selector at `index` follows something that has variants: an emoji, a
    keycap's digit, or a Chinese character (葛󠄀 in Japanese family names)."""
    before = name[index - 1] if index else ""
    if "\ufe0e" <= name[index] <= "\ufe0f":
        return before != "" and (
            before in "0123456789#*\u203c\u2049" or unicodedata.category(before)[0] == "S"
        )
    return before != "" and script(before) == IDEOGRAPHS


def _refuse_piled_marks(name: str, what: str | Promise) -> None:
    if unicodedata.category(name[0])[0] == "M":
        raise Invalid(_("%(what)s may not begin with an accent or other mark."), what=what)
    for is_mark, run in itertools.groupby(name, lambda char: unicodedata.category(char) in _MARKS):
        if is_mark and len(list(run)) > MAX_MARKS:
            raise Invalid(_("%(what)s has too many marks on one letter."), what=what)


# -- slugs -----------------------------------------------------------------------------------

_INSIDE_WORDS = frozenset("'`\xb4\u02bc\u2019") | _JOINERS  # `don't` is one word


def _slug_part(char: str) -> str:
    """Return letters and digits as they are, nothing for apostrophes and joiners, and a hyphen for
    everything else.

    A script's own marks stay, since Devanagari and its relatives write vowels as marks; marks that
    go with any script are dropped.
    """
    category = unicodedata.category(char)
    if category[0] == "M":
        return "" if unicodedata.name(char, "COMBINING").startswith("COMBINING") else char
    if category[0] == "L" or category == "Nd":
        return "" if is_blank(char) else char
    return "" if char in _INSIDE_WORDS else "-"


def _shortened(slug: str, length: int) -> str:
    """Cut a slug to at most `length` characters, between words if that costs less than half."""
    if len(slug) <= length:
        return slug
    whole = slug[: length + 1].rpartition("-")[0]
    return whole if 2 * len(whole) > length else slug[:length].rstrip("-")


def digest(username: str) -> str:
    """Hash a retired username, so that the site can tell it is taken without knowing whose it was.
    Slow on purpose, since usernames can be guessed: 10 ms per guess."""
    salt = b"rooms.retired"
    return hashlib.scrypt(username.encode(), salt=salt, n=4096, r=8, p=1, dklen=32).hex()
