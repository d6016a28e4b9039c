"""Uploads that aren't complete or not checked yet. Their parts are files of this machine, or of the
bucket, so that another machine can take the next one. The database knows how much counts."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from rooms.files.storage import KIB, Readable, Store, storage

PREFIX = "incoming"
CHUNK = 256 * KIB


class Busy(Exception):
    """Another process or thread is writing to this upload."""


class Missing(Exception):
    """Bytes that were acknowledged aren't there any more: the folder was restored or emptied.
    `left` is how many are."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


@contextmanager
def turn(upload_id: str) -> Iterator[None]:
    """Have an upload to oneself, among the processes of this machine. Raises Busy. The kernel
    releases it if the process is killed."""
    with _place(upload_id).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield


def append(upload_id: str, offset: int, part: Readable, size: int) -> None:
    """Store `size` bytes at the end of what counts, which are `offset`; what a killed process may
    have left beyond that is cut. On disk when this returns. Raises Missing."""
    if settings.FILES_BUCKET is not None:
        # Under the same key as an attempt before it that didn't count.
        storage().save(f"{PREFIX}/{upload_id}/{offset:015}", _Limited(part, size))
        return
    with _place(upload_id).open("r+b") as file:
        left = os.fstat(file.fileno()).st_size
        if left < offset:
            raise Missing(left)
        file.truncate(offset)
        file.seek(offset)
        shutil.copyfileobj(_Limited(part, size), file, CHUNK)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def local(upload_id: str, size: int) -> Iterator[Path]:
    """The first `size` bytes of an upload as a file of this machine, to be read. Raises Missing."""
    if settings.FILES_BUCKET is None:
        path = _place(upload_id)
        path.touch()
        left = path.stat().st_size
        if left < size:
            raise Missing(left)
        os.truncate(path, size)
        yield path
        return
    with tempfile.NamedTemporaryFile(dir=_folder(), prefix=".whole-") as whole:
        for key in _parts(upload_id, size):
            with storage().open(key) as part:
                shutil.copyfileobj(part, whole, CHUNK)
        whole.flush()
        if whole.tell() != size:
            raise Missing(0)
        yield Path(whole.name)


def remove(upload_id: str) -> None:
    """Delete whatever has arrived of an upload."""
    _place(upload_id).unlink(missing_ok=True)
    if settings.FILES_BUCKET is not None:
        store = storage()
        for key, _size in _sizes(store, upload_id):
            store.delete(key)


def _parts(upload_id: str, size: int) -> list[str]:
    """The keys of the parts that count, in order: each begins where the one before it ends."""
    keys, end = [], 0
    for key, length in _sizes(storage(), upload_id):
        if int(key.rpartition("/")[2]) == end and end < size:
            keys.append(key)
            end += length
    return keys


def _sizes(store: Store, upload_id: str) -> list[tuple[str, int]]:
    from rooms.files.buckets import BucketStore  # as in rooms.files.storage

    assert isinstance(store, BucketStore)  # noqa: S101
    return store.sizes(f"{PREFIX}/{upload_id}/")


def _folder() -> Path:
    folder = Path(settings.FILES_DIR) / PREFIX
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _place(upload_id: str) -> Path:
    return _folder() / upload_id


class _Limited:
    """The next `left` bytes of a file."""

    def __init__(self, file: Readable, left: int) -> None:
        self._file = file
        self._left = left

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        chunk = self._file.read(wanted) if wanted else b""
        self._left -= len(chunk)
        return chunk
