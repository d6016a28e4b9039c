"""The people and conversations of the demo: `conversations.txt`, parsed and filled in.

Each conversation has a limited number of variants, so that a hundred thousand messages have only a
few thousand distinct bodies to render.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

SOURCE = Path(__file__).with_name("conversations.txt")
VARIANTS = 16

_LINE = re.compile(r"([A-D])(?:>(\d+))?: (.+)")
_NAMED = re.compile(r"\{@(\w+)\}")
_SLOT = re.compile(r"\{(@?\w+)\}")
_EMOJI = re.compile(".\ufe0f?")

_FILLINGS: dict[str, tuple[str, ...]] = {
    "day": ("today", "tomorrow", "on Monday", "on Tuesday", "on Wednesday", "on Friday"),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    "time": ("9:30", "11:00", "12:15", "14:00", "15:30", "17:45", "19:00", "20:30"),
    "city": ("Oslo", "Lisbon", "Kyoto", "Kraków", "Nairobi", "Montréal", "İzmir", "Valparaíso"),
    "dish": ("lentil soup", "ratatouille", "bibimbap", "pierogi", "shakshuka", "gözleme", "dal"),
    "branch": ("fix-time-zones", "faster-search", "wave-back", "no-more-sleep", "tidy-imports"),
    "file": ("clock.py", "socket.js", "paginator.py", "migrate.sh", "avatars.py"),
    "page": ("settings", "search", "members", "welcome", "history"),
    "word": ("harbour", "ferry", "timetable", "lighthouse", "anchor"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One message. `reply_to` is a line of the conversation, from 0; `text` may name {@A}. `files`
    are names of what `files.py` makes."""

    speaker: str
    text: str
    reply_to: int | None
    reactions: tuple[str, ...]
    edited: bool
    deleted: bool
    files: tuple[str, ...] = ()


Conversation = tuple[Line, ...]


def people() -> list[tuple[str, str]]:
    """Return usernames and display names."""
    return [
        (username, name)
        for paragraph in _sections()["people"]
        for username, _, name in (line.partition(": ") for line in paragraph)
    ]


def conversations(theme: str, *, people: int, rng: Random) -> Iterator[Conversation]:
    """Yield conversations of at most so many people, endlessly: each is used once before any is
    repeated."""
    known = [one for one in _themes()[theme] if cast_size(one) <= people]
    while True:
        rng.shuffle(known)
        for conversation in known:
            yield filled(conversation, rng.randrange(VARIANTS))


def cast_size(conversation: Conversation) -> int:
    return len(roles(conversation))


def roles(conversation: Conversation) -> set[str]:
    """Who speaks or is named. Of one that is cut short, some are only named."""
    named = {one for line in conversation for one in _NAMED.findall(line.text)}
    return {line.speaker for line in conversation} | named


def naming(text: str, names: dict[str, str]) -> str:
    """Replace {@A} with the name of the person who plays A."""
    return _SLOT.sub(lambda slot: names[slot[1].removeprefix("@")], text)


@functools.cache
def filled(conversation: Conversation, variant: int) -> Conversation:
    """Return one variant of a conversation. A slot has the same filling in all of its lines."""
    rng = Random(f"{conversation[0].text} {variant}")  # noqa: S311  no secret
    chosen = {slot: rng.choice(choices) for slot, choices in _FILLINGS.items()}
    chosen |= {"n": str(rng.randint(3, 29)), "n2": str(rng.randint(2, 19))}

    def fill(slot: re.Match[str]) -> str:
        return chosen.get(slot[1], slot[0])

    return tuple(replace(line, text=_SLOT.sub(fill, line.text)) for line in conversation)


@functools.cache
def _themes() -> dict[str, list[Conversation]]:
    return {
        theme: [tuple(map(_parsed, paragraph)) for paragraph in paragraphs]
        for theme, paragraphs in _sections().items()
        if theme != "people"
    }


def _parsed(source: str) -> Line:
    said, _, after = source.partition(" ~ ")
    match = _LINE.fullmatch(said)
    if match is None:
        raise ValueError(f"{SOURCE.name}: no speaker in {source!r}")
    words = after.split()
    files = tuple(word.removeprefix("+") for word in words if word.startswith("+"))
    reactions = "".join(word for word in words if not word.isascii())
    return Line(
        speaker=match[1],
        text=match[3].replace("¶", "\n"),
        reply_to=int(match[2]) - 1 if match[2] else None,
        reactions=tuple(_EMOJI.findall(reactions)),
        edited="edited" in words,
        deleted="deleted" in words,
        files=files,
    )


@functools.cache
def _sections() -> dict[str, list[list[str]]]:
    """Return the paragraphs of each theme, as lists of lines."""
    sections: dict[str, list[list[str]]] = {}
    paragraphs: list[list[str]] = []
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            paragraphs = sections[line.removeprefix("== ")] = [[]]
        elif not line:
            paragraphs.append([])
        elif not line.startswith("#"):
            paragraphs[-1].append(line)
    return {theme: [one for one in found if one] for theme, found in sections.items()}
