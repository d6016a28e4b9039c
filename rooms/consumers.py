"""The WebSocket door: parse, call one operation, answer. No ORM, no broadcast.

A Channels consumer without a layer channel of its own and with its own receive loop: Channels'
dispatch hops a thread per frame and gives each socket a queue in the layer. It works on any ASGI
server; rooms/server is the one that bounds it.
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

from rooms import languages, protocol, ratelimit, sessions
from rooms.actions import accounts
from rooms.commands import broken, carry_out
from rooms.db import in_db_thread
from rooms.envelopes import Frame
from rooms.errors import ChatError, Forbidden, Invalid, RateLimited, TooLarge, Unavailable
from rooms.outbox import outbox_for
from rooms.protocol import Close
from rooms.tabs import Tab
from rooms.worker import Worker

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 10  # for a farewell to reach a peer that reads slowly
MAX_SOCKETS = 30  # of one person in one process, whatever the number of addresses
MAX_INVALID = 20  # invalid frames, refilled over a minute, until it costs the socket
# Frames refused for their rate, refilled over half a minute, until it costs the socket.
MAX_FLOOD = 100

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def not_here(scope: Any, receive: Receive, send: Send) -> None:
    """Refuses a WebSocket at any other path (403)."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})


class Unwelcome(Exception):
    """The socket is closed with this code, and with this refusal as the reason."""

    def __init__(self, code: Close, refusal: ChatError) -> None:
        super().__init__(refusal)
        self.code = code
        self.refusal = refusal


class ChatConsumer(AsyncConsumer):
    """Serves one socket from its handshake to its end."""

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:  # type: ignore[override]  # ASGI's events as the plain dicts that they are
        if (await receive())["type"] != "websocket.connect":
            return
        offered = protocol.VERSION in scope.get("subprotocols", [])
        accept = {"type": "websocket.accept", "subprotocol": protocol.VERSION if offered else None}
        await send(accept)
        self.outbox = outbox_for(scope, send)
        self.tab: Tab | None = None
        self.language = languages.of_handshake(scope["headers"])
        sender = asyncio.ensure_future(self.outbox.run())
        try:
            await self._serve(await self._shake_hands(_session_key(scope)), receive)
        except Unwelcome as farewell:
            with translation.override(self.language):
                self.outbox.close(farewell.code, farewell.refusal.detail)
        finally:
            if self.tab is not None:
                self.tab.leave()
            if self.outbox.closing:
                await asyncio.wait([sender], timeout=CLOSE_SECONDS)
            sender.cancel()

    async def _shake_hands(self, session_key: str | None) -> Tab:
        """Say who this is and what concerns them. Raises Unwelcome."""
        worker = Worker.here()
        await worker.hub.begin()
        asked_at = worker.hub.now
        try:
            async with worker.arrivals:
                arrival = await in_db_thread(accounts.arrive)(session_key)
        except Unavailable as error:
            raise Unwelcome(Close.RESTART, error) from error
        if arrival is None:
            raise Unwelcome(Close.SIGNED_OUT, Forbidden(_("Not signed in.")))
        self.language = arrival.user.language or self.language
        if arrival.ban is not None:
            reason = arrival.ban.reason
            self.outbox.write(
                Frame(protocol.encode(protocol.SessionEnded(code="banned", reason=reason)))
            )
            words = reason or _("You are banned from this site.")
            raise Unwelcome(Close.BANNED, Forbidden(words))
        try:
            ratelimit.consume("handshake", arrival.user.pk)
        except RateLimited as error:
            raise Unwelcome(Close.FLOODING, error) from error
        if settings.RATE_LIMITS and worker.hub.count(arrival.group) >= MAX_SOCKETS:
            full = RateLimited(_("You have %(count)d tabs open already."), count=MAX_SOCKETS)
            raise Unwelcome(Close.FLOODING, full)
        self.outbox.charge(arrival.user.pk)
        tab = self.tab = Tab(worker, arrival, self.outbox, self.language)
        tab.enter(arrival, asked_at=asked_at)
        return tab

    async def _serve(self, tab: Tab, receive: Receive) -> None:
        """Until the peer leaves or the outbox is closed. Raises Unwelcome."""
        frames = ratelimit.Bucket(*_bucket("frame"), at=time.monotonic())
        invalid = ratelimit.Bucket(MAX_INVALID, 60, MAX_INVALID, time.monotonic())
        refused = ratelimit.Bucket(MAX_FLOOD, 30, MAX_FLOOD, time.monotonic())
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect" or self.outbox.closing:
                return
            now = time.monotonic()
            wait = frames.take(now) if settings.RATE_LIMITS else 0
            if wait and refused.take(now):
                raise Unwelcome(Close.FLOODING, RateLimited(_("Too many frames.")))
            try:
                command = _command(message)
            except protocol.Refused as refusal:
                tab.refuse(refusal.ref, refusal.error)
                if invalid.take(now):
                    enough = Invalid(_("Too many invalid frames."))
                    raise Unwelcome(Close.TOO_MANY_INVALID, enough) from None
                continue
            if wait:
                late = RateLimited(_("Too many frames. Slow down."), retry_after=round(wait, 2))
                tab.refuse(command.ref, late)
                continue
            await self._carry_out(tab, command)

    async def _carry_out(self, tab: Tab, command: protocol.Command) -> None:
        try:
            fields = await carry_out(tab, command)
        except ChatError as error:
            tab.refuse(command.ref, error)
        except Exception:  # a bug costs its sender an answer, never the socket or the process
            logger.exception("%s failed.", type(command).__name__)
            tab.refuse(command.ref, broken())
        else:
            if fields is not None:
                tab.reply(command.ref, **fields)


def _command(message: dict[str, Any]) -> protocol.AnyCommand:
    """The command of a frame. Raises Refused."""
    text = message.get("text")
    if text is None:
        ref = protocol.ref_of((message.get("bytes") or b"").decode(errors="replace"))
        raise protocol.Refused(Invalid(_("Frames must be text frames with JSON.")), ref)
    if len(text) > protocol.MAX_FRAME:
        large = TooLarge(_("A frame has at most %(most)d bytes."), most=protocol.MAX_FRAME)
        raise protocol.Refused(large, protocol.ref_of(text))
    return protocol.parse_command(text)


def _bucket(name: str) -> tuple[float, float, float]:
    burst, seconds = ratelimit.parse(settings.LIMITS[name])
    return burst, seconds, burst


def _session_key(scope: Any) -> str | None:
    cookies = [value.decode("latin1") for name, value in scope["headers"] if name == b"cookie"]
    return sessions.key_in(parse_cookie("; ".join(cookies)))
