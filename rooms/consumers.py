"""The WebSocket door: parse, call one operation, answer. No ORM, no broadcast.

A Channels consumer without a layer channel of its own and with its own receive loop: Channels'
dispatch hops a thread per frame and gives each socket a queue in the layer. It works on any ASGI
server; rooms/server.py is the one that bounds it.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.http import parse_cookie

from rooms import events, presence, protocol, ratelimit
from rooms.actions import accounts, memberships, messages, reading
from rooms.actions import rooms as room_actions
from rooms.db import in_db_thread
from rooms.errors import ChatError, Conflict, Invalid, NotFound, RateLimited, TooLarge, Unavailable
from rooms.hub import Frame
from rooms.models import Message
from rooms.outbox import Outbox
from rooms.protocol import Close
from rooms.worker import Worker

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 10  # for a farewell to reach a peer that reads slowly
MAX_OPEN = 100  # rooms that one socket follows
MAX_INVALID = 20  # invalid frames, refilled over a minute, until it costs the socket
MAX_FLOOD = 100  # frames in a row that were refused for their rate, until it costs the socket

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def not_here(scope: Any, receive: Receive, send: Send) -> None:
    """Refuses a WebSocket at any other path (403)."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})


class ChatConsumer(AsyncConsumer):
    """One socket of one tab, which serves every room that the tab has open."""

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:  # type: ignore[override]  # ASGI's events as the plain dicts that they are
        if (await receive())["type"] != "websocket.connect":
            return
        offered = protocol.VERSION in scope.get("subprotocols", [])
        accept = {"type": "websocket.accept", "subprotocol": protocol.VERSION if offered else None}
        await send(accept)
        self.outbox = Outbox(send)
        sender = asyncio.ensure_future(self.outbox.run())
        try:
            if await self._shake_hands(_session_key(scope)):
                await self._serve(receive)
            if self.outbox.closing:
                await asyncio.wait([sender], timeout=CLOSE_SECONDS)
        finally:
            self._leave()
            sender.cancel()

    # -- life --

    async def _shake_hands(self, session_key: str | None) -> bool:
        """Say who this is and what concerns them; False when the socket is being closed."""
        self.worker = Worker.here()
        self.open: dict[str, tuple[int, str]] = {}
        self.mine: set[str] = set()
        self.typing: set[str] = set()
        self.user_id = 0
        try:
            handshake = await in_db_thread(accounts.shake_hands)(session_key)
            if handshake is None:
                self.outbox.close(Close.SIGNED_OUT, "Not signed in.")
                return False
            if handshake.ban is not None:
                self.outbox.close(Close.BANNED, handshake.ban)
                return False
            self.user, self.session, self.group = handshake.user, handshake.session, handshake.group
            self.user_id = self.user.pk
            self.person = events.person(self.user)
            ratelimit.consume("handshake", self.user_id)
            # First subscribe, then read: what happens in between comes after the welcome.
            self.mine = set(handshake.room_groups)
            self.worker.hub.subscribe(self.group, self)
            for group in self.mine:
                self.worker.hub.watch(group, self)
            welcome = await in_db_thread(reading.welcome)(user=self.user)
        except RateLimited as error:
            self.outbox.close(Close.FLOODING, error.detail)
            return False
        except Unavailable as error:
            self.outbox.close(Close.RESTART, error.detail)
            return False
        self.worker.sockets.add(self)
        self.outbox.open(Frame(protocol.encode(welcome)))
        return True

    async def _serve(self, receive: Receive) -> None:
        frames = ratelimit.Bucket(*_bucket("frame"), at=time.monotonic())
        invalid = ratelimit.Bucket(MAX_INVALID, 60, MAX_INVALID, time.monotonic())
        refused = 0
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect" or self.outbox.closing:
                return
            now = time.monotonic()
            if settings.RATE_LIMITS and (wait := frames.take(now)):
                refused += 1
                if refused > MAX_FLOOD:
                    self.outbox.close(Close.FLOODING, "Too many frames.")
                    continue
            else:
                refused, wait = 0, 0
            try:
                command = _command(message)
            except protocol.Refused as refusal:
                self._refuse(refusal.ref, refusal.error)
                if invalid.take(now):
                    self.outbox.close(Close.TOO_MANY_INVALID, "Too many invalid frames.")
                continue
            if wait:
                late = RateLimited("Too many frames. Slow down.", retry_after=round(wait, 2))
                self._refuse(command.ref, late)
                continue
            await self._carry_out(command)

    async def _carry_out(self, command: protocol.Command) -> None:
        try:
            reply = await HANDLERS[type(command)](self, command)
        except ChatError as error:
            self._refuse(command.ref, error)
        except Exception:  # a bug costs its sender an answer, never the socket or the process
            logger.exception("%s failed.", type(command).__name__)
            self._refuse(command.ref, Unavailable("Something went wrong here. It was logged."))
        else:
            if reply is not None:
                self.outbox.write(Frame(protocol.ok(command.ref, **reply)))

    def _refuse(self, ref: str | None, error: ChatError) -> None:
        self.outbox.write(Frame(protocol.refusal(ref, error)))

    def _leave(self) -> None:
        worker = self.worker
        worker.sockets.discard(self)
        for slug in list(self.typing):
            self._stop_typing(slug)
        for room_id, group in self.open.values():
            worker.hub.leave(group, self)
            worker.presence.depart(room_id, self.user_id, self)
        for group in self.mine:
            worker.hub.leave(group, self)
        if self.user_id:
            worker.hub.leave(getattr(self, "group", ""), self)

    # -- what the hub and the worker say --

    def write(self, frame: Frame) -> None:
        self.outbox.write(frame)

    def obey(self, order: dict[str, Any]) -> None:
        """Rights that were given or lost, from any worker."""
        match order:
            case {"op": "watch", "group": group}:
                self.mine.add(group)
                if group not in self._open_groups():
                    self.worker.hub.watch(group, self)
            case {"op": "unwatch", "group": group}:
                self.mine.discard(group)
                if group not in self._open_groups():
                    self.worker.hub.leave(group, self)
            case {"op": "forget", "group": group}:
                self.mine.discard(group)
                for slug in [slug for slug, (_, one) in self.open.items() if one == group]:
                    self._close_room(slug)
                self.worker.hub.leave(group, self)
            case {"op": "end", "code": code, "reason": reason}:
                if order.get("session") not in (None, self.session):
                    return
                if order.get("keep") == self.session:
                    return
                if code == Close.SIGNED_OUT:
                    self._tell(protocol.SessionEnded(reason=reason))
                self.outbox.close(code, reason)

    def restart(self, retry_in: float) -> None:
        self._tell(protocol.ServerRestarting(retry_in=retry_in))

    async def flushed(self) -> None:
        await self.outbox.flushed()

    def _tell(self, event: protocol.Event) -> None:
        self.outbox.write(Frame(protocol.encode(event)))

    def _open_groups(self) -> set[str]:
        return {group for _, group in self.open.values()}

    # -- rooms --

    async def _open_room(self, command: protocol.OpenRoom) -> None:
        """Follow first, then read the page: what happens in between comes after the page."""
        hub, slug = self.worker.hub, command.room
        if len(self.open) >= MAX_OPEN and slug not in self.open:
            raise Conflict(f"A socket opens at most {MAX_OPEN} rooms. Close one first.")
        room_id, group = await in_db_thread(reading.room_address)(actor=self.user, slug=slug)
        self.open[slug] = (room_id, group)
        try:
            await hub.follow(group, self)
            opened = await in_db_thread(reading.open_room)(
                actor=self.user,
                slug=slug,
                limit=command.limit,
                since=command.since,
                around=command.around,
            )
        except ChatError:
            self._close_room(slug)
            raise
        if slug not in self.open:  # removed from the room while its page was read
            raise NotFound("You were removed from the room.")
        self.worker.presence.arrive(room_id, slug, self.person, self)
        reply = protocol.ok(
            command.ref,
            room=opened.room,
            revision=opened.room.revision,
            online=self.worker.presence.online(room_id),
            reset=opened.page.reset,
            **opened.page.fields(),
        )
        hub.admit(group, self, opened.room.revision, Frame(reply))

    async def _close(self, command: protocol.CloseRoom) -> dict[str, Any]:
        self._close_room(command.room)
        return {}

    def _close_room(self, slug: str) -> None:
        if slug not in self.open:
            return
        self._stop_typing(slug)
        room_id, group = self.open.pop(slug)
        self.worker.presence.depart(room_id, self.user_id, self)
        if group in self.mine:
            self.worker.hub.watch(group, self)
        else:
            self.worker.hub.leave(group, self)

    async def _create_room(self, command: protocol.CreateRoom) -> dict[str, Any]:
        room = await in_db_thread(room_actions.create_room)(
            actor=self.user,
            name=command.name,
            kind=command.kind,
            topic=command.topic,
            slug=command.slug,
        )
        return await self._room(room.slug)

    async def _direct(self, command: protocol.DirectRoom) -> dict[str, Any]:
        room = await in_db_thread(room_actions.direct_room)(actor=self.user, people=command.people)
        return await self._room(room.slug)

    async def _join(self, command: protocol.JoinRoom) -> dict[str, Any]:
        await in_db_thread(memberships.join_room)(actor=self.user, slug=command.room)
        return await self._room(command.room)

    async def _leave_room(self, command: protocol.LeaveRoom) -> dict[str, Any]:
        standing = await in_db_thread(memberships.leave_room)(actor=self.user, slug=command.room)
        return {"room": await in_db_thread(reading.describe)(standing)}

    async def _room(self, slug: str) -> dict[str, Any]:
        return {"room": await in_db_thread(reading.room_of)(actor=self.user, slug=slug)}

    async def _history(self, command: protocol.History) -> dict[str, Any]:
        side, number = protocol.one_of(command)
        page = await in_db_thread(reading.history)(
            actor=self.user, slug=command.room, side=side, number=number, limit=command.limit
        )
        return page.fields()

    async def _read(self, command: protocol.ReadRoom) -> dict[str, Any]:
        unread, mentions = await in_db_thread(reading.mark_read)(
            actor=self.user, slug=command.room, number=command.number
        )
        return {"unread": unread, "mentions": mentions}

    # -- messages --

    async def _post(self, command: protocol.PostMessage) -> None:
        """Submit and go on: the reply follows when the commit has."""
        if command.attachments:
            raise Invalid("This site takes no attachments yet.")
        draft = messages.Draft(
            self.user, command.room, command.nonce, command.body, command.reply_to
        )
        outcome = self.worker.writer.submit(draft)
        outcome.add_done_callback(partial(self._posted, command.ref))

    def _posted(self, ref: str | None, outcome: "asyncio.Future[Message]") -> None:
        error = outcome.exception()
        if error is None:
            message = events.message(outcome.result())
            self.outbox.write(Frame(protocol.ok(ref, message=message)))
        elif isinstance(error, ChatError):
            self._refuse(ref, error)

    async def _edit(self, command: protocol.EditMessage) -> dict[str, Any]:
        edited = await in_db_thread(messages.edit_message)(
            actor=self.user, room=command.room, number=command.number, body=command.body
        )
        return {"message": events.message(edited)}

    async def _delete(self, command: protocol.DeleteMessage) -> dict[str, Any]:
        deleted = await in_db_thread(messages.delete_message)(
            actor=self.user, room=command.room, number=command.number
        )
        return {"message": events.message(deleted)}

    async def _react(
        self, command: protocol.AddReaction | protocol.RemoveReaction
    ) -> dict[str, Any]:
        adds = isinstance(command, protocol.AddReaction)
        operation = messages.add_reaction if adds else messages.remove_reaction
        message = await in_db_thread(operation)(
            actor=self.user, room=command.room, number=command.number, emoji=command.emoji
        )
        return {"message": events.message(message)}

    # -- ephemera --

    async def _start_typing(self, command: protocol.StartTyping) -> None:
        room = self.open.get(command.room)
        if room is None or room[1] not in self.mine:
            return
        try:
            ratelimit.consume("typing", self.user_id)
        except RateLimited:
            return
        self.typing.add(command.room)
        presence.typing(room[0], command.room, self.person, started=True)

    async def _stop(self, command: protocol.StopTyping) -> None:
        self._stop_typing(command.room)

    def _stop_typing(self, slug: str) -> None:
        if slug in self.typing:
            self.typing.discard(slug)
            presence.typing(self.open[slug][0], slug, self.person, started=False)

    async def _ping(self, command: protocol.Ping) -> dict[str, Any]:
        return {"time": datetime.now(UTC)}


