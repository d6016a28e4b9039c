"""Names of rooms and people: what may be one, and when two look the same. Pure: knows no model.

Every `clean_…` returns the text to store, or raises Invalid with a sentence for the person who
typed it. Sources: UTS #39 (Unicode security mechanisms) for mixed scripts and look-alikes, UAX #31
for where zero-width joiners belong. A name that passes is still shown isolated (`<bdi>`).
"""

import functools
import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterable

from confusable_homoglyphs import categories, confusables
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid

MAX_ROOM_NAME = 80  # code points, since that is what the database counts
MAX_DISPLAY_NAME = 40
MAX_TOPIC = 250
MAX_SLUG = 60
MAX_KEY = 200  # U+FDFA alone is 18 characters in NFKC
# Whose account was deleted. The first can't be registered: it has a hyphen.
DELETED_USERNAME = "deleted-"
DELETED_NAME = "Deleted account"
MAX_MARKS = 4  # combining marks on one base: Vietnamese needs 2, pointed Hebrew 4, Zalgo hundreds

# Two letters that read as one (UTS #39 has the first of them).
ALIKE_PAIRS = {"rn": "m", "vv": "w"}
# Addresses beside /rooms/<slug>/, today's and those that a later page is likely to want.
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
# Words that mean more than one person after an `@`, or nobody.
RESERVED_USERNAMES = frozenset({"all", "channel", "deleted", "everyone", "here", "room", "system"})
# Anyone who answers to one of these is taken for somebody who runs the site; also in the other
# languages of the interface.
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
# Those that say so wherever they stand: `Alice Admin`. A `Staff` or a `Modi` may be a family.
RANKS = frozenset(
    [
        *("admin", "administrator", "administratorin", "hostmaster", "mod", "moderator"),
        *("moderatorin", "postmaster", "superuser", "sysadmin", "webmaster"),
    ]
)
# What makes one of them no other: `Site Admin`, `The Support Team`, `chatadmin`.
QUALIFIERS = frozenset(
    [
        *("chat", "chief", "community", "deputy", "forum", "global", "head", "lead", "main"),
        *("our", "real", "room", "senior", "server", "site", "super", "system", "the", "web"),
        *("website", "your", "das", "der", "die", "haupt", "ה", "אתר"),
        *("האתר",),
    ]
)
# `adm1n` and `mod_` deceive as well as the words themselves.
_READ_AS = str.maketrans("013457", "oieast", "_")

# -- people ----------------------------------------------------------------------------------


def clean_username(text: str) -> str:
    """The handle behind `@`, in lower case. ASCII, so that no two look alike by script.

    Raises Invalid unless it is 2 to 32 of a-z, 0-9 and _, with a letter or digit among them,
    and no word that addresses everybody.
    """
    # Before lowering: the Kelvin sign (U+212A) is a `k` in lower case.
    name = text.strip().lower() if text.isascii() else ""
    if not re.fullmatch(r"[a-z0-9_]{2,32}", name):
        raise Invalid(_("A username has 2 to 32 of the characters a-z, 0-9 and _."))
    if not name.strip("_"):
        raise Invalid(_("A username needs at least one letter or digit."))
    if name in RESERVED_USERNAMES:
        raise Invalid(
            _("“%(name)s” is kept for addressing everybody. Choose another username."), name=name
        )
    return name


def clean_new_username(text: str) -> str:
    """The same for a stranger who signs up. Raises Invalid also for the names of staff, which the
    site's owner may give away."""
    name = clean_username(text)
    if _reads_as_staff(name):
        raise Invalid(
            _("“%(name)s” is kept for who runs the site. Choose another username."), name=name
        )
    return name


def clean_display_name(text: str) -> str:
    """What others see of a person: any script, spaces, 1 to 40 characters.

    Raises Invalid for the same reasons as `clean_room_name`.
    """
    return _clean(text, _("A display name"), MAX_DISPLAY_NAME)


def clean_own_name(text: str) -> str:
    """The same for what somebody calls themselves who doesn't run the site. Raises Invalid also for
    what looks like a name of staff, or of an account that is gone."""
    name = clean_display_name(text)
    if _reads_as_staff(name) or name_key(name) == name_key(DELETED_NAME):
        raise Invalid(
            _("“%(name)s” is kept for who runs the site. Choose another name."), name=name
        )
    return name


