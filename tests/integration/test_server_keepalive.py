"""Keepalive: only a pong to our own ping proves that a peer is reading."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.processes import PING, PONG, TEXT, RawSocket, ServerProcess, probe, raw_socket

QUICK: dict[str, Any] = {"ping_seconds": 0.2, "pong_seconds": 0.3, "close_seconds": 0.3}


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with probe(**QUICK) as process:
        process.get("/open/busy")
        yield process


def test_a_silent_peer_is_told_4408_and_cut_off(server: ServerProcess) -> None:
    told = server.output.count("disconnect 4408")
    with raw_socket(server, "/echo") as bob:
        bob.handshake()
        begin = time.monotonic()
        assert bob.read_close() == (4408, "silent too long")
        assert 0.4 <= time.monotonic() - begin < 6
        assert bob.seconds_until_lost() < 6
        server.wait_for_line("disconnect 4408", times=told + 1)


def test_a_peer_that_answers_stays(server: ServerProcess) -> None:
    with raw_socket(server, "/echo") as bob:
        bob.handshake()
        begin = time.monotonic()
        for _ in range(5):
            answer_ping(bob)
        assert time.monotonic() - begin > 0.8
        bob.send(b"still here")
        assert bob.read()[1] == b"still here"


def test_each_peer_is_judged_by_its_own_answers(server: ServerProcess) -> None:
    with ExitStack() as stack:
        sockets = [stack.enter_context(raw_socket(server, "/echo")) for _ in range(6)]
        for bob in sockets:
            bob.handshake()
        alive, silent = sockets[::2], sockets[1::2]
        for _ in range(5):
            for bob in alive:
                answer_ping(bob)
        for bob in silent:
            assert bob.read_close() == (4408, "silent too long")
        for bob in alive:
            bob.send(b"still here")
            assert said(bob) == b"still here"


def test_a_ping_takes_its_turn_among_large_frames() -> None:
    with (
        probe(ping_seconds=0.2) as server,
        raw_socket(server, "/frames", receive_buffer=4096) as alice,
        raw_socket(server, "/echo") as witness,
    ):
        alice.handshake()
        alice.send(b"5 200000")
        witness.handshake()
        answer_ping(witness)  # alice was there before, so her ping has been sent as well
        came = [alice.read() for _ in range(6)]
        frames = [payload for opcode, payload in came if opcode == TEXT]
        assert [(len(payload), int(payload)) for payload in frames] == [
            (200_000, number) for number in range(5)
        ]
        assert sum(opcode == PING for opcode, _ in came) == 1


def test_data_is_not_a_pong_and_postpones_no_ping(server: ServerProcess) -> None:
    with raw_socket(server, "/busy") as mallory:
        mallory.handshake()
        assert chatter_until_lost(mallory, b"x") < 6


def test_an_unsolicited_pong_does_not_count(server: ServerProcess) -> None:
    with raw_socket(server, "/busy") as mallory:
        mallory.handshake()
        assert chatter_until_lost(mallory, b"guess", PONG) < 6


def test_the_peer_is_not_blamed_while_the_server_is_not_reading() -> None:
    """With a full inbox the server reads nothing, so it can't see the pong either."""
    with probe(**QUICK, waiting_frames=4) as server, raw_socket(server, "/busy") as bob:
        bob.handshake()
        for _ in range(50):
            bob.send(b"x")
        answer_ping(bob)
        begin = time.monotonic()
        bob.connection.settimeout(1)
        try:
            raise AssertionError(f"unexpected: {bob.read()}")
        except TimeoutError:
            assert time.monotonic() - begin > 0.9
        bob.connection.settimeout(10)
        server.get("/open/busy")
        bob.send(b"end")
        assert said(bob) == b"50 50"


def test_an_excused_peer_is_judged_again() -> None:
    with (
        probe(**QUICK, waiting_frames=4) as server,
        raw_socket(server, "/busy") as bob,
        raw_socket(server, "/echo") as witness,
    ):
        bob.handshake()
        for _ in range(50):
            bob.send(b"x")
        assert bob.read()[0] == PING
        witness.handshake()
        for _ in range(5):
            answer_ping(witness)  # longer than bob's deadline would have been
        server.get("/open/busy")
        assert bob.read_close() == (4408, "silent too long")


def said(client: RawSocket) -> bytes:
    """Return the next frame that is not a ping."""
    opcode, payload = client.read()
    while opcode == PING:
        opcode, payload = client.read()
    return payload


def answer_ping(client: RawSocket) -> None:
    opcode, payload = client.read()
    assert opcode == PING
    client.send(payload, PONG)


def chatter_until_lost(client: RawSocket, payload: bytes, *opcode: int) -> float:
    """Send something every 50 ms, without reading, until the connection is gone."""
    begin = time.monotonic()
    try:
        while time.monotonic() - begin < 10:
            client.send(payload, *opcode)
            time.sleep(0.05)  # the pace is what is tested
    except ConnectionError:
        pass
    return time.monotonic() - begin
