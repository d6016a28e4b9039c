"""ClamAV is shown a file before anybody is served it."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from rooms.files import scanning
from tests.scanner import EICAR, Scanner


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    with Scanner() as scanner:
        yield scanner


@pytest.fixture
def scan(tmp_path: Path, scanner: Scanner, settings: Settings) -> Callable[[bytes], None]:
    settings.CLAMAV_URL = scanner.url

    def scan(content: bytes) -> None:
        path = tmp_path / "file"
        path.write_bytes(content)
        scanning.scan(path)

    return scan


def test_a_clean_file_passes_whole(scan: Callable[[bytes], None], scanner: Scanner) -> None:
    for content in (b"", b"x", bytes(scanning.CHUNK), b"ab" * scanning.CHUNK):
        scan(content)
        assert scanner.seen[-1] == content


def test_an_infected_file_does_not(scan: Callable[[bytes], None]) -> None:
    with pytest.raises(scanning.Infected):
        scan(b"before" + EICAR + b"after")


def test_a_file_longer_than_is_scanned_is_not_clean(
    scan: Callable[[bytes], None], scanner: Scanner
) -> None:
    scanner.longest = 100_000
    scan(bytes(100_000))
    with pytest.raises(scanning.Infected):
        scan(bytes(4_000_000))


@pytest.mark.parametrize("answer", [b"", b"stream: lstat() failed. ERROR", b"OK", b"\xff" * 9000])
def test_without_an_answer_that_makes_sense_nothing_is_clean(
    scan: Callable[[bytes], None], scanner: Scanner, answer: bytes
) -> None:
    scanner.answer = answer
    with pytest.raises(scanning.Away):
        scan(b"hello")


def test_a_scanner_that_is_not_there_is_away(
    scan: Callable[[bytes], None], settings: Settings, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.CLAMAV_URL = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(scanning.Away):
            scan(b"hello")
    settings.CLAMAV_URL = f"unix://{tmp_path}/none"
    with pytest.raises(scanning.Away):
        scan(b"hello")


def test_it_may_listen_on_a_socket_of_this_machine(settings: Settings, tmp_path: Path) -> None:
    with Scanner(tmp_path / "clamd") as scanner:
        settings.CLAMAV_URL = scanner.url
        (tmp_path / "file").write_bytes(EICAR)
        with pytest.raises(scanning.Infected):
            scanning.scan(tmp_path / "file")


def test_without_a_scanner_nothing_is_scanned(settings: Settings, tmp_path: Path) -> None:
    settings.CLAMAV_URL = ""
    scanning.scan(tmp_path / "there is none")
