"""The decoding child: it is there when it is needed, dies alone, and knows nothing of the site."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rooms.files import child
from rooms.files.decoder import Closed, Decoder, Refused
from tests import corpus
from tests.processes import ROOT, eventually

SQUARE: dict[str, Any] = {"formats": ["PNG", "JPEG"], "most": 25_000_000, "side": 256}


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    decoder = Decoder()
    yield decoder
    decoder.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(corpus.png())
    return path


@contextmanager
def stuck(decoder: Decoder, folder: Path) -> Iterator[Callable[[], object]]:
    """A picture that never comes to its end: the child has opened it, and reads."""
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    with ThreadPoolExecutor(1) as other:
        making = other.submit(decoder.run, "square", fifo, folder, **SQUARE)
        with fifo.open("wb"):  # once the child has opened it, too
            yield making.result


def test_one_child_makes_one_picture_after_another(
    decoder: Decoder, source: Path, tmp_path: Path
) -> None:
    assert decoder.pid is None
    pids = set[int | None]()
    for _picture in range(3):
        assert decoder.run("square", source, tmp_path, **SQUARE) == {}
        pids.add(decoder.pid)
    assert len(pids) == 1
    assert None not in pids
    with Image.open(tmp_path / "picture") as made:
        assert made.size == (256, 256)


def test_pictures_that_come_at_the_same_time_take_turns(
    decoder: Decoder, source: Path, tmp_path: Path
) -> None:
    folders = [tmp_path / str(number) for number in range(6)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(lambda folder: decoder.run("square", source, folder, **SQUARE), folders))
    assert all((folder / "picture").stat().st_size for folder in folders)


def test_a_child_that_is_killed_costs_one_picture(
    decoder: Decoder, source: Path, tmp_path: Path
) -> None:
    decoder.run("square", source, tmp_path, **SQUARE)
    before = decoder.pid
    assert before is not None
    with stuck(decoder, tmp_path) as result:
        os.kill(before, 9)
        with pytest.raises(Refused, match="limits"):
            result()
    decoder.run("square", source, tmp_path, **SQUARE)
    assert decoder.pid not in {before, None}


def test_a_picture_that_takes_too_long_ends(decoder: Decoder, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    began = time.monotonic()
    with pytest.raises(Refused, match="limits"):
        decoder.run("square", fifo, tmp_path, seconds=0.5, **SQUARE)
    assert decoder.pid is None
    assert time.monotonic() - began < 10  # promised is half a second


def test_closing_ends_the_picture_that_is_being_made(decoder: Decoder, tmp_path: Path) -> None:
    with stuck(decoder, tmp_path) as result:
        decoder.close()
        with pytest.raises(Closed):
            result()


def test_a_child_that_has_nothing_to_do_ends_and_another_one_starts(
    source: Path, tmp_path: Path, decoder: Decoder
) -> None:
    """As it does after a minute: here it has ended after its last picture."""
    decoder.run("square", source, tmp_path, **SQUARE)
    first = decoder._child
    assert first is not None
    assert first.stdin is not None
    first.stdin.close()
    first.wait()
    decoder.run("square", source, tmp_path, **SQUARE)
    assert decoder.pid not in {first.pid, None}


def test_the_child_ends_with_its_parent(source: Path, tmp_path: Path) -> None:
    parent = subprocess.run(
        [sys.executable, "-c", DIES, str(source), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert parent.returncode == -9
    pid = int(parent.stdout)
    eventually(lambda: not Path(f"/proc/{pid}/fd").exists() or _is_zombie(pid))


def _is_zombie(pid: int) -> bool:
    try:
        return " Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


DIES = """
import os, sys
from pathlib import Path
from rooms.files.decoder import Decoder
decoder = Decoder()
told = {"formats": ["PNG"], "most": 10**6, "side": 8}
decoder.run("square", Path(sys.argv[1]), Path(sys.argv[2]), **told)
print(decoder.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_the_child_inherits_neither_descriptors_nor_secrets(
    decoder: Decoder, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://chat:secret@db/chat")
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        decoder.run("square", source, tmp_path, **SQUARE)
        place = Path(f"/proc/{decoder.pid}")
        assert b"secret" not in (place / "environ").read_bytes()
        held = {os.readlink(one) for one in (place / "fd").iterdir()}
    assert all(one.startswith(("pipe:", "/dev/null")) for one in held)


def test_the_child_has_limits(decoder: Decoder, source: Path, tmp_path: Path) -> None:
    decoder.run("square", source, tmp_path, **SQUARE)
    limits = Path(f"/proc/{decoder.pid}/limits").read_text()
    by_name = {line[:26].strip(): line[26:].split() for line in limits.splitlines()}
    assert by_name["Max address space"][0] == str(child.MEMORY)
    assert 0 < int(by_name["Max cpu time"][0]) <= child.CPU_SECONDS + 5
    assert by_name["Max core file size"][0] == "0"


def test_a_picture_that_needs_more_memory_than_there_is_is_refused(
    decoder: Decoder, tmp_path: Path
) -> None:
    huge = tmp_path / "huge"
    huge.write_bytes(corpus.png_of(60_000, 60_000, rows=10))
    told = {**SQUARE, "most": 10**10}
    with pytest.raises(Refused, match=r"unreadable|limits"):
        decoder.run("square", huge, tmp_path, **told)


def test_the_child_starts_quickly_since_it_imports_little() -> None:
    listed = subprocess.run(
        [sys.executable, "-c", "import sys, rooms.files.child; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    heavy = {name.partition(".")[0] for name in listed} & {
        *("django", "twisted", "asyncio", "msgspec", "filetype", "pi_heif", "numpy", "email"),
    }
    assert not heavy
    ours = {name for name in listed if name.startswith("rooms.")}
    assert all(name.startswith("rooms.files") for name in ours)


def test_a_disk_that_is_full_is_no_fault_of_the_picture(decoder: Decoder, source: Path) -> None:
    with pytest.raises(OSError, match="can't be written"):
        decoder.run("square", source, Path("/dev/full/x"), **SQUARE)


def test_the_first_picture_takes_no_second(
    decoder: Decoder, source: Path, tmp_path: Path, measure: Any
) -> None:
    began = time.monotonic()
    decoder.run("square", source, tmp_path, **SQUARE)
    first = time.monotonic() - began
    began = time.monotonic()
    decoder.run("square", source, tmp_path, **SQUARE)
    then = time.monotonic() - began
    measure(f"a decoding child starts within {first * 1000:.0f} ms; then {then * 1000:.0f} ms")
