"""Closing: code and reason reach the client, and the application is told of the end."""

import asyncio
import json
from collections.abc import Iterator

import pytest
import websockets

from tests.processes import CLOSE, PATIENCE, ServerProcess, eventually, probe, raw_socket


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with probe(close_seconds=0.5, orphan_seconds=0.3) as process:
        yield process


@pytest.fixture(scope="module")
def faultless() -> Iterator[ServerProcess]:
    """A server whose applications make no mistakes, so any traceback is the server's."""
    with probe(close_seconds=0.3) as process:
        yield process
        assert "Traceback" not in process.output


@pytest.mark.parametrize("code", [1000, 1012, 3000, 4401, 4999])
async def test_code_and_reason_reach_the_client(server: ServerProcess, code: int) -> None:
    async with websockets.connect(f"ws://127.0.0.1:{server.port}/echo") as alice:
        await alice.send(f"close {code} because of tests")
        async with asyncio.timeout(PATIENCE):
            await alice.wait_closed()
    assert (alice.close_code, alice.close_reason) == (code, "because of tests")


@pytest.mark.parametrize("code", [1005, 1006, 1011, 2999, 5000])
async def test_a_close_code_the_application_may_not_use_is_its_error(
    server: ServerProcess, code: int
) -> None:
    async with websockets.connect(f"ws://127.0.0.1:{server.port}/echo") as alice:
        await alice.send(f"close {code} because")
        async with asyncio.timeout(PATIENCE):
            await alice.wait_closed()
    assert alice.close_code == 1011


def test_a_long_reason_is_cut_between_characters(server: ServerProcess) -> None:
    with raw_socket(server, "/echo") as alice:
        alice.handshake()
        alice.send(f"close 4000 {'é' * 100}".encode())
        assert alice.read_close() == (4000, "é" * 61)


def test_a_client_that_ignores_the_close_is_cut_off(server: ServerProcess) -> None:
    with raw_socket(server, "/echo") as mallory:
        mallory.handshake()
        mallory.send(b"close 4000 bye")
        mallory.read_close()
        assert 0.3 <= mallory.seconds_until_lost() < 6


def test_nothing_follows_the_close(faultless: ServerProcess) -> None:
    ended = faultless.output.count("ended /echo")
    with raw_socket(faultless, "/echo") as bob:
        bob.handshake()
        bob.send(b"close 4000 bye")
        assert bob.read_close() == (4000, "bye")
        with pytest.raises((EOFError, ConnectionError)):
            bob.read()
        faultless.wait_for_line("ended /echo", times=ended + 1)
        assert "Traceback" not in faultless.output


def test_sending_to_a_lost_client_is_ignored(faultless: ServerProcess) -> None:
    ended = faultless.output.count("ended /echo")
    fine = faultless.output.count("still fine")
    with raw_socket(faultless, "/echo") as bob:
        bob.handshake()
    faultless.wait_for_line("disconnect 1006")
    faultless.wait_for_line("still fine", times=fine + 1)
    faultless.wait_for_line("ended /echo", times=ended + 1)
    assert "Traceback" not in faultless.output


def test_the_application_learns_the_client_s_code(server: ServerProcess) -> None:
    with raw_socket(server, "/echo") as bob:
        bob.handshake()
        bob.send((3001).to_bytes(2, "big") + b"off", CLOSE)
        server.wait_for_line("disconnect 3001")
        assert bob.read_close()[0] == 1000


def test_an_application_that_fails_closes_with_1011(server: ServerProcess) -> None:
    with raw_socket(server, "/echo") as alice:
        alice.handshake()
        alice.send(b"fail")
        assert alice.read_close() == (1011, "")


def test_an_application_that_leaves_closes_with_1000(server: ServerProcess) -> None:
    with raw_socket(server, "/echo") as alice:
        alice.handshake()
        alice.send(b"leave")
        assert alice.read_close() == (1000, "")


def test_a_refused_handshake_is_403(server: ServerProcess) -> None:
    with raw_socket(server, "/reject") as mallory:
        assert mallory.handshake().startswith("HTTP/1.1 403 ")


def test_an_application_that_never_ends_is_cancelled(server: ServerProcess) -> None:
    with raw_socket(server, "/stubborn") as bob:
        bob.handshake()
    server.wait_for_line("finally")


def test_sockets_that_come_and_go_leave_nothing_behind(faultless: ServerProcess) -> None:
    """Sockets that end in every possible way; a first round fills the caches that stay."""

    def visits(count: int) -> None:
        ended = faultless.output.count("ended /echo")
        for number in range(count):
            with raw_socket(faultless, "/echo") as bob:
                bob.handshake()
                if number % 3 == 1:
                    bob.send(b"close 4000 bye")
                    bob.read_close()
                elif number % 3 == 2:
                    bob.send((1001).to_bytes(2, "big"), CLOSE)
                    bob.read_close()
        faultless.wait_for_line("ended /echo", times=ended + count)

    visits(300)
    memory, descriptors = faultless.memory, faultless.descriptors
    visits(900)
    eventually(lambda: faultless.descriptors <= descriptors)
    assert faultless.get("/events").json()["inside"]["now"] == 1, "only this page"
    assert faultless.memory - memory < 2, "2 KiB each would be as much"


def test_a_failing_page_is_a_plain_500(server: ServerProcess) -> None:
    answer = server.get("/fail")
    assert answer.status == 500
    assert answer.body == b"Internal Server Error.\n"


def test_half_a_page_never_looks_whole(server: ServerProcess) -> None:
    with pytest.raises(OSError, match="reset by peer"):
        server.get("/fail-halfway")
    assert json.loads(server.get("/scope").body)
