"""The way of notices to connections: each is delivered once, and one that something newer may have
overtaken is read anew before anyone is told.

It also keeps the notices of the last seconds, for connections that are still shaking hands.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Container, Mapping

from rooms.fanout.envelopes import Connection, Envelope
from rooms.fanout.notices import Notices
from rooms.fanout.renewal import Renew, Renewal
from rooms.fanout.topics import Topic

RECALL_SECONDS = 30.0  # longer than a handshake takes


class NoticeBoard:
    """The notices of one process. `spread` delivers an envelope to the members of several
    groups."""

    def __init__(
        self, topics: Mapping[str, Topic], renew: Renew, spread: Callable[[Envelope], None]
    ) -> None:
        self.notices = Notices()
        self._topics = topics
        self._spread = spread
        self._renewal = Renewal(renew, self._renewed)
        self._loop = asyncio.get_running_loop()
        # The notices of the last seconds, and whether each was late.
        self._kept: deque[tuple[float, Envelope, bool]] = deque()

    async def stop(self) -> None:
        await self._renewal.stop()

    def forget(self) -> None:
        """Start over: what was heard so far may be wrong."""
        self.notices = Notices()

    def is_news(self, envelope: Envelope, notice: int, *, late: bool) -> bool:
        """Whether to deliver a notice as it is. If something newer may have overtaken it, it is
        read first; if something newer is known to have, it is dropped."""
        now, about = self._loop.time(), envelope.about
        if not self.notices.is_new(notice, now):
            return False
        late = self.notices.is_late(notice) or late
        if about is not None and not self.notices.is_last(notice, about):
            return False
        self._kept.append((now, envelope, late))
        while now - self._kept[0][0] > RECALL_SECONDS:
            self._kept.popleft()
        if about is None or not late:
            return True
        if envelope.also or envelope.group in self._topics:
            self._renewal.look_after(envelope, about)
        return False

    def recall(self, connection: Connection, groups: Container[str], *, since: float) -> None:
        """Give a connection the notices of its groups that arrived after `since`, a time of the
        loop's clock at most some seconds ago."""
        for at, envelope, late in [*self._kept]:
            if at >= since and any(one in groups for one in (envelope.group, *envelope.also)):
                self._recall(connection, envelope, late=late)

    def recall_after(self, notice: int, group: str, connection: Connection) -> None:
        """Give a connection the notices of a group that were written after this one."""
        for _at, envelope, late in [*self._kept]:
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
            follows = (self._topics[one] for one in envelope.also if one in self._topics)
            topic = next((one for one in follows if connection in one.followers), None)
        else:
            topic = self._topics.get(envelope.group)
        if topic is not None:
            topic.tell(connection, envelope)

    def _renewed(self, envelope: Envelope, to: Connection | None) -> None:
        notice, about = envelope.notice, envelope.about
        if notice is None or about is None or not self.notices.is_last(notice, about):
            return  # a newer one was delivered while this one was read
        topic = self._topics.get(envelope.group)
        if to is not None:
            self._tell(envelope, to)
        elif envelope.also:
            self._spread(envelope)
        elif topic is not None:
            topic.receive(envelope)
