"""Readers of pages: connections that are kept, each asks again when it has its answer."""

import socket
import time
from functools import partial

from tests.load.errors import Wrong
from tests.load.lines import CHUNK
from tests.load.loop import Loop


class Readers:
    """So many at a time of one page, which must show every one of `wanted` each time."""

    def __init__(self, loop: Loop, port: int, request: bytes, wanted: list[bytes]) -> None:
        self.loop = loop
        self.port = port
        self.request = request
        self.wanted = wanted
        self.answers = 0
        self.last = 0.0
        self._parts: dict[int, bytes] = {}
        self._sockets: list[socket.socket] = []

    def begin(self, count: int) -> None:
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", self.port))
            client.setblocking(False)
            self._sockets.append(client)
            self._parts[client.fileno()] = b""
            self.loop.read(client.fileno(), partial(self._read, client))
            client.send(self.request)

    def close(self) -> None:
        for client in self._sockets:
            self.loop.forget(client.fileno())
            client.close()

    def _read(self, client: socket.socket, descriptor: int) -> None:
        data = client.recv(CHUNK)
        if not data:
            raise Wrong("the server hung up on somebody who reads a page")
        answer = self._parts[descriptor] + data
        head, end, page = answer.partition(b"\r\n\r\n")
        if not end or len(page) < _length(head):
            self._parts[descriptor] = answer
            return
        self._check(head, page)
        self._parts[descriptor] = b""
        self.answers += 1
        self.last = time.perf_counter()
        client.send(self.request)

    def _check(self, head: bytes, page: bytes) -> None:
        if not head.startswith(b"HTTP/1.1 200"):
            raise Wrong(f"the page was answered with {head.splitlines()[0].decode()!r}")
        missing = [text for text in self.wanted if text not in page]
        if missing:
            raise Wrong(f"the page does not show {missing[0].decode()!r}")


def _length(head: bytes) -> int:
    """Raises Wrong when the answer doesn't say."""
    name = b"content-length:"
    lines = [line for line in head.splitlines() if line.lower().startswith(name)]
    if not lines:
        raise Wrong("the page's length isn't said")
    return int(lines[0][len(name) :])
