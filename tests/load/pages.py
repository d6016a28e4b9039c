"""Readers of pages: connections that are kept, each asks for the next page when it has one."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from tests.load.errors import Wrong
from tests.load.lines import CHUNK
from tests.load.loop import Loop
from tests.processes import PATIENCE


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, and what the page has to show."""

    request: bytes
    wanted: tuple[bytes, ...]


class Readers:
    """So many at a time; whoever is free takes the next of `asks`."""

    def __init__(self, loop: Loop, port: int, asks: Iterator[Ask]) -> None:
        self.loop = loop
        self.port = port
        self.asks = asks
        self.answers = 0
        self.last = 0.0
        self._asked: dict[int, Ask] = {}
        self._parts: dict[int, bytes] = {}
        self._sockets: list[socket.socket] = []

    def begin(self, count: int) -> None:
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", self.port))
            client.setblocking(False)
            self._sockets.append(client)
            self.loop.read(client.fileno(), partial(self._read, client))
            self._ask(client)

    def wait_for(self, answers: int) -> None:
        """So many in all."""
        self.loop.run_until(
            lambda: self.answers >= answers,
            PATIENCE,
            lambda: f"{answers} pages, only {self.answers}",
        )

    def close(self) -> None:
        for client in self._sockets:
            self.loop.forget(client.fileno())
            client.close()

    def _ask(self, client: socket.socket) -> None:
        self._parts[client.fileno()] = b""
        self._asked[client.fileno()] = ask = next(self.asks)
        client.send(ask.request)

    def _read(self, client: socket.socket, descriptor: int) -> None:
        data = client.recv(CHUNK)
        if not data:
            raise Wrong("the server hung up on somebody who reads a page")
        answer = self._parts[descriptor] + data
        head, end, page = answer.partition(b"\r\n\r\n")
        if not end or len(page) < _length(head):
            self._parts[descriptor] = answer
            return
        self._check(self._asked[descriptor], head, page)
        self.answers += 1
        self.last = time.perf_counter()
        self._ask(client)

    def _check(self, ask: Ask, head: bytes, page: bytes) -> None:
        if not head.startswith(b"HTTP/1.1 200"):
            raise Wrong(f"the page was answered with {head.splitlines()[0].decode()!r}")
        missing = [text for text in ask.wanted if text not in page]
        if missing:
            raise Wrong(f"the page does not show {missing[0].decode()!r}")


def _length(head: bytes) -> int:
    """Raises Wrong when the answer doesn't say."""
    name = b"content-length:"
    lines = [line for line in head.splitlines() if line.lower().startswith(name)]
    if not lines:
        raise Wrong("the page's length isn't said")
    return int(lines[0][len(name) :])
