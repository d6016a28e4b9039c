"""Everybody in one room, of whom one posts.

A server sends the same bytes to everybody. So whoever is ahead has its bytes read, each message
checked, and they become the reference; all others are compared with it, which costs one `memcmp`
for whatever one `recv` brings. That way Python keeps up with servers in C++ and misses nothing: a
frame that is lost, doubled or changed makes a stream differ from the reference.
"""

import time
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Sequence

from tests.load.dialects import Dialect, Reader
from tests.load.errors import Wrong
from tests.load.frames import TEXT, split
from tests.load.lines import CHUNK, Line
from tests.load.loop import Loop

KEPT = 1 << 20  # bytes of the reference that everybody has passed, before they are dropped
CLEAR = 16  # bytes of a frame's begin that no heartbeat has in common with it


def nothing() -> None:
    """What is done on a message, until somebody says so."""


class Audience:
    """`heard` is called whenever everybody has received another message; `delays` has the seconds
    from posting each to its last delivery."""

    def __init__(self, loop: Loop, lines: Sequence[Line], dialect: Dialect) -> None:
        self.loop = loop
        self.lines = lines
        self.dialect = dialect
        self.poster = lines[0]
        self.posted = 0
        self.finished = 0
        self.finished_at = 0.0
        self.delays: list[float] = []
        self.heard: Callable[[], None] = nothing
        self._replies: int | None = None  # None: this server gives none
        self._by_descriptor = {line.descriptor: line for line in lines}
        self._receive = {line.descriptor: line.socket.recv for line in lines}
        self._reader: Reader | None = None
        self._reference = bytearray()
        self._base = 0  # the place of the reference's first byte
        self._end = 0  # the place after its last
        self._ends: list[int] = []  # of its frames
        self._ahead: deque[tuple[int, int]] = deque()  # end and number of unfinished messages
        self._sent: deque[float] = deque()
        self._tails: dict[int, bytes] = {}  # begins of frames whose end hasn't come
        self._places: dict[int, int] = {}
        self._crowds: defaultdict[int, int] = defaultdict(int)  # place → how many are there
        self._last_place = 0

    # -- posting --

    def post(self) -> None:
        self.posted += 1
        self._sent.append(time.perf_counter())
        self._send(self.posted)

    def _send(self, number: int) -> None:
        self.poster.send(self.dialect.post(self.poster.room or 0, number))

    @property
    def is_quiet(self) -> bool:
        """Has everybody received everything, and the poster its replies?"""
        everybody_is_there = len(self._crowds) == 1 and self._last_place == self._end
        replied = self._replies is None or self._replies == self.posted + 1  # message 0
        return self.finished == self.posted and everybody_is_there and replied

    @property
    def missing(self) -> str:
        """Who waits for what."""
        if not self.is_gathered:
            return f"message 0 reached {len(self._places)} of {len(self.lines)}"
        behind = min(self._by_descriptor, key=lambda one: self._places[one])
        return (
            f"person {self._by_descriptor[behind].person} has {self._places[behind]} bytes of "
            f"{self._end}, everybody has message {self.finished} of {self.posted}, and the poster "
            f"has {self._replies} replies"
        )

    # -- the beginning --

    def gather(self) -> None:
        """Post message 0; what anybody received before it is forgotten."""
        for line in self.lines:
            self.loop.read(line.descriptor, self._seek)
        self._send(0)

    @property
    def is_gathered(self) -> bool:
        return len(self._places) == len(self.lines)

    def _seek(self, descriptor: int) -> None:
        line = self._by_descriptor[descriptor]
        reader = self.dialect.reader()
        for payload in line.payloads(line.receive(), self.dialect):
            if line is self.poster and self.dialect.is_reply(payload):
                self._replies = (self._replies or 0) + 1
            elif reader(payload) == 0:
                self._reader = self._reader or reader
                self._begin(line)
                return

    def _begin(self, line: Line) -> None:
        descriptor, rest = line.descriptor, line.rest
        line.rest = b""
        self._places[descriptor] = 0
        self._crowds[0] += 1
        self._last_place = 0  # others may have moved on already
        self.loop.read(descriptor, self.take)
        if rest:
            self._moved(descriptor, 0, self._sift(descriptor, rest))

    # -- receiving --

    def take(self, descriptor: int) -> None:
        data = self._receive[descriptor](CHUNK)
        place = self._places[descriptor]
        if (
            data
            and descriptor not in self._tails
            and self._reference.startswith(data, place - self._base)
        ):
            moved = place + len(data)
        else:
            moved = self._sift(descriptor, data)
        if moved != place:
            self._moved(descriptor, place, moved)

    def _moved(self, descriptor: int, place: int, moved: int) -> None:
        self._places[descriptor] = moved
        crowds = self._crowds
        crowds[moved] += 1
        left = crowds[place] - 1
        if left:
            crowds[place] = left
        else:
            del crowds[place]
            if place == self._last_place:
                self._last_place = min(crowds)
                if self._ahead and self._ahead[0][0] <= self._last_place:
                    self._finish()

    def _finish(self) -> None:
        now = time.perf_counter()
        while self._ahead and self._ahead[0][0] <= self._last_place:
            _, number = self._ahead.popleft()
            self.finished = number
            self.finished_at = now
            self.delays.append(now - self._sent.popleft())
            self.heard()
        if self._last_place - self._base > KEPT:
            self._drop()

    def _drop(self) -> None:
        """What everybody has passed."""
        del self._reference[: self._last_place - self._base]
        self._base = self._last_place
        del self._ends[: bisect_right(self._ends, self._base)]

    # -- reading whole frames --

    def _sift(self, descriptor: int, data: bytes) -> int:
        """Compare, or add to the reference, frame by frame, without what is for this socket alone.
        Returns its new place."""
        line = self._by_descriptor[descriptor]
        place = self._places[descriptor]
        if not data:
            raise Wrong(f"the server hung up on person {line.person}")
        if descriptor in self._tails:
            data = self._tails.pop(descriptor) + data
        elif rest := self._rest_of_frame(place):
            part = data[:rest]
            self._compare(line, place, part)
            place, data = place + len(part), data[rest:]
        done = 0
        for opcode, begin, start, end in split(data):
            done = end
            payload = data[start:end]
            if line.is_beat(opcode, payload, self.dialect):
                continue
            if opcode != TEXT:
                raise Wrong(f"an unexpected frame with opcode {opcode}")
            if line is self.poster and self.dialect.is_reply(payload):
                self._replies = (self._replies or 0) + 1
                continue
            if place == self._end:
                self._extend(data[begin:end], payload)
            else:
                self._compare(line, place, data[begin:end])
            place += end - begin
        return self._keep_tail(line, place, data[done:])

    def _rest_of_frame(self, place: int) -> int:
        """How many bytes of the reference's frame are still to come at this place."""
        index = bisect_right(self._ends, place)
        begin = self._ends[index - 1] if index else self._base
        return self._ends[index] - place if begin != place and index < len(self._ends) else 0

    def _compare(self, line: Line, place: int, part: bytes) -> None:
        if not self._reference.startswith(part, place - self._base):
            raise Wrong(
                f"person {line.person} received {part[:300]!r} where others did "
                f"{bytes(self._reference[place - self._base :][:300])!r}"
            )

    def _extend(self, raw: bytes, payload: bytes) -> None:
        assert self._reader is not None
        number = self._reader(payload)
        self._reference += raw
        self._end += len(raw)
        self._ends.append(self._end)
        if number is None:
            return
        expected = (self._ahead[-1][1] if self._ahead else self.finished) + 1
        if number != expected or number > self.posted:
            raise Wrong(f"message {number} came instead of {expected}")
        self._ahead.append((self._end, number))

    def _keep_tail(self, line: Line, place: int, rest: bytes) -> int:
        if (
            line is not self.poster
            and len(rest) >= CLEAR
            and self._reference.startswith(rest, place - self._base)
        ):
            return place + len(rest)
        if rest:
            self._tails[line.descriptor] = rest
        return place
