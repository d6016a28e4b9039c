"""The `frames` extension: whole frames straight to the socket, in order and bounded; and the fast
path for plain incoming frames."""

import itertools
import random
from collections.abc import Iterator

import pytest

from tests.processes import PING, PONG, TEXT, RawSocket, ServerProcess, frame, probe, raw_socket


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with probe(close_seconds=0.5) as process:
        yield process


@pytest.fixture
def alice(server: ServerProcess) -> Iterator[RawSocket]:
    with raw_socket(server, "/frames") as alice:
        alice.handshake()
        yield alice


@pytest.fixture
def echo(server: ServerProcess) -> Iterator[RawSocket]:
    with raw_socket(server, "/echo") as echo:
        echo.handshake()
        yield echo


def reads(alice: RawSocket, count: int, size: int) -> None:
    for number in range(count):
        opcode, payload = alice.read()
        assert (opcode, len(payload), int(payload)) == (TEXT, size, number)


@pytest.mark.parametrize("size", [1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_frames_of_any_size_arrive_whole(alice: RawSocket, size: int) -> None:
    alice.send(f"1 {size}".encode())
    reads(alice, 1, size)


def test_frames_of_one_turn_arrive_in_order(alice: RawSocket) -> None:
    alice.send(b"1000 50")
    alice.send(b"1000 300")
    reads(alice, 1000, 50)
    reads(alice, 1000, 300)


def test_a_close_follows_the_frames_already_written(alice: RawSocket) -> None:
    alice.send(b"100 100 close")
    reads(alice, 100, 100)
    assert alice.read_close() == (4001, "bye")


def test_a_reader_that_is_late_but_not_too_late_gets_everything(server: ServerProcess) -> None:
    with raw_socket(server, "/frames", receive_buffer=4096) as alice:
        alice.handshake()
        for _ in range(3):
            alice.send(b"15 60000")  # more than the transport takes, less than the bound
            reads(alice, 15, 60_000)


def test_a_client_that_never_reads_is_cut_off_at_the_bound(server: ServerProcess) -> None:
    server.lines.clear()
    with raw_socket(server, "/frames", receive_buffer=4096) as mallory:
        mallory.handshake()
        before = server.memory
        mallory.send(b"200 60000")
        server.wait_for_line("overflow")
        assert server.memory - before < 6
        mallory.seconds_until_lost(5)
    server.wait_for_line("gone")
    assert server.output.count("overflow") == 1


@pytest.mark.parametrize("seed", range(3))
def test_incoming_frames_may_be_split_anywhere(echo: RawSocket, seed: int) -> None:
    dice = random.Random(seed)
    texts = [
        dice.choice("aé🎉") * dice.choice((0, 1, 5, 31, 125, 126, 127, 400)) for _ in range(60)
    ]
    stream = b"".join(frame(text.encode()) for text in texts)
    cuts = sorted(dice.randrange(len(stream)) for _ in range(40))
    for start, end in itertools.pairwise([0, *cuts, len(stream)]):
        echo.connection.sendall(stream[start:end])
    for text in texts:
        assert echo.read_message() == (TEXT, text.encode())


def test_plain_frames_keep_their_place_among_others(echo: RawSocket) -> None:
    echo.connection.sendall(
        frame(b"one")
        + frame(b"tw", final=False)
        + frame(b"ping", PING)
        + frame(b"o", 0)
        + frame(b"three")
    )
    answers = [echo.read() for _ in range(4)]
    assert answers.pop([opcode for opcode, _ in answers].index(PONG)) == (PONG, b"ping")
    assert answers == [(TEXT, b"one"), (TEXT, b"two"), (TEXT, b"three")]


def test_invalid_text_fails_on_the_short_way_too(echo: RawSocket) -> None:
    echo.send(b"\xff\xfe")
    code, _ = echo.read_close()
    assert code == 1007
