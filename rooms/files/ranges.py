"""Which bytes of a file a request asks for (RFC 9110, 14). Pure."""

import re
from typing import NamedTuple

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class Span(NamedTuple):
    """Bytes from `start` to before `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


class Unsatisfiable(Exception):
    """The file has none of the bytes that were asked for."""


def wanted(header: str, size: int) -> Span | None:
    """Read a `Range` of one span; None for anything else, which is answered with the whole file, as
    the RFC allows. Raises Unsatisfiable."""
    found = _RANGE.fullmatch(header)
    if found is None:
        return None
    first, last = found[1], found[2]
    if not first:
        if not last:
            return None
        start, end = max(0, size - int(last)), size
    else:
        start = int(first)
        end = min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise Unsatisfiable
    return Span(start, end)


def names(header: str, etag: str) -> bool:
    """Whether an `If-None-Match` names this version."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in tags or tags == ["*"]
