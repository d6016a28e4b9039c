"""Backpressure: the application waits for a slow reader, and a client that reads nothing is
dropped."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest

from tests.processes import BINARY, RawSocket, probe, raw_socket

MIB = 1024 * 1024


def test_a_websocket_that_never_reads_costs_little_and_is_dropped() -> None:
    with probe(stall_seconds=0.7) as server:
        server.get("/scope")
        before = server.memory
        with raw_socket(server, "/flood/200", receive_buffer=4096) as mallory:
            mallory.handshake()
            lost = mallory.seconds_until_lost()
            growth = server.memory - before
        server.wait_for_line("ended /flood")
    assert lost >= 0.6
    assert growth < 4, f"{growth:.1f} MiB"


def test_an_unread_response_costs_little_and_is_dropped() -> None:
    with probe(stall_seconds=0.7) as server:
        server.get("/scope")
        before = server.memory
        with server.connect(receive_buffer=4096) as mallory:
            mallory.sendall(b"GET /pour/200 HTTP/1.1\r\nHost: x\r\n\r\n")
            server.wait_for_line("ended /pour")
            growth = server.memory - before
    assert growth < 4, f"{growth:.1f} MiB"


@pytest.mark.parametrize("reads", [False, True], ids=["sends", "reads a byte at a time"])
def test_a_client_that_only_seems_alive_is_dropped_too(reads: bool) -> None:
    """Neither sending frames nor reading single bytes counts as making progress."""
    with (
        probe(stall_seconds=0.7) as server,
        raw_socket(server, "/flood/200", receive_buffer=4096) as mallory,
    ):
        mallory.handshake()
        deadline = time.monotonic() + 10
        while "ended /flood" not in server.output:
            assert time.monotonic() < deadline, "the server would never drop it"
            with suppress(ConnectionError):
                if reads:
                    mallory.connection.recv(1)
                else:
                    mallory.send(b"hello")
            time.sleep(0.05)  # the pace is what is tested
        server.wait_for_line("read nothing for")


def test_a_slow_reader_gets_everything() -> None:
    """Each pause is shorter than the deadline, but together they are longer."""
    with probe(stall_seconds=0.6) as server:
        with raw_socket(server, "/flood/8", receive_buffer=65536) as bob:
            bob.handshake()
            received = pauses = 0
            begin = time.monotonic()
            while received < 8 * MIB:
                opcode, payload = bob.read()
                assert opcode == BINARY
                received += len(payload)
                if received % (2 * MIB) == 0:
                    pauses += 1
                    time.sleep(0.35)  # slowness is what is tested
        assert time.monotonic() - begin > 1.2
        assert pauses == 4


def test_reading_what_the_kernel_has_is_reading() -> None:
    """It takes no more before a third of its buffer is read, which may last longer than the
    deadline."""
    with (
        probe(mischief="fixed-buffers", stall_seconds=0.6) as server,
        server.connect(receive_buffer=32768) as bob,
    ):
        bob.sendall(b"GET /pour/40 HTTP/1.1\r\nHost: x\r\n\r\n")
        received = 0
        while received < MIB:
            received += len(bob.recv(MIB))
        for _ in range(25):
            assert bob.recv(15_000)
            time.sleep(0.1)  # slowness is what is tested
        assert "read nothing" not in server.output
        server.wait_for_line("read nothing")  # now that it doesn't


def reads_slowly(client: RawSocket, kilobytes: int) -> int:
    """Read this much per second of much more, until the end. Return the close code; 1006 without
    one."""
    end, read, begin = b"", 0, time.monotonic()
    client.connection.settimeout(0.02)
    with suppress(ConnectionError):
        while True:
            with suppress(ConnectionError):
                client.send(b"3 20000")
            due = int(1000 * kilobytes * (time.monotonic() - begin)) - read
            data = b""
            with suppress(TimeoutError):
                data = client.connection.recv(max(1, due))
                if not data:
                    break
            read += len(data)
            end = (end + data)[-12:]  # copying all of it would make any reader slow
            time.sleep(0.01)  # slowness is what is tested
            if end[:2] == b"\x88\x0a":  # a close frame: its code and `too slow`
                return int.from_bytes(end[2:4], "big")
    return 1006


def test_readers_that_fall_behind_but_read_on_are_told_so() -> None:
    """The close frame waits behind megabytes in the kernel's buffers, and the server waits for
    it."""
    with probe() as server, ExitStack() as stack:
        paces = [500, 900, 1500]  # KB/s; 100 passes as well, and takes 44 s
        readers = [stack.enter_context(raw_socket(server, "/frames")) for _ in paces]
        for reader in readers:
            reader.handshake()
        with ThreadPoolExecutor(len(paces)) as threads:
            codes = [*threads.map(reads_slowly, readers, paces)]
    assert codes == [4410] * len(paces)


def test_a_fast_reader_is_not_slowed() -> None:
    with probe() as server:
        begin = time.monotonic()
        answer = server.get("/pour/100")
        took = time.monotonic() - begin
    assert len(answer.body) == 100 * MIB
    assert took < 6, f"100 MiB took {took:.1f} s"


def test_slow_readers_do_not_shut_others_out() -> None:
    """A response holds its slot in the application only until nothing but its reader is slow."""
    with probe(requests=2, waiting_requests=0) as server:
        readers = [server.connect(receive_buffer=4096) for _ in range(4)]
        for reader in readers:
            reader.sendall(b"GET /pour/20 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert reader.recv(1)
        assert server.get("/scope").status == 200
        assert "ended /pour" not in server.output, "they should still be running"
        for reader in readers:
            reader.close()


def test_a_full_socket_closes_when_told_to() -> None:
    with (
        probe(close_seconds=0.5) as server,
        raw_socket(server, "/flood-and-close", receive_buffer=4096) as mallory,
    ):
        mallory.handshake()
        mallory.send(b"close, please")
        line = server.wait_for_line("gone 4410")
        seconds = float(line.split()[-1])
        assert 0.4 <= seconds < 6
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
