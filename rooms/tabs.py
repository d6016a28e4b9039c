"""One socket of one tab: whose it is, which rooms it has open, and what it is told."""

from collections.abc import Callable
from typing import Any

from rooms import events, presence, protocol
from rooms.actions.accounts import Handshake
from rooms.actions.reading import Whereabouts
from rooms.envelopes import Frame, Position
from rooms.errors import ChatError, Conflict
from rooms.outbox import DirectOutbox, Outbox
from rooms.protocol import Close
from rooms.worker import Worker

MAX_OPEN = 100  # rooms that one socket follows


class Tab:
    """What the hub delivers to. Belongs to one loop, and touches neither the ORM nor JSON."""

    def __init__(self, worker: Worker, handshake: Handshake, outbox: Outbox | DirectOutbox) -> None:
        self.worker = worker
        self.outbox = outbox
        self.write: Callable[[Frame], None] = outbox.write  # an attribute: it is called most
        self.user = handshake.user
        self.user_id: int = handshake.user.pk
        self.person = events.person(handshake.user)
        self.session_key = handshake.session_key
        self.session = handshake.session
        self.group = handshake.group
        self.mine: set[str] = set()  # the groups of the rooms that the person is in
        self.rooms: dict[str, Whereabouts] = {}  # those of the welcome, by slug
        self._lost: set[str] | None = set()  # those left while the welcome was read
        self.open: dict[str, tuple[int, str]] = {}  # slug → id and group
        self._typing: set[str] = set()

    # -- life --

    def subscribe(self) -> None:
        """Hear of everything that concerns the person."""
        self.worker.sockets.add(self)
        self.worker.hub.subscribe(self.group, self)

    def enter(self, welcome: Frame, rooms: list[Whereabouts]) -> None:
        """Send the welcome, which shows the person's rooms like this, and learn of what follows."""
        lost, self._lost = self._lost or set(), None
        self.outbox.open(welcome)
        self.write = self.outbox.write
        self.rooms = {room.slug: room for room in rooms}
        for room in rooms:
            if room.group not in lost:
                self.mine.add(room.group)
                self.worker.hub.watch(room.group, self, room.position)

    def leave(self) -> None:
        """Hear nothing more, and be nowhere."""
        self.worker.sockets.discard(self)
        for slug in list(self.open):
            self.close_room(slug)
        for group in (*self.mine, self.group):
            self.worker.hub.leave(group, self)

    # -- rooms --

    def begin_room(self, slug: str, room_id: int, group: str) -> None:
        """Note that the room is being opened. Raises Conflict when too many are."""
        if len(self.open) >= MAX_OPEN and slug not in self.open:
            raise Conflict(f"A socket opens at most {MAX_OPEN} rooms. Close one first.")
        self.open[slug] = (room_id, group)

    def close_room(self, slug: str) -> None:
        if slug not in self.open:
            return
        self.stop_typing(slug)
        room_id, group = self.open.pop(slug)
        self.worker.presence.depart(room_id, self.user_id, self)
        if group in self.mine:
            self.worker.hub.watch(group, self)
        else:
            self.worker.hub.leave(group, self)

    def start_typing(self, slug: str) -> None:
        self._typing.add(slug)
        presence.typing(self.open[slug][0], slug, self.person, started=True)

    def stop_typing(self, slug: str) -> None:
        if slug in self._typing:
            self._typing.discard(slug)
            presence.typing(self.open[slug][0], slug, self.person, started=False)

    # -- what it is told --

    def reply(self, ref: str | None, **fields: Any) -> None:
        self.write(Frame(protocol.ok(ref, **fields)))

    def refuse(self, ref: str | None, error: ChatError) -> None:
        self.write(Frame(protocol.refusal(ref, error)))

    def restart(self, retry_in: float) -> None:
        self._tell(protocol.ServerRestarting(retry_in=retry_in))

    async def flushed(self) -> None:
        await self.outbox.flushed()

    def obey(self, order: dict[str, Any]) -> None:
        """Rights that were given or lost, from any worker."""
        match order:
            case {"op": "watch", "group": group, "position": position}:
                self._lost_or_not(group, lost=False)
                if group not in self.mine:
                    self.mine.add(group)
                    if not self._has_open(group):
                        self.worker.hub.watch(group, self, Position(*position))
            case {"op": "unwatch", "group": group}:
                self._lost_or_not(group, lost=True)
                if not self._has_open(group):
                    self.worker.hub.leave(group, self)
            case {"op": "forget", "group": group}:
                self._lost_or_not(group, lost=True)
                for slug in [slug for slug, (_, one) in self.open.items() if one == group]:
                    self.close_room(slug)
                self.worker.hub.leave(group, self)
            case {"op": "end", "code": code, "reason": reason}:
                if order.get("session") in (None, self.session):
                    self._end(code, reason, keep=order.get("keep"))

    def _lost_or_not(self, group: str, *, lost: bool) -> None:
        """The welcome that is being read may be older than this order."""
        if lost:
            self.mine.discard(group)
        if self._lost is not None:
            (self._lost.add if lost else self._lost.discard)(group)

    def _end(self, code: int, reason: str, *, keep: str | None) -> None:
        if keep == self.session:
            return
        if code == Close.SIGNED_OUT:
            self._tell(protocol.SessionEnded(reason=reason))
        self.outbox.close(code, reason)

    def _has_open(self, group: str) -> bool:
        return any(one == group for _, one in self.open.values())

    def _tell(self, event: protocol.Event) -> None:
        self.write(Frame(protocol.encode(event)))
