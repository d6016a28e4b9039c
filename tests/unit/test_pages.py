"""Django behind ASGI: one trip to a persistent thread, whatever becomes of the request."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core import signals
from django.db import connection, connections
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import translation
from pytest_django import Settings

from chatsite.handler import Pages
from rooms.models import User
from tests.integration.conftest import session_of

Message = Mapping[str, Any]


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.user} says {request.read().decode()}")


def tongue(request: HttpRequest) -> HttpResponse:
    """Return the language left behind on this thread, and change it."""
    before = translation.get_language()
    translation.activate("de")
    return HttpResponse(before)


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


urlpatterns = [
    path("hello/", hello),
    path("tongue/", tongue),
    path("broken/", broken),
    path("", include("chatsite.urls")),
]


@pytest.fixture
def pages(settings: Settings, transactional_db: None) -> Iterator[Pages]:
    settings.ROOT_URLCONF = __name__
    pages = Pages(threads=1)
    yield pages
    pages.threads.submit(connections.close_all).result()
    pages.threads.shutdown()


async def ask(
    pages: Pages, address: str, *body: bytes, session: str = "", hang_up: bool = False
) -> list[Message]:
    """Return what the server is told to send."""
    scope = {
        "type": "http",
        "method": "POST" if body else "GET",
        "path": address,
        "query_string": b"",
        "headers": [
            (b"host", b"localhost"),
            (b"cookie", f"{settings.SESSION_COOKIE_NAME}={session}".encode()),
        ],
    }
    parts = [{"type": "http.request", "body": part, "more_body": True} for part in body]
    parts.append({"type": "http.disconnect" if hang_up else "http.request"})
    said: list[Message] = []

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        said.append(message)

    await asyncio.create_task(pages(scope, receive, send))  # as a server does
    return said


def answer(said: list[Message]) -> tuple[int, bytes]:
    return said[0]["status"], b"".join(message["body"] for message in said[1:])


async def test_a_page_knows_who_asks_for_it(pages: Pages, bob: User) -> None:
    session = await sync_to_async(session_of)(bob)
    assert answer(await ask(pages, "/hello/", session=session)) == (200, b"Bob says ")
    assert answer(await ask(pages, "/hello/")) == (200, b"AnonymousUser says ")


async def test_a_page_opens_no_connection_of_its_own(pages: Pages, bob: User) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the pool keeps them")
    session = await sync_to_async(session_of)(bob)
    opened: list[object] = []

    def note(**kwargs: Any) -> None:
        opened.append(kwargs["connection"])

    connection_created.connect(note)
    for _ in range(5):
        assert answer(await ask(pages, "/hello/", session=session))[0] == 200
    connection_created.disconnect(note)
    assert len(opened) == 1


async def test_django_is_told_of_the_start_and_the_end_of_each_request(pages: Pages) -> None:
    heard: list[str] = []

    def begin(**kwargs: Any) -> None:
        heard.append("begin")

    def end(**kwargs: Any) -> None:
        heard.append("end")

    signals.request_started.connect(begin, sender=Pages)
    signals.request_finished.connect(end, sender=Pages)
    for address in ("/hello/", "/nowhere/"):
        await ask(pages, address)
    assert heard == ["begin", "end"] * 2


async def test_a_failing_page_is_an_error_page_and_the_next_one_works(pages: Pages) -> None:
    status, page = answer(await ask(pages, "/broken/"))
    assert status == 500
    assert b"Traceback" not in page
    assert answer(await ask(pages, "/hello/"))[0] == 200


async def test_nothing_leaks_from_one_request_into_the_next(pages: Pages) -> None:
    for _ in range(2):
        assert answer(await ask(pages, "/tongue/")) == (200, b"en")


async def test_a_client_that_hangs_up_while_sending_is_not_answered(pages: Pages) -> None:
    assert await ask(pages, "/hello/", b"half", hang_up=True) == []
    assert answer(await ask(pages, "/hello/"))[0] == 200


async def test_a_body_in_parts_is_read_whole(pages: Pages, settings: Settings) -> None:
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "Csrf" not in one]
    pages.load_middleware()
    said = await ask(pages, "/hello/", b"one ", b"two ", b"three")
    assert answer(said) == (200, b"AnonymousUser says one two three")
