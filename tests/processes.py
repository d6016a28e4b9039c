"""Real server processes, and clients that send raw bytes, so that they can misbehave."""

import json
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.forkserver import Forked, fork_server

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0  # seconds to wait for something that must happen


def free_port() -> int:
    """A free port below the kernel's ephemeral range, so that no other test's connection takes it
    before the server starts."""
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


Process = subprocess.Popen[str] | Forked


@dataclass
class ServerProcess:
    """A server in its own process. Its output is read as it comes."""

    port: int
    process: Process
    lines: list[str] = field(default_factory=list)
    _clients: list[socket.socket] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_for_line(self, text: str, *, times: int = 1, within: float = PATIENCE) -> str:
        """Wait for a line that contains `text`, the `times`-th such line, and return it."""
        with self._news:
            found = self._news.wait_for(lambda: self._matching(text)[times - 1 :], within)
        assert found, f"{text!r} x{times} was never printed:\n{self.output}"
        return found[0]

    def _matching(self, text: str) -> list[str]:
        return [line for line in self.lines if text in line]

    def connect(
        self, *, receive_buffer: int | None = None, segment: int | None = None, source: str = ""
    ) -> socket.socket:
        """A TCP connection, closed along with the server at the latest.

        `source` is one of this machine's own addresses, 127.x.y.z. With a `segment` as on a real
        line, 536 bytes or more, the server's kernel takes less at a time than it is given.
        """
        client = socket.socket()
        self._clients.append(client)
        client.settimeout(PATIENCE)
        if receive_buffer is not None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if segment is not None:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        if source:
            client.bind((source, 0))
        client.connect(("127.0.0.1", self.port))
        return client

    def get(self, path: str, headers: dict[str, str] | None = None, **more: Any) -> "Answer":
        """Send one request on a new connection."""
        client = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            client.request(more.pop("method", "GET"), path, headers=headers or {}, **more)
            response = client.getresponse()
            lines = response.getheaders()
            return Answer(response.status, dict(lines), response.read(), lines)
        finally:
            client.close()

    @property
    def memory(self) -> float:
        """Resident memory in MiB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        raise AssertionError("The process is gone")

    @property
    def processor_seconds(self) -> float:
        """The processor time it has used. A busy machine doesn't add to it."""
        user, system = Path(f"/proc/{self.process.pid}/stat").read_text().split()[13:15]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    @property
    def descriptors(self) -> int:
        """The number of files and sockets it has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def signal(self, signum: int) -> None:
        self.process.send_signal(signum)

    def wait(self, within: float = PATIENCE) -> int:
        """Wait for the end. Return the exit status, negative if a signal killed it."""
        status = self.process.wait(within)
        self._reader.join(within)
        return status

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            for client in self._clients:
                client.close()
            self._reader.join(PATIENCE)
            assert self.process.stdout is not None
            self.process.stdout.close()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    lines: list[tuple[str, str]]

    def json(self) -> Any:
        return json.loads(self.body)

    def all(self, name: str) -> list[str]:
        """Every value of a header that may occur more than once."""
        return [value for one, value in self.lines if one.lower() == name.lower()]


@contextmanager
def running(
    *command: str,
    port: int,
    env: dict[str, str] | None = None,
    serving: bool = True,
    forked: bool = False,
) -> Iterator[ServerProcess]:
    """Run `python COMMAND`; with `serving`, wait until it takes connections. A `forked` one starts
    in a third of the time, for tests that aren't about how a server starts."""
    start = fork_server().start if forked else run_python
    server = ServerProcess(port, start(*command, env={**os.environ, **(env or {})}))
    try:
        if serving:
            wait_for_port(server)
        yield server
    finally:
        server.stop()


