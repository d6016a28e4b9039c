"""One group in one process: who receives it, and each of its events once in the order of
revisions.

A state machine without a clock, a loop or a database. Its input may be out of order, repeated or
incomplete; its output is in order and without repetition. It says when there is a hole, and the
recovery fills it.
"""

from collections import deque
from collections.abc import Container
from dataclasses import dataclass, field

from rooms.fanout.envelopes import Connection, Envelope, Frame, Position

MAX_ANNOUNCED = 16  # asides kept for watchers who connect a few events behind
MAX_EARLY = 1_000  # envelopes kept while a hole before them is read
UNSEQUENCED = 2**63  # newer than any page: an event without a revision can't be in one


@dataclass(slots=True)
class Opening:
    """A connection whose page is being read, with the events that arrived since it began."""

    since: Position | None  # what it had been told up to as a watcher
    kept: list[tuple[int, Frame]] = field(default_factory=list)


class Topic:
    """Followers get every event; watchers only learn which messages are new, deleted or
    restored."""

    def __init__(self) -> None:
        self.followers: set[Connection] = set()
        self.watchers: set[Connection] = set()
        self.opening: dict[Connection, Opening] = {}
        # Connections that know more than was delivered here: they skip what they know.
        self.ahead: dict[Connection, int] = {}
        self.revision: int | None = None
        self.number = 0  # of the last message that the watchers know of
        self.known = 0  # the highest revision heard of
        self.early: dict[int, Envelope] = {}
        # The last asides, each with the revision that it covers, for watchers who connect a few
        # events behind. Everything after the revision `forgotten` is here.
        self.announced: deque[tuple[int, bytes]] = deque()
        self.forgotten = 0

    @property
    def followed(self) -> bool:
        return bool(self.followers or self.opening)

    @property
    def empty(self) -> bool:
        return not (self.followers or self.opening or self.watchers)

    @property
    def position(self) -> Position:
        """How far events were delivered here."""
        return Position(self.revision or 0, self.number)

    @property
    def hole(self) -> bool:
        """Whether something is known to have happened that wasn't delivered."""
        return self.revision is not None and self.known > self.revision

    # -- connections --

    def begin(self, connection: Connection) -> None:
        """Keep events for a connection that is about to read its page."""
        since = self._told(connection)
        self.leave(connection)
        self.opening[connection] = Opening(since)

    def admit(self, connection: Connection, revision: int, page: Frame) -> bool:
        """Send the page, which shows the group at `revision`, then everything after it. Returns
        False if the connection has left in the meantime."""
        opening = self.opening.pop(connection, None)
        if opening is None:
            return False
        connection.write(page)
        for number, frame in opening.kept:
            if number > revision:
                connection.write(frame)
        self.followers.add(connection)
        self._is_at(connection, revision)
        return True

    def watch(self, connection: Connection, position: Position | None) -> Position | None:
        """Announce what happens after `position`, or after what the connection has been told.
        Returns its position if it has missed more than is known here."""
        position = position or self._told(connection)
        self.leave(connection)
        self.watchers.add(connection)
        if position is None:
            return None
        self.start(position)
        self._is_at(connection, position.revision)
        if position.revision < self.forgotten:
            return position
        for until, aside in self.announced:
            if until > position.revision:
                connection.write(Frame(aside))
        return None

    def leave(self, connection: Connection) -> None:
        self.followers.discard(connection)
        self.watchers.discard(connection)
        self.opening.pop(connection, None)
        self.ahead.pop(connection, None)

    def _told(self, connection: Connection) -> Position | None:
        """What a connection has been told up to, or None if it is new here."""
        if connection in self.opening:
            return self.opening[connection].since
        if self.revision is None:
            return None
        if connection not in self.followers and connection not in self.watchers:
            return None
        return Position(self.ahead.get(connection, self.revision), self.number)

    def _is_at(self, connection: Connection, revision: int) -> None:
        if self.revision is not None and revision > self.revision:
            self.ahead[connection] = revision
            self.known = max(self.known, revision)

    # -- events --

    def start(self, position: Position) -> None:
        """Deliver what follows this position, unless delivery has already begun."""
        if self.revision is None:
            self.revision, self.number = position
            self.forgotten = position.revision
            self._drain()

    def hear_of(self, revision: int) -> None:
        """Note that a revision exists, even if its event hasn't arrived."""
        self.known = max(self.known, revision)

    def receive(self, envelope: Envelope, *, alone: bool = False) -> None:
        """Deliver an event in its turn; `alone` if it is probably alone in this turn of the
        loop."""
        revision = envelope.revision
        if revision is None:
            self._deliver(envelope, alone=alone)
        elif envelope.jump:
            self._jump(envelope, revision)
        elif self._is_next(revision) and envelope.frame is not None:
            self.revision = revision
            self.known = max(self.known, revision)
            self._deliver(envelope, alone=alone)
        elif self.revision is None or revision > self.revision:
            # An event that was too large for the layer arrives without its frame.
            if envelope.frame is not None and len(self.early) < MAX_EARLY:
                self.early[revision] = envelope
            self.known = max(self.known, revision)
            self._drain()

    def _jump(self, envelope: Envelope, revision: int) -> None:
        if self.revision is not None and revision > self.revision:
            self.revision = revision
            self.known = max(self.known, revision)
            self.early = {n: early for n, early in self.early.items() if n > revision}
            self._deliver(envelope)
            self._drain()

    def tell(self, connection: Connection, envelope: Envelope) -> None:
        """Deliver an event without a revision to one connection, if it is here."""
        if not any(connection in here for here in (self.followers, self.watchers, self.opening)):
            return
        if envelope.order is not None:
            connection.obey(envelope.order, envelope.notice)
        frame = envelope.aside if connection in self.watchers else envelope.frame
        if frame is not None:
            connection.write(Frame(frame))

    def receive_once(
        self, envelope: Envelope, told: Container[Connection], *, inside: str | None
    ) -> set[Connection]:
        """Deliver an event without a revision to the followers that another group hasn't `told`;
        with `inside`, this group's name, only to members. Returns the recipients."""
        frame = Frame(envelope.frame) if envelope.frame is not None else None
        readers = {
            one
            for one in (*self.followers, *self.opening)
            if one not in told and (inside is None or inside in one.mine)
        }
        for connection in readers:
            if envelope.order is not None:
                connection.obey(envelope.order, envelope.notice)
            if frame is not None and connection in self.opening:
                self.opening[connection].kept.append((UNSEQUENCED, frame))
            elif frame is not None:
                connection.write(frame)
        return readers

    def _is_next(self, revision: int) -> bool:
        """Nearly always true: nothing before it is missing, and nothing waits for a hole."""
        return self.revision is not None and revision == self.revision + 1 and not self.early

    def give_up(self) -> None:
        """Forget what was heard of but isn't in the database: a backup was restored, or an envelope
        was forged."""
        self.known = self.revision or 0
        self.early.clear()

    def _drain(self) -> None:
        if self.revision is None:
            return
        while (envelope := self.early.pop(self.revision + 1, None)) is not None:
            self.revision += 1
            self._deliver(envelope)
        if self.early:
            delivered = self.revision
            self.early = {n: early for n, early in self.early.items() if n > delivered}

    def _deliver(self, envelope: Envelope, *, alone: bool = False) -> None:
        if envelope.order is not None:
            for connection in (*self.followers, *self.watchers, *self.opening):
                connection.obey(envelope.order, envelope.notice)
        if envelope.number is None or envelope.number > self.number or envelope.jump:
            self.number = envelope.number or self.number
            if envelope.aside is not None:
                self._announce(envelope, envelope.aside)
        if envelope.frame is not None and self.followed:
            self._distribute(envelope, Frame(envelope.frame), alone=alone)
        if self.ahead and self.revision is not None:
            self.ahead = {who: seen for who, seen in self.ahead.items() if seen > self.revision}

    def _announce(self, envelope: Envelope, aside: bytes) -> None:
        if envelope.revision is not None:
            if len(self.announced) == MAX_ANNOUNCED:
                self.forgotten, _aside = self.announced.popleft()
            self.announced.append((envelope.until or envelope.revision, aside))
        if self.watchers:
            frame = Frame(aside)
            for connection in self._behind(self.watchers, envelope):
                connection.write(frame)

    def _distribute(self, envelope: Envelope, frame: Frame, *, alone: bool) -> None:
        readers, without = self._behind(self.followers, envelope), envelope.without
        if without is not None:
            readers = [one for one in readers if one.user_id != without]
        if envelope.inside:
            readers = [one for one in readers if envelope.group in one.mine]
        for connection in readers:
            if alone:
                connection.send(frame)
            else:
                connection.write(frame)
        revision = UNSEQUENCED if envelope.revision is None else envelope.revision
        for connection, opening in self.opening.items():
            if not envelope.inside or envelope.group in connection.mine:
                opening.kept.append((revision, frame))

    def _behind(self, connections: set[Connection], envelope: Envelope) -> list[Connection]:
        """The connections that don't know it yet; a copy, since writing may make one leave."""
        if not self.ahead or envelope.revision is None:
            return [*connections]
        revision = envelope.revision
        return [one for one in connections if self.ahead.get(one, 0) < revision]
