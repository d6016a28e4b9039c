"""The WebSocket door: parse a command, call one operation, reply. No ORM, no broadcast.

A Channels consumer without a channel in the layer and with its own receive loop: Channels' dispatch
switches threads for each frame and gives each socket a queue in the layer. It runs on any ASGI
server; rooms/server is the one that bounds what it costs.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.http import parse_cookie
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from rooms import protocol, ratelimit
from rooms.accounts import session_store
from rooms.actions.accounts import handshake
from rooms.attendance import Level
from rooms.errors import ChatError, Forbidden, Invalid, RateLimited, TooLarge, Unavailable
from rooms.fanout.envelopes import Frame
from rooms.protocol import codec, events, limits
from rooms.protocol.codes import Close
from rooms.protocol.commands import AnyCommand
from rooms.protocol.commands.command import Command
from rooms.queries import site
from rooms.realtime.handlers import carry_out
from rooms.realtime.sendqueue import send_queue_for
from rooms.realtime.tab import Tab
from rooms.realtime.worker import Worker
from rooms.storage.threads import in_db_thread
from rooms.text import languages

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 10  # for the close frame to reach a slow reader
MAX_SOCKETS = 30  # per person and process, from however many addresses
MAX_INVALID = 20  # invalid frames before the socket is closed, refilled over a minute
MAX_FLOOD = 100  # frames over the rate before the socket is closed, refilled over half a minute

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def not_here(scope: Any, receive: Receive, send: Send) -> None:
    """Refuse a WebSocket at any other path (403)."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})


class Rejected(Exception):
    """Closes the socket with this code, and this refusal as the reason."""

    def __init__(self, code: Close, refusal: ChatError) -> None:
        super().__init__(refusal)
        self.code = code
        self.refusal = refusal


class ChatConsumer(AsyncConsumer):
    """One socket, from its handshake to its end."""

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:  # type: ignore[override]  # ASGI's events as plain dicts
        if (await receive())["type"] != "websocket.connect":
            return
        offered = protocol.VERSION in scope.get("subprotocols", [])
        accept = {"type": "websocket.accept", "subprotocol": protocol.VERSION if offered else None}
        await send(accept)
        self.queue = send_queue_for(scope, send)
        self.tab: Tab | None = None
        self.language = languages.of_handshake(scope["headers"], site.known().language)
        sender = asyncio.ensure_future(self.queue.run())
        try:
            await self._serve(await self._shake_hands(scope), receive)
        except Rejected as rejection:
            with translation.override(self.language):
                self.queue.close(rejection.code, rejection.refusal.detail)
        finally:
            if self.tab is not None:
                self.tab.leave()
            if self.queue.closing:
                await asyncio.wait([sender], timeout=CLOSE_SECONDS)
            sender.cancel()

    async def _shake_hands(self, scope: Any) -> Tab:
        """Find out whose socket this is, and send the welcome. Raises Rejected."""
        worker = Worker.here()
        await worker.hub.begin()
        asked_at = worker.hub.now
        try:
            async with worker.page_slots:
                arrival = await in_db_thread(handshake.arrive)(_session_key(scope))
        except Unavailable as error:
            raise Rejected(Close.RESTART, error) from error
        if arrival is None:
            raise Rejected(Close.SIGNED_OUT, Forbidden(_("Not signed in.")))
        self.language = arrival.user.language or self.language
        if arrival.ban is not None:
            reason = arrival.ban.reason
            self.queue.write(Frame(codec.encode(events.SessionEnded(code="banned", reason=reason))))
            words = reason or _("You are banned from this site.")
            raise Rejected(Close.BANNED, Forbidden(words))
        try:
            ratelimit.consume("handshake", arrival.user.pk)
        except RateLimited as error:
            raise Rejected(Close.FLOODING, error) from error
        if settings.RATE_LIMITS and worker.hub.count(arrival.group) >= MAX_SOCKETS:
            full = RateLimited(_("You already have %(count)d tabs open."), count=MAX_SOCKETS)
            raise Rejected(Close.FLOODING, full)
        self.queue.charge(arrival.user.pk)
        tab = self.tab = Tab(worker, arrival, self.queue, self.language)
        tab.level = _level(scope)
        tab.enter(arrival, asked_at=asked_at)
        return tab

    async def _serve(self, tab: Tab, receive: Receive) -> None:
        """Carry out commands until the peer leaves or the queue is closed. Raises Rejected."""
        frames = ratelimit.Bucket(*_bucket("frame"), at=time.monotonic())
        invalid = ratelimit.Bucket(MAX_INVALID, 60, MAX_INVALID, time.monotonic())
        refused = ratelimit.Bucket(MAX_FLOOD, 30, MAX_FLOOD, time.monotonic())
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect" or self.queue.closing:
                return
            now = time.monotonic()
            wait = frames.take(now) if settings.RATE_LIMITS else 0
            if wait and refused.take(now):
                raise Rejected(Close.FLOODING, RateLimited(_("Too many frames.")))
            try:
                command = _command(message)
            except codec.Refused as refusal:
                tab.refuse(refusal.ref, refusal.error)
                if invalid.take(now):
                    enough = Invalid(_("Too many invalid frames."))
                    raise Rejected(Close.TOO_MANY_INVALID, enough) from None
                continue
            if wait:
                late = RateLimited(_("Too many frames. Slow down."), retry_after=round(wait, 2))
                tab.refuse(command.ref, late)
                continue
            await self._carry_out(tab, command)

    async def _carry_out(self, tab: Tab, command: Command) -> None:
        try:
            fields = await carry_out(tab, command)
        except ChatError as error:
            tab.refuse(command.ref, error)
        except Exception:  # a bug costs one reply, never the socket or the process
            logger.exception("%s failed.", type(command).__name__)
            failed = Unavailable(_("Something went wrong here. It was logged."))
            tab.refuse(command.ref, failed)
        else:
            if fields is not None:
                tab.reply(command.ref, **fields)


def _command(message: dict[str, Any]) -> AnyCommand:
    """Parse the command in a frame. Raises Refused."""
    text = message.get("text")
    if text is None:
        ref = codec.ref_of((message.get("bytes") or b"").decode(errors="replace"))
        raise codec.Refused(Invalid(_("Frames must be text frames containing JSON.")), ref)
    if len(text) > limits.MAX_FRAME:
        large = TooLarge(_("A frame can have at most %(most)d bytes."), most=limits.MAX_FRAME)
        raise codec.Refused(large, codec.ref_of(text))
    return codec.parse_command(text)


def _bucket(name: str) -> tuple[float, float, float]:
    burst, seconds = ratelimit.parse(settings.LIMITS[name])
    return burst, seconds, burst


def _session_key(scope: Any) -> str | None:
    cookies = [value.decode("latin1") for name, value in scope["headers"] if name == b"cookie"]
    return session_store.key_in(parse_cookie("; ".join(cookies)))


def _level(scope: Any) -> Level:
    """How present somebody is whose page reconnects by itself, perhaps while they are away."""
    began = {b"idle": Level.IDLE, b"resting": Level.ONLINE}
    return began.get(scope.get("query_string", b""), Level.ACTIVE)
