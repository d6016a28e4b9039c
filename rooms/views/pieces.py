"""A response that is read from a store as fast as its reader takes it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from django.http import StreamingHttpResponse

from rooms.files.ranges import Span
from rooms.files.sources import Piece, Source

PIECE = 64 * 1024  # bytes, if the server doesn't say how many it takes

Read = Callable[[int, int], Awaitable[Piece]]
Pull = Callable[[Read, Span], Awaitable[None]]


class Pieces(StreamingHttpResponse):
    """A part of a file. `pull` is how our server fetches it; other servers, and the tests, iterate
    over it. Half a file must not look complete, so what fails on the way ends the connection."""

    def __init__(self, source: Source, span: Span, **more: Any) -> None:
        super().__init__(self._read(), **more)
        self.pull: Pull | None = None
        self._source = source
        self._span = span

    async def _read(self) -> AsyncIterator[bytes]:
        if self.pull is not None:
            await self.pull(self._source.read, self._span)
            return
        at = self._span.start
        while at < self._span.end:
            piece = await self._source.read(at, min(PIECE, self._span.end - at))
            if not piece:
                raise OSError("The file is shorter than it was")
            yield bytes(piece)
            at += len(piece)
