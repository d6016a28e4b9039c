"""Our Daphne: bounded in both directions, trusts only the headers it was told to, and drains.

The one place that relies on the internals of Daphne, autobahn and Twisted; each module lists which.
Minor versions are pinned, and an upgrade has to pass `tests/integration/test_server_*.py`, which
fail when these internals change. Knows no model and no Django.
"""

# First, because it installs Twisted's reactor for the whole process.
import daphne.server  # isort: skip

import asyncio
import functools
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet import reactor as twisted_reactor
from twisted.logger import globalLogBeginner

from rooms.server.admission import Census, Gate
from rooms.server.allowance import Allowances
from rooms.server.drain import drain
from rooms.server.frames import Turn
from rooms.server.http import Factory
from rooms.server.inbox import Inbox
from rooms.server.keepalive import Keepalive
from rooms.server.limits import Limits, connections_allowed, raise_descriptor_limit
from rooms.server.proxies import Networks, is_trusted
from rooms.server.request import Request
from rooms.server.transport import Transport
from rooms.server.websocket import Socket, Sockets

__all__ = ["Limits", "Server", "listen", "raise_descriptor_limit"]

logger = logging.getLogger(__name__)

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
Hook = Callable[[], Awaitable[None]]

BACKLOG = 1024  # connections waiting for `accept`: after a restart everyone reconnects at once
YOUNG_OBJECTS = 10_000  # that trigger a garbage collection; Python's default is 700
reactor: Any = twisted_reactor  # an object in the place of a module


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen. Doing this first reports a port in use before anything else (OSError)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # `localhost` may be both; most people mean 127.0.0.1.
    family, kind, protocol, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
    listener = socket.socket(family, kind, protocol)
    try:
        # Not SO_REUSEPORT: a second server on the port would silently take half of the visitors.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def settle() -> None:
    """Spare the garbage collector what has been imported and created so far, as it stays, and make
    it run less often: thousands of sockets have many objects, and few of them are in cycles."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])


async def nothing() -> None:
    """The default hook."""


def nowhere(path: str) -> bool:
    """The paths of an application that accepts no files."""
    return False


class Server(daphne.server.Server):  # type: ignore[misc]  # Daphne has no types
    """Serves one ASGI application on one listening socket.

    `on_start` runs in the loop once connections are accepted, `on_drain` when a shutdown begins,
    before the sockets are closed. `takes_files` says whether a path, as requested and without its
    query, accepts up to `Limits.upload_bytes`; other paths accept `body_bytes`.

    It keeps the attributes of Daphne's server that Daphne's protocols read. How it runs and ends,
    and how it runs applications, is its own.
    """

    def __init__(
        self,
        application: Application,
        listener: socket.socket,
        *,
        limits: Limits | None = None,
        trusted_proxies: Networks = (),
        takes_files: Callable[[str], bool] = nowhere,
        on_start: Hook = nothing,
        on_drain: Hook = nothing,
    ) -> None:
        super().__init__(application, endpoints=["inherited"], server_name="")
        self.limits = limits or Limits()
        self.trusted_proxies = trusted_proxies
        self.takes_files = takes_files
        self.on_start = on_start
        self.on_drain = on_drain
        self.listener = listener
        self.census = Census(most=self.limits.per_address)
        self.allowances = Allowances()
        self.gate = Gate(places=self.limits.requests, line=self.limits.waiting_requests)
        self.connections: dict[Any, asyncio.Task[None] | None] = {}
        self.handshakes: set[Socket] = set()
        self.turn = Turn()
        self.keepalive = Keepalive(
            ping_seconds=self.limits.ping_seconds, pong_seconds=self.limits.pong_seconds
        )
        self.transports: set[Transport] = set()
        self.places = self.limits.connections or connections_allowed()
        self.tasks: set[asyncio.Task[None]] = set()
        self.is_draining = False
        self._status = 0
        self._lifecycle: asyncio.Task[None] | None = None

    # Running

    def run(self) -> int:
        """Serve until SIGTERM or SIGINT. Returns the exit status."""
        observer: Any = _log_failure
        globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False, discardBuffer=True)
        loop: asyncio.AbstractEventLoop = daphne.server.twisted_loop
        asyncio.set_event_loop(loop)
        self.ws_factory = Sockets(self)
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self._signalled, signum)
        loop.call_soon(self._begin)
        reactor.run(installSignalHandlers=False)
        loop.run_until_complete(loop.shutdown_asyncgens())
        # A view that hangs in a thread would keep the process alive for ever.
        end = threading.Timer(self.limits.thread_seconds, os._exit, (self._status,))
        end.daemon = True
        end.start()
        return self._status

    def _begin(self) -> None:
        self._port = reactor.adoptStreamPort(
            self.listener.fileno(), self.listener.family, Factory(self)
        )
        self._port.transport = self._wrap
        self.listener.close()
        self._lifecycle = asyncio.get_running_loop().create_task(self._start())

    def _wrap(self, connection: socket.socket, protocol: Any, address: Any, *rest: Any) -> Any:
        """Twisted calls this to create the transport of an accepted connection."""
        return Transport(
            connection,
            protocol,
            address,
            *rest,
            limits=self.limits,
            census=self.census,
            trusted=self.is_proxy(address[0]),
            present=self.transports,
        )

    async def _start(self) -> None:
        try:
            await self.on_start()
            settle()
        except Exception:
            # Whatever it is, a server must not stay up if its application did not start.
            logger.exception("The application failed to start")
            self._status = 1
            self.stop()

    def stop(self) -> None:
        """Start shutting down. Calling it again changes nothing."""
        if not self.is_draining:
            self.is_draining = True
            self._lifecycle = asyncio.get_running_loop().create_task(self._end())

    def stop_without(self, descriptor: int) -> None:
        """Stop when the other end of this pipe is closed, which happens when the parent dies."""
        asyncio.get_running_loop().add_reader(descriptor, self._lose_parent, descriptor)

    def _lose_parent(self, descriptor: int) -> None:
        if not os.read(descriptor, 1024):
            asyncio.get_running_loop().remove_reader(descriptor)
            self.stop()

    def _signalled(self, signum: int) -> None:
        if self.is_draining:
            os._exit(128 + signum)  # a second signal means: don't wait
        self.stop()

    async def _end(self) -> None:
        try:
            await drain(self)
        finally:
            reactor.stop()

    async def stop_accepting(self) -> None:
        """Close the listening socket. The port is free when this returns."""
        await self._port.stopListening().asFuture(asyncio.get_running_loop())

    def is_full(self) -> bool:
        return len(self.transports) >= self.places

    def most_bytes(self, target: bytes) -> int:
        """How many bytes the body of a request for this target may have."""
        path = target.partition(b"?")[0].decode("latin-1")
        return self.limits.upload_bytes if self.takes_files(path) else self.limits.body_bytes

    def is_proxy(self, host: str) -> bool:
        return is_trusted(host, self.trusted_proxies)

    # What Daphne's protocols call

    def protocol_connected(self, protocol: Request | Socket) -> None:
        self.connections[protocol] = None

    def protocol_disconnected(self, protocol: Request | Socket) -> None:
        task = self.connections.pop(protocol, None)
        if task is not None and not task.done():
            timer = asyncio.get_running_loop().call_later(self.limits.orphan_seconds, task.cancel)
            task.add_done_callback(lambda _: timer.cancel())

    def create_application(self, protocol: Request | Socket, scope: Message) -> Inbox | None:
        """Run the application with Daphne's scope. A WebSocket starts at once; a request may have
        to wait."""
        transport = (protocol.channel if isinstance(protocol, Request) else protocol).transport
        origin = transport.origin
        kind = "ws" if isinstance(protocol, Socket) else "http"
        scope["scheme"] = kind + "s" if origin.secure else kind
        scope["client"] = [origin.host, origin.port]
        scope["asgi"] = {"version": "3.0", "spec_version": "2.3"}
        if isinstance(protocol, Socket):
            scope.setdefault("extensions", {})["frames"] = protocol.frames
            self._run_application(protocol, scope, protocol.inbox.get)
            return protocol.inbox
        scope.setdefault("extensions", {}).update(
            body=protocol.take_body, leave=protocol.leave, pull=protocol.pull
        )
        begin = functools.partial(self._run_application, protocol, scope, protocol.receive)
        if not self.gate.enter(protocol, begin):
            protocol.channel.refuse_for_now()
        return None

    def _run_application(
        self, protocol: Request | Socket, scope: Message, receive: Receive
    ) -> None:
        send = functools.partial(self.handle_reply, protocol)
        task = asyncio.get_running_loop().create_task(self._application(scope, receive, send))
        self.connections[protocol] = task
        self.tasks.add(task)
        task.add_done_callback(functools.partial(self._application_ended, protocol))

    async def _application(self, scope: Message, receive: Receive, send: Send) -> None:
        await self.application(scope, receive, send)

    def _application_ended(self, protocol: Request | Socket, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        self.gate.leave(protocol)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("The application failed", exc_info=error)
        if protocol in self.connections:
            protocol.application_ended(failed=error is not None)

    async def handle_reply(self, protocol: Request | Socket, message: Message) -> None:
        """The application's `send`: returns once there is room for more."""
        if protocol in self.connections:
            self.check_headers_type(message)
            protocol.handle_reply(message)
            if message.get("more_body") and isinstance(protocol, Request):
                protocol.leave()  # what comes now is read piece by piece
            await protocol.drained()


def _log_failure(event: dict[str, Any]) -> None:
    """Log what Twisted logs as a failure: exceptions that nothing caught."""
    failure = event.get("log_failure")
    if failure is not None:
        logger.error(
            "Unhandled in Twisted: %s",
            failure.getErrorMessage(),
            exc_info=(failure.type, failure.value, failure.getTracebackObject()),
        )
