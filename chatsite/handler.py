"""An ASGI handler that runs each Django request in one hop to a thread of a pool.

Django's own handler starts a thread for every request, with its own database connection, and hops
to it and back for every middleware: with nine of them, that is most of the cost of a page.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponseBase
from django.urls import set_script_prefix

from rooms.views.later import Later
from rooms.views.pieces import Pieces

# As many as the server admits (`Limits.requests`), so a request that waits for a lock delays no
# other.
THREADS = 32

Message = Mapping[str, Any]


def release(scope: Message) -> None:
    """Tell our server that this request needs no thread for now, so that others may."""
    leave = scope.get("extensions", {}).get("leave")
    if leave is not None:
        leave()


class Pages(ASGIHandler):
    """The ASGI application. Streaming responses are sent asynchronously."""

    def __init__(self, *, threads: int = THREADS) -> None:
        super().__init__()
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="page")
        # Unlike the loop's `run_in_executor`, this passes the context on, with the process's cache;
        # what a request sets in it, such as its language, is dropped afterwards.
        self._in_thread = sync_to_async(
            self._respond, thread_sensitive=False, executor=self.threads
        )

    def load_middleware(self, is_async: bool = False) -> None:
        """Load it for threads, whatever the argument says."""
        super().load_middleware(is_async=False)

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        try:
            body = await self._body(scope, receive)
        except RequestAborted:
            return
        response = await self._in_thread(scope, body)
        if isinstance(response, Later):
            release(scope)
            await response.until()
            response = await self._in_thread({**scope, "waited": True}, BytesIO())
        pull = scope.get("extensions", {}).get("pull")
        if isinstance(response, Pieces) and pull is not None:
            response.pull = pull
            await self.send_response(response, send)
        elif response.streaming:
            await self._stream(response, receive, send)
        else:
            await self.send_response(response, send)

    async def _body(self, scope: Message, receive: Callable[[], Awaitable[Message]]) -> IO[bytes]:
        """The request's body: the file that our server has it in already, or else a copy."""
        take = scope.get("extensions", {}).get("body")
        return take() if take is not None else await self.read_body(receive)

    async def _stream(
        self,
        response: HttpResponseBase,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Send a response as it is made, and stop when nobody is there to read it."""
        sending = asyncio.ensure_future(self.send_response(response, send))
        leaving = asyncio.ensure_future(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    def _respond(self, scope: Message, body: IO[bytes]) -> HttpResponseBase:
        with body:
            set_script_prefix(get_script_prefix(scope))
            signals.request_started.send(sender=type(self), scope=scope)
            request, response = self.create_request(scope, body)
            if request is not None:
                response = self.get_response(request)
            assert response is not None  # noqa: S101  there is one or the other
            response._handler_class = type(self)  # type: ignore[attr-defined]
            # This keeps the content. It sends the signal on which Django checks the thread's
            # database connection.
            response.close()
            return response
