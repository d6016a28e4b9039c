"""The socket of one browser tab: whose it is, which rooms it has open, what it receives."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from rooms import serializers
from rooms.actions.accounts import sessions
from rooms.actions.accounts.handshake import Arrival
from rooms.actions.rooms.lookup import Whereabouts
from rooms.attendance import Level
from rooms.errors import ChatError, Conflict
from rooms.fanout.envelopes import Frame, Position
from rooms.fanout.hub import EVERYONE, LOBBY
from rooms.protocol import codec, events, shapes
from rooms.protocol.codes import Close, Ending
from rooms.realtime import presence
from rooms.realtime.sendqueue import DirectSendQueue, SendQueue
from rooms.realtime.worker import Worker

MAX_OPEN = 100  # rooms per socket

Fields: TypeAlias = dict[str, Any]  # what an `ok` carries besides its `ref`


class Tab:
    """A connection of the hub. Belongs to one loop, and touches neither the ORM nor JSON."""

    def __init__(
        self, worker: Worker, arrival: Arrival, queue: SendQueue | DirectSendQueue, language: str
    ) -> None:
        self.worker = worker
        self.queue = queue
        # Attributes, not methods: nothing is called more often.
        self.write: Callable[[Frame], None] = queue.write
        self.send: Callable[[Frame], None] = queue.send
        self.user = arrival.user
        # Known until the first room is opened; after that, another tab may have changed it.
        self.last_room_id = arrival.user.last_room_id
        self.user_id: int = arrival.user.pk
        self.person = serializers.person(arrival.user)
        self.language = language
        self.session_key = arrival.session_key
        self.session = arrival.session
        self.group = arrival.group
        self.mine: set[str] = set()  # the groups of the rooms that the person is a member of
        self.rooms: dict[str, Whereabouts] = {}  # the rooms of the welcome, by slug
        self.told = arrival.told  # memberships in the welcome; `rooms` lists the others
        self.open: dict[str, tuple[int, str]] = {}  # slug → id and group
        # The person's mutes by room, None for the whole site. Some may have expired.
        self._muted: dict[str | None, shapes.Muted | None] = {None: arrival.welcome.muted}
        self._typing: set[str] = set()
        self.level = Level.ACTIVE
        self.watched: frozenset[int] = frozenset()  # the people whom the page shows
        self.hidden: frozenset[int] = frozenset()  # people who block this one

    # -- life --

    def enter(self, arrival: Arrival, *, asked_at: float) -> None:
        """Send the welcome and subscribe to everything that concerns the person. The `arrival` was
        read after `asked_at`, a time of the hub; notices since then are repeated."""
        hub = self.worker.hub
        self.worker.sockets.add(self)
        self.write(Frame(codec.encode(arrival.welcome)))
        self.rooms = {room.slug: room for room in arrival.rooms}
        for room in arrival.rooms:
            self.mine.add(room.group)
            hub.watch(room.group, self, room.position)
        hub.subscribe(self.group, self)
        hub.subscribe(EVERYONE, self)
        hub.board.recall(self, {EVERYONE, self.group, *self.mine}, since=asked_at)
        self.worker.attendance.arrive(self, self.level)

    def leave(self) -> None:
        """Unsubscribe from everything and leave all rooms."""
        self.worker.sockets.discard(self)
        self.worker.attendance.depart(self)
        self.worker.watching.leave(self)
        for slug in list(self.open):
            self.close_room(slug)
        for group in (*self.mine, self.group, EVERYONE, LOBBY):
            self.worker.hub.leave(group, self)

    # -- rooms --

    def begin_room(self, slug: str, room_id: int, group: str) -> None:
        """Note that a room is being opened. Raises Conflict if too many are."""
        if len(self.open) >= MAX_OPEN and slug not in self.open:
            raise Conflict(
                _("A socket can open at most %(most)d rooms. Close one first."), most=MAX_OPEN
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

    def mute(self, slug: str | None, muted: shapes.Muted | None) -> None:
        """Note the person's mute in a room, or on the whole site."""
        self._muted[slug] = muted

    def is_muted(self, slug: str) -> bool:
        """Whether typing is to be hidden. Operations don't use this: they ask the database."""
        now = datetime.now(UTC)
        held = (self._muted.get(None), self._muted.get(slug))
        return any(one and (one.until is None or one.until > now) for one in held)

    def turn(self, level: Level) -> None:
        """Note that the person is at this tab, or isn't."""
        self.level = level
        self.worker.attendance.arrive(self, level)

    def start_typing(self, slug: str) -> None:
        self._typing.add(slug)
        presence.typing(self.open[slug][0], slug, self.person, started=True)

    def stop_typing(self, slug: str) -> None:
        if slug in self._typing:
            self._typing.discard(slug)
            presence.typing(self.open[slug][0], slug, self.person, started=False)

    # -- messages to the tab --

    def reply(self, ref: str | None, **fields: Any) -> None:
        self.send(Frame(codec.ok(ref, **fields)))

    def refuse(self, ref: str | None, error: ChatError) -> None:
        with translation.override(self.language):
            self.send(Frame(codec.refusal(ref, error)))

    def restart(self, retry_in: float) -> None:
        self._tell(events.ServerRestarting(retry_in=retry_in))

    async def flushed(self) -> None:
        await self.queue.flushed()

    def obey(self, order: dict[str, Any], notice: int | None = None) -> None:
        """Apply a change of rights, made on any worker."""
        match order:
            case {"op": "watch", "group": group, "position": position}:
                if group not in self.mine:
                    self.mine.add(group)
                    if not self._has_open(group):
                        self.worker.hub.watch(group, self, Position(*position))
                    if notice is not None:
                        # What has happened to the room since, which only members are told.
                        self.worker.hub.board.recall_after(notice, group, self)
            case {"op": "unwatch" | "hide", "group": group}:
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
                    self.person = msgspec.convert(person, shapes.Person)
            case {"op": "flags", **flags}:
                for name in ("is_active", "is_staff", "is_superuser"):
                    setattr(self.user, name, flags[name])
            case {"op": "mute", "room": slug, "muted": muted}:
                self.mute(slug, muted and msgspec.convert(muted, shapes.Muted))
            case {"op": "typing", "shows": shows}:
                self.user.shows_typing = shows
                for slug in [] if shows else [*self._typing]:
                    self.stop_typing(slug)
            case {"op": "blocked", "by": other, "is": is_blocked}:
                self.worker.watching.hide(self, other, hidden=is_blocked)
            case {"op": "check", "then": then}:
                self.worker.check(self, then)
            case {"op": "end", "code": code, "reason": reason}:
                whose, keep = order.get("session"), order.get("keep", ())
                if whose in (None, self.session) and self.session not in keep:
                    self._end(code, order.get("why"), reason)

    def _end(self, code: int, why: Ending | None, reason: str) -> None:
        with translation.override(self.language):
            # This translates our own texts; a moderator's words stay as they are.
            reason = reason and translation.gettext(reason)
            if why is not None:
                self._tell(events.SessionEnded(code=why, reason=reason))
            if code == Close.BANNED:
                reason = reason or translation.gettext(sessions.BANNED)
        self.queue.close(code, reason)

    def _has_open(self, group: str) -> bool:
        return any(one == group for _, one in self.open.values())

    def _tell(self, event: events.Event) -> None:
        self.write(Frame(codec.encode(event)))