Handler = Callable[[ChatConsumer, Any], Awaitable[dict[str, Any] | None]]
HANDLERS: dict[type[protocol.Command], Handler] = {
    protocol.OpenRoom: ChatConsumer._open_room,
    protocol.CloseRoom: ChatConsumer._close,
    protocol.CreateRoom: ChatConsumer._create_room,
    protocol.DirectRoom: ChatConsumer._direct,
    protocol.JoinRoom: ChatConsumer._join,
    protocol.LeaveRoom: ChatConsumer._leave_room,
    protocol.PostMessage: ChatConsumer._post,
    protocol.EditMessage: ChatConsumer._edit,
    protocol.DeleteMessage: ChatConsumer._delete,
    protocol.AddReaction: ChatConsumer._react,
    protocol.RemoveReaction: ChatConsumer._react,
    protocol.History: ChatConsumer._history,
    protocol.ReadRoom: ChatConsumer._read,
    protocol.StartTyping: ChatConsumer._start_typing,
    protocol.StopTyping: ChatConsumer._stop,
    protocol.Ping: ChatConsumer._ping,
}


def _command(message: dict[str, Any]) -> protocol.AnyCommand:
    """The command of a frame. Raises Refused."""
    text = message.get("text")
    if text is None:
        raise protocol.Refused(Invalid("Frames must be text frames with JSON."), None)
    if len(text) > protocol.MAX_FRAME:
        raise protocol.Refused(TooLarge(f"A frame has at most {protocol.MAX_FRAME} bytes."), None)
    return protocol.parse_command(text)


def _bucket(name: str) -> tuple[float, float, float]:
    burst, seconds = ratelimit.parse(settings.LIMITS[name])
    return burst, seconds, burst


def _session_key(scope: Any) -> str | None:
    cookies = [value.decode("latin1") for name, value in scope["headers"] if name == b"cookie"]
    return parse_cookie("; ".join(cookies)).get(settings.SESSION_COOKIE_NAME)
