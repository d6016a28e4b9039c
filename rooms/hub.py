"""Per-process fan-out: each event encoded once, the same bytes to every local connection, in the
order of revisions. Knows no model.

What happens here is delivered here at once and handed to the other processes by the relay. What
the relay loses is found by the poll and read by the healing.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager, suppress

from rooms.complaints import Complaints
from rooms.envelopes import Connection, Envelope, Frame, Position
from rooms.errors import ChatError
from rooms.healing import Healing, Recover
from rooms.notices import Notices
from rooms.poll import NoticeIds, NoticesOf, Poll, Positions
from rooms.relay import Relay
from rooms.renewal import Renew, Renewal
from rooms.tasks import Tasks
from rooms.topics import Topic

logger = logging.getLogger(__name__)

POLL_WATCHED = 500  # groups that nobody has open, asked about in one poll, in turn
HEARD_SECONDS = 30.0  # longer than a handshake takes
MAX_TURN = 256 * 1024  # bytes of events in one turn of the loop
BEGIN_SECONDS = 2.0  # for the first look at the database; without one nobody arrives anyway

LOBBY = "lobby"  # the group of those who look at the list of public rooms
EVERYWHERE = "site"  # a group that every process hears, for what concerns many others

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
        renew: Renew,
    ) -> None:
        self.topics: dict[str, Topic] = {}
        self._sequenced: dict[str, Topic] = {}  # those that aren't merely somebody's own
        self.listeners: dict[str, Listener] = {}
        self._healing = Healing(self.topics, recover)
        self._renewal = Renewal(renew, self._renewed)
        self._poll = Poll(positions=positions, notice_ids=notice_ids, notices_of=notices_of)
        self.notices = Notices()
        self._outgoing: deque[Envelope] = deque()
        # The notices of the last seconds, and whether each was late.
        self._heard: deque[tuple[float, Envelope, bool]] = deque()
        self._loop = asyncio.get_running_loop()
        self._tasks = Tasks(Complaints(logger), "The poll ended.")
        self._turn = 0  # whose of the watched groups it is
        self.restored: list[Callable[[], None]] = []  # called when the database has gone back
        self.spread: list[Listener] = []  # called with what went to many groups
        self.missed: list[Callable[[], None]] = []  # called when nobody knows what was told here
        self.relay = Relay(received=self._received)
        self.relay.want(EVERYWHERE)

    # -- life --

    def start(self) -> None:
        self.relay.start()
        self._tasks.spawn(self._poll.run(self))

    async def stop(self) -> None:
        parts = (self._tasks, self._healing, self._renewal, self.relay)
        await asyncio.gather(*(one.stop() for one in parts))

    async def begin(self) -> None:
        """Wait until this process hears of whatever is committed from now on."""
        if not self._poll.begun.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(BEGIN_SECONDS):
                    await self._poll.begun.wait()

    # -- who wants what --

    @property
    def now(self) -> float:
        """Seconds of the loop's clock."""
        return self._loop.time()

    def subscribe(self, group: str, connection: Connection) -> None:
        """Receive a group without a sequence, such as a person's own."""
        self._topic(group).followers.add(connection)

    def recall(self, connection: Connection, groups: Container[str], *, since: float) -> None:
        """Tell a connection the notices of its groups that came `since` a moment, at most some
        seconds ago."""
        for at, envelope, late in [*self._heard]:
            if at >= since and any(one in groups for one in (envelope.group, *envelope.also)):
                self._recall(connection, envelope, late=late)

    def recall_after(self, notice: int, group: str, connection: Connection) -> None:
        """Tell a connection the notices of a group that were written after one."""
        for _at, envelope, late in [*self._heard]:
            if envelope.group == group and (envelope.notice or 0) > notice:
                self._recall(connection, envelope, late=late)

    def _recall(self, connection: Connection, envelope: Envelope, *, late: bool) -> None:
        about = envelope.about
        if about is None or envelope.notice is None or not late:
            self._tell(envelope, connection)
        elif self.notices.is_last(envelope.notice, about):
            self._renewal.look_after(envelope, about, connection)

    def _tell(self, envelope: Envelope, connection: Connection) -> None:
        if envelope.also:
            follows = (self.topics[one] for one in envelope.also if one in self.topics)
            topic = next((one for one in follows if connection in one.followers), None)
        else:
            topic = self.topics.get(envelope.group)
        if topic is not None:
            topic.tell(connection, envelope)

    async def follow(self, group: str, connection: Connection) -> None:
        """Begin to follow. Read the page after this returns, then `admit` the connection: between
        the two, its events are kept. Raises what reading the position raises."""
        topic = self._topic(group)
        self._sequenced[group] = topic
        topic.begin(connection)
        if topic.revision is None:
            try:
                position = (await self._poll.positions([group])).get(group, Position(0, 0))
            except ChatError:
                self.leave(group, connection)
                raise
            topic.start(position)
            self._healing.look_after(group)

    def admit(self, group: str, connection: Connection, revision: int, page: Frame) -> bool:
        """Send the page, which shows the group at `revision`, then everything after it. False if
        the connection has left meanwhile."""
        topic = self.topics.get(group)
        if topic is None or not topic.admit(connection, revision, page):
            return False
        self._healing.look_after(group)
        return True

    def watch(self, group: str, connection: Connection, position: Position | None = None) -> None:
        """Learn of the new messages of a group that isn't followed: those after `position`, or for
        a connection that was followed or watched before, those after what it was told."""
        topic = self._topic(group)
        self._sequenced[group] = topic
        behind = topic.watch(connection, position)
        self._healing.look_after(group)
        if behind is not None:
            self._healing.catch_up(group, connection, behind)

    def leave(self, group: str, connection: Connection) -> None:
        """Receive nothing of the group any more."""
        topic = self.topics.get(group)
        if topic is not None:
            topic.leave(connection)
            if topic.empty:
                # Nobody is owed an order any more; the next one reads the position anew.
                del self.topics[group]
                self._sequenced.pop(group, None)
                self.relay.leave(group)

    def listen(self, group: str, listener: Listener) -> None:
        """Hand a group's envelopes of other processes to a function of this one."""
        self.listeners[group] = listener
        self.relay.want(group)

    def count(self, group: str) -> int:
        """The connections that receive a group's events."""
        topic = self.topics.get(group)
        return len(topic.followers) if topic else 0

    def _topic(self, group: str) -> Topic:
        topic = self.topics.get(group)
        if topic is None:
            topic = self.topics[group] = Topic()
            self.relay.want(group)
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
            self._deliver_some(alone=len(self._outgoing) == 1)

    def tell_here(self, envelope: Envelope) -> None:
        """Deliver to this process's connections only. From the hub's own loop."""
        self._arrived(envelope)

    def tell_late(self, envelope: Envelope) -> None:
        """The same for what the database has kept for a while."""
        self._arrived(envelope, late=True)

    def _deliver_some(self, *, alone: bool = False) -> None:
        """A turn's worth: a commit of many long messages must not be more at once than a socket
        may leave unread."""
        size = 0
        try:
            while self._outgoing and size < MAX_TURN:
                envelope = self._outgoing.popleft()
                size += len(envelope.frame or b"")
                self.relay.send(envelope)
                self._arrived(envelope, alone=alone)
        finally:
            # Also after a bug in one delivery: what waits must never wait for ever.
            if self._outgoing:
                self._loop.call_soon(self._deliver_some)

    def _received(self, envelope: Envelope) -> None:
        if (listener := self.listeners.get(envelope.group)) is not None:
            listener(envelope)
        self._arrived(envelope)

    def _arrived(self, envelope: Envelope, *, alone: bool = False, late: bool = False) -> None:
        if envelope.notice is not None and not self._is_news(envelope, envelope.notice, late=late):
            return
        if envelope.also:
            self._spread(envelope)
            return
        topic = self.topics.get(envelope.group)
        if topic is not None:
            topic.receive(envelope, alone=alone)
            self._healing.look_after(envelope.group)

    def _spread(self, envelope: Envelope) -> None:
        """To everybody of several groups, each connection once."""
        told: set[Connection] = set()
        for group, inside in envelope.also.items():
            topic = self.topics.get(group)
            if topic is not None:
                told |= topic.receive_once(envelope, told, inside=group if inside else None)
        for listener in self.spread:
            listener(envelope)

    def _is_news(self, envelope: Envelope, notice: int, *, late: bool) -> bool:
        """Whether a notice is to be delivered as it is. One that something newer may have overtaken
        is read first; one that is known to be overtaken tells nothing."""
        now, about = self.now, envelope.about
        if not self.notices.is_new(notice, now):
            return False
        late = self.notices.is_late(notice) or late
        if about is not None and not self.notices.is_last(notice, about):
            return False
        self._heard.append((now, envelope, late))
        while now - self._heard[0][0] > HEARD_SECONDS:
            self._heard.popleft()
        if about is None or not late:
            return True
        if envelope.also or envelope.group in self.topics:
            self._renewal.look_after(envelope, about)
        return False

    def _renewed(self, envelope: Envelope, to: Connection | None) -> None:
        notice, about = envelope.notice, envelope.about
        if notice is None or about is None or not self.notices.is_last(notice, about):
            return  # the newer one was delivered while this one was read
        topic = self.topics.get(envelope.group)
        if to is not None:
            self._tell(envelope, to)
        elif envelope.also:
            self._spread(envelope)
        elif topic is not None:
            topic.receive(envelope)

    # -- what the poll asks --

    def told(self) -> dict[str, int]:
        """Every open group, and some of those that are only watched."""
        opened, watched = [], []
        for group, topic in self._sequenced.items():
            if not topic.followed:
                watched.append(group)
            elif topic.revision is not None:
                opened.append(group)
        start = self._turn if self._turn < len(watched) else 0
        self._turn = start + POLL_WATCHED
        asked = opened + watched[start : self._turn]
        return {group: self.topics[group].revision or 0 for group in asked}

    def locate(self, group: str, position: Position) -> None:
        topic = self.topics.get(group)
        if topic is not None:
            topic.start(position)
            topic.hear_of(position.revision)
            self._healing.look_after(group)

    def begin_anew(self) -> None:
        self._forget_notices()
        for tell in self.restored:
            tell()

    def come_back(self) -> None:
        self._forget_notices()
        for tell in self.missed:
            tell()

    def _forget_notices(self) -> None:
        self.notices = Notices()
        self._poll.begun.clear()


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
