"""Files of every kind with some bytes changed: each is something, is cleaned or refused, and takes
nothing down."""

import asyncio
import functools
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.files import cleaning, decoder
from rooms.files.cleaning import Damaged
from rooms.files.inspection import inspect
from tests import corpus
from tests.conftest import Measure
from tests.courier import Courier
from tests.hostile.fuzz import examples
from tests.site import OWNER, Site, serving

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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("bombs")) as site:
        yield site


class Pulse:
    """Asks a server whether it lives, again and again, until it is told to stop."""

    def __init__(self, site: Site) -> None:
        self.times: list[float] = []
        self._site = site
        self._over = threading.Event()

    def _ask(self) -> None:
        while not self._over.wait(0.02):  # the rhythm of asking
            began = time.monotonic()
            assert self._site.server.get("/healthz").status == 200
            self.times.append(time.monotonic() - began)

    @contextmanager
    def felt(self) -> Iterator[None]:
        with ThreadPoolExecutor(1) as other:
            asking = other.submit(self._ask)
            yield
            self._over.set()
            asking.result()


@pytest.mark.thorough
async def test_no_bomb_holds_up_the_chat(site: Site, measure: Measure) -> None:
    owner = site.visitor().logs_in(OWNER)
    client = await owner.connects()
    await client.does("room.create", name="Bombs", kind="private", slug="bombs")
    await client.opens("bombs")
    sender = Courier(owner, "bombs")
    first = sender.sends(corpus.jpeg(), filename="bomb")  # the child starts
    assert sender.asks("GET", f"{first}/content/bomb").status == 200
    pulse, slowest = Pulse(site), 0.0
    with pulse.felt():
        for name, make in corpus.BOMBS.items():
            place = await asyncio.to_thread(sender.sends, make(), filename="bomb")
            began = time.monotonic()
            # It waits until the file is ready, or refused.
            answer = await asyncio.to_thread(sender.asks, "GET", f"{place}/content/bomb")
            took = time.monotonic() - began
            slowest = max(slowest, took)
            await client.posts(f"After {name}")
            assert answer.status in {200, 404}, name
            assert took < 4, name  # promised are 2 s
    await client.leaves()
    times = sorted(pulse.times)
    measure(
        f"bombs end within {slowest:.1f} s; /healthz meanwhile p50"
        f" {statistics.median(times) * 1000:.0f} ms, slowest {times[-1] * 1000:.0f} ms"
    )
    assert times[-1] < 1