def run_python(*command: str, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


UNCOUNTED = {"socket_frames": None, "person_frames": None, "address_frames": None}


@contextmanager
def probe(proxies: str = "", mischief: str = "", **limits: Any) -> Iterator[ServerProcess]:
    """Our server with the application of `tests.asgi_probe`, with these limits changed.

    Frames are counted only if the test sets a limit for them. An application that the test leaves
    hanging gets a moment at the end, not seven seconds.
    """
    limits = {"drain_seconds": 0.3, **UNCOUNTED, **limits}
    port = free_port()
    command = ["-m", "tests.asgi_probe", str(port), json.dumps(limits), proxies]
    env = {"MISCHIEF": mischief}
    with running(*command, port=port, env=env, serving=False, forked=True) as server:
        server.wait_for_line("started")
        yield server


def eventually(happens: Callable[[], bool], within: float = PATIENCE) -> None:
    """Poll until it happens."""
    deadline = time.monotonic() + within
    while not happens():
        assert time.monotonic() < deadline, "It never happened"
        time.sleep(0.02)  # a poll against a deadline, not a guess


def quickest(
    act: Callable[[], object], tries: int = 5, clock: Callable[[], float] = time.monotonic
) -> float:
    """The seconds it takes when nothing is in the way: a busy machine only ever adds some.

    For what must not wait for a limit that every try would run into. Pure computation is measured
    by `time.thread_time`, which stands still while others have the processor.
    """
    took = []
    for _ in range(tries):
        begin = clock()
        act()
        took.append(clock() - begin)
    return min(took)


def wait_for_port(server: ServerProcess, within: float = PATIENCE) -> None:
    deadline = time.monotonic() + within
    while True:
        try:
            server.connect().close()
            return
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, f"It never listened:\n{server.output}"
            assert server.process.poll() is None, f"It ended:\n{server.output}"
            time.sleep(0.02)  # a poll against a deadline, not a guess


# Raw WebSockets

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(payload: bytes, opcode: int = TEXT, *, final: bool = True, size: int = -1) -> bytes:
    """A client's frame. Its mask is zero, which leaves the payload as it is. `size` may lie."""
    size = len(payload) if size < 0 else size
    first = (0x80 if final else 0) | opcode
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + bytes(4) + payload


class RawSocket:
    """A WebSocket client that does only what it is told. It answers neither pings nor closes."""

    def __init__(
        self, connection: socket.socket, path: str, headers: str = "", host: str = "localhost"
    ) -> None:
        self.connection = connection
        self._buffer = b""
        connection.sendall(
            (
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{headers}\r\n"
            ).encode()
        )

    def handshake(self) -> str:
        """Read the head of the server's answer."""
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return head.decode()

    def send(self, payload: bytes, opcode: int = TEXT, **more: Any) -> None:
        self.connection.sendall(frame(payload, opcode, **more))

    def read(self) -> tuple[int, bytes]:
        """The next frame: opcode and payload."""
        first, size = self._take(2)
        size &= 127
        if size == 126:
            (size,) = struct.unpack("!H", self._take(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._take(8))
        return first & 15, self._take(size)

    def read_message(self) -> tuple[int, bytes]:
        """Read the next frame that isn't a ping. Pings come when due: on a busy machine, in
        the middle of anything."""
        opcode, payload = self.read()
        while opcode == PING:
            opcode, payload = self.read()
        return opcode, payload

    def read_close(self) -> tuple[int, str]:
        """Skip to the close frame, and return its code and reason."""
        opcode, payload = self.read()
        while opcode != CLOSE:
            opcode, payload = self.read()
        return struct.unpack("!H", payload[:2])[0], payload[2:].decode()

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._fill()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def _fill(self) -> None:
        data = self.connection.recv(65536)
        if not data:
            raise EOFError
        self._buffer += data

    def seconds_until_lost(self, within: float = PATIENCE) -> float:
        """Wait for the connection to end, without reading from it."""
        begin = time.monotonic()
        while time.monotonic() - begin < within:
            state = self.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
            if state != 1:  # TCP_ESTABLISHED in linux/include/net/tcp_states.h
                return time.monotonic() - begin
            time.sleep(0.02)  # a poll against a deadline
        raise AssertionError(f"Still connected after {within} s")


@contextmanager
def raw_socket(
    server: ServerProcess, path: str, headers: str = "", **connection: Any
) -> Iterator[RawSocket]:
    """A raw WebSocket that has sent its handshake and not read the answer."""
    with server.connect(**connection) as client:
        yield RawSocket(client, path, headers)


def exchange(server: ServerProcess, request: bytes, **connection: Any) -> bytes:
    """Send these bytes. Return everything that comes back until the server closes."""
    with server.connect(**connection) as client:
        client.sendall(request)
        return read_to_end(client)


def read_to_end(client: socket.socket) -> bytes:
    received = b""
    while data := client.recv(65536):
        received += data
    return received
