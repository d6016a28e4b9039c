"""Bodies that the server fetches as they are read: files that people download."""

import signal
import time
from contextlib import ExitStack
from http.client import IncompleteRead

import pytest

from tests.asgi_probe import numbered
from tests.processes import probe

MIB = 1024 * 1024
READERS = 100


def request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def body(answer: bytes | bytearray) -> bytes | bytearray:
    return answer.partition(b"\r\n\r\n")[2]


def test_a_body_that_is_fetched_arrives_whole_and_another_after_it() -> None:
    with probe() as server, server.connect() as client:
        client.sendall(request("/pull/8") + request("/pull/1") + request("/scope"))
        answers = bytearray()
        while len(answers) < 9 * MIB or not answers.endswith(b"}"):
            answers += client.recv(MIB)
    first, second = body(answers), body(body(answers)[8 * MIB :])
    assert first.startswith(numbered(0, 8 * MIB))
    assert second.startswith(numbered(0, MIB))


def test_a_slow_reader_gets_all_of_it() -> None:
    """Each pause is shorter than the deadline, but together they are longer."""
    with probe(stall_seconds=0.6) as server:
        with server.connect(receive_buffer=65536, segment=536) as client:
            client.sendall(request("/pull/8"))
            received, begin = bytearray(), time.monotonic()
            for pause in range(1, 5):
                while len(received) < pause * 2 * MIB:
                    received += client.recv(65536)
                time.sleep(0.35)  # slowness is what is tested
            while len(body(received)) < 8 * MIB:
                received += client.recv(65536)
        assert time.monotonic() - begin > 1.2
    assert body(received) == numbered(0, 8 * MIB)


def test_slow_readers_cost_no_more_than_their_connections() -> None:
    """No piece of what they read is kept, which would be 64 KiB at least."""
    with probe(per_address=None) as server, ExitStack() as stack:
        server.get("/pull/1")
        before = server.memory
        for _ in range(READERS):
            client = stack.enter_context(server.connect(receive_buffer=4096))
            client.sendall(request("/pull/20"))
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert server.get("/scope").status == 200
        each = (server.memory - before) * 1024 / READERS
    assert each < 40, f"{each:.0f} KiB each"


def test_whoever_reads_nothing_is_dropped() -> None:
    with probe(stall_seconds=0.7) as server, server.connect(receive_buffer=4096) as mallory:
        mallory.sendall(request("/pull/20"))
        server.wait_for_line("read nothing for")
        server.wait_for_line("ended /pull")


def test_whoever_leaves_is_read_for_no_longer() -> None:
    with probe() as server:
        with server.connect(receive_buffer=4096) as client:
            client.sendall(request("/pull/20"))
            assert client.recv(4096)
        server.wait_for_line("ended /pull")


def test_half_a_body_does_not_look_complete() -> None:
    with probe() as server, pytest.raises((ConnectionResetError, IncompleteRead)):
        server.get("/pull/2/1")


def test_a_reader_does_not_hold_up_the_end() -> None:
    with probe() as server, server.connect(receive_buffer=4096) as client:
        client.sendall(request("/pull/20"))
        assert client.recv(4096)
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
