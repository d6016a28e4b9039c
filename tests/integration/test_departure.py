"""Leaving the site: a deactivated account can come back, a deleted one no longer names anyone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rooms.actions import audit
from rooms.actions.accounts import accounts, erasure, profiles
from rooms.actions.messages import reactions
from rooms.actions.notifications import keywords
from rooms.errors import Forbidden, Invalid
from rooms.models import (
    AuditEntry,
    Held,
    Ignore,
    InboxItem,
    Invite,
    Membership,
    Message,
    Notice,
    Room,
    User,
)
from rooms.protocol.codes import Close
from tests.factories import (
    PASSWORD,
    add_member,
    make_direct,
    make_invite,
    make_room,
    make_user,
    post,
    unlimited,
)
from tests.integration.conftest import Connect
from tests.integration.test_export import picture

MARK = "zanzibar"
Leave = Callable[..., None]


@pytest.fixture
def zoe(room: Room, alice: User, staff: User) -> User:
    """A person who has left traces in every table."""
    zoe = make_user(MARK, display_name=f"Zoe {MARK}", email=f"{MARK}@example.com")
    add_member(room, zoe)
    profiles.set_avatar(actor=zoe, upload=SimpleUploadedFile("me.png", picture()))
    EmailAddress.objects.create(user=zoe, email=zoe.email, verified=True, primary=True)
    Authenticator.objects.create(user=zoe, type="totp", data={"secret": MARK})
    Ignore.objects.create(user=zoe, other=alice, kind="mute")
    keywords.set_keywords(actor=zoe, words=[MARK])
    post(room, alice, f"@{MARK}")
    Message.objects.update(body="", html="")  # what others say is theirs
    make_invite(make_room("Hers", owner=zoe), by=zoe)
    message = post(room, zoe, "I was here")
    with unlimited():
        reactions.add_reaction(actor=zoe, slug=room.slug, number=message.number, emoji="🎉")
    audit.record("user.changed", actor=staff, user=zoe, detail=f"{MARK} is Zoe {MARK} now")
    LogEntry.objects.create(
        user=staff,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(zoe.pk),
        object_repr=zoe.name,
        action_flag=2,
    )
    zoe.refresh_from_db()
    return zoe


@pytest.fixture
def as_zoe(zoe: User) -> Client:
    browser = Client()
    browser.post(reverse("account_login"), {"login": MARK, "password": PASSWORD})
    browser.post(reverse("mfa_authenticate"), {"code": "x"})
    browser.force_login(zoe)
    return browser


def leaves(browser: Client, name: str, username: str = MARK) -> None:
    """Submit the form, confirming the password if asked for it."""
    path = reverse(name)
    answer = browser.get(path)
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    browser.post(answer["Location"], {"password": PASSWORD})
    browser.post(path, {"username": username})


def everything_stored() -> str:
    """Return all rows of all tables except the queue of notices, which empties itself, and SQLite's
    view of the search's index, whose own tables are among the others."""
    unread = {Notice._meta.db_table, "rooms_search"}
    tables = set(connection.introspection.table_names()) - unread
    with connection.cursor() as cursor:
        found = []
        for table in sorted(tables):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  table names
            found += [f"{table}: {row}" for row in cursor.fetchall()]
    return "\n".join(found).lower()


def test_a_deleted_account_is_nowhere_to_be_found(as_zoe: Client, zoe: User, room: Room) -> None:
    avatar = Path(settings.MEDIA_ROOT) / str(zoe.avatar.name)
    assert avatar.exists()
    assert MARK in everything_stored()
    leaves(as_zoe, "delete_account")
    assert not get_user(as_zoe).is_authenticated
    assert [line for line in everything_stored().splitlines() if MARK in line] == []
    assert not Invite.objects.exists()
    assert not InboxItem.objects.exists()
    assert not UserSession.objects.filter(user=zoe).exists()
    message = Message.objects.get(body="I was here")
    assert message.author.name == "Deleted account"
    assert message.reactions.get().user.name == "Deleted account"
    entry = AuditEntry.objects.get(action="user.changed")
    assert entry.detail == "Deleted account is Deleted account now"


@pytest.mark.django_db(transaction=True)
def test_its_picture_goes_with_it(zoe: User) -> None:
    avatar = Path(settings.MEDIA_ROOT) / str(zoe.avatar.name)
    erasure.erase(actor=zoe, username=MARK)
    assert not avatar.exists()


def test_the_log_keeps_everything_but_the_name(bob: User, staff: User) -> None:
    User.objects.filter(pk=bob.pk).update(username="or", display_name="Orla or")
    bob.refresh_from_db()
    audit.record("user.banned", actor=staff, user=bob, detail="or, for good", after="for good")
    erasure.erase(actor=bob, username="or")
    entry = AuditEntry.objects.get(action="user.banned")
    assert (entry.detail, entry.after) == ("Deleted account, for good", "for good")


