"""A close says why: its code and reason reach the client, and the end reaches the application."""

import asyncio
import json
from collections.abc import Iterator

import pytest
import websockets

from tests.processes import CLOSE, PATIENCE, ServerProcess, probe, raw_socket


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with probe(close_seconds=0.5) as process:
        yield process


@pytest.mark.parametrize("code", [1000, 1012, 3000, 4401, 4999])
async def test_code_and_reason_reach_the_client(server: ServerProcess, code: int) -> None:
    async with websockets.connect(f"ws://127.0.0.1:{server.port}/echo") as alice:
        await alice.send(f"close {code} because of tests")
        async with asyncio.timeout(PATIENCE):
            await alice.wait_closed()
    assert (alice.close_code, alice.close_reason) == (code, "because of tests")


@pytest.mark.parametrize("code", [1005, 1006, 1011, 2999, 5000])
async def test_a_code_that_is_not_the_applications_is_its_error(
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


def test_nothing_follows_the_close() -> None:
    with probe(close_seconds=0.3) as server, raw_socket(server, "/echo") as bob:
        bob.handshake()
        bob.send(b"close 4000 bye")
        assert bob.read_close() == (4000, "bye")
        with pytest.raises((EOFError, ConnectionError)):
            bob.read()
        server.wait_for_line("ended /echo")
        assert "Traceback" not in server.output


def test_sending_to_who_has_gone_is_ignored() -> None:
    with probe() as server:
        with raw_socket(server, "/echo") as bob:
            bob.handshake()
        server.wait_for_line("disconnect 1006")
        server.wait_for_line("still fine")
        server.wait_for_line("ended /echo")
        assert "Traceback" not in server.output


def test_the_application_learns_the_clients_code() -> None:
    with probe() as server, raw_socket(server, "/echo") as bob:
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


def test_an_application_that_never_ends_is_cancelled() -> None:
    with probe(farewell_seconds=0.3) as server:
        with raw_socket(server, "/stubborn") as bob:
            bob.handshake()
        server.wait_for_line("finally")


def test_a_failing_page_is_a_plain_500(server: ServerProcess) -> None:
    answer = server.get("/fail")
    assert answer.status == 500
    assert answer.body == b"Internal Server Error.\n"


def test_half_a_page_never_looks_whole(server: ServerProcess) -> None:
    with pytest.raises(OSError, match="reset by peer"):
        server.get("/fail-halfway")
    assert json.loads(server.get("/scope").body)
