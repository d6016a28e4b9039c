"""Conversations that aren't in the list: hidden by hand, or new and without a word in them."""

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from rooms.actions.accounts import ignores, welcome
from rooms.actions.messages.posts import Draft, post_message
from rooms.actions.moderation import review, rules
from rooms.actions.rooms import creation, hiding, reading
from rooms.actions.site.renewing import renewed
from rooms.errors import Forbidden
from rooms.fanout.envelopes import Envelope
from rooms.models import Held, Membership, Rule, User
from rooms.queries import visitor
from tests.chat_client import ChatClient
from tests.factories import make_direct, make_room, post
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect


def listed(client: ChatClient) -> list[str]:
    return [one["slug"] for one in client.welcome["rooms"]]


async def test_a_new_conversation_is_shown_to_the_other_once_something_was_said(
    connect: Connect, alice: User, bob: User
) -> None:
    hers, his = await connect(alice), await connect(bob)
    room = (await hers.does("room.direct", people=["bob"]))["room"]
    await hers.sees("room.added")
    assert not await his.has_seen("room.added")
    assert listed(await connect(alice)) == [room["slug"]]
    assert listed(await connect(bob)) == []
    await hers.opens(room["slug"])
    await hers.posts("hello", room=room["slug"])
    added = await his.sees("room.added")
    assert (added["room"]["slug"], added["room"]["unread"]) == (room["slug"], 1)
    assert listed(await connect(bob)) == [room["slug"]]
    await hers.posts("are you there?", room=room["slug"])
    await his.sees("room.activity", room=room["slug"], number=2)
    assert not await his.has_seen("room.added"), "only once"


async def test_the_other_finds_the_conversation_by_opening_it_too(
    connect: Connect, alice: User, bob: User
) -> None:
    hers, his = await connect(alice), await connect(bob)
    slug = (await hers.does("room.direct", people=["bob"]))["room"]["slug"]
    again = await his.does("room.direct", people=["alice"])
    assert again["room"]["slug"] == slug
    await his.sees("room.added")
    assert listed(await connect(bob)) == [slug]


async def test_a_hidden_conversation_is_off_the_list_of_every_tab_until_the_next_message(
    connect: Connect, alice: User, bob: User
) -> None:
    room = await sync_to_async(make_direct)(alice, bob)
    await sync_to_async(post)(room, alice)
    here, elsewhere, hers = await connect(bob), await connect(bob), await connect(alice)
    assert listed(here) == [room.slug]
    await here.does("room.hide", room=room.slug)
    for tab in (here, elsewhere):
        await tab.sees("room.hidden", room=room.slug)
    assert not await hers.has_seen("room.hidden")
    later = await connect(bob)
    assert (listed(later), later.welcome["unread_total"]) == ([], 0)
    assert listed(await connect(alice)) == [room.slug]
    await hers.posts("still there?", room=room.slug)
    for tab in (here, elsewhere, later):
        assert (await tab.sees("room.added"))["room"]["unread"] == 2
    await hers.posts("hm", room=room.slug)
    for tab in (here, elsewhere, later):
        await tab.sees("room.activity", room=room.slug, number=3)
    assert listed(await connect(bob)) == [room.slug]


@pytest.mark.parametrize("how", ["room.open", "room.unhide", "room.direct"])
async def test_a_hidden_conversation_comes_back_when_it_is_opened(
    connect: Connect, alice: User, bob: User, how: str
) -> None:
    room = await sync_to_async(make_direct)(alice, bob)
    await sync_to_async(hiding.hide_room)(actor=bob, slug=room.slug)
    tab = await connect(bob)
    assert listed(tab) == []
    await tab.does(how, **({"people": ["alice"]} if how == "room.direct" else {"room": room.slug}))
    await tab.sees("room.added")
    assert listed(await connect(bob)) == [room.slug]


