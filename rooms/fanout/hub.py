"""Per-process fan-out: each event is encoded once, and every local connection gets the same bytes
in the order of revisions. Knows no model.

What happens in this process is delivered here at once, and the relay passes it on to the other
processes. The poll finds what the relay loses, and the recovery reads it from the database.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from rooms.errors import ChatError
from rooms.fanout.envelopes import Connection, Envelope, Frame, Position
from rooms.fanout.gathering import held_back
from rooms.fanout.noticeboard import NoticeBoard
from rooms.fanout.notices import Notices
from rooms.fanout.poll import NoticeIds, NoticesOf, Poll, Positions
from rooms.fanout.recovery import Recover, Recovery
from rooms.fanout.relay import Relay
from rooms.fanout.renewal import Renew
from rooms.fanout.tasks import Tasks
from rooms.fanout.throttled_log import ThrottledLog
from rooms.fanout.topics import Topic

logger = logging.getLogger(__name__)

POLL_WATCHED = 500  # groups that nobody has open, per poll, in rotation
MAX_TURN = 256 * 1024  # bytes of events in one turn of the loop
BEGIN_SECONDS = 2.0  # for the first look at the database; without it nobody can connect anyway

LOBBY = "lobby"  # the group of everyone who is looking at the list of public rooms
EVERYONE = "everyone"  # the group of all sockets, for what concerns the whole site
EVERYWHERE = "site"  # a group that every process receives, for what concerns many others

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
        self._sequenced: dict[str, Topic] = {}  # those whose events have revisions
        self.listeners: dict[str, Listener] = {}
        self._recovery = Recovery(self.topics, recover)
        self.board = NoticeBoard(self.topics, renew, self._spread)
        self._poll = Poll(positions=positions, notice_ids=notice_ids, notices_of=notices_of)
        self._outgoing: deque[Envelope] = deque()
        self._passed_on: deque[Envelope] = deque()  # to other processes, and not yet delivered here
        self._loop = asyncio.get_running_loop()
        self._tasks = Tasks(ThrottledLog(logger), "The poll ended.")
        self._rotation = 0  # index of the next watched group to poll
        self.restored: list[Callable[[], None]] = []  # called when the database has gone back
        self.spread: list[Listener] = []  # called with every envelope for several groups
        self.missed: list[Callable[[], None]] = []  # called when notices were lost for good
        self.relay = Relay(received=self._received)
        self.relay.want(EVERYWHERE)

    # -- life --

    def start(self) -> None:
        self.relay.start()
        self._tasks.spawn(self._poll.run(self))

    async def stop(self) -> None:
        parts = (self._tasks, self._recovery, self.board, self.relay)
        await asyncio.gather(*(one.stop() for one in parts))

    async def begin(self) -> None:
        """Wait until this process hears of everything that is committed from now on."""
        if not self._poll.begun.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(BEGIN_SECONDS):
                    await self._poll.begun.wait()

    # -- subscriptions --

    @property
    def now(self) -> float:
        """Seconds of the loop's clock."""
        return self._loop.time()

    def subscribe(self, group: str, connection: Connection) -> None:
        """Receive a group without a sequence, such as a person's own."""
        self._topic(group).followers.add(connection)

    async def follow(self, group: str, connection: Connection) -> None:
        """Start following a group. Read the page after this returns, then `admit` the connection:
        events that arrive in between are kept for it. Raises what reading the position raises."""
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
            self._recovery.look_after(group)

    def admit(self, group: str, connection: Connection, revision: int, page: Frame) -> bool:
        """Send the page, which shows the group at `revision`, then everything after it. Returns
        False if the connection has left in the meantime."""
        topic = self.topics.get(group)
        if topic is None or not topic.admit(connection, revision, page):
            return False
        self._recovery.look_after(group)
        return True

    def watch(self, group: str, connection: Connection, position: Position | None = None) -> None:
        """Learn of new messages in a group without following it: those after `position`, or, for a
        connection that has followed or watched the group, those it hasn't been told of."""
        topic = self._topic(group)
        self._sequenced[group] = topic
        behind = topic.watch(connection, position)
        self._recovery.look_after(group)
        if behind is not None:
            self._recovery.catch_up(group, connection, behind)

    def leave(self, group: str, connection: Connection) -> None:
        """Receive nothing more of the group."""
        topic = self.topics.get(group)
        if topic is not None:
            topic.leave(connection)
            if topic.empty:
                # No connection depends on its order any more; the next one reads the position anew.
                del self.topics[group]
                self._sequenced.pop(group, None)
                self.relay.leave(group)

    def listen(self, group: str, listener: Listener) -> None:
        """Call a function with the envelopes that other processes send to a group."""
        self.listeners[group] = listener
        self.relay.want(group)

    def count(self, group: str) -> int:
        """The number of connections that receive a group's events."""
        topic = self.topics.get(group)
        return len(topic.followers) if topic else 0

    def _topic(self, group: str) -> Topic:
        topic = self.topics.get(group)
        if topic is None:
            topic = self.topics[group] = Topic()
            self.relay.want(group)
        return topic

    # -- delivery --

    def publish(self, envelopes: Iterable[Envelope]) -> None:
        """Deliver here at once and pass on to the other processes. From any thread."""
        if held_back.envelopes is not None:
            held_back.envelopes.extend(envelopes)
        else:
            self._loop.call_soon_threadsafe(self.deliver, tuple(envelopes))

    def publish_here(self, envelope: Envelope) -> None:
        """Deliver to this process's connections only. From any thread."""
        self._loop.call_soon_threadsafe(self.tell_here, envelope)

    def deliver(self, envelopes: Iterable[Envelope]) -> None:
        """Like `publish`, from the hub's own loop."""
        is_idle = not (self._outgoing or self._passed_on)
        self._outgoing.extend(envelopes)
        if is_idle:
            self._deliver_some(alone=len(self._outgoing) == 1)

    def tell_here(self, envelope: Envelope) -> None:
        """Like `publish_here`, from the hub's own loop."""
        self._deliver_here(envelope)

    def tell_late(self, envelope: Envelope) -> None:
        """Like `tell_here`, for what has been in the database for a while."""
        self._deliver_here(envelope, late=True)

    def _deliver_some(self, *, alone: bool = False) -> None:
        """Deliver one turn's worth: a commit of many long messages must not send more at once than
        a socket may leave unread. The other processes get it first, so that they write to their
        sockets while this one does."""
        try:
            self._pass_some_on()
            while self._passed_on:
                self._deliver_here(self._passed_on.popleft(), alone=alone)
        finally:
            # Even after a bug in one delivery, the rest must not wait for ever.
            if self._outgoing or self._passed_on:
                self._loop.call_soon(self._deliver_some)

    def _pass_some_on(self) -> None:
        size = 0
        while self._outgoing and size < MAX_TURN:
            envelope = self._outgoing.popleft()
            size += len(envelope.frame or b"")
            self.relay.send(envelope)
            self._passed_on.append(envelope)
        self.relay.flush()

    def _received(self, envelopes: Sequence[Envelope]) -> None:
        alone = len(envelopes) == 1
        for envelope in envelopes:
            if (listener := self.listeners.get(envelope.group)) is not None:
                listener(envelope)
            self._deliver_here(envelope, alone=alone)

    def _deliver_here(self, envelope: Envelope, *, alone: bool = False, late: bool = False) -> None:
        notice = envelope.notice
        if notice is not None and not self.board.is_news(envelope, notice, late=late):
            return
        if envelope.also:
            self._spread(envelope)
            return
        topic = self.topics.get(envelope.group)
        if topic is not None:
            topic.receive(envelope, alone=alone)
            self._recovery.look_after(envelope.group)

    def _spread(self, envelope: Envelope) -> None:
        """Deliver to everyone in several groups, once to each connection."""
        told: set[Connection] = set()
        for group, inside in envelope.also.items():
            topic = self.topics.get(group)
            if topic is not None:
                told |= topic.receive_once(envelope, told, inside=group if inside else None)
        for listener in self.spread:
            listener(envelope)

    # -- what the poll asks --

    @property
    def notices(self) -> Notices:
        return self.board.notices

    def told(self) -> dict[str, int]:
        """Every open group, and some of those that are only watched."""
        opened, watched = [], []
        for group, topic in self._sequenced.items():
            if not topic.followed:
                watched.append(group)
            elif topic.revision is not None:
                opened.append(group)
        start = self._rotation if self._rotation < len(watched) else 0
        self._rotation = start + POLL_WATCHED
        asked = opened + watched[start : self._rotation]
        return {group: self.topics[group].revision or 0 for group in asked}

    def locate(self, group: str, position: Position) -> None:
        topic = self.topics.get(group)
        if topic is not None:
            topic.start(position)
            topic.hear_of(position.revision)
            self._recovery.look_after(group)

    def database_restored(self) -> None:
        self._forget_notices()
        for tell in self.restored:
            tell()

    def notices_lost(self) -> None:
        self._forget_notices()
        for tell in self.missed:
            tell()

    def _forget_notices(self) -> None:
        self.board.forget()
        self._poll.begun.clear()


_current: Hub | None = None


def current() -> Hub | None:
    """The hub of this process, or None in one that serves no sockets, such as a command."""
    return _current


def install(hub: Hub | None) -> None:
    global _current
    _current = hub
