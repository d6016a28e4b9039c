"""A socket is worth no more than the session that it was opened with."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.utils import timezone

from rooms import consumers
from rooms.actions import accounts
from rooms.models import Room, User
from rooms.protocol import Close
from rooms.worker import Worker
from tests.chat_client import Closed
from tests.integration.conftest import Connect, session_of


async def test_a_session_that_expires_ends_its_sockets(
    connect: Connect, bob: User, room: Room
) -> None:
    key = await sync_to_async(session_of)(bob)
    one, two = await connect(bob, session=key, room=room), await connect(bob, session=key)
    other = await connect(bob)
    past = timezone.now() - timedelta(seconds=1)
    await Session.objects.filter(pk=key).aupdate(expire_date=past)
    await Worker.here().sweep()
    for client in (one, two):
        assert (await client.sees("session.ended"))["reason"]
        assert await client.is_closed() == Close.SIGNED_OUT
    await other.does("ping")


async def test_a_session_deleted_behind_our_back_ends_its_sockets(
    connect: Connect, bob: User
) -> None:
    key = await sync_to_async(session_of)(bob)
    client = await connect(bob, session=key)
    await Session.objects.all().adelete()
    await Worker.here().sweep()
    assert await client.is_closed() == Close.SIGNED_OUT


async def test_an_account_deactivated_behind_our_back_ends_its_sockets(
    connect: Connect, alice: User, bob: User
) -> None:
    client, other = await connect(bob), await connect(alice)
    await User.objects.filter(pk=bob.pk).aupdate(is_active=False)
    await Worker.here().sweep()
    assert await client.is_closed() == Close.SIGNED_OUT
    await other.does("ping")


async def test_a_sweep_asks_in_bulk(
    connect: Connect,
    bob: User,
    alice: User,
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    keys = [(await sync_to_async(session_of)(user), user.pk) for user in (alice, bob) * 20]

    def sweep() -> dict[str, str]:
        with django_assert_num_queries(2):  # type: ignore[operator]
            return accounts.expired(keys)

    assert await sync_to_async(sweep)() == {}


async def test_a_session_that_ends_during_the_handshake_opens_nothing(
    connect: Connect, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await sync_to_async(session_of)(bob)
    shake_hands = accounts.shake_hands

    def signed_out_meanwhile(session_key: str | None) -> accounts.Handshake | None:
        handshake = shake_hands(session_key)
        Session.objects.filter(pk=key).delete()
        return handshake

    monkeypatch.setattr(accounts, "shake_hands", signed_out_meanwhile)
    with pytest.raises(Closed) as closed:
        await connect(bob, session=key)
    assert closed.value.code == Close.SIGNED_OUT
    assert not Worker.here().sockets


async def test_one_person_has_a_bounded_number_of_sockets(
    connect: Connect, bob: User, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "MAX_SOCKETS", 3)
    tabs = [await connect(bob) for _ in range(3)]
    with pytest.raises(Closed) as closed:
        await connect(bob)
    assert closed.value.code == Close.FLOODING
    await connect(alice)
    await tabs[0].leaves()
    await (await connect(bob)).does("ping")
