"""The 189 queries, by kind: what people look for, in every script, and what costs most."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random

from tests.load.search.corpus import Corpus
from tests.load.search.languages import LANGUAGES, SEED

FREQUENT, MIDDLING, RARE = (
    range(start, stop) for start, stop in [(0, 40), (150, 800), (3000, 3500)]
)
SPACED = [one.name for one in LANGUAGES.values() if one.spaces]
UNSPACED = [one.name for one in LANGUAGES.values() if not one.spaces]
ENGLISH = "english"


@dataclass(frozen=True, slots=True)
class Query:
    kind: str
    text: str


class Words:
    """Draws words of the languages in turn: English every other time."""

    def __init__(self) -> None:
        self._rng = Random(SEED)
        self._spaced = cycle([one for other in SPACED[1:] for one in (ENGLISH, other)])
        self._unspaced = cycle(UNSPACED)

    def of(self, ranks: range, *, language: str = "", letters: int = 1) -> str:
        """A word of these ranks with so many letters at least."""
        words = LANGUAGES[language or next(self._spaced)].words[ranks.start : ranks.stop]
        return self._rng.choice([one for one in words if len(one) >= letters])

    def pair(self, first: range, second: range) -> tuple[str, str]:
        """Two words of one language."""
        language = next(self._spaced)
        return self.of(first, language=language), self.of(second, language=language)

    def part(self, ranks: range, letters: int) -> str:
        """So many letters from the inside of a word."""
        word = self.of(ranks, letters=letters + 2)
        return word[1 : 1 + letters]

    def signs(self, count: int) -> str:
        """Characters of a script without spaces, as they are written after one another."""
        language = LANGUAGES[next(self._unspaced)]
        word = ""
        while len(word) < count:
            word += self._rng.choice(language.words[:60])
        return word[:count]

    def number(self, below: int) -> int:
        return self._rng.randrange(below)


def queries(corpus: Corpus) -> list[Query]:
    """The same ones each time."""
    words = Words()
    return [
        Query(kind, text)
        for kind, (count, make) in _kinds(words, corpus).items()
        for text in islice(_different(make), count)
    ]


def _different(make: Callable[[], str]) -> Iterator[str]:
    seen: set[str] = set()
    while True:
        text = make()
        if text not in seen:
            seen.add(text)
            yield text


def _kinds(words: Words, corpus: Corpus) -> dict[str, tuple[int, Callable[[], str]]]:
    def day() -> str:
        return f"{2023 + words.number(2)}-{1 + words.number(12):02}-{1 + words.number(28):02}"

    def english(*ranks: range) -> str:
        return " ".join(words.of(one, language=ENGLISH) for one in ranks)

    def joined(first: range, second: range) -> str:
        return " ".join(words.pair(first, second))

    filters: Iterator[Callable[[], str]] = cycle(
        [
            lambda: f"from:person_{words.number(2000)}",
            lambda: f"in:room-{words.number(corpus.rooms)}",
            lambda: "has:link",
            lambda: "has:code",
            lambda: "has:reaction",
            lambda: f"on:{day()}",
            lambda: f"from:person_{words.number(20)} has:link",
            lambda: f"before:{day()}",
            lambda: "is:mine",
        ]
    )
    typed = words.of(MIDDLING, language=ENGLISH, letters=7)
    growing = iter(range(1, 7))
    return {
        "a rare word": (12, lambda: words.of(RARE)),
        "a middling word": (12, lambda: words.of(MIDDLING)),
        "a frequent word": (12, lambda: words.of(FREQUENT, letters=3)),
        "two words": (12, lambda: joined(MIDDLING, MIDDLING)),
        "frequent and middling": (9, lambda: joined(FREQUENT, MIDDLING)),
        "three words": (6, lambda: english(FREQUENT, MIDDLING, RARE)),
        "part of a middling word": (9, lambda: words.part(MIDDLING, 4)),
        "part of a rare word": (6, lambda: words.part(RARE, 6)),
        "three letters": (9, lambda: words.part(MIDDLING, 3)),
        "one character": (6, lambda: words.signs(1)),
        "two characters": (9, lambda: words.signs(2)),
        "four characters": (6, lambda: words.signs(4)),
        "one letter": (6, lambda: words.of(MIDDLING)[:1]),
        "two letters": (9, lambda: words.of(MIDDLING)[:2]),
        "a phrase": (9, lambda: f'"{joined(FREQUENT, MIDDLING)}"'),
        "a phrase of stop words": (6, lambda: f'"{joined(FREQUENT, FREQUENT)}"'),
        "from somebody": (6, lambda: f"{english(MIDDLING)} from:person_{words.number(200)}"),
        "in a room": (6, lambda: f"{english(MIDDLING)} in:room-{words.number(200)}"),
        "between days": (6, lambda: f"{words.of(FREQUENT)} after:{day()} before:2025-07-01"),
        "filters alone": (9, lambda: next(filters)()),
        "with an exclusion": (6, lambda: " -".join(words.pair(MIDDLING, FREQUENT))),
        "nothing": (6, lambda: english(RARE, RARE).replace(" ", "x")),
        "while typing": (6, lambda: typed[: next(growing)]),
        "an identifier": (3, lambda: f"{english(MIDDLING)}_v{words.number(9)}"),
        "an address": (3, lambda: f"{english(MIDDLING)}.example.com"),
    }
