"""Opening sockets, so many at a time, and what they do while nobody listens to them."""

import errno
import os
import socket
from collections import deque
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import cycle

from tests.load.dialects import Arrival, Dialect
from tests.load.errors import Wrong
from tests.load.frames import CLOSE, PING, PONG, TEXT, frame, split
from tests.load.loop import Loop

CHUNK = 65536  # bytes of one read
AT_ONCE = 64  # handshakes
ARRIVE_SECONDS = 120.0


class Line:
    """One person's socket."""

    __slots__ = ("descriptor", "person", "rest", "room", "socket")

    def __init__(self, person: int, room: int | None) -> None:
        self.person = person
        self.room = room
        self.rest = b""  # the begin of a frame whose end hasn't come
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.descriptor = self.socket.fileno()

    def receive(self) -> bytes:
        data = self.socket.recv(CHUNK)
        if not data:
            raise Wrong(f"the server hung up on person {self.person}")
        return data

    def send(self, payload: bytes, opcode: int = TEXT) -> None:
        self.socket.send(frame(payload, opcode))

    def payloads(self, data: bytes, dialect: Dialect) -> Iterable[bytes]:
        """The events in what has come; heartbeats are answered. What isn't taken stays in
        `rest`."""
        data = self.rest + data
        self.rest = data
        for opcode, _, start, end in split(data):
            self.rest = data[end:]
            payload = data[start:end]
            if not self.is_beat(opcode, payload, dialect):
                yield payload

    def is_beat(self, opcode: int, payload: bytes, dialect: Dialect) -> bool:
        """Answers a ping of either kind. Raises Wrong for a goodbye."""
        if opcode == CLOSE:
            code = int.from_bytes(payload[:2], "big")
            raise Wrong(f"person {self.person} was sent away with {code} {payload[2:].decode()}")
        if opcode == PING:
            self.send(payload, PONG)
        elif opcode == TEXT:
            answer = dialect.answer(payload)
            if answer is None:
                return False
            self.send(answer)
        return True


class Arrivals:
    """People who come to one site through a door that lets so many in at once."""

    def __init__(self, loop: Loop, ports: Sequence[int], dialect: Dialect) -> None:
        """`ports` are those of processes that serve one site: people come to them in turns."""
        self.loop = loop
        self.ports = cycle(ports)
        self.dialect = dialect
        self.arrived: list[Line] = []
        self._waiting: deque[tuple[int, int | None]] = deque()

    def open(self, places: Iterable[tuple[int, int | None]]) -> list[Line]:
        """A socket for each person and room, in order; each is ready to be spoken to."""
        self._waiting.extend(places)
        before, wanted = len(self.arrived), len(self._waiting)
        for _ in range(min(AT_ONCE, wanted)):
            self._next()
        self.loop.run_until(
            lambda: len(self.arrived) - before == wanted,
            ARRIVE_SECONDS,
            lambda: f"{wanted} arrivals, only {len(self.arrived) - before}",
        )
        # By person, since those who came first are not always let in first.
        return sorted(self.arrived[before:], key=lambda line: (line.room or 0, line.person))

    def close(self) -> None:
        for line in self.arrived:
            self.loop.forget(line.descriptor)
            line.socket.close()
        self.arrived.clear()

    def _next(self) -> None:
        if not self._waiting:
            return
        line, port = Line(*self._waiting.popleft()), next(self.ports)
        result = line.socket.connect_ex(("127.0.0.1", port))
        if result not in (0, errno.EINPROGRESS):
            raise Wrong(f"connecting failed: {os.strerror(result)}")
        self.loop.write(line.descriptor, partial(self._connected, line, port))

    def _connected(self, line: Line, port: int, descriptor: int) -> None:
        if failure := line.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise Wrong(f"connecting failed: {os.strerror(failure)}")
        address = f"127.0.0.1:{port}"
        line.socket.send(
            (
                f"GET {self.dialect.path(line.room or 0)} HTTP/1.1\r\nHost: {address}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                f"{self.dialect.headers(line.person, address)}\r\n"
            ).encode()
        )
        self.loop.read(descriptor, partial(self._shake_hands, line))

    def _shake_hands(self, line: Line, descriptor: int) -> None:
        line.rest += line.receive()
        head, end, rest = line.rest.partition(b"\r\n\r\n")
        if not end:
            return
        if not head.startswith(b"HTTP/1.1 101"):
            raise Wrong(f"person {line.person} was answered {head.splitlines()[0].decode()!r}")
        line.rest = b""
        arrival = self.dialect.arrive(line.room)
        try:
            next(arrival)
        except StopIteration:
            self._is_here(line)
            line.rest = rest
        else:
            self.loop.read(descriptor, partial(self._arrive, line, arrival))
            self._take(line, arrival, rest)

    def _arrive(self, line: Line, arrival: Arrival, descriptor: int) -> None:
        self._take(line, arrival, line.receive())

    def _take(self, line: Line, arrival: Arrival, data: bytes) -> None:
        for payload in line.payloads(data, self.dialect):
            try:
                answer = arrival.send(payload)
            except StopIteration:
                self._is_here(line)
                # What comes before somebody listens to it is nobody's business.
                arrival = _whatever()
                next(arrival)
            else:
                if answer is not None:
                    line.send(answer)

    def _is_here(self, line: Line) -> None:
        self.loop.read(line.descriptor, partial(self._idle, line))
        self.arrived.append(line)
        self._next()

    def _idle(self, line: Line, descriptor: int) -> None:
        for _ in line.payloads(line.receive(), self.dialect):
            pass


def _whatever() -> Arrival:
    while True:
        yield None