async def test_one_s_own_message_brings_a_conversation_back(
    connect: Connect, alice: User, bob: User
) -> None:
    room = await sync_to_async(make_direct)(alice, bob)
    await sync_to_async(hiding.hide_room)(actor=bob, slug=room.slug)
    tab = await connect(bob)
    await tab.posts("from a script", room=room.slug)
    assert (await tab.sees("room.added"))["room"]["unread"] == 0


async def test_those_one_ignores_bring_no_conversation_back(
    connect: Connect, alice: User, bob: User, charlie: User
) -> None:
    room = await sync_to_async(make_direct)(alice, bob, charlie)
    await sync_to_async(ignores.ignore_person)(actor=bob, username="alice", kind="mute")
    await sync_to_async(hiding.hide_room)(actor=bob, slug=room.slug)
    his, hers, third = await connect(bob), await connect(alice), await connect(charlie)
    await hers.posts("psst", room=room.slug)
    assert listed(await connect(bob)) == []
    assert not await his.has_seen("room.added")
    await third.posts("hello", room=room.slug)
    await his.sees("room.added")


async def test_a_message_that_is_held_shows_nobody_the_conversation_before_it_is_approved(
    connect: Connect, alice: User, bob: User
) -> None:
    maud = await sync_to_async(desk.make_moderator)()
    await sync_to_async(rules.add_rule)(
        actor=maud, kind=Rule.Kind.WORD, pattern="casino", action=Rule.Action.HOLD
    )
    hers, his = await connect(alice), await connect(bob)
    slug = (await hers.does("room.direct", people=["bob"]))["room"]["slug"]
    await hers.asks("message.post", room=slug, nonce="12345678", body="casino")
    assert not await his.has_seen("room.added")
    await sync_to_async(lambda: review.approve_held(actor=maud, held=Held.objects.get()))()
    await his.sees("room.added")


@pytest.mark.django_db(transaction=True)
def test_the_page_and_the_socket_agree_about_the_list(
    as_bob: Client, alice: User, bob: User
) -> None:
    room = make_direct(alice, bob)
    post(room, alice)
    shown = f'data-room="{room.slug}"'
    assert shown in as_bob.get(reverse("lobby")).content.decode()
    as_bob.post(reverse("room_hide", args=[room.slug]))
    assert shown not in as_bob.get(reverse("lobby")).content.decode()
    # To see it isn't to open it: a page is also fetched ahead, for a pointer that rests on a link.
    assert as_bob.get(reverse("room", args=[room.slug])).status_code == 200
    assert welcome.greet(user=bob).seats == []
    for ignoring in (False, True):
        assert visitor.seats(bob.pk, ignores=ignoring) == []
        assert len(visitor.seats(alice.pk, ignores=ignoring)) == 1
    assert reading.mark_all_read(actor=bob) == []
    as_bob.post(reverse("direct"), {"people": "alice"})
    assert shown in as_bob.get(reverse("lobby")).content.decode()


def test_only_conversations_can_be_hidden(alice: User, bob: User) -> None:
    room = make_room("Lounge", owner=alice, members=[bob])
    with pytest.raises(Forbidden):
        hiding.hide_room(actor=bob, slug=room.slug)
    assert Membership.objects.filter(hidden_to__isnull=False).count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_late_notice_says_what_is_true_by_then(
    alice: User, bob: User, announced: list[Envelope]
) -> None:
    room = make_direct(alice, bob)
    hiding.hide_room(actor=bob, slug=room.slug)
    hiding.show_room(actor=bob, slug=room.slug)
    hidden, shown = announced[-2:]
    assert (hidden.order or {})["op"] == "hide"
    again = renewed([hidden, shown])
    assert again[0] is None
    assert again[1] is not None
    hiding.hide_room(actor=bob, slug=room.slug)
    again = renewed([hidden, shown])
    assert again[0] is not None
    assert again[1] is None


def test_nobody_is_told_of_a_conversation_in_which_a_post_was_refused(
    alice: User, bob: User
) -> None:
    room = creation.direct_room(actor=alice, people=["bob"])
    User.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(Forbidden):
        post_message(Draft(alice, room.slug, "12345678", "hello"))
    assert Membership.objects.get(user=bob).hidden_to == 0
