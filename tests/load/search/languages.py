"""Words of several languages, most frequent first, made of a few lists: the same ones each time."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, product
from pathlib import Path
from random import Random
from typing import Any

SEED = 18
STEEP = 1.1  # Zipf's exponent
FLATTENED = 2.7  # Mandelbrot's constant: the first few words are less frequent than Zipf says
SPARE = 80_000  # the most words of one language


@dataclass(frozen=True)
class Language:
    name: str
    share: float  # of the rooms
    spaces: bool  # between words
    words: tuple[str, ...]  # by frequency

    @cached_property
    def weights(self) -> list[float]:
        """Cumulative, by Zipf's law, for `random.choices`."""
        return [*accumulate((rank + FLATTENED) ** -STEEP for rank in range(len(self.words)))]

    def write(self, rng: Random, counts: list[int]) -> Iterator[str]:
        """A text of so many words, for each of the counts."""
        words = iter(rng.choices(self.words, cum_weights=self.weights, k=sum(counts)))
        joint = " " if self.spaces else ""
        return (joint.join(next(words) for _ in range(count)) for count in counts)


def _languages() -> Iterator[Language]:
    told = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
    for name, lists in told.items():
        made = _spaced(lists) if lists["spaces"] else _unspaced(lists)
        frequent = lists["frequent"].split() if lists["spaces"] else [*lists["frequent"].strip()]
        known = {*frequent}
        words = [*frequent, *(word for word in made if word not in known)][:SPARE]
        yield Language(name, lists["share"], lists["spaces"], tuple(words))


def _spaced(lists: dict[str, Any]) -> list[str]:
    """Stems alone, then with a beginning or an ending, then with both."""
    parts = [*product(lists["beginnings"], lists["stems"].split(), lists["endings"])]
    Random(SEED).shuffle(parts)
    parts.sort(key=lambda part: bool(part[0]) + bool(part[2]))
    return [*dict.fromkeys(map("".join, parts))]


def _unspaced(lists: dict[str, Any]) -> list[str]:
    """The words that are given, and characters of a range, alone and in pairs."""
    first, _, last = lists["characters"].partition("-")
    signs = [chr(code) for code in range(int(first, 16), int(last, 16))]
    rng = Random(SEED)
    pairs = ["".join(rng.choices(signs, k=2)) for _ in range(10_000)]
    mixed = [*signs, *pairs]
    rng.shuffle(mixed)
    return [*dict.fromkeys([*lists.get("words", "").split(), *mixed])]


LANGUAGES = {language.name: language for language in _languages()}
