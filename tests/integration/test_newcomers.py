"""Limits for newcomers, and who counts as one."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.actions.messages import changes, posts
from rooms.actions.rooms import creation, rooms
from rooms.actions.site import installation
from rooms.errors import ChatError, Forbidden, RateLimited
from rooms.models import AuditEntry, Held, Installation, Room, User
from tests import factories
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect

LINK = "See https://shop.example/"


@pytest.fixture
def limited(staff: User) -> User:
    """A site where accounts are new for three days."""
    installation.set_newcomers(actor=staff, hours=72, links="hold", directs=2, rooms=1)
    return staff


def links(staff: User, what: str) -> None:
    installation.set_newcomers(actor=staff, hours=72, links=what, directs=2, rooms=1)


def post(user: User, room: Room, body: str) -> posts.Posted:
    return posts.post_message(posts.Draft(user, room.slug, f"nonce-{len(body)}", body))


@pytest.mark.django_db
def test_a_site_has_no_newcomers_unless_it_is_configured_to(bob: User, room: Room) -> None:
    post(bob, room, LINK)
    for name in ("One", "Two", "Three"):
        creation.create_room(actor=bob, name=name, kind="public")


def test_a_newcomer_s_links_are_held_refused_or_allowed(
    bob: User, room: Room, limited: User
) -> None:
    post(bob, room, "No link: example.com, main.py")
    with pytest.raises(ChatError) as refusal:
        post(bob, room, LINK)
    assert refusal.value.code == "held"
    assert Held.objects.get().why == "A link, with a new account"
    links(limited, "refuse")
    with pytest.raises(Forbidden, match="for another 3 days") as refused:
        post(bob, room, f"{LINK}!")
    assert 71 * 3600 < (refused.value.retry_after or 0) <= 72 * 3600
    with pytest.raises(Forbidden):
        changes.edit_message(actor=bob, slug=room.slug, number=1, body=LINK)
    links(limited, "allow")
    post(bob, room, f"{LINK}!!")


@pytest.mark.parametrize("why", ["owns", "old", "invited", "staff"])
def test_a_known_person_is_not_a_newcomer(
    alice: User, bob: User, room: Room, limited: User, why: str
) -> None:
    links(limited, "refuse")
    match why:
        case "owns":  # rules don't apply to moderators of the room
            bob = alice
        case "old":
            joined = timezone.now() - timedelta(hours=73)
            User.objects.filter(pk=bob.pk).update(date_joined=joined)
        case "invited":
            User.objects.filter(pk=bob.pk).update(invited=True)
        case "staff":
            User.objects.filter(pk=bob.pk).update(is_staff=True)
    post(bob, room, LINK)


def test_an_invited_person_is_not_a_newcomer(
    visitor: Client, alice: User, private_room: Room
) -> None:
    token = factories.make_invite(private_room, by=alice)
    visitor.get(reverse("invite", args=[token]))
    password = {"password1": factories.PASSWORD, "password2": factories.PASSWORD}
    form = {"username": "dora", "email": "dora@example.com", **password}
    visitor.post(reverse("account_signup"), form)
    Client().post(reverse("account_signup"), form | {"username": "eve", "email": "e@example.com"})
    invited = dict(User.objects.values_list("username", "invited"))
    assert (invited["dora"], invited["eve"]) == (True, False)


def test_a_newcomer_can_create_only_a_few_rooms_a_day(
    bob: User, charlie: User, alice: User, room: Room, limited: User
) -> None:
    made = creation.create_room(actor=bob, name="Mine", kind="private")
    rooms.archive_room(actor=bob, room=made)
    with pytest.raises(RateLimited, match=r"1 room per day.*in 24 hours"):
        creation.create_room(actor=bob, name="Another", kind="public")
    # Rooms and direct rooms are counted separately; opening an existing direct room doesn't count.
    for others in (["alice"], ["charlie"], ["alice"]):
        creation.direct_room(actor=bob, people=others)
    with pytest.raises(RateLimited, match="2 direct rooms"):
        creation.direct_room(actor=bob, people=["alice", "charlie"])
    Room.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(hours=25))
    creation.create_room(actor=bob, name="Tomorrow's", kind="public")


@pytest.mark.parametrize("most", [0, 1])
def test_the_wait_is_over_when_the_person_is_no_longer_new(
    bob: User, staff: User, most: int
) -> None:
    installation.set_newcomers(actor=staff, hours=2, links="hold", directs=0, rooms=most)
    for name in ["One"] * most:
        creation.create_room(actor=bob, name=name, kind="public")
    with pytest.raises(RateLimited, match=r"in (2 hours|120 minutes)"):
        creation.create_room(actor=bob, name="Two", kind="public")


async def test_simultaneous_creations_count_each_other(
    connect: Connect, bob: User, staff: User, room: Room
) -> None:
    await sync_to_async(installation.set_newcomers)(
        actor=staff, hours=72, links="hold", directs=2, rooms=1
    )
    tabs = [await connect(bob) for _ in range(4)]
    replies = await asyncio.gather(
        *(
            tab.asks("room.create", name=f"Room {index}", kind="public")
            for index, tab in enumerate(tabs)
        )
    )
    assert sorted(reply.get("code", "ok") for reply in replies) == ["ok"] + ["rate_limited"] * 3
    assert await Room.objects.filter(created_by=bob).acount() == 1


# The admin


def test_the_site_has_one_settings_page_for_superusers(
    as_staff: Client, as_maud: Client, staff: User
) -> None:
    page = as_staff.get(desk.url(Installation), follow=True)
    assert b"Hours an account counts as new" in page.content
    site = Installation.current()
    wanted = {"newcomer_hours": 24, "newcomer_links": "refuse"}
    desk.save(as_staff, site, **wanted, newcomer_directs=5, newcomer_rooms=0)
    site.refresh_from_db()
    assert (site.newcomer_hours, site.newcomer_links, site.newcomer_rooms) == (24, "refuse", 0)
    entry = AuditEntry.objects.get(action="site.newcomers", actor=staff)
    assert entry.before == "0 h, links: hold, directs: 3, rooms: 1"
    assert entry.after == "24 h, links: refuse, directs: 5, rooms: 0"
    for client, codes in ((as_staff, (403, 403)), (as_maud, (403, 403))):
        add, delete = desk.add(client, Installation), desk.delete(client, site)
        assert (add.status_code, delete.status_code) == codes
    assert desk.save(as_maud, site, **wanted).status_code == 403