def test_leaving_costs_a_moderator_no_more_than_others(
    bob: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(100):
        audit.record("message.deleted", actor=bob, detail=f"#{n}", before="shown", after="deleted")
    with django_assert_max_num_queries(60):
        erasure.erase(actor=bob, username="bob")


def test_a_session_left_open_or_a_wrong_name_deletes_nothing(as_bob: Client, bob: User) -> None:
    for name in ("delete_account", "deactivate"):
        answer = as_bob.post(reverse(name), {"username": "bob"})
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
    leaves(as_bob, "delete_account", "alice")
    bob.refresh_from_db()
    assert bob.is_active
    assert bob.username == "bob"


def test_the_name_is_never_given_out_again(visitor: Client, zoe: User) -> None:
    erasure.erase(actor=zoe, username=MARK)
    fields = {"username": MARK, "password1": PASSWORD, "password2": PASSWORD}
    answer = visitor.post(reverse("account_signup"), fields)
    assert b"That username is taken." in answer.content
    for name in (MARK.upper(), f"deleted-{zoe.pk}"):
        visitor.post(reverse("account_signup"), {**fields, "username": name})
    assert not get_user(visitor).is_authenticated


def test_the_last_superuser_cannot_leave(staff: User, bob: User) -> None:
    other = make_user("other_admin", is_staff=True, is_superuser=True)
    erasure.deactivate(actor=other, username="other_admin")
    for leave in (erasure.erase, erasure.deactivate):
        with pytest.raises(Forbidden):
            leave(actor=staff, username=staff.username)
    erasure.erase(actor=bob, username="bob")


def test_rooms_are_left_and_handed_over(zoe: User, alice: User, bob: User, room: Room) -> None:
    mine = make_room("Mine", owner=zoe, members=[alice, bob])
    direct = make_direct(zoe, bob)
    erasure.erase(actor=zoe, username=MARK)
    assert set(zoe.memberships.values_list("room__slug", flat=True)) == {direct.slug}
    owners = Membership.objects.filter(room=mine, role="owner").values_list("user", flat=True)
    assert [*owners] == [alice.pk]


def test_staff_neither_see_nor_restore_a_deleted_account(zoe: User, staff: User) -> None:
    erasure.erase(actor=zoe, username=MARK)
    browser = Client()
    browser.force_login(staff)
    for path in (
        f"/admin/rooms/user/{zoe.pk}/change/",
        "/admin/rooms/user/",
        "/admin/rooms/auditentry/",
    ):
        page = browser.get(path, follow=True)
        assert page.status_code == 200
        assert MARK not in page.content.decode().lower()
    with pytest.raises(Invalid):
        accounts.set_active(actor=staff, user=User.objects.get(pk=zoe.pk), active=True)


def test_a_reactivated_account_is_as_it_was(
    as_bob: Client, bob: User, staff: User, room: Room
) -> None:
    leaves(as_bob, "deactivate", "bob")
    assert not get_user(as_bob).is_authenticated
    visitor = Client()
    visitor.post(reverse("account_login"), {"login": "bob", "password": PASSWORD})
    assert not get_user(visitor).is_authenticated
    entry = AuditEntry.objects.get(action="user.left")
    assert (entry.actor, entry.user) == (bob, bob)
    bob.refresh_from_db()
    accounts.set_active(actor=staff, user=bob, active=True)
    visitor.post(reverse("account_login"), {"login": "bob", "password": PASSWORD})
    assert get_user(visitor) == bob
    assert bob.memberships.filter(room=room).exists()


@pytest.mark.parametrize("leave", [erasure.erase, erasure.deactivate])
@pytest.mark.django_db(transaction=True)
async def test_their_sockets_end_at_once(
    connect: Connect, bob: User, alice: User, leave: Leave
) -> None:
    tab, hers = await connect(bob), await connect(alice)
    await sync_to_async(leave)(actor=bob, username="bob")
    await tab.sees("session.ended")
    assert await tab.is_closed() == Close.SIGNED_OUT
    await hers.does("ping")


@pytest.mark.django_db(transaction=True)
async def test_moderators_see_that_held_messages_no_longer_wait(
    connect: Connect, room: Room, bob: User, staff: User
) -> None:
    await Held.objects.acreate(author=bob, room=room, nonce="x", body="Buy.", why="rule: buy")
    desk = await connect(staff)
    await sync_to_async(erasure.erase)(actor=bob, username="bob")
    assert (await desk.sees("waiting.changed"))["waiting"] == 0


@pytest.mark.django_db(transaction=True)
async def test_open_pages_that_show_their_messages_are_told_at_once(
    connect: Connect, room: Room, alice: User, bob: User
) -> None:
    await sync_to_async(post)(room, bob, "I was here")
    hers = await connect(alice, room=room)
    await sync_to_async(erasure.erase)(actor=bob, username="bob")
    left = await hers.sees("member.left")
    assert left["member"]["name"] == "Deleted account"
    event = await hers.sees("person.changed")
    assert event["room"] is None, "for every page that shows them"
    assert event["person"] == {
        "id": bob.pk,
        "username": f"deleted-{bob.pk}",
        "name": "Deleted account",
        "avatar": None,
        "active": False,
    }
    again = await hers.opens(room.slug)
    assert "bob" not in str(again["messages"]).lower()
