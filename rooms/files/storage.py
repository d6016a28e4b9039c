"""Where files are kept: on this machine's disk, or in a bucket (`FILES_URL`).

A key is the path of a file in its store. What is under a key never changes, so a file can be read
in pieces, each opened for itself: a slow reader holds no descriptor and no connection open.
"""

import os
import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol

from django.conf import settings

from rooms.files.sources import DiskSource, Source

KIB = 1024


def content_key(upload_id: str) -> str:
    """The key of an upload's content, as it is served."""
    return f"{upload_id[:2]}/{upload_id}/content"


def thumbnail_key(upload_id: str) -> str:
    """The key of an upload's thumbnail, a WebP."""
    return f"{upload_id[:2]}/{upload_id}/thumbnail"


def storage() -> "Store":
    """The store of what people send, and of the pictures of previews."""
    if settings.FILES_BUCKET is None:
        return Folder(Path(settings.FILES_DIR))
    return _s3("files")


def media() -> "Store":
    """The store of the pictures that anyone may see: of people, of the site and its emoji."""
    if settings.FILES_BUCKET is None:
        return Folder(Path(settings.MEDIA_ROOT))
    return _s3("default")


def _s3(alias: str) -> "Store":
    # Imported here, since a site without a bucket doesn't have what it needs.
    from rooms.files.buckets import BucketStore

    return BucketStore.of(alias)


class Readable(Protocol):
    """What can be read like a file."""

    def read(self, size: int = ..., /) -> bytes: ...


class Store(ABC):
    """Files by their keys. All methods raise OSError or Unavailable when the store is away, and
    those that read raise FileNotFoundError for a key that there isn't."""

    @abstractmethod
    def save(self, key: str, file: Readable) -> None:
        """Store what is left to read of a file, replacing what was there."""

    @abstractmethod
    def copy(self, key: str, path: Path) -> None:
        """Store a file of this machine, which stays and won't change."""

    @abstractmethod
    def adopt(self, key: str, path: Path) -> None:
        """Store a file of this machine, which is gone afterwards."""

    @abstractmethod
    def open(self, key: str) -> IO[bytes]:
        """Open a file for reading."""

    @abstractmethod
    def source(self, key: str, start: int) -> Source:
        """Return a source for a download that begins at `start`. May read already."""

    @abstractmethod
    def read_range(self, key: str, start: int, length: int) -> bytes:
        """Read `length` bytes from `start`, or fewer at the end of the file."""

    @abstractmethod
    def size(self, key: str) -> int:
        """Return the length in bytes."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete a file. A missing one is no error."""

    @abstractmethod
    def older(self, folder: str, before: float) -> Iterator[str]:
        """Yield the keys of a folder's folders under which something was stored before then
        (seconds since 1970), in order. What a killed process left half made is among them."""

    def read(self, key: str) -> bytes:
        """Read a small file whole."""
        with self.open(key) as file:
            return file.read()


class Folder(Store):
    """A folder on this machine's disk. A file appears in it whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def save(self, key: str, file: Readable) -> None:
        with self._new(key) as begun, begun.open("xb") as copy:
            shutil.copyfileobj(file, copy, 256 * KIB)
            copy.flush()
            os.fsync(copy.fileno())

    def copy(self, key: str, path: Path) -> None:
        with self._new(key) as begun:
            try:
                os.link(path, begun)
            except OSError:  # a disk that has no links, or another one
                shutil.copyfile(path, begun)
            _flush(begun)

    def adopt(self, key: str, path: Path) -> None:
        with self._new(key) as begun:
            shutil.move(path, begun)  # copies it only from another disk
            _flush(begun)

    def open(self, key: str) -> IO[bytes]:
        return self._path(key).open("rb")

    def source(self, key: str, start: int) -> Source:
        path = self._path(key)
        path.stat()
        return DiskSource(path)

    def read_range(self, key: str, start: int, length: int) -> bytes:
        descriptor = os.open(self._path(key), os.O_RDONLY)
        try:
            return os.pread(descriptor, length, start)
        finally:
            os.close(descriptor)

    def size(self, key: str) -> int:
        return self._path(key).stat().st_size

    def delete(self, key: str) -> None:
        path = self._path(key)
        path.unlink(missing_ok=True)
        for begun in path.parent.glob(_begun(path, "*")):
            begun.unlink(missing_ok=True)  # by a process that was killed
        if path.parent.parent != self.root:
            # The upload's own folder; it may have a thumbnail yet.
            with suppress(OSError):
                path.parent.rmdir()

    def older(self, folder: str, before: float) -> Iterator[str]:
        for place in sorted((self.root / folder).glob("*")):
            for path in sorted(place.glob("*")):
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < before:
                        yield str(path.relative_to(self.root))

    def _path(self, key: str) -> Path:
        return self.root / key

    @contextmanager
    def _new(self, key: str) -> Iterator[Path]:
        """A place beside the file's own, where it goes at the end."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        begun = path.with_name(_begun(path, secrets.token_hex(8)))
        try:
            yield begun
            begun.replace(path)
        finally:
            begun.unlink(missing_ok=True)


def _begun(path: Path, mark: str) -> str:
    return f".{path.name}-{mark}"


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def free_bytes() -> int | None:
    """How much room this machine's disk has for files; None if they aren't kept there."""
    if settings.FILES_BUCKET is not None:
        return None
    folder: Any = next(one for one in (settings.FILES_DIR, settings.DATA_DIR) if one.exists())
    return shutil.disk_usage(folder).free
