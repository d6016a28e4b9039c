"""Per-process fan-out: one channel-layer channel per process, each event encoded once, the same
bytes to every local connection, in the order of revisions. Knows no model.

The channel layer is a hint. A process delivers what it published itself at once; what other
processes publish arrives over the layer, and whatever doesn't is found by a slow poll of the
positions of the groups that somebody follows, and read from the database once per process.
"""

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from functools import cached_property
from typing import Any, Protocol

import msgspec
from channels.layers import get_channel_layer

from rooms.errors import ChatError

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0  # an open room receives a change within 2 s, whatever the layer loses
GRACE_SECONDS = 0.03  # an event overtaken by the next is usually that close behind
RETRY_SECONDS = 0.5  # between attempts to read a hole while the storage is away
LAYER_TIMEOUT_SECONDS = 1.0
MAX_LAYER_FRAME = 32 * 1024  # bytes; beyond it the others read the event from the database
MAX_BACKLOG = 10_000  # envelopes waiting for a layer that is away; older ones are dropped
MAX_EARLY = 1_000  # envelopes kept while a hole before them is read
UNSEQUENCED = 2**63  # newer than every page: what has no revision can't be in one


class Frame:
    """An encoded event, decoded at most once however many sockets want text."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def text(self) -> str:
        return self.data.decode()


class Connection(Protocol):
    """What the hub delivers to. Neither method may block or raise."""

    user_id: int

    def write(self, frame: Frame) -> None: ...

    def obey(self, order: dict[str, Any]) -> None: ...


class Envelope(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """What travels between processes.

    `frame` goes to those who follow the group, `aside` to those who merely watch it, `order` to
    the connections themselves. `revision` is the event's place in the group's sequence; without
    one it is delivered as it comes. `without` is a user who gets nothing.
    """

    group: str
    frame: bytes | None = None
    revision: int | None = None
    aside: bytes | None = None
    order: dict[str, Any] | None = None
    without: int | None = None


# The events of a group after a revision, gapless, oldest first.
Recover = Callable[[str, int], Awaitable[list[Envelope]]]
# The current revision of each group.
Positions = Callable[[list[str]], Awaitable[dict[str, int]]]
Listener = Callable[[Envelope], None]


class Topic:
    """One group in this process: who wants it and how far it has been delivered."""

    def __init__(self) -> None:
        self.followers: set[Connection] = set()
        self.watchers: set[Connection] = set()
        # Connections that read their page at this moment, with what came meanwhile.
        self.joining: dict[Connection, list[tuple[int, Frame]]] = {}
        # Followers whose page was ahead of the delivery: they skip what their page held.
        self.ahead: dict[Connection, int] = {}
        self.revision: int | None = None
        self.known = 0  # the highest revision heard of
        self.early: dict[int, Envelope] = {}
        self.repair: asyncio.Task[None] | None = None

    @property
    def followed(self) -> bool:
        return bool(self.followers or self.joining)

    @property
    def empty(self) -> bool:
        return not (self.followers or self.joining or self.watchers)


class Hub:
    """The fan-out of one process. Everything but `publish` belongs to the loop that started it."""

    def __init__(self, *, recover: Recover, positions: Positions) -> None:
        self.id = secrets.token_hex(8)
        self.topics: dict[str, Topic] = {}
        self.listeners: dict[str, Listener] = {}
        self._recover = recover
        self._positions = positions
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._backlog: deque[Envelope] = deque(maxlen=MAX_BACKLOG)
        self._publish_wanted = asyncio.Event()
        self._subscribe_wanted = asyncio.Event()
        self._layer: Any = get_channel_layer()
        self._channel: str | None = None
        self._subscribed: set[str] = set()
        self._quiet_until = 0.0

    # -- life --

    def start(self) -> None:
        for work in (self._publisher, self._subscriber, self._receiver, self._poller):
            self._spawn(work())

    async def stop(self) -> None:
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- who wants what --

    def subscribe(self, group: str, connection: Connection) -> None:
        """Receive a group without a sequence, such as a person's own."""
        self._topic(group).followers.add(connection)

    async def follow(self, group: str, connection: Connection) -> None:
        """Begin to follow. Read the page after this returns, then `admit` the connection: between
        the two, its events are kept. Raises what reading the position raises."""
        topic = self._topic(group)
        topic.watchers.discard(connection)
        topic.followers.discard(connection)
        topic.ahead.pop(connection, None)
        topic.joining[connection] = []
        if topic.revision is None:
            try:
                position = (await self._positions([group])).get(group, 0)
            except ChatError:
                self.leave(group, connection)
                raise
            if topic.revision is None:
                topic.revision = position
                self._drain(group, topic)

    def admit(self, group: str, connection: Connection, revision: int, page: Frame) -> bool:
        """Send the page, which shows the group at `revision`, then everything after it. False if
        the connection has left meanwhile."""
        topic = self.topics.get(group)
        if topic is None or connection not in topic.joining:
            return False
        kept = topic.joining.pop(connection)
        connection.write(page)
        for number, frame in kept:
            if number > revision:
                connection.write(frame)
        topic.followers.add(connection)
        if topic.revision is not None and revision > topic.revision:
            topic.ahead[connection] = revision
            self._heard_of(group, topic, revision)
        return True

    def watch(self, group: str, connection: Connection) -> None:
        """Receive the asides of a group that isn't followed."""
        topic = self._topic(group)
        topic.followers.discard(connection)
        topic.joining.pop(connection, None)
        topic.ahead.pop(connection, None)
        topic.watchers.add(connection)
        self._unfollowed(topic)

    def leave(self, group: str, connection: Connection) -> None:
        """Receive nothing of the group any more."""
        topic = self.topics.get(group)
        if topic is None:
            return
        topic.followers.discard(connection)
        topic.watchers.discard(connection)
        topic.joining.pop(connection, None)
        topic.ahead.pop(connection, None)
        self._unfollowed(topic)
        if topic.empty:
            del self.topics[group]
            self._subscribe_wanted.set()

    def listen(self, group: str, listener: Listener) -> None:
        """Hand a group's envelopes of other processes to a function of this one."""
        self.listeners[group] = listener
        self._subscribe_wanted.set()

    def _topic(self, group: str) -> Topic:
        topic = self.topics.get(group)
        if topic is None:
            topic = self.topics[group] = Topic()
            self._subscribe_wanted.set()
        return topic

    @staticmethod
    def _unfollowed(topic: Topic) -> None:
        if not topic.followed:
            # Nobody is owed an order any more; the next follower reads the position anew.
            topic.revision = None
            topic.early.clear()
            if topic.repair:
                topic.repair.cancel()
                topic.repair = None

    # -- what happens --

    def publish(self, envelopes: Iterable[Envelope]) -> None:
        """Deliver here at once and hand to the other processes. From any thread."""
        self._loop.call_soon_threadsafe(self._published, tuple(envelopes))

    def tell_here(self, envelope: Envelope) -> None:
        """Deliver to this process's connections only. From the hub's own loop."""
        self._arrived(envelope)

    def _published(self, envelopes: tuple[Envelope, ...]) -> None:
        for envelope in envelopes:
            self._arrived(envelope)
        self._backlog.extend(envelopes)
        self._publish_wanted.set()

    def _arrived(self, envelope: Envelope) -> None:
        topic = self.topics.get(envelope.group)
        if topic is None:
            return
        if envelope.aside is not None:
            self._tell_watchers(topic, envelope)
        if envelope.revision is None:
            self._deliver(topic, envelope)
            return
        if not topic.followed:
            return
        if topic.revision is not None and envelope.revision <= topic.revision:
            return
        if envelope.frame is not None and len(topic.early) < MAX_EARLY:
            topic.early[envelope.revision] = envelope
        topic.known = max(topic.known, envelope.revision)
        self._drain(envelope.group, topic)

    def _drain(self, group: str, topic: Topic) -> None:
        """Deliver what is next in order; what is beyond a hole waits for the hole to be read."""
        if topic.revision is None:
            return
        while (envelope := topic.early.pop(topic.revision + 1, None)) is not None:
            topic.revision += 1
            self._deliver(topic, envelope)
        if topic.early:
            delivered = topic.revision
            topic.early = {n: early for n, early in topic.early.items() if n > delivered}
        if topic.known > topic.revision:
            self._heard_of(group, topic, topic.known)

    def _heard_of(self, group: str, topic: Topic, revision: int) -> None:
        topic.known = max(topic.known, revision)
        if topic.repair is None:
            topic.repair = self._spawn(self._fill(group, topic))

    async def _fill(self, group: str, topic: Topic) -> None:
        """Read a hole once for the whole process."""
        await asyncio.sleep(GRACE_SECONDS)
        try:
            while topic.followed and topic.revision is not None and topic.known > topic.revision:
                try:
                    missed = await self._recover(group, topic.revision)
                except ChatError:
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                if not missed:
                    # Heard of, but not in the database: a restored backup, or a forged envelope.
                    topic.known = topic.revision
                    topic.early.clear()
                    return
                for envelope in missed:
                    if envelope.revision == topic.revision + 1:
                        topic.revision += 1
                        topic.early.pop(topic.revision, None)
                        self._deliver(topic, envelope)
        finally:
            if topic.repair is asyncio.current_task():
                topic.repair = None
        self._drain(group, topic)

    def _deliver(self, topic: Topic, envelope: Envelope) -> None:
        if envelope.order is not None:
            for connection in (*topic.followers, *topic.watchers, *topic.joining):
                connection.obey(envelope.order)
        if envelope.frame is None:
            return
        frame = Frame(envelope.frame)
        revision = UNSEQUENCED if envelope.revision is None else envelope.revision
        if envelope.without is not None:
            self._deliver_to_others(topic, frame, envelope.without)
        elif topic.ahead and envelope.revision is not None:
            self._deliver_to_those_behind(topic, frame, revision)
        else:
            for connection in tuple(topic.followers):
                connection.write(frame)
        for kept in topic.joining.values():
            kept.append((revision, frame))

    @staticmethod
    def _deliver_to_others(topic: Topic, frame: Frame, without: int) -> None:
        for connection in tuple(topic.followers):
            if connection.user_id != without:
                connection.write(frame)

    @staticmethod
    def _deliver_to_those_behind(topic: Topic, frame: Frame, revision: int) -> None:
        for connection in tuple(topic.followers):
            if topic.ahead.get(connection, 0) < revision:
                connection.write(frame)
        topic.ahead = {who: seen for who, seen in topic.ahead.items() if seen > revision}

    @staticmethod
    def _tell_watchers(topic: Topic, envelope: Envelope) -> None:
        if topic.watchers and envelope.aside is not None:
            frame = Frame(envelope.aside)
            for connection in tuple(topic.watchers):
                connection.write(frame)

    # -- the layer --

    async def _publisher(self) -> None:
        """The only task that waits for the layer to take something, so nothing else ever does."""
        while True:
            await self._publish_wanted.wait()
            self._publish_wanted.clear()
            while self._backlog:
                envelope = self._backlog.popleft()
                message = {
                    "type": "hub.envelope",
                    "origin": self.id,
                    "data": msgspec.msgpack.encode(_fit(envelope)),
                }
                await self._attempt(self._layer.group_send(envelope.group, message))

    async def _subscriber(self) -> None:
        while True:
            await self._subscribe_wanted.wait()
            self._subscribe_wanted.clear()
            if self._channel is None:
                continue
            wanted = {*self.topics, *self.listeners}
            for group in wanted - self._subscribed:
                if await self._attempt(self._layer.group_add(group, self._channel)):
                    self._subscribed.add(group)
                else:
                    self._loop.call_later(RETRY_SECONDS, self._subscribe_wanted.set)
            for group in self._subscribed - wanted:
                if await self._attempt(self._layer.group_discard(group, self._channel)):
                    self._subscribed.discard(group)

    async def _receiver(self) -> None:
        while True:
            try:
                if self._channel is None:
                    self._channel = await self._layer.new_channel()
                    self._subscribe_wanted.set()
                message = await self._layer.receive(self._channel)
            except Exception as error:  # whatever a layer raises: it is only a hint
                self._complain("The channel layer failed: %r", error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self._received(message)

    def _received(self, message: dict[str, Any]) -> None:
        if message.get("origin") == self.id:
            return
        try:
            envelope = msgspec.msgpack.decode(message["data"], type=Envelope)
        except (KeyError, TypeError, msgspec.MsgspecError) as error:
            self._complain("Ignored a malformed message of the channel layer: %r", error)
            return
        if (listener := self.listeners.get(envelope.group)) is not None:
            listener(envelope)
        self._arrived(envelope)

    async def _attempt(self, call: Awaitable[Any]) -> bool:
        try:
            # Not wait_for: before Python 3.12 that one may swallow a cancellation.
            async with asyncio.timeout(LAYER_TIMEOUT_SECONDS):
                await call
        except Exception as error:  # whatever a layer raises: it is only a hint
            self._complain("The channel layer is away: %r", error)
            return False
        return True

    def _complain(self, text: str, error: Exception) -> None:
        """Once a minute: a layer that is away must not fill the disk."""
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + 60
            logger.warning(text, error)

    async def _poller(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            groups = [
                group
                for group, topic in self.topics.items()
                if topic.followed and topic.revision is not None
            ]
            if not groups:
                continue
            try:
                positions = await self._positions(groups)
            except ChatError:
                continue
            for group, position in positions.items():
                topic = self.topics.get(group)
                if topic and topic.revision is not None and position > topic.revision:
                    self._heard_of(group, topic, position)


def _fit(envelope: Envelope) -> Envelope:
    """Large events are only announced; the others read them from the database."""
    if envelope.frame and envelope.revision is not None and len(envelope.frame) > MAX_LAYER_FRAME:
        return msgspec.structs.replace(envelope, frame=None)
    return envelope


_current: Hub | None = None


def current() -> Hub | None:
    """The hub of this process; None in a command or a worker that serves no sockets."""
    return _current


def install(hub: Hub | None) -> None:
    global _current
    _current = hub
