"""Searching through sockets, while others post at a steady rate or nobody does."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice

import msgspec

from tests.load import talking
from tests.load.audience import Audience
from tests.load.dialects import Chatsite
from tests.load.errors import Wrong
from tests.load.lines import Arrivals, Line
from tests.load.loop import Loop
from tests.load.people import small_rooms
from tests.load.search.answers import Answer
from tests.load.search.kinds import Query
from tests.load.search.searchers import Searcher
from tests.load.talking import Talk

ROOMS = 50  # in which others post
PATIENCE_SECONDS = 20.0
REFUSED = {"not_found", "invalid"}  # what a search may be answered with


class Message(msgspec.Struct):
    number: int


class Hit(msgspec.Struct):
    message: Message


class Found(msgspec.Struct):
    type: str
    ref: str = ""
    hits: list[Hit] = msgspec.field(default_factory=list)
    searched_to: str | None = None
    code: str = ""
    detail: str = ""


_found = msgspec.json.Decoder(Found).decode


class Asker:
    """One person who asks a query after the other, at most so many a second."""

    def __init__(
        self, loop: Loop, line: Line, searcher: Searcher, asked: Sequence[Query], rate: float
    ) -> None:
        self.answers: list[Answer] = []
        self._loop, self._line, self._searcher, self._rate = loop, line, searcher, rate
        self._left = deque(asked)
        self._began = self._due = time.perf_counter()
        self._is_waiting = False
        self._dialect = Chatsite()
        loop.read(line.descriptor, self._read)

    @property
    def is_done(self) -> bool:
        return not self._left

    def turn(self) -> None:
        """Ask the next query if it's time."""
        now = time.perf_counter()
        if self._is_waiting or now < self._due or self.is_done:
            return
        self._began, self._due, self._is_waiting = now, now + 1 / self._rate, True
        ask = {"type": "search", "ref": "search", "query": self._left[0].text}
        self._line.send(msgspec.json.encode(ask))

    def _read(self, _descriptor: int) -> None:
        for payload in self._line.payloads(self._line.receive(), self._dialect):
            found = _found(payload)
            if found.ref != "search":
                continue
            if found.type == "error" and found.code not in REFUSED:
                raise Wrong(f"{self._left[0].text!r} was refused: {found.detail}")
            query, took = self._left.popleft(), time.perf_counter() - self._began
            self.answers.append(
                Answer(
                    self._searcher.key,
                    query.kind,
                    query.text,
                    [hit.message.number for hit in found.hits],
                    found.searched_to is not None,
                    took,
                    0.0,
                )
            )
            self._is_waiting = False


class Site:
    """Sockets to a server that runs."""

    def __init__(self, port: int, pid: int) -> None:
        self.loop = Loop()
        self.pid = pid
        self._arrivals = Arrivals(self.loop, [port], Chatsite())

    @contextmanager
    def closing(self) -> Iterator["Site"]:
        try:
            yield self
        finally:
            self._arrivals.close()
            self.loop.close()

    def ask(self, people: Sequence[Searcher], asked: Sequence[Query], rate: float) -> list[Answer]:
        """Everybody asks everything, one person after the other."""
        return [one for person in people for one in self._ask(person, asked, rate, lambda: None)]

    def ask_beside_posts(
        self, people: Sequence[Searcher], asked: Sequence[Query], rate: float, posts: float
    ) -> tuple[list[Answer], Talk]:
        """The same, while so many messages are posted a second."""
        plan = small_rooms()[:ROOMS]
        lines = self._arrivals.open([(person, room) for room, those in plan for person in those])
        rooms = [
            Audience(self.loop, [one for one in lines if one.room == room], Chatsite())
            for room, _ in plan
        ]
        talking.gather(self.loop, rooms)
        watch = talking.Stopwatch(rooms, self.pid)
        poster = Poster(rooms, posts)
        found = [one for person in people for one in self._ask(person, asked, rate, poster.turn)]
        talk = watch.read()
        talking.settle(self.loop, rooms)
        return found, talk

    def _ask(
        self,
        searcher: Searcher,
        asked: Sequence[Query],
        rate: float,
        meanwhile: Callable[[], None],
    ) -> list[Answer]:
        (line,) = self._arrivals.open([(searcher.person, None)])
        asker = Asker(self.loop, line, searcher, asked, rate)
        heard_at = time.perf_counter()
        while not asker.is_done:
            count = len(asker.answers)
            asker.turn()
            meanwhile()
            self.loop.turn(0.001)
            if len(asker.answers) > count:
                heard_at = time.perf_counter()
            elif time.perf_counter() - heard_at > PATIENCE_SECONDS:
                raise Wrong(f"{asked[len(asker.answers)].text!r} was never answered")
        return asker.answers


class Poster:
    """Posts in all rooms in turn, at a rate."""

    def __init__(self, rooms: Sequence[Audience], rate: float) -> None:
        self._rooms = cycle(rooms)
        self._rate = rate
        self._began = time.perf_counter()
        self._count = 0

    def turn(self) -> None:
        """Post what is due by now."""
        due = int((time.perf_counter() - self._began) * self._rate)
        for room in islice(self._rooms, due - self._count):
            room.post()
        self._count = due
