"""Several processes on one port: replaced when they die, and stopped together."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.processes import ServerProcess, free_port, raw_socket, running


@contextmanager
def workers(count: int, mischief: str = "") -> Iterator[ServerProcess]:
    port = free_port()
    command = ["-m", "tests.asgi_probe", "workers", str(port), str(count)]
    with running(*command, port=port, env={"MISCHIEF": mischief}, serving=False) as server:
        if not mischief:
            server.wait_for_line("started", times=count)
        yield server


def worker_of(server: ServerProcess) -> int:
    return int(server.get("/process").body)


def test_all_workers_stop_together_and_say_goodbye() -> None:
    with workers(2) as server:
        with raw_socket(server, "/echo") as alice:
            alice.handshake()
            server.signal(signal.SIGTERM)
            assert alice.read_close() == (1012, "service restart")
        assert server.wait() == 0
        assert server.output.count("draining") == 2


def test_a_worker_that_is_killed_is_replaced() -> None:
    with workers(2) as server:
        killed = worker_of(server)
        assert killed != server.process.pid
        os.kill(killed, signal.SIGKILL)
        server.wait_for_line(f"Worker {killed} ended with status -9")
        server.wait_for_line("started", times=3)
        assert worker_of(server) != killed


def test_workers_that_die_immediately_are_given_up() -> None:
    with workers(1, mischief="die") as server:
        assert server.wait() == 1
        assert server.output.count("is replaced") == 5
        assert "giving up" in server.output


def test_workers_do_not_outlive_their_parent() -> None:
    with workers(2) as server:
        server.signal(signal.SIGKILL)
        server.wait_for_line("draining", times=2)
        server.wait()
