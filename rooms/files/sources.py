"""Files that are read piece by piece, for people who download them.

Whoever sends a file keeps nothing that a slow connection doesn't take, and asks for it once more.
So a thousand slow readers cost little memory, and a read has to be cheap.
"""

import asyncio
import os
from abc import ABC, abstractmethod
from pathlib import Path

Piece = bytes | memoryview


class Source(ABC):
    """One file for one reader."""

    @abstractmethod
    async def read(self, start: int, most: int) -> Piece:
        """Read at most `most` bytes from `start`; none at the end of the file. Raises OSError or
        Unavailable."""


class DiskSource(Source):
    """A file on this machine's disk. It is opened for each piece, so that a slow reader holds no
    descriptor."""

    # Whether the disk can say that it would have to be waited for: some file systems can't.
    _tells = hasattr(os, "RWF_NOWAIT")

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self, start: int, most: int) -> Piece:
        piece = self._read_now(start, most) if DiskSource._tells else None
        if piece is None:
            piece = await asyncio.to_thread(self._read, start, most)
        return piece

    def _read_now(self, start: int, most: int) -> Piece | None:
        """Read what the system has in memory, which takes less time than handing it to a thread.
        None if the disk would have to be waited for."""
        buffer = bytearray(most)
        descriptor = os.open(self._path, os.O_RDONLY)
        try:
            count = os.preadv(descriptor, [buffer], start, os.RWF_NOWAIT)
        except BlockingIOError:
            return None
        except OSError:
            DiskSource._tells = False
            return None
        finally:
            os.close(descriptor)
        return memoryview(buffer)[:count]

    def _read(self, start: int, most: int) -> Piece:
        descriptor = os.open(self._path, os.O_RDONLY)
        try:
            return os.pread(descriptor, most, start)
        finally:
            os.close(descriptor)
