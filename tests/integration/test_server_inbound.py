"""Receiving: nobody can fill the memory, and too large a frame is answered with a close code."""

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.processes import (
    BINARY,
    PING,
    PONG,
    TEXT,
    RawSocket,
    ServerProcess,
    frame,
    probe,
    quickest,
    raw_socket,
)

LIMIT = 64 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with probe(close_seconds=0.5) as process:
        yield process


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_frame_of_64_kib_is_accepted(server: ServerProcess, opcode: int) -> None:
    with raw_socket(server, "/echo") as alice:
        alice.handshake()
        alice.send(b"x" * LIMIT, opcode)
        assert alice.read() == (opcode, b"x" * LIMIT)


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_frame_of_one_byte_more_is_4413(server: ServerProcess, opcode: int) -> None:
    with raw_socket(server, "/echo") as mallory:
        mallory.handshake()
        mallory.send(b"x" * (LIMIT + 1), opcode)
        assert mallory.read_close() == (4413, "frame too large")


def test_a_frame_that_promises_a_terabyte_is_4413_at_its_head(server: ServerProcess) -> None:
    with raw_socket(server, "/echo") as mallory:
        mallory.handshake()
        mallory.send(b"", size=2**40)
        assert mallory.read_close() == (4413, "frame too large")


def test_data_after_an_oversized_frame_is_not_kept(server: ServerProcess) -> None:
    with raw_socket(server, "/echo") as mallory:
        mallory.handshake()
        before = server.memory
        # More than both kernels buffer, while the server discards it.
        mallory.send(b"x" * (20 * LIMIT), size=2**30)
        assert mallory.read_close() == (4413, "frame too large")
        assert server.memory - before < 2


def test_a_fragmented_message_counts_as_a_whole(server: ServerProcess) -> None:
    with raw_socket(server, "/echo") as mallory:
        mallory.handshake()
        mallory.send(b"x" * LIMIT, final=False)
        mallory.send(b"x", 0)
        assert mallory.read_close() == (4413, "frame too large")


def test_empty_fragments_do_not_pile_up(server: ServerProcess) -> None:
    with raw_socket(server, "/echo") as mallory:
        mallory.handshake()
        mallory.send(b"", final=False)
        mallory.connection.sendall(frame(b"", 0, final=False) * 2000)
        assert mallory.read_close() == (4413, "frame too large")


def test_compression_is_not_negotiated(server: ServerProcess) -> None:
    """A compressed kilobyte can be a megabyte."""
    offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    with raw_socket(server, "/echo", offer) as mallory:
        assert "extensions" not in mallory.handshake().lower()
        mallory.connection.sendall(bytes([0xC0 | TEXT]) + frame(b"\x4a\x04\0")[1:])
        assert mallory.read_close()[0] == 1002


@pytest.mark.parametrize(
    ("count", "size", "kept"), [(20_000, 500, 2), (300, LIMIT, 6)], ids=["small", "large"]
)
def test_a_busy_application_gets_everything_in_time(count: int, size: int, kept: float) -> None:
    """All but 64 of the frames wait in the network rather than in the server, and none is lost."""
    with probe() as server, raw_socket(server, "/busy") as bob:
        bob.handshake()
        before = server.memory
        rest = send_until_full(server, bob, frame(b"x" * size) * count)
        assert server.memory - before < kept
        bob.connection.settimeout(15)
        server.get("/open/busy")
        bob.connection.sendall(rest)
        bob.send(b"end")
        assert bob.read_message() == (TEXT, b"%d %d" % (count, count * size))


def send_until_full(server: ServerProcess, client: RawSocket, frames: bytes) -> memoryview:
    """Send as much as the server and the network take; return the rest."""
    client.connection.setblocking(False)
    rest, stuck = memoryview(frames), 0
    while stuck < 3 and rest:
        try:
            rest = rest[client.connection.send(rest) :]
        except BlockingIOError:
            # Answered by the same loop, so whatever the server could read it has read by now.
            server.get("/scope")
            stuck += 1
    assert rest, "the network took it all; send more"
    return rest


def test_a_flood_of_tiny_frames_costs_little() -> None:
    with probe() as server, raw_socket(server, "/busy") as mallory:
        mallory.handshake()
        before = server.memory
        send_until_full(server, mallory, frame(b"xy") * 1_000_000)
        # 64 KiB of them parsed at once would take 2 MiB.
        assert server.memory - before < 1


def test_nobody_else_waits_during_a_flood_of_tiny_frames() -> None:
    """The application takes them as they come, so a faster peer could use all of its time.

    On a busy machine an echo waits for other processes too, so this looks at how much the server
    computes meanwhile.
    """
    with (
        probe() as server,
        raw_socket(server, "/busy") as mallory,
        raw_socket(server, "/echo") as bob,
    ):
        server.get("/open/busy")
        mallory.handshake()
        bob.handshake()
        flood = threading.Thread(target=pour, args=(mallory, 100_000))
        before = server.processor_seconds
        flood.start()
        echoes = 0
        while flood.is_alive():
            bob.send(b"?")
            assert bob.read_message() == (TEXT, b"?")
            echoes += 1
        flood.join()
        took = server.processor_seconds - before
        assert took / echoes < 0.05, f"{echoes} echoes in {took:.1f} s"


