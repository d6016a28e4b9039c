"""A socket lives no longer than the session it was opened with."""

from datetime import timedelta

import msgspec
import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.utils import timezone

from rooms.actions.accounts import handshake, sessions
from rooms.actions.rooms import memberships
from rooms.models import Ban, Notice, Room, User
from rooms.protocol.codes import Close
from rooms.realtime import consumers
from rooms.realtime.worker import Worker
from tests.chat_client import Closed
from tests.factories import post
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
    await client.sees("session.ended", code="expired")
    assert await client.is_closed() == Close.SIGNED_OUT


async def test_an_account_deactivated_behind_our_back_ends_its_sockets(
    connect: Connect, alice: User, bob: User
) -> None:
    client, other = await connect(bob), await connect(alice)
    await User.objects.filter(pk=bob.pk).aupdate(is_active=False)
    await Worker.here().sweep()
    assert await client.is_closed() == Close.SIGNED_OUT
    await other.does("ping")


async def test_the_sweep_deletes_what_nobody_needs_any_more(
    connect: Connect, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(alice)
    old, alive = [await sync_to_async(session_of)(one) for one in (alice, bob)]
    past = timezone.now() - timedelta(days=2)
    await Session.objects.filter(pk=old).aupdate(expire_date=past)
    oldest = await Notice.objects.acreate(data=b"")
    newest = await Notice.objects.acreate(data=b"")
    await Worker.here().sweep()
    burst = await Notice.objects.acreate(pk=newest.pk + 1_000_000, data=b"")
    assert await Notice.objects.filter(pk=oldest.pk).aexists(), "a burst pushes nothing out"
    monkeypatch.setattr("rooms.fanout.notices.KEPT_SECONDS", 0)
    await Worker.here().sweep()
    assert not await Session.objects.filter(pk=old).aexists()
    assert await Session.objects.filter(pk=alive).aexists()
    assert [one.pk async for one in Notice.objects.all()] == [burst.pk], "the last one stays"


async def test_a_sweep_asks_in_bulk(
    connect: Connect,
    bob: User,
    alice: User,
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    keys = [(await sync_to_async(session_of)(user), user.pk) for user in (alice, bob) * 20]

    def sweep() -> dict[str, sessions.Farewell]:
        with django_assert_num_queries(2):  # type: ignore[operator]
            return handshake.expired(keys)

    assert await sync_to_async(sweep)() == {}


@pytest.mark.usefixtures("room")
async def test_a_right_lost_during_the_handshake_is_lost(
    connect: Connect, alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await sync_to_async(session_of)(bob)
    arrive = handshake.arrive

    def loses_meanwhile(session_key: str | None) -> handshake.Arrival | None:
        arrival = arrive(session_key)
        memberships.remove_member(actor=alice, room=room, user=bob)
        sessions.end_session(user=bob, session_key=key)
        return arrival

    before = await connect(alice, room=room)
    monkeypatch.setattr(handshake, "arrive", loses_meanwhile)
    client = await connect(bob, session=key)
    assert (await client.sees("room.removed"))["room"] == room.slug
    assert await client.is_closed() == Close.SIGNED_OUT
    topic = Worker.here().hub.topics[f"room.{room.pk}"]
    assert not topic.watchers
    await before.does("ping")


async def test_a_message_posted_during_the_handshake_is_counted_once(
    connect: Connect, alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await connect(alice, room=room)
    arrive = handshake.arrive

    def posts_meanwhile(session_key: str | None) -> handshake.Arrival | None:
        post(room, alice, "before")
        arrival = arrive(session_key)
        post(room, alice, "after")
        return arrival

    monkeypatch.setattr(handshake, "arrive", posts_meanwhile)
    client = await connect(bob)
    (line,) = client.welcome["rooms"]
    assert line["unread"] == 1
    await client.sees("room.activity", number=2)
    await here.sees("message.posted", number=2)
    assert not await client.has_seen("room.activity")


async def test_sockets_per_person_are_limited(
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


@pytest.mark.parametrize("farewell", [sessions.NEW_PASSWORD, sessions.DEACTIVATED])
async def test_a_late_order_ends_only_sessions_that_have_ended(
    connect: Connect, bob: User, farewell: sessions.Farewell
) -> None:
    """A session from a later log-in is still valid."""
    old, new = [await sync_to_async(session_of)(bob) for _ in range(2)]
    former, current = await connect(bob, session=old), await connect(bob, session=new)
    await Session.objects.filter(pk=old).adelete()
    order = sessions._ending(bob, farewell.order())
    Worker.here().hub.tell_late(msgspec.structs.replace(order, notice=1_000_000))
    await former.sees("session.ended", code=farewell.why)
    assert await former.is_closed() == Close.SIGNED_OUT
    await current.does("ping")


async def test_a_ban_lifted_before_it_was_heard_of_ends_nothing(
    connect: Connect, bob: User, staff: User
) -> None:
    tab = await connect(bob)
    farewell = sessions.Farewell("banned", "Spam.", Close.BANNED)
    order = sessions._ending(bob, farewell.order())
    hub = Worker.here().hub
    hub.tell_late(msgspec.structs.replace(order, notice=1_000_000))
    await tab.does("ping")
    await sync_to_async(Ban.objects.create)(user=bob, created_by=staff, reason="Spam.")
    hub.tell_late(msgspec.structs.replace(order, notice=1_000_001))
    await tab.sees("session.ended", code="banned", reason="Spam.")
    assert await tab.is_closed() == Close.BANNED
