"""Starts servers by forking a process that has the libraries imported already.

Most of a server's start is the import of Django and Twisted, the same each time. A forked child
runs its command as a new interpreter would, with its own environment, and imports the project anew.
"""

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

ROOT = Path(__file__).resolve().parent.parent


class Forked:
    """A child of the fork server, with what the tests use of `subprocess.Popen`."""

    def __init__(self, pid: int, status: int, stdin: IO[str] | None, stdout: IO[str]) -> None:
        self.pid = pid
        self.stdin, self.stdout = stdin, stdout
        self.returncode: int | None = None
        self._status = status
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return status

    def send_signal(self, signum: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        """The exit status, which the fork server writes once it has reaped the child."""
        if self.returncode is None:
            news = select.poll()
            news.register(self._status, select.POLLIN)
            news.poll(None if timeout is None else 1000 * timeout)
            with self._lock:
                self._read()
        return self.returncode

    def _read(self) -> None:
        if self.returncode is not None:
            return  # another thread was quicker
        try:
            self.returncode = int(os.read(self._status, 16))
        except BlockingIOError:
            return
        os.close(self._status)


class ForkServer:
    """`tests.forkserver_process`, and the socket to it. A command is what would follow `python`: a
    script, or `-m` and a module."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-m", "tests.forkserver_process", str(number)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                pass_fds=[number],
            )

    def start(self, *command: str, env: Mapping[str, str]) -> Forked:
        """Start a command. Its stderr goes where its stdout goes."""
        ours, theirs = os.pipe()
        with open(os.devnull) as nothing, closing_descriptor(theirs):
            pid, status = self._fork(command, env, nothing.fileno(), theirs, theirs)
        return Forked(pid, status, None, open(ours))

    def converse(self, *command: str, env: Mapping[str, str]) -> Forked:
        """Start a command that reads questions from stdin and writes answers to stdout."""
        their_in, our_in = os.pipe()
        our_out, their_out = os.pipe()
        with closing_descriptor(their_in), closing_descriptor(their_out):
            pid, status = self._fork(command, env, their_in, their_out, 2)
        return Forked(pid, status, open(our_in, "w"), open(our_out))

    def finish(self, *command: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        with open(os.devnull) as nothing, TemporaryFile("w+") as out, TemporaryFile("w+") as err:
            outputs = (out.fileno(), err.fileno())
            pid, status = self._fork(command, env, nothing.fileno(), *outputs)
            returncode = Forked(pid, status, None, out).wait(60)
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(command, returncode, out.read(), err.read())

    def close(self) -> None:
        self._line.close()
        self._process.wait()

    def _fork(
        self, command: Sequence[str], env: Mapping[str, str], *standard: int
    ) -> tuple[int, int]:
        """The child's process id, and a descriptor that will say its exit status."""
        request = json.dumps({"command": command, "env": dict(env)}).encode()
        ours, theirs = os.pipe()
        os.set_blocking(ours, False)
        with self._lock, closing_descriptor(theirs):
            socket.send_fds(self._line, [request], [*standard, theirs])
            return int(self._line.recv(16)), ours


@contextmanager
def closing_descriptor(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


@functools.cache
def fork_server() -> ForkServer:
    """The one of this process, started when it is first needed."""
    server = ForkServer()
    atexit.register(server.close)
    return server