def pour(client: RawSocket, count: int) -> None:
    """Wait until the application has taken them all."""
    client.connection.sendall(frame(b"x") * count)
    client.send(b"end")
    assert client.read_message() == (TEXT, b"%d %d" % (count, count))


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("reserved bits", b"\xf1\x80\0\0\0\0", 1002),
        ("unknown opcode", b"\x83\x80\0\0\0\0", 1002),
        ("no mask", b"\x81\x01x", 1002),
        ("ping too long", frame(b"x" * 126, 9), 1002),
        ("ping in fragments", frame(b"x", 9, final=False), 1002),
        ("continues nothing", frame(b"x", 0), 1002),
        ("not UTF-8", frame(b"\xff\xfe"), 1007),
        ("close code 999", frame(b"\x03\xe7", 8), 1002),
        ("close of one byte", frame(b"\x03", 8), 1002),
    ],
)
def test_a_violation_is_answered_and_affects_nobody_else(
    server: ServerProcess, name: str, data: bytes, code: int
) -> None:
    with raw_socket(server, "/echo") as alice, raw_socket(server, "/echo") as mallory:
        alice.handshake()
        mallory.handshake()
        mallory.connection.sendall(data)
        assert mallory.read_close()[0] == code
        alice.send(b"still here")
        assert alice.read_message() == (TEXT, b"still here")
    assert "Traceback" not in server.output


@pytest.fixture(scope="module")
def counting() -> Iterator[ServerProcess]:
    """A server that accepts bursts of fifty frames from a socket and a hundred from an address."""
    with probe(socket_frames=[50, 0.1], address_frames=[100, 0.1]) as process:
        yield process


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.1.1", frame(b"", PING)),
        ("127.0.1.2", frame(b"x" * 125, PING)),
        ("127.0.1.3", frame(b"", PONG)),
        ("127.0.1.4", frame(b"12345678", PONG)),
        ("127.0.1.5", frame(b"")),
        ("127.0.1.6", frame(b"x")),
        ("127.0.1.7", frame(b"x" * 200)),
        ("127.0.1.8", frame(b"x", BINARY)),
        ("127.0.1.9", frame(b"", final=False) + frame(b"", 0, final=False) * 30 + frame(b"", 0)),
    ],
    ids=["ping", "long ping", "pong", "own pong", "empty", "text", "long text", "binary", "parts"],
)
def test_frames_of_every_kind_count(counting: ServerProcess, address: str, kind: bytes) -> None:
    with raw_socket(counting, "/echo", source=address) as mallory:
        mallory.handshake()
        mallory.connection.sendall(kind * 51)
        assert mallory.read_close() == (4429, "Too many frames.")


def test_frames_sent_one_by_one_count_too(counting: ServerProcess) -> None:
    with raw_socket(counting, "/echo", source="127.0.2.1") as mallory:
        mallory.handshake()
        for _ in range(50):
            mallory.send(b"x")
            assert mallory.read_message() == (TEXT, b"x")
        mallory.send(b"x")
        assert mallory.read_close()[0] == 4429


def test_an_address_is_limited_over_all_its_sockets(counting: ServerProcess) -> None:
    def code(address: str) -> int | None:
        with raw_socket(counting, "/echo", source=address) as client:
            client.handshake()
            client.connection.sendall(frame(b"x", PING) * 40)
            client.send(b"close 4000 bye")
            return client.read_close()[0]

    assert [code("127.0.3.1") for _ in range(3)] == [4000, 4000, 4429]
    assert code("127.0.3.2") == 4000, "nobody else is affected"


def test_after_the_goodbye_only_the_answer_to_it_is_read(counting: ServerProcess) -> None:
    """Both in the middle of a frame and behind others that come too late."""
    late = frame(b"x") * 10 + frame(b"x" * 300, BINARY) + frame(b"", PING)
    with raw_socket(counting, "/echo", source="127.0.4.1") as bob:
        bob.handshake()
        bob.connection.sendall(frame(b"close 4000 bye") + frame(b"y" * 5000)[:1000])
        assert bob.read_close()[0] == 4000
        bob.connection.sendall(b"y" * 4008 + late + frame(b"\x0f\xa0", 8)[:5])
        bob.connection.sendall(frame(b"\x0f\xa0", 8)[5:])
        assert bob.seconds_until_lost() < 1.5  # at once, not after the close timeout


def test_nobody_else_waits_during_a_flood_after_the_goodbye(counting: ServerProcess) -> None:
    with (
        raw_socket(counting, "/echo", source="127.0.4.2") as bob,
        raw_socket(counting, "/echo", source="127.0.4.3") as mallory,
    ):
        bob.handshake()
        mallory.handshake()
        mallory.send(b"close 4000 bye")
        assert mallory.read_close()[0] == 4000

        def echo() -> None:
            bob.send(b"?")
            assert bob.read_message() == (TEXT, b"?")

        flood = threading.Thread(target=pour_pings, args=(mallory,))
        flood.start()
        waited = 0.0
        for _ in range(40):  # as many as bob himself may send
            waited = max(waited, quickest(echo, tries=1))
        flood.join()
        # If they were still parsed, each 64 KiB would take a tenth of a second.
        assert waited < 0.1


def pour_pings(client: RawSocket) -> None:
    """Send three megabytes of pings, or as many as the server accepts."""
    with suppress(OSError):
        client.connection.sendall(frame(b"", PING) * 500_000)
