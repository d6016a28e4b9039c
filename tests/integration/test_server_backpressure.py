"""Sending: the application waits for a slow reader, and a reader that takes nothing is dropped."""

import signal
import time
from contextlib import suppress

import pytest

from tests.processes import BINARY, probe, raw_socket

MIB = 1024 * 1024


def test_a_websocket_that_does_not_read_costs_little_and_is_dropped() -> None:
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


def test_an_answer_that_nobody_reads_costs_little_and_is_dropped() -> None:
    with probe(stall_seconds=0.7) as server:
        server.get("/scope")
        before = server.memory
        with server.connect(receive_buffer=4096) as mallory:
            mallory.sendall(b"GET /pour/200 HTTP/1.1\r\nHost: x\r\n\r\n")
            server.wait_for_line("ended /pour")
            growth = server.memory - before
    assert growth < 4, f"{growth:.1f} MiB"


@pytest.mark.parametrize("reads", [False, True], ids=["who speaks", "who takes a byte at a time"])
def test_so_is_who_only_seems_alive(reads: bool) -> None:
    """Neither frames sent nor single bytes read make room for what waits to be read."""
    with (
        probe(stall_seconds=0.7) as server,
        raw_socket(server, "/flood/200", receive_buffer=4096) as mallory,
    ):
        mallory.handshake()
        deadline = time.monotonic() + 10
        while "ended /flood" not in server.output:
            assert time.monotonic() < deadline, "it would go on for ever"
            with suppress(ConnectionError):
                if reads:
                    mallory.connection.recv(1)
                else:
                    mallory.send(b"hello")
            time.sleep(0.05)  # the rhythm is what is tested
        server.wait_for_line("took nothing for")


def test_a_slow_reader_gets_everything() -> None:
    """It pauses for shorter than the deadline, but for longer than that in all."""
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
                    time.sleep(0.35)  # being slow is what is tested
        assert time.monotonic() - begin > 1.2
        assert pauses == 4


def test_a_fast_reader_is_not_slowed() -> None:
    with probe() as server:
        begin = time.monotonic()
        answer = server.get("/pour/100")
        took = time.monotonic() - begin
    assert len(answer.body) == 100 * MIB
    assert took < 6, f"100 MiB took {took:.1f} s"


def test_slow_readers_do_not_close_the_site_to_others() -> None:
    """Each has a place in the application until it only waits for its reader."""
    with probe(requests=2, waiting_requests=0) as server:
        readers = [server.connect(receive_buffer=4096) for _ in range(4)]
        for reader in readers:
            reader.sendall(b"GET /pour/20 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert reader.recv(1)
        assert server.get("/scope").status == 200
        assert "ended /pour" not in server.output, "they should still be in the middle"
        for reader in readers:
            reader.close()


def test_a_socket_that_is_full_closes_when_told_to() -> None:
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
