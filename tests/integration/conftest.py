"""In-process sockets, against the whole ASGI application."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from chatsite.asgi import application
from rooms.models import User
from rooms.realtime.worker import Worker
from rooms.storage.threads import close_connections
from tests.chat_client import ChatClient, InProcess
from tests.integration import admin_desk as desk

Connect = Callable[..., Awaitable[ChatClient]]


def session_of(user: User) -> str:
    """Make a session for this person, as logging in would, and return its key."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def cookie(session_key: str) -> dict[str, str]:
    return {"cookie": f"{settings.SESSION_COOKIE_NAME}={session_key}"}


@pytest_asyncio.fixture
async def connect(transactional_db: None) -> AsyncIterator[Connect]:
    """`await connect(user)` opens a tab of that person; with `room`, it has that room open."""
    clients: list[ChatClient] = []

    async def connect(
        user: User, *, room: Any = None, session: str | None = None, headers: Any = None
    ) -> ChatClient:
        key = session or await sync_to_async(session_of)(user)
        client = ChatClient(InProcess(application, {**cookie(key), **(headers or {})}))
        clients.append(client)
        await client.arrives()
        if room is not None:
            await client.opens(getattr(room, "slug", room))
        return client

    yield connect
    for client in clients:
        await client.leaves()
    if Worker._here is not None:
        await Worker._here.stop()
    await sync_to_async(close_connections)()


@pytest.fixture
def anyone() -> Callable[[dict[str, str]], ChatClient]:
    """A socket with these headers, signed in or not."""

    def anyone(headers: dict[str, str]) -> ChatClient:
        return ChatClient(InProcess(application, headers))

    return anyone


@pytest.fixture
def maud(db: None) -> User:
    """A staff member in the group Moderators, without other rights."""
    return desk.make_moderator()


@pytest.fixture
def as_maud(maud: User) -> Client:
    return desk.signed_in(maud)
