"""A site's messages: who wrote what in which room, the same ones each time.

A tenth of them is the beginning of all of them, so that what a test in CI searches is what was
measured.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import NamedTuple

from tests.load.search.languages import LANGUAGES, SEED, Language

CHUNK = 10_000  # messages made at a time
STEEP = 0.9  # the exponent of how unlike rooms and authors are
MOSTLY = 0.85  # of a room's messages are in its language; the others are in English
LENGTHS = [1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 10, 11, 13, 15, 18, 24, 34]  # words
SIGNS = 2  # times as many words where they are characters
EXTRA = 0.15  # of the messages have something that isn't a word
EMOJI = ["😀", "😂", "👍", "🎉", "❤️", "🚀", "🤔", "🙏", "👀", "✅", "🇩🇪", "👩\u200d💻"]


class Line(NamedTuple):
    """What somebody wrote. Rooms and people are numbers from 0, the loudest first."""

    room: int
    author: int
    body: str


class Corpus:
    """The messages of so many rooms and people."""

    def __init__(self, rooms: int = 2000, people: int = 10_000) -> None:
        self.rooms = rooms
        self.people = people

    def lines(self, count: int) -> Iterator[Line]:
        for chunk in range(0, count, CHUNK):
            yield from self._chunk(chunk, min(CHUNK, count - chunk))

    @cached_property
    def languages(self) -> list[Language]:
        """Of each room. The loudest one is English, in which others are written, too."""
        languages = [*LANGUAGES.values()]
        shares = [one.share for one in languages]
        return [languages[0], *Random(SEED).choices(languages, shares, k=self.rooms - 1)]

    def rooms_in(self, language: str) -> list[int]:
        return [room for room, one in enumerate(self.languages) if one.name == language]

    def _chunk(self, first: int, count: int) -> Iterator[Line]:
        rng = Random(f"{SEED} {first}")
        rooms = rng.choices(range(self.rooms), cum_weights=self._loudness(self.rooms), k=count)
        authors = rng.choices(range(self.people), cum_weights=self._loudness(self.people), k=count)
        chosen = [self._spoken(rng, room) for room in rooms]
        bodies: dict[str, Iterator[str]] = {}
        for language in LANGUAGES.values():
            lengths = rng.choices(LENGTHS, k=sum(one is language for one in chosen))
            factor = 1 if language.spaces else SIGNS
            bodies[language.name] = language.write(rng, [length * factor for length in lengths])
        for room, author, language in zip(rooms, authors, chosen, strict=True):
            body = next(bodies[language.name])
            yield Line(room, author, _with_extra(rng, body) if rng.random() < EXTRA else body)

    def _spoken(self, rng: Random, room: int) -> Language:
        return self.languages[room] if rng.random() < MOSTLY else self.languages[0]

    @staticmethod
    def _loudness(count: int) -> list[float]:
        return [*accumulate((rank + 3) ** -STEEP for rank in range(count))]


def _with_extra(rng: Random, body: str) -> str:
    """An emoji, an address, an identifier, a piece of code or a number more."""
    number = rng.randrange(10_000)
    word = rng.choice(LANGUAGES["english"].words[100:1000])
    return rng.choice(
        [
            f"{body} {rng.choice(EMOJI)}",
            f"{rng.choice(EMOJI)} {body}",
            f"{body} https://{word}.example.com/{word}s/{number}?page={number % 7}",
            f"{body} `{word}_v{number % 9}`",
            f"{body} ERR-{number}",
            f"{body}\n```\nfor {word} in range({number}):\n    print({word})\n```",
            f"{body.title()}: {number / 100:.2f} €",
            f"{body.upper()}!",
        ]
    )