def _reads_as_staff(name: str) -> bool:
    """Whether a name, or what is set apart in it as in `Alice (mod)`, says that somebody runs the
    site, or one of its words says so by itself."""
    parts = (name, *_PARTS.split(name))
    return any(_made_of_staff(key) for part in parts for key in _keys_read(part)) or any(
        key in _ranks() for word in _WORD.findall(name) for key in _keys_read(word)
    )


# Parts at punctuation and pictures, but not inside of a word such as O'Hara.
_PARTS = re.compile(r"[^\w\s'\u2019]+|\s_+|_+\s")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


def _keys_read(text: str) -> set[str]:
    """What a name may be read as: with digits as letters, and without those at its end."""
    bare = text.rstrip("0123456789_ ")
    reads = {bare, bare.translate(_READ_AS), text.translate(_READ_AS)}
    return {name_key(read) for read in reads if read.strip()}


def _made_of_staff(key: str) -> bool:
    """Whether it is a row of names of staff and of qualifiers, with one of the former at least."""
    ends = {0: False}  # where the row may have come to, and whether one of staff is in it by then
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
    """The key of each name of staff, also of several people, and of each qualifier; whether it is
    one of the former."""
    qualifiers = dict.fromkeys(map(name_key, QUALIFIERS), False)
    return {**qualifiers, **dict.fromkeys(_with_plurals(STAFF_NAMES), True)}


@functools.cache
def _ranks() -> frozenset[str]:
    return frozenset(_with_plurals(RANKS))


def _with_plurals(words: Iterable[str]) -> set[str]:
    return {name_key(word + ending) for word in words for ending in ("", "s")}


# -- rooms -----------------------------------------------------------------------------------


def clean_room_name(text: str) -> str:
    """A room's name: NFC, white space collapsed, 1 to 80 characters.

    Raises Invalid for what nobody sees (control and format characters, blanks), for what reads
    as something else (direction overrides, Latin with Cyrillic in a word) and for piled-up marks.
    """
    return _clean(text, _("A room's name"), MAX_ROOM_NAME)


def clean_topic(text: str) -> str:
    """What a room is about: one line of at most 250 characters, perhaps none.

    Raises Invalid for what nobody sees, for what turns the reading order round, and for piled-up
    marks. It is a sentence, so that words may mix scripts.
    """
    if len(text) > 4 * MAX_TOPIC:
        raise Invalid(_("A topic has at most %(most)d characters."), most=MAX_TOPIC)
    topic = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(topic) > MAX_TOPIC:
        raise Invalid(_("A topic has at most %(most)d characters."), most=MAX_TOPIC)
    if topic:
        _refuse_unseen(topic, _("A topic"))
        _refuse_piled_marks(topic, _("A topic"))
    return topic


def name_key(text: str) -> str:
    """A skeleton of the name: two names that people would mix up have the same. Never empty.

    Case, width, spaces, punctuation and invisible characters don't count, and look-alikes of a
    Latin letter count as that letter: `General`, `gen-eral`, the same with a Cyrillic e
    and `GeneraI` with a capital i are one name, and so are `modern` and `modem`. Accents, `C`, `C#`
    and `C++` remain apart. Compare keys, never show them.
    """
    plain = unicodedata.normalize("NFKC", text)
    # A capital I inside a word of small letters can only be read as an l.
    plain = re.sub(r"(?<=[a-z])I", "l", plain)
    plain = unicodedata.normalize("NFKC", plain.casefold().replace("i\u0307", "i"))  # İstanbul
    key = "".join(prototype(char) for char in plain.lstrip(" #") if _counts(char))
    for pair, letter in ALIKE_PAIRS.items():
        key = key.replace(pair, letter)
    return (key or "".join(plain.split()) or text)[:MAX_KEY]


def slugify_name(text: str) -> str:
    """The address of a room of this name, from any script; "" when nothing is left of it.

    Lower-case letters and digits, single hyphens between them, at most 60 characters, never a
    reserved one.
    """
    plain = unicodedata.normalize("NFKC", text[: 4 * MAX_ROOM_NAME]).lower()
    plain = unicodedata.normalize("NFKC", plain.replace("i\u0307", "i"))  # İstanbul
    words = "".join(_slug_part(char) for char in plain).split("-")
    slug = _shortened("-".join(filter(None, words)), MAX_SLUG)
    return f"{slug}-room" if slug in RESERVED_SLUGS else slug


