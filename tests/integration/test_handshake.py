"""Who may open a socket, and what everyone else is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.utils import timezone

from chatsite.asgi import application
from chatsite.origins import is_allowed
from rooms.models import Room, User
from tests.chat_client import ChatClient, InProcess
from tests.integration.conftest import Connect, session_of

Anyone = Callable[[dict[str, str]], ChatClient]


async def test_the_welcome_is_the_first_frame(connect: Connect, bob: User, room: Room) -> None:
    client = await connect(bob)
    welcome = client.welcome
    assert welcome["protocol"] == "chatsite.v1"
    assert welcome["user"] == {"id": bob.pk, "username": "bob", "name": "Bob", "avatar": None}
    assert welcome["epoch"]
    assert welcome["heartbeat"] > 0
    assert welcome["limits"]["body"] == 8000
    assert [one["slug"] for one in welcome["rooms"]] == [room.slug]
    assert (await connect(bob)).welcome["epoch"] == welcome["epoch"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cookie", ["", "sessionid=", "sessionid=nonsense", "sessionid=\x00"])
async def test_without_a_session_the_socket_is_accepted_and_closed_with_4401(
    anyone: Anyone, connect: Connect, cookie: str
) -> None:
    client = anyone({"cookie": cookie} if cookie else {})
    assert await client.is_closed() == 4401
    handshake = client.transport.handshake.result()  # type: ignore[attr-defined]
    assert handshake["type"] == "websocket.accept", (
        "otherwise a browser can't tell it from an outage"
    )


async def test_an_expired_session_does_not_count(
    anyone: Anyone, connect: Connect, bob: User
) -> None:
    key = await sync_to_async(session_of)(bob)
    await Session.objects.filter(pk=key).aupdate(expire_date=timezone.now() - timedelta(seconds=1))
    assert await anyone({"cookie": f"sessionid={key}"}).is_closed() == 4401


async def test_sessions_of_deactivated_accounts_and_old_passwords_do_not_count(
    anyone: Anyone, connect: Connect, bob: User, charlie: User
) -> None:
    keys = [await sync_to_async(session_of)(user) for user in (bob, charlie)]
    await connect(bob, session=keys[0])
    await User.objects.filter(pk=bob.pk).aupdate(is_active=False)
    await User.objects.filter(pk=charlie.pk).aupdate(password="another")
    for key in keys:
        assert await anyone({"cookie": f"sessionid={key}"}).is_closed() == 4401


async def test_a_new_secret_key_keeps_sessions_while_the_old_one_is_a_fallback(
    connect: Connect, bob: User, settings: pytest.FixtureRequest
) -> None:
    key = await sync_to_async(session_of)(bob)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "n" * 50  # type: ignore[attr-defined]
    await connect(bob, session=key)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:8000", True),
        ("https://chat.example.com", True),
        ("http://localhost", False),
        ("http://localhost:9999", False),
        ("http://localhost:99999", False),
        ("https://localhost", False),
        ("http://127.0.0.1:8000", False),
        ("https://chat.example.com.evil.com", False),
        ("https://evil.com#chat.example.com", False),
        ("https://user@chat.example.com", False),
        ("http://user@localhost:8000", False),
        ("http://localhost:8000/path", False),
        ("//localhost:8000", False),
        ("null", False),
        ("", False),
        ("file://", False),
        ("http://[", False),
    ],
)
def test_only_pages_of_this_site_may_open_a_socket(
    settings: pytest.FixtureRequest, origin: str, allowed: bool
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://chat.example.com"]  # type: ignore[attr-defined]
    headers = [(b"host", b"localhost:8000"), (b"origin", origin.encode())]
    assert is_allowed(headers) is allowed
    assert is_allowed([*headers, (b"origin", origin.encode())]) is False, "one Origin, not two"


def test_a_matching_origin_on_a_foreign_host_proves_nothing() -> None:
    assert not is_allowed([(b"host", b"evil.com"), (b"origin", b"http://evil.com")])


def test_a_client_without_an_origin_is_not_a_browser() -> None:
    assert is_allowed([(b"host", b"localhost:8000")])


async def test_a_wrong_origin_and_a_wrong_path_are_refused_in_the_handshake() -> None:
    wrong = InProcess(application, {"host": "localhost", "origin": "http://evil.com"})
    elsewhere = InProcess(application, {"host": "localhost"}, path="/ws/elsewhere/")
    for transport in (wrong, elsewhere):
        message = await transport._out.get()
        assert message["type"] == "websocket.close", "before any accept, so it is a 403"
        await transport.task
