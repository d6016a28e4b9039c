"""Files of every kind with some bytes changed: each is something, is cleaned or refused, and takes
nothing down."""

import functools
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rooms.files import cleaning, decoder
from rooms.files.cleaning import Damaged
from rooms.files.inspection import inspect
from tests import corpus
from tests.hostile.fuzz import examples

NAMES = sorted(corpus.SHOWN)
LENGTHS = [b"\0", b"\xff", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\x08", b"\x01"]


@functools.cache
def whole(name: str) -> bytes:
    return corpus.SHOWN[name][2]()


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Most faults hurt where lengths and types are: near the beginning, or near the end."""
    content = bytearray(whole(draw(st.sampled_from(NAMES))))
    for _change in range(draw(st.integers(1, 6))):
        place = draw(
            st.integers(0, min(len(content), 400))
            | st.integers(0, len(content))
            | st.integers(max(0, len(content) - 100), len(content))
        )
        length = draw(st.integers(0, 16))
        match draw(st.sampled_from(["replace", "insert", "delete", "repeat", "end", "other"])):
            case "replace":
                some = draw(st.sampled_from(LENGTHS) | st.binary(min_size=1, max_size=8))
                content[place : place + len(some)] = some
            case "insert":
                content[place:place] = draw(st.binary(min_size=1, max_size=16))
            case "delete":
                del content[place : place + length]
            case "repeat":
                content[place:place] = content[place : place + 40 * length] * 3
            case "end":
                del content[place + 12 :]
            case "other":
                other = whole(draw(st.sampled_from(NAMES)))
                content[place:place] = other[: 50 * length]
    return bytes(content)


@given(files())
@examples(400)
def test_a_broken_file_is_cleaned_or_refused_and_nothing_else(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path, folder = Path(name, "file"), Path(name, "made")
        path.write_bytes(content)
        folder.mkdir()
        found = inspect(path)
        try:
            cleaned = cleaning.clean(path, found, folder)
        except Damaged:
            return
        assert cleaned.kind in {"image", "video", "audio", "file"}
        assert cleaned.size == cleaned.path.stat().st_size
        assert (cleaned.thumbnail_path is not None) == (cleaned.kind == "image")
        # A file that grows would be a way to fill the disk.
        assert cleaned.size < 4 * len(content) + 100_000
        assert decoder.here().pid is not None or cleaned.path == path
