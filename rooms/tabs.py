"""One socket of one tab: whose it is, which rooms it has open, and what it is told."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from rooms import events, presence, protocol
from rooms.actions import accounts
from rooms.actions.accounts import Arrival
from rooms.actions.sight import Whereabouts
from rooms.envelopes import Frame, Position
from rooms.errors import ChatError, Conflict
from rooms.hub import LOBBY
from rooms.outbox import DirectOutbox, Outbox
from rooms.protocol import Close
from rooms.worker import Worker

MAX_OPEN = 100  # rooms that one socket follows


class Tab:
    """What the hub delivers to. Belongs to one loop, and touches neither the ORM nor JSON."""

    def __init__(
        self, worker: Worker, arrival: Arrival, outbox: Outbox | DirectOutbox, language: str
    ) -> None:
        self.worker = worker
        self.outbox = outbox
        # No methods: they are called most.
        self.write: Callable[[Frame], None] = outbox.write
        self.send: Callable[[Frame], None] = outbox.send
        self.user = arrival.user
        # Known until the first room is opened: from then on another tab may have gone elsewhere.
        self.last_room_id = arrival.user.last_room_id
        self.user_id: int = arrival.user.pk
        self.person = events.person(arrival.user)
        self.language = language
        self.session_key = arrival.session_key
        self.session = arrival.session
        self.group = arrival.group
        self.mine: set[str] = set()  # the groups of the rooms that the person is in
        self.rooms: dict[str, Whereabouts] = {}  # those of the welcome, by slug
        self.told = arrival.told  # of the welcome; the list of the others leaves them out
        self.open: dict[str, tuple[int, str]] = {}  # slug → id and group
        # What keeps the person from writing, by room; None: everywhere. It may be over by now.
        self._muted: dict[str | None, protocol.Muted | None] = {None: arrival.welcome.muted}
        self._typing: set[str] = set()

    # -- life --

    def enter(self, arrival: Arrival, *, asked_at: float) -> None:
        """Send the welcome, then hear of everything that concerns the person: what the arrival
        doesn't show, since it was `asked_at` that moment of the hub's, comes now."""
        hub = self.worker.hub
        self.worker.sockets.add(self)
        self.write(Frame(protocol.encode(arrival.welcome)))
        self.rooms = {room.slug: room for room in arrival.rooms}
        for room in arrival.rooms:
            self.mine.add(room.group)
            hub.watch(room.group, self, room.position)
        hub.subscribe(self.group, self)
        hub.recall(self, {self.group, *self.mine}, since=asked_at)

    def leave(self) -> None:
        """Hear nothing more, and be nowhere."""
        self.worker.sockets.discard(self)
        for slug in list(self.open):
            self.close_room(slug)
        for group in (*self.mine, self.group, LOBBY):
            self.worker.hub.leave(group, self)

    # -- rooms --

    def begin_room(self, slug: str, room_id: int, group: str) -> None:
        """Note that the room is being opened. Raises Conflict when too many are."""
        if len(self.open) >= MAX_OPEN and slug not in self.open:
            raise Conflict(
                _("A socket opens at most %(most)d rooms. Close one first."), most=MAX_OPEN
            )
        self.open[slug] = (room_id, group)

    def close_room(self, slug: str) -> None:
        if slug not in self.open:
            return
        self.stop_typing(slug)
        room_id, group = self.open.pop(slug)
        self._muted.pop(slug, None)
        self.worker.presence.depart(room_id, self.user_id, self)
        if group in self.mine:
            self.worker.hub.watch(group, self)
        else:
            self.worker.hub.leave(group, self)

    def mute(self, slug: str | None, muted: protocol.Muted | None) -> None:
        """Note what keeps the person from writing in a room, or everywhere."""
        self._muted[slug] = muted

    def is_muted(self, slug: str) -> bool:
        """For what is not stored; what is asks the database."""
        now = datetime.now(UTC)
        held = (self._muted.get(None), self._muted.get(slug))
        return any(one and (one.until is None or one.until > now) for one in held)

    def start_typing(self, slug: str) -> None:
        self._typing.add(slug)
        presence.typing(self.open[slug][0], slug, self.person, started=True)

    def stop_typing(self, slug: str) -> None:
        if slug in self._typing:
            self._typing.discard(slug)
            presence.typing(self.open[slug][0], slug, self.person, started=False)

    # -- what it is told --

    def reply(self, ref: str | None, **fields: Any) -> None:
        self.send(Frame(protocol.ok(ref, **fields)))

    def refuse(self, ref: str | None, error: ChatError) -> None:
        with translation.override(self.language):
            self.send(Frame(protocol.refusal(ref, error)))

    def restart(self, retry_in: float) -> None:
        self._tell(protocol.ServerRestarting(retry_in=retry_in))

    async def flushed(self) -> None:
        await self.outbox.flushed()

    def obey(self, order: dict[str, Any], notice: int | None = None) -> None:
        """Rights that were given or lost, from any worker."""
        match order:
            case {"op": "watch", "group": group, "position": position}:
                if group not in self.mine:
                    self.mine.add(group)
                    if not self._has_open(group):
                        self.worker.hub.watch(group, self, Position(*position))
                    if notice is not None:
                        # What has become of the room since, which only its members hear.
                        self.worker.hub.recall_after(notice, group, self)
            case {"op": "unwatch", "group": group}:
                self.mine.discard(group)
                if not self._has_open(group):
                    self.worker.hub.leave(group, self)
            case {"op": "forget", "group": group}:
                self.mine.discard(group)
                for slug in [slug for slug, (_, one) in self.open.items() if one == group]:
                    self.close_room(slug)
                self.worker.hub.leave(group, self)
            case {"op": "person", "person": person}:
                if person["id"] == self.user_id:
                    self.person = msgspec.convert(person, protocol.Person)
            case {"op": "flags", **flags}:
                for name in ("is_active", "is_staff", "is_superuser"):
                    setattr(self.user, name, flags[name])
            case {"op": "mute", "room": slug, "muted": muted}:
                self.mute(slug, muted and msgspec.convert(muted, protocol.Muted))
            case {"op": "check", "then": then}:
                self.worker.check(self, then)
            case {"op": "end", "code": code, "reason": reason}:
                whose, keep = order.get("session"), order.get("keep", ())
                if whose in (None, self.session) and self.session not in keep:
                    self._end(code, order.get("why"), reason)

    def _end(self, code: int, why: protocol.Ending | None, reason: str) -> None:
        with translation.override(self.language):
            # Ours; a moderator's own words stay as they are.
            reason = reason and translation.gettext(reason)
            if why is not None:
                self._tell(protocol.SessionEnded(code=why, reason=reason))
            if code == Close.BANNED:
                reason = reason or translation.gettext(accounts.BANNED)
        self.outbox.close(code, reason)

    def _has_open(self, group: str) -> bool:
        return any(one == group for _, one in self.open.values())

    def _tell(self, event: protocol.Event) -> None:
        self.write(Frame(protocol.encode(event)))
