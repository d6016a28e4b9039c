"""Django's pages behind ASGI, each in one trip to a thread that is there already.

Django's own handler starts a thread for each request, with a database connection of its own, and
goes there and back for every middleware: with nine of them, that is most of what a page costs.
"""

from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponseBase
from django.urls import set_script_prefix

# As many as the server lets in (`Limits.requests`): one that waits for a lock holds up no other.
THREADS = 32

Message = Mapping[str, Any]


class Pages(ASGIHandler):
    """The ASGI application. What streams does so asynchronously, each piece made in a thread."""

    def __init__(self, *, threads: int = THREADS) -> None:
        super().__init__()
        self.threads = ThreadPoolExecutor(threads, thread_name_prefix="page")
        # Not the loop's `run_in_executor`: what the process shares, its cache, is in the context,
        # which comes along; what a request sets there, its language, is gone with it.
        self._in_thread = sync_to_async(
            self._respond, thread_sensitive=False, executor=self.threads
        )

    def load_middleware(self, is_async: bool = False) -> None:
        """For a thread, whatever is asked for."""
        super().load_middleware(is_async=False)

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        response = await self._in_thread(scope, body)
        await self.send_response(response, send)

    def _respond(self, scope: Message, body: IO[bytes]) -> HttpResponseBase:
        with body:
            set_script_prefix(get_script_prefix(scope))
            signals.request_started.send(sender=type(self), scope=scope)
            request, response = self.create_request(scope, body)
            if request is not None:
                response = self.get_response(request)
            assert response is not None  # noqa: S101  one or the other
            response._handler_class = type(self)  # type: ignore[attr-defined]
            # Its content stays, or is yet to be made. This is where Django looks after the
            # thread's connection.
            response.close()
            return response