def clean_slug(text: str) -> str:
    """An address that somebody chose, in the alphabet of `slugify_name`.

    Raises Invalid when it has anything else, mixes scripts that look alike, is too long or is
    the address of one of the site's own pages.
    """
    slug = unicodedata.normalize("NFKC", text[: 4 * MAX_SLUG].strip()).lower()
    if slug in RESERVED_SLUGS:
        raise Invalid(
            _("“%(address)s” is an address of this site itself. Choose another one."), address=slug
        )
    if len(text.strip()) > MAX_SLUG or len(slug) > MAX_SLUG:
        raise Invalid(_("An address has at most %(most)d characters."), most=MAX_SLUG)
    if not slug or slug != slugify_name(slug):
        raise Invalid(_("An address has letters and digits, with single hyphens between them."))
    _refuse_mixed_scripts(slug, _("An address"))
    return slug


# -- hygiene ---------------------------------------------------------------------------------

# Never part of a name: controls, surrogates, private use, unassigned, line and paragraph ends.
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
# Letters and marks by category, blank to the eye: Hangul and Khmer fillers, an empty Braille cell.
_BLANKS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U0001d159"
)
_JOINERS = frozenset("\u200c\u200d")
_MARKS = frozenset({"Mn", "Me"})
# Flags of England, Scotland and Wales: a black flag and invisible tags.
_TAGGED_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,6}\U000e007f")
# Scripts whose words change with a zero-width joiner or non-joiner inside (UAX #31, table 4 and
# section 2.3): Persian, the Indic family, Mongolian …
_JOINING_SCRIPTS = frozenset(
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
    # First, so that no step below sees more than it needs to.
    if len(text) > 4 * longest:
        raise Invalid(_("%(what)s has at most %(most)d characters."), what=what, most=longest)
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(name) > longest:
        raise Invalid(_("%(what)s has at most %(most)d characters."), what=what, most=longest)
    _refuse_unseen(name, what)
    _refuse_piled_marks(name, what)
    _refuse_mixed_scripts(name, what)
    return name


def _refuse_unseen(name: str, what: str | Promise) -> None:
    """Raises Invalid where a character isn't seen, or when none is."""
    bare = _TAGGED_FLAG.sub("\U0001f3f4", name)
    for index, char in enumerate(bare):
        category = unicodedata.category(char)
        if category in _REFUSED:
            raise Invalid(_REFUSED[category], what=what, code=_code(char))
        if char in _BLANKS or (category == "Cf" and not _joins(bare, index)):
            raise Invalid(_UNSEEN, what=what, code=_code(char))
        if _is_selector(char) and not _selects(bare, index):
            raise Invalid(_UNSEEN, what=what, code=_code(char))
    if not any(unicodedata.category(char)[0] in "LNPS" for char in bare):
        raise Invalid(_("%(what)s needs at least one visible character."), what=what)


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"


def _joins(name: str, index: int) -> bool:
    """Whether the joiner at `index` stands where one means something."""
    if name[index] not in _JOINERS or not 0 < index < len(name) - 1:
        return False
    # A look at the base: vowel signs, selectors and skin tones stand between it and the joiner.
    before = next(
        (char for char in reversed(name[:index]) if unicodedata.category(char)[0] != "M"), ""
    )
    after = name[index + 1]
    scripts = {categories.alias(before) if before else "", categories.alias(after)}
    if scripts <= _JOINING_SCRIPTS:
        return True
    return name[index] == "\u200d" and _is_picture(before) and _is_picture(after)


def _is_picture(char: str) -> bool:
    return bool(char) and unicodedata.category(char) in {"So", "Sk"}


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _selects(name: str, index: int) -> bool:
    """Whether the variation selector at `index` follows what has variants: an emoji, a keycap's
    digit, or a Chinese character (葛󠄀 in Japanese family names)."""
    before = name[index - 1] if index else ""
    if "\ufe0e" <= name[index] <= "\ufe0f":
        return before != "" and (
            before in "0123456789#*\u203c\u2049" or unicodedata.category(before)[0] == "S"
        )
    return before != "" and categories.alias(before) == "HAN"


def _refuse_piled_marks(name: str, what: str | Promise) -> None:
    if unicodedata.category(name[0])[0] == "M":
        raise Invalid(_("%(what)s may not begin with an accent or other mark."), what=what)
    for is_mark, run in itertools.groupby(name, lambda char: unicodedata.category(char) in _MARKS):
        if is_mark and len(list(run)) > MAX_MARKS:
            raise Invalid(_("%(what)s has too many marks on one letter."), what=what)


# -- look-alikes -----------------------------------------------------------------------------

# Alphabets that share shapes. Arabic or Devanagari beside Latin in a word deceives nobody, and
# Japanese is three scripts by nature.
_ALIKE_ALPHABETS = frozenset(
    [
        "ARMENIAN",
        "CANADIAN_ABORIGINAL",
        "CHEROKEE",
        "COPTIC",
        "CYRILLIC",
        "DESERET",
        "GEORGIAN",
        "GREEK",
        "LATIN",
        "LISU",
        "OLD_ITALIC",
        "OSAGE",
        "VAI",
        "WARANG_CITI",
    ]
)


def _refuse_mixed_scripts(name: str, what: str | Promise) -> None:
    """Raises Invalid for a word of two alphabets that share shapes.

    One foreign letter is enough to deceive, and which one is confusable depends on the font.
    Words may differ from one another: `Wi-Fi роутер` and `IT-отдел` are honest.
    """
    for word in re.findall(r"[^\W\d_]+", name):
        scripts = sorted(_ALIKE_ALPHABETS & categories.unique_aliases(word))
        if len(scripts) > 1:
            one, other, *_more = (script.replace("_", " ").title() for script in scripts)
            raise Invalid(
                _("%(what)s may not mix %(one)s and %(other)s letters in one word: “%(word)s”."),
                what=what,
                one=one,
                other=other,
                word=word,
            )


def is_blank(char: str) -> bool:
    """Whether a letter or a mark shows nothing."""
    return char in _BLANKS


def _counts(char: str) -> bool:
    """Whether a character tells two names apart: no space, no punctuation, nothing invisible.

    `#` counts (the leading one of `#general` is gone by now), symbols and emoji do.
    """
    category = unicodedata.category(char)
    if char == "#" or category[0] in "LNS":
        return char not in _BLANKS
    return category[0] == "M" and char not in _BLANKS and not _is_selector(char)


@functools.lru_cache(maxsize=4096)
def prototype(char: str) -> str:
    """The character that stands for all that look like `char`, a case-folded one.

    A small Latin letter where there is one, else by its capital (a Cyrillic te is a T
    among capitals, and case doesn't count), else the first of them by number.
    """
    if char not in confusables.confusables_data and char == char.upper():
        return char  # most Chinese characters
    alike = _alike(char)
    capitals = {other for one in alike for other in _alike(one.upper())}
    for family in (alike, capitals):
        for letters in ("[a-z]", "[A-Z]", "[0-9]"):
            if found := sorted(other for other in family if re.fullmatch(letters, other)):
                return found[0].lower()
    return min(alike).casefold()


def _alike(char: str) -> set[str]:
    """The single characters that Unicode's table calls confusable with `char`, itself included.

    The table leads from a prototype to its look-alikes and from each of those to the prototype.
    """
    if len(char) != 1:
        return set()
    family, unseen = {char}, [char]
    while unseen:
        for entry in confusables.confusables_data.get(unseen.pop(), ()):
            other = entry["c"]
            if len(other) == 1 and other not in family:
                family.add(other)
                unseen.append(other)
    return family


# -- slugs -----------------------------------------------------------------------------------

_INSIDE_WORDS = frozenset("'`\xb4\u02bc\u2019") | _JOINERS  # `don't` is one word


def _slug_part(char: str) -> str:
    """A letter or digit as it is, nothing for what is inside of a word, a hyphen for the rest.

    A script's own marks stay, since Devanagari and its like write their vowels as marks; marks that
    go with any script are dropped.
    """
    category = unicodedata.category(char)
    if category[0] == "M":
        return "" if unicodedata.name(char, "COMBINING").startswith("COMBINING") else char
    if category[0] == "L" or category == "Nd":
        return "" if char in _BLANKS else char
    return "" if char in _INSIDE_WORDS else "-"


def _shortened(slug: str, length: int) -> str:
    """At most `length` characters, cut between words where that costs less than half."""
    if len(slug) <= length:
        return slug
    whole = slug[: length + 1].rpartition("-")[0]
    return whole if 2 * len(whole) > length else slug[:length].rstrip("-")


def digest(username: str) -> str:
    """Tells whether a username was somebody's once, and not who they were. Slow, since usernames
    can be guessed: 10 ms for each guess."""
    salt = b"rooms.retired"
    return hashlib.scrypt(username.encode(), salt=salt, n=4096, r=8, p=1, dklen=32).hex()
