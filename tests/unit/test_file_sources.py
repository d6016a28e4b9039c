"""How a file is read for somebody who downloads it."""

import errno
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from rooms.files.sources import DiskSource

CONTENT = bytes(range(256)) * 1024


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DiskSource:
    monkeypatch.setattr(DiskSource, "_tells", True)
    path = tmp_path / "content"
    path.write_bytes(CONTENT)
    return DiskSource(path)


async def whole(source: DiskSource) -> bytes:
    found = b""
    while piece := await source.read(len(found), 10_000):
        assert len(piece) <= 10_000
        found += piece
    return found


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[threading.Thread]:
    """The threads that waited for the disk."""
    found = []
    read = os.pread

    def pread(*args: Any) -> bytes:
        found.append(threading.current_thread())
        return read(*args)

    monkeypatch.setattr(os, "pread", pread)
    return found


async def test_what_the_system_has_in_memory_needs_no_thread(
    source: DiskSource, readers: list[threading.Thread]
) -> None:
    assert await whole(source) == CONTENT
    if DiskSource._tells:  # not every file system can
        assert readers == []


@pytest.mark.parametrize(
    ("error", "goes_on_asking"), [(errno.EAGAIN, True), (errno.EOPNOTSUPP, False)]
)
async def test_a_disk_that_would_have_to_be_waited_for_is_read_by_another_thread(
    source: DiskSource,
    readers: list[threading.Thread],
    monkeypatch: pytest.MonkeyPatch,
    error: int,
    goes_on_asking: bool,
) -> None:
    asked = []

    def preadv(*args: Any) -> int:
        asked.append(args)
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "preadv", preadv)
    assert await whole(source) == CONTENT
    assert threading.main_thread() not in readers
    assert (len(asked) > 1) is goes_on_asking


async def test_a_file_that_was_deleted_meanwhile_is_an_error(
    source: DiskSource, tmp_path: Path
) -> None:
    assert await source.read(0, 10) == CONTENT[:10]
    (tmp_path / "content").unlink()
    with pytest.raises(FileNotFoundError):
        await source.read(10, 10)
