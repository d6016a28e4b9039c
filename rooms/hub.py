"""Per-process fan-out: each event encoded once, the same bytes to every local connection, in the
order of revisions. Knows no model.

What happens here is delivered here at once and handed to the other processes by the relay. What
the relay loses is found by a slow poll: of the positions of the groups that somebody wants, and
of the notices. A hole is read from the database once per process.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rooms.complaints import Complaints
from rooms.envelopes import Connection, Envelope, Frame, Position
from rooms.errors import ChatError
from rooms.notices import Notices
from rooms.relay import Relay
from rooms.topics import Topic

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0  # an open room receives a change within 2 s, whatever the layer loses
POLL_WATCHED = 500  # groups that nobody has open, asked about in one poll, in turn
HEARD_SECONDS = 30.0  # longer than a handshake takes
GRACE_SECONDS = 0.03  # an event overtaken by the next is usually that close behind
MAX_TURN = 256 * 1024  # bytes of events in one turn of the loop
RETRY_SECONDS = 0.5  # between attempts to read a hole while the storage is away

# The events of a group after a position, gapless, oldest first.
Recover = Callable[[str, Position], Awaitable[list[Envelope]]]
# Where each group is now.
Positions = Callable[[list[str]], Awaitable[dict[str, Position]]]
# The ids of the notices after one (None: only the last few); and the notices of ids.
NoticeIds = Callable[[int | None], Awaitable[list[int]]]
NoticesOf = Callable[[list[int]], Awaitable[list[Envelope]]]
Listener = Callable[[Envelope], None]


class Hub:
    """The fan-out of one process. Everything but `publish` belongs to the loop that started it."""

    def __init__(
        self,
        *,
        recover: Recover,
        positions: Positions,
        notice_ids: NoticeIds,
        notices_of: NoticesOf,
    ) -> None:
        self.topics: dict[str, Topic] = {}
        self._sequenced: dict[str, Topic] = {}  # those that aren't merely somebody's own
        self.listeners: dict[str, Listener] = {}
        self._recover = recover
        self._positions = positions
        self._notice_ids = notice_ids
        self._notices_of = notices_of
        self._outgoing: deque[Envelope] = deque()
        self._heard: deque[tuple[float, Envelope]] = deque()  # the notices of the last seconds
        self._notices = Notices()
        self._complaints = Complaints(logger)
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._repairs: set[str] = set()
        self._turn = 0
        self.restored: list[Callable[[], None]] = []  # called when the database has gone back
        self.relay = Relay(received=self._received, groups=lambda: {*self.topics, *self.listeners})

    # -- life --

    def start(self) -> None:
        self.relay.start()
        self._spawn(self._poll())

    async def stop(self) -> None:
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, self.relay.stop(), return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._complaints.warn("Reading what was missed failed.", bug=bug)

    # -- who wants what --

    @property
    def now(self) -> float:
        """Seconds of the loop's clock."""
        return self._loop.time()

    def subscribe(self, group: str, connection: Connection, *, since: float | None = None) -> None:
        """Receive a group without a sequence, such as a person's own; first the notices that came
        `since` a moment, at most some seconds ago."""
        self._topic(group).followers.add(connection)
        for at, envelope in [*self._heard]:
            if since is not None and at >= since and envelope.group == group:
                self._tell(connection, envelope)

    @staticmethod
    def _tell(connection: Connection, envelope: Envelope) -> None:
        if envelope.order is not None:
            connection.obey(envelope.order)
        if envelope.frame is not None:
            connection.write(Frame(envelope.frame))

    async def follow(self, group: str, connection: Connection) -> None:
        """Begin to follow. Read the page after this returns, then `admit` the connection: between
        the two, its events are kept. Raises what reading the position raises."""
        topic = self._topic(group)
        self._sequenced[group] = topic
        topic.begin(connection)
        if topic.revision is None:
            try:
                position = (await self._positions([group])).get(group, Position(0, 0))
            except ChatError:
                self.leave(group, connection)
                raise
            topic.start(position)
            self._look_after(group, topic)

    def admit(self, group: str, connection: Connection, revision: int, page: Frame) -> bool:
        """Send the page, which shows the group at `revision`, then everything after it. False if
        the connection has left meanwhile."""
        topic = self.topics.get(group)
        if topic is None or not topic.admit(connection, revision, page):
            return False
        self._look_after(group, topic)
        return True

    def watch(self, group: str, connection: Connection, position: Position | None = None) -> None:
        """Learn of the new messages of a group that isn't followed: those after `position`, or for
        a connection that was followed or watched before, those after what it was told."""
        topic = self._topic(group)
        self._sequenced[group] = topic
        behind = topic.watch(connection, position)
        self._look_after(group, topic)
        if behind is not None:
            self._spawn(self._catch_up(group, connection, behind))

    def leave(self, group: str, connection: Connection) -> None:
        """Receive nothing of the group any more."""
        topic = self.topics.get(group)
        if topic is not None:
            topic.leave(connection)
            if topic.empty:
                # Nobody is owed an order any more; the next one reads the position anew.
                del self.topics[group]
                self._sequenced.pop(group, None)
                self.relay.refresh()

    def listen(self, group: str, listener: Listener) -> None:
        """Hand a group's envelopes of other processes to a function of this one."""
        self.listeners[group] = listener
        self.relay.refresh()

    def count(self, group: str) -> int:
        """The connections that receive a group's events."""
        topic = self.topics.get(group)
        return len(topic.followers) if topic else 0

    def _topic(self, group: str) -> Topic:
        topic = self.topics.get(group)
        if topic is None:
            topic = self.topics[group] = Topic()
            self.relay.refresh()
        return topic

    # -- what happens --

    def publish(self, envelopes: Iterable[Envelope]) -> None:
        """Deliver here at once and hand to the other processes. From any thread."""
        if _gathering.envelopes is not None:
            _gathering.envelopes.extend(envelopes)
        else:
            self._loop.call_soon_threadsafe(self.deliver, tuple(envelopes))

    def deliver(self, envelopes: Iterable[Envelope]) -> None:
        """The same, from the hub's own loop."""
        is_idle = not self._outgoing
        self._outgoing.extend(envelopes)
        if is_idle:
            self._deliver_some()

    def tell_here(self, envelope: Envelope) -> None:
        """Deliver to this process's connections only. From the hub's own loop."""
        self._arrived(envelope)

    def _deliver_some(self) -> None:
        """A turn's worth: a commit of many long messages must not be more at once than a socket
        may leave unread."""
        size = 0
        try:
            while self._outgoing and size < MAX_TURN:
                envelope = self._outgoing.popleft()
                size += len(envelope.frame or b"")
                self.relay.send(envelope)
                self._arrived(envelope)
        finally:
            # Also after a bug in one delivery: what waits must never wait for ever.
            if self._outgoing:
                self._loop.call_soon(self._deliver_some)

    def _received(self, envelope: Envelope) -> None:
        if (listener := self.listeners.get(envelope.group)) is not None:
            listener(envelope)
        self._arrived(envelope)

    def _arrived(self, envelope: Envelope) -> None:
        if envelope.notice is not None and not self._is_news(envelope, envelope.notice):
            return
        topic = self.topics.get(envelope.group)
        if topic is not None:
            topic.receive(envelope)
            self._look_after(envelope.group, topic)

    def _is_news(self, envelope: Envelope, notice: int) -> bool:
        now = self.now
        if not self._notices.is_new(notice, now):
            return False
        self._heard.append((now, envelope))
        while now - self._heard[0][0] > HEARD_SECONDS:
            self._heard.popleft()
        return True

    # -- what was missed --

    def _look_after(self, group: str, topic: Topic) -> None:
        if topic.hole and group not in self._repairs:
            self._repairs.add(group)
            self._spawn(self._fill(group))

    async def _fill(self, group: str) -> None:
        """Read a hole once for the whole process."""
        try:
            await asyncio.sleep(GRACE_SECONDS)
            while (topic := self.topics.get(group)) is not None and topic.hole:
                try:
                    missed = await self._recover(group, topic.position)
                except ChatError:
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                for envelope in missed:
                    topic.receive(envelope)
                if not missed:
                    topic.give_up()
        finally:
            self._repairs.discard(group)

    async def _catch_up(self, group: str, connection: Connection, told: Position) -> None:
        """Announce to one watcher what the others know already."""
        topic = self.topics.get(group)
        until = topic.revision if topic else None
        try:
            missed = await self._recover(group, told)
        except ChatError:
            return  # its next welcome counts
        for envelope in missed:
            new = (envelope.number or 0) > told.number and (envelope.revision or 0) <= (until or 0)
            if new and envelope.aside is not None:
                connection.write(Frame(envelope.aside))

    async def _poll(self) -> None:
        while True:
            try:
                await self._look_for_notices()
                await self._look_for_changes()
            except ChatError:
                pass  # the storage is away; the next poll finds what this one would have
            except Exception as bug:  # one that stops the poll would make the process deaf
                self._complaints.warn("The poll failed.", bug=bug)
            await asyncio.sleep(POLL_SECONDS)

    async def _look_for_notices(self) -> None:
        settled = self._notices.settled
        ids = await self._notice_ids(settled)
        now = self._loop.time()
        if settled is None:
            self._notices.begin(ids, now)
            return
        if unseen := self._notices.unseen(ids):
            for envelope in await self._notices_of(unseen):
                self._arrived(envelope)
        self._notices.settle(now)

    async def _look_for_changes(self) -> None:
        told = {group: self.topics[group].revision or 0 for group in self._to_ask_about()}
        if not told:
            return
        for group, position in (await self._positions([*told])).items():
            topic = self.topics.get(group)
            if position.revision < told[group]:
                self._begin_anew()
                return
            if topic is not None:
                topic.start(position)
                topic.hear_of(position.revision)
                self._look_after(group, topic)

    def _begin_anew(self) -> None:
        """Somebody put a backup in the place of the database: what we know is of the future."""
        self._notices = Notices()
        for tell in self.restored:
            tell()

    def _to_ask_about(self) -> list[str]:
        """Every open group, and some of those that are only watched."""
        opened, watched = [], []
        for group, topic in self._sequenced.items():
            if not topic.followed:
                watched.append(group)
            elif topic.revision is not None:
                opened.append(group)
        start = self._turn if self._turn < len(watched) else 0
        self._turn = start + POLL_WATCHED
        return opened + watched[start : self._turn]


class _Gathering(threading.local):
    envelopes: list[Envelope] | None = None


_gathering = _Gathering()


@contextmanager
def gathering() -> Iterator[list[Envelope]]:
    """What this thread publishes meanwhile, instead of publishing it: for who delivers it together
    with something else. Waking the loop twice would make two writes of them."""
    gathered: list[Envelope] = []
    _gathering.envelopes = gathered
    try:
        yield gathered
    finally:
        _gathering.envelopes = None


_current: Hub | None = None


def current() -> Hub | None:
    """The hub of this process; None in a command or a worker that serves no sockets."""
    return _current


def install(hub: Hub | None) -> None:
    global _current
    _current = hub
