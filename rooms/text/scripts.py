"""The script that a character belongs to, by Unicode's Scripts.txt: the few that we tell apart."""

import functools
from bisect import bisect_right

from rooms.text import unicode_tables


@functools.lru_cache(maxsize=4096)
def script(char: str) -> str:
    """Return the script's name in capitals, such as LATIN; "" for the scripts that the table leaves
    out."""
    code = ord(char)
    firsts, ranges = _ranges()
    index = bisect_right(firsts, code) - 1
    if index < 0:
        return ""
    last, name = ranges[index]
    return name if code <= last else ""


@functools.cache
def _ranges() -> tuple[list[int], list[tuple[int, str]]]:
    """The first code points of all ranges, in order, and each range's last one and script."""
    found = []
    for name, listed in unicode_tables.SCRIPTS.items():
        for part in listed.split():
            first, _, last = part.partition("-")
            found.append((int(first, 16), int(last or first, 16), name))
    found.sort()
    return [first for first, _, _ in found], [(last, name) for _, last, name in found]
