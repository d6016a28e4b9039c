"""What people say under load: the demo's conversations, so that a server which formats text has as
much to format as on a site."""

from functools import cache
from itertools import islice
from random import Random

from rooms.management.demo import story
from tests.load.errors import Wrong
from tests.load.people import ROOM_PEOPLE

THEMES = ("general", "engineering", "kitchen", "release", "languages", "design")
CONVERSATIONS = 40  # of each theme
DIGITS = 12
CAST = {speaker: f"person_{number}" for number, speaker in enumerate("ABCD")}
IN_A_ROOM = 10_000  # texts that are a room's own


@cache
def mix() -> tuple[str, ...]:
    """The same texts in the same order each time."""
    rng = Random(1)
    return tuple(
        story.naming(line.text, CAST)
        for theme in THEMES
        for conversation in islice(
            story.conversations(theme, people=ROOM_PEOPLE, rng=rng), CONVERSATIONS
        )
        for line in conversation
    )


def text(number: int) -> str:
    """A text, with its number at the end: at the beginning a quote or a list would be none."""
    said = mix()[number % len(mix())]
    return f"{said}{chr(10) if chr(10) in said else ' '}{mark(number)}"


def mark(number: int) -> str:
    """What tells a text from all others, however it is formatted."""
    return f"{number:0{DIGITS}d}"


def number_in(said: str) -> int:
    """Of a text. Raises Wrong when it isn't the one that was posted under that number."""
    number = int(said[-DIGITS:])
    if said != text(number):
        raise Wrong(f"this was never posted: {said!r}")
    return number


def in_room(room: int, number: int) -> int:
    """The number of the text that a room's message of this number has before the load begins."""
    return room * IN_A_ROOM + number
