"""Shutdown: everyone is told, running requests finish, and the process exits with 0."""

import asyncio
import signal
import time

import pytest
import websockets

from tests.processes import RawSocket, probe, raw_socket

REQUEST = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
async def test_every_socket_hears_1012_and_the_process_ends_with_0(signum: int) -> None:
    with probe(drain_seconds=7) as server:
        url = f"ws://127.0.0.1:{server.port}/echo"
        sockets = [await websockets.connect(url) for _ in range(20)]
        begin = time.monotonic()
        server.signal(signum)
        await asyncio.gather(*(each.wait_closed() for each in sockets))
        status = await asyncio.to_thread(server.wait)
        assert time.monotonic() - begin < 6
    assert status == 0
    assert {each.close_code for each in sockets} == {1012}
    assert server.output.count("draining") == 1
    assert server.output.count("disconnect 1012") == 20
    assert server.output.count("ended /echo") == 20
    assert server.output.index("draining") < server.output.index("disconnect")
    assert "Traceback" not in server.output


def test_a_response_that_has_begun_is_finished() -> None:
    """The page waits until 0.3 s after draining began."""
    with probe(drain_seconds=7) as server, server.connect() as bob, server.connect() as idle:
        idle.sendall(REQUEST % b"/scope")
        idle.recv(65536)
        with raw_socket(server, "/echo") as alice:
            alice.handshake()
            bob.sendall(REQUEST % b"/wait/drain")
            server.wait_for_line("waiting drain")
            server.signal(signal.SIGTERM)
            assert alice.read_close() == (1012, "service restart")
            assert idle.recv(1) == b"", "an idle connection is closed"
            assert "ended /wait" not in server.output, "the shutdown closed it too early"
            with pytest.raises(ConnectionRefusedError):
                server.connect()
            assert bob.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert server.wait() == 0


def test_a_request_that_comes_too_late_is_503() -> None:
    with probe(drain_seconds=7) as server, server.connect() as bob, server.connect() as late:
        bob.sendall(REQUEST % b"/wait/drain")
        late.sendall(b"GET /scope HTTP/1.1\r\n")
        server.wait_for_line("waiting drain")
        server.signal(signal.SIGTERM)
        server.wait_for_line("draining")
        late.sendall(b"Host: x\r\n\r\n")
        assert late.recv(65536).startswith(b"HTTP/1.1 503 ")
        assert bob.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert server.wait() == 0


def test_a_request_that_does_not_end_is_cancelled_and_its_finally_runs() -> None:
    with probe(drain_seconds=0.5) as server, raw_socket(server, "/stubborn") as bob:
        bob.handshake()
        server.signal(signal.SIGTERM)
        assert bob.read_close()[0] == 1012
        server.wait_for_line("finally")
        assert server.wait() == 0


def test_a_hanging_thread_does_not_hold_up_the_process() -> None:
    with probe(drain_seconds=0.3, thread_seconds=0.3) as server, server.connect() as bob:
        bob.sendall(REQUEST % b"/hang")
        server.wait_for_line("hanging")
        begin = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert time.monotonic() - begin < 6


def test_a_second_signal_ends_it_at_once() -> None:
    with probe(drain_seconds=30) as server, server.connect() as bob:
        bob.sendall(REQUEST % b"/hang")
        server.wait_for_line("hanging")
        server.signal(signal.SIGTERM)
        server.wait_for_line("draining")
        begin = time.monotonic()
        server.signal(signal.SIGINT)
        assert server.wait() == 128 + signal.SIGINT
        assert time.monotonic() - begin < 6


def test_many_sockets_are_closed_in_batches() -> None:
    """One at a time would take minutes for ten thousand sockets; all at once would cause a
    stampede."""
    with probe(drain_seconds=7, per_address=None) as server:
        sockets = []
        for _ in range(450):
            sockets.append(RawSocket(server.connect(), "/echo"))
            assert " 101 " in sockets[-1].handshake()
        server.signal(signal.SIGTERM)
        for each in sockets:
            assert each.read_close() == (1012, "service restart")
            each.connection.close()
        assert server.wait() == 0
        assert server.output.count("ended /echo") == 450


def test_a_task_left_behind_by_an_application_is_cancelled() -> None:
    with probe() as server, raw_socket(server, "/leave-a-task") as bob:
        bob.handshake()
        server.signal(signal.SIGTERM)
        server.wait_for_line("the forgotten was cancelled")
        assert server.wait() == 0


def test_channels_consumers_do_not_crash_the_interpreter() -> None:
    """Under stock Daphne and CPython 3.11 they do: rooms/server/drain.py says why."""
    with probe() as server, raw_socket(server, "/consumer") as bob:
        bob.handshake()
        server.signal(signal.SIGTERM)
        assert server.wait() == 0


@pytest.mark.parametrize("mischief", ["fail-to-drain", "hang-in-drain"])
def test_a_failing_goodbye_does_not_stop_the_others(mischief: str) -> None:
    with (
        probe(mischief=mischief, hook_seconds=0.3, drain_seconds=5) as server,
        raw_socket(server, "/echo") as bob,
    ):
        bob.handshake()
        server.signal(signal.SIGTERM)
        assert bob.read_close()[0] == 1012
        bob.connection.close()
        assert server.wait() == 0


def test_an_application_that_fails_to_start_ends_the_process_with_1() -> None:
    with probe(mischief="fail-to-start") as server:
        assert server.wait() == 1
        assert "on purpose" in server.output
