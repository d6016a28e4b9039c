"""Queries that somebody makes up to be slow: each has to end in time, and may be cut off."""

from collections.abc import Iterator
from itertools import cycle, islice

from rooms.protocol.limits import MAX_QUERY
from tests.load.search.kinds import Query

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def worst_queries() -> list[Query]:
    return [Query(kind, text[:MAX_QUERY].rstrip()) for kind, text in _texts()]


def _texts() -> Iterator[tuple[str, str]]:
    # Every three letters of them are everywhere, and they never follow one another.
    for word in ("ationation", "ersing", "counternessment", "overtheation", "dieunder", "thethe"):
        yield "frequent letters that never meet", word
    for pair in ("the zimt", "of 的 и", '"the the"', '"to of"', '"a a"', "werden şimdi"):
        yield "frequent words that never meet", pair
    for letter in ("a", "t", "的", "и", "1", "é"):
        yield "one character", letter
    yield "only stop words", "the to and of is in it for that you"
    yield "only stop words", "die der und in zu den das"
    yield "only exclusions beside one letter", f"t {' '.join(f'-{one}' for one in LETTERS)}"
    yield "only exclusions beside one letter", "e -the -to -and -a -of -is -in -i -it"
    yield "300 characters", " ".join(islice(cycle(LETTERS), MAX_QUERY))
    yield "300 characters", "ation" * MAX_QUERY
    yield "300 characters", "的是不了" * MAX_QUERY
    yield "300 characters", "👩\u200d💻" * MAX_QUERY
    yield "300 characters", "é́" * MAX_QUERY
    yield "300 characters", "ﷺ" * MAX_QUERY  # each folds to eighteen
    yield "300 characters", " ".join(f"from:person_{number}" for number in range(MAX_QUERY))
    yield "300 characters", '" ' * MAX_QUERY
    yield "filters that hardly anything meets", "from:person_9999 the"
    yield "filters that hardly anything meets", "from:person_9999 has:code"
    yield "filters that hardly anything meets", "is:mine the"
    yield "filters that hardly anything meets", "has:file the"
    yield "filters that hardly anything meets", "has:reaction zimt"
    yield "filters that hardly anything meets", "before:2022-01-01 the"
    yield "filters that hardly anything meets", "before:2023-01-03 ationation"
    yield "filters that hardly anything meets", "after:2023-01-02 before:2023-01-09 thethe"
    yield "filters that hardly anything meets", "is:unread ationation"
    yield "filters that hardly anything meets", "with:person_1 the"
