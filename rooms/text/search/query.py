"""The query language: what people type to find messages. rooms/text/README.md explains it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid
from rooms.text.search.folding import Folded
from rooms.text.search.terms import Term

HAS = frozenset({"link", "image", "file", "code", "reaction", "poll"})
IS = frozenset({"unread", "mine", "pinned", "bookmarked", "thread"})
MAX_RANGES = 200  # in one message; nobody reads more highlights, and a reply stays small


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` until just before `end`, in UTC; None is an open end."""

    start: datetime | None = None
    end: datetime | None = None


Value = str | int | Period


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition that isn't about the text, such as `from:ann`.

    The value of `from` and `with` is a username, that of `in` a slug, that of `has` and `is` a word
    of `HAS` or `IS`, that of `thread` a number, and that of `before`, `after` and `on` a period.
    """

    name: str
    value: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: all `terms`, none of the `excluded`, and every filter holds.

    `unknown` are words that look like a filter and aren't one, as they were typed. They are looked
    for like other words.
    """

    terms: tuple[Term, ...] = ()
    excluded: tuple[Term, ...] = ()
    filters: tuple[Filter, ...] = ()
    unknown: tuple[str, ...] = ()

    def grams(self) -> set[str]:
        """Return grams that every text has that matches; none if it has to be looked for without
        an index."""
        return set[str]().union(*(term.grams() for term in self.terms))

    def matches(self, folded: str) -> bool:
        """Return whether a folded text has what is looked for. Filters are up to the caller."""
        return all(term.occurs(folded) for term in self.terms) and not any(
            term.occurs(folded) for term in self.excluded
        )

    def ranges(self, body: str) -> list[tuple[int, int]]:
        """Return where the terms occur in a body, in UTF-16 units, the end exclusive. Ranges are
        sorted, apart from one another, and never begin or end inside a surrogate pair."""
        folded = Folded.of(body)
        spans = [span for term in self.terms for span in term.spans(folded.text)]
        merged = _merged(folded.span(*span) for span in spans)
        return _in_utf16(body, merged[:MAX_RANGES])


def parse(text: str, *, zone: tzinfo) -> Query:
    """Return what a search text asks for. Its dates are days in this time zone.

    Raises Invalid if nothing is asked for, or only what shouldn't be found.
    """
    # As keys, since what was typed twice is looked for once.
    terms: dict[Term, None] = {}
    excluded: dict[Term, None] = {}
    filters: dict[Filter, None] = {}
    unknown: dict[str, None] = {}
    for part in _PART.finditer(text):
        sign, phrase, end, word = part.group("sign", "phrase", "end", "word")
        if phrase is not None:
            term = Term.of_phrase(phrase, closed=bool(end))
        elif one := _filter(word, negated=bool(sign), zone=zone):
            filters[one] = None
            continue
        else:
            if _is_like_a_filter(word):
                unknown[word] = None
            term = Term.of_word(word)
        if term is not None:
            (excluded if sign else terms)[term] = None
    if not terms and all(one.negated for one in filters):
        raise Invalid(ONLY_EXCLUSIONS if excluded or filters else NOTHING)
    return Query(tuple(terms), tuple(excluded), tuple(filters), tuple(unknown))


NOTHING = _("Type a word to search for.")
ONLY_EXCLUSIONS = _("Add a word to search for. A search that only excludes finds nothing.")

_QUOTES = '"\u201c\u201d\u201e'  # phones put in curly ones
# A minus excludes what begins with a letter, a digit or a symbol; `--force` and `->` are words.
_PART = re.compile(
    rf"(?P<sign>-(?=[{_QUOTES}]|[^\W_]|[@#\u00a1-\U0010ffff])|)"
    rf"(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)(?P<end>[{_QUOTES}]|\Z)|(?P<word>\S+))"
)
_FILTER = re.compile(r"(from|in|with|before|after|on|has|is|thread):(.+)", re.IGNORECASE)
# Neither an address, a port, a time of day nor `std::vector`.
_UNKNOWN = re.compile(r"[a-z]{2,20}:[^\d:/\\].*", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_NUMBER = re.compile(r"[0-9]{1,9}")


def _filter(word: str, *, negated: bool, zone: tzinfo) -> Filter | None:
    match = _FILTER.fullmatch(word)
    if match is None:
        return None
    name, typed = match[1].lower(), match[2].strip(_QUOTES)
    value = _value(name, typed, zone)
    return Filter(name, value, negated) if value else None


def _is_like_a_filter(word: str) -> bool:
    return bool(_FILTER.fullmatch(word) or _UNKNOWN.fullmatch(word))


def _value(name: str, typed: str, zone: tzinfo) -> Value | None:
    """Return what a filter asks for, or None if it can't be understood."""
    match name:
        case "from" | "with":
            return typed.removeprefix("@")
        case "in":
            return typed.removeprefix("#").lower()
        case "has" | "is":
            word = typed.lower()
            return word if word in (HAS if name == "has" else IS) else None
        case "thread":
            return int(typed) if _NUMBER.fullmatch(typed) else None
        case _:
            return _period(name, typed, zone)


def _period(name: str, typed: str, zone: tzinfo) -> Period | None:
    if not _DATE.fullmatch(typed):
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    match name:
        case "before":
            return Period(end=_begin(day, zone))
        case "after":
            return Period(start=_begin(day, zone, days=1))
        case _:
            return Period(_begin(day, zone), _begin(day, zone, days=1))


def _begin(day: date, zone: tzinfo, *, days: int = 0) -> datetime:
    """Return the beginning of a day, or of one some days later."""
    try:
        return datetime.combine(day + timedelta(days), time.min, zone).astimezone(UTC)
    except OverflowError:  # the first or the last day that there is
        return _FIRST if day.year == 1 else _LAST


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _in_utf16(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans of code points, sorted and apart from one another, as spans of UTF-16 units."""
    found = []
    known, units = 0, 0  # how many units there are before a code point
    for start, end in spans:
        begin = units + _units(text[known:start])
        known, units = end, begin + _units(text[start:end])
        found.append((begin, units))
    return found


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
