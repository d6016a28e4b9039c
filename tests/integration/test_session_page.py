"""The page of active sessions, and logging out of them."""

import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from django.contrib.auth import BACKEND_SESSION_KEY, get_user
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from rooms.accounts import user_agents
from rooms.actions.accounts import accounts
from rooms.jobs import last_seen
from rooms.models import User
from rooms.protocol.codes import Close
from tests.factories import PASSWORD
from tests.integration.conftest import Connect

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
NEW = "cobalt-harbour-17"
YESTERDAY = timedelta(days=1)


def browser_of(username: str, user_agent: str, address: str = "203.0.113.7") -> Client:
    """Return a browser that has logged in through the form."""
    browser = Client(REMOTE_ADDR=address, headers={"User-Agent": user_agent})
    browser.post(reverse("account_login"), {"login": username, "password": PASSWORD})
    assert get_user(browser).is_authenticated
    return browser


def list_of(browser: Client) -> str:
    """Return what the page lists, without the names of outdated browsers that every page
    contains."""
    page = browser.get(reverse("sessions")).content.decode()
    return page[page.index("<main") :]


def row_of(browser: Client) -> UserSession:
    return UserSession.objects.get(session_key=browser.session.session_key)


def test_bob_sees_each_browser_and_where_it_was(bob: User) -> None:
    browser_of("bob", SAFARI, "198.51.100.4")
    page = list_of(browser_of("bob", FIREFOX))
    for words in ("Firefox on Linux", "Safari on iPhone", "203.0.113.7", "198.51.100.4"):
        assert words in page
    assert len(re.findall("this session", page)) == 1
    assert page.index("Firefox") < page.index("Safari"), "this one comes first"


def test_other_people_s_sessions_are_neither_shown_nor_revoked(bob: User, alice: User) -> None:
    hers, his = browser_of("alice", SAFARI), browser_of("bob", FIREFOX)
    assert "Safari" not in list_of(his)
    his.post(reverse("session_revoke", args=[row_of(hers).pk]))
    assert get_user(hers).is_authenticated


def test_a_release_that_moves_the_backend_logs_nobody_out(bob: User) -> None:
    browser = browser_of("bob", FIREFOX)
    session = browser.session
    session[BACKEND_SESSION_KEY] = "rooms.formerly.Accounts"
    session.save()
    assert browser.get(reverse("sessions")).status_code == 200


def test_a_session_that_ended_is_not_shown(bob: User) -> None:
    phone, desk = browser_of("bob", SAFARI), browser_of("bob", FIREFOX)
    phone.post(reverse("account_logout"))
    assert "Safari" not in list_of(desk)


def test_a_new_password_leaves_no_other_session_in_the_list(bob: User) -> None:
    phone, desk = browser_of("bob", SAFARI), browser_of("bob", FIREFOX)
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    desk.post(reverse("account_change_password"), fields)
    page = list_of(desk)
    assert "Firefox" in page
    assert "Safari" not in page
    key = phone.session.session_key
    assert not Session.objects.filter(pk=key).exists()


def test_a_reactivated_account_has_none_of_its_old_sessions(bob: User, staff: User) -> None:
    phone = browser_of("bob", SAFARI)
    accounts.set_active(actor=staff, user=bob, active=False)
    accounts.set_active(actor=staff, user=bob, active=True)
    assert phone.get(reverse("sessions")).status_code == 302, "to the log-in page"


@pytest.mark.parametrize("others", [False, True])
@pytest.mark.django_db(transaction=True)
async def test_a_revoked_session_ends_at_once_with_its_sockets(
    connect: Connect, bob: User, alice: User, others: bool
) -> None:
    log_in = sync_to_async(browser_of)
    phone, desk = await log_in("bob", SAFARI), await log_in("bob", FIREFOX)
    tab = await connect(bob, session=phone.session.session_key)
    stays = await connect(bob, session=desk.session.session_key)
    hers = await connect(alice)
    pk = (await sync_to_async(row_of)(phone)).pk
    path = reverse("session_revoke_others") if others else reverse("session_revoke", args=[pk])
    await sync_to_async(desk.post)(path)
    assert (await tab.sees("session.ended"))["reason"] == "You were logged out from another device."
    assert await tab.is_closed() == Close.SIGNED_OUT
    for client in (stays, hers):
        await client.does("ping")
    answer = await sync_to_async(phone.get)(reverse("lobby"))
    assert answer.status_code == 302, "the log-in page"
    assert (await sync_to_async(desk.get)(reverse("lobby"))).status_code == 200


@pytest.mark.django_db(transaction=True)
async def test_last_use_is_stored_in_bulk_and_ended_sessions_are_forgotten(
    connect: Connect, bob: User
) -> None:
    @sync_to_async
    def logged_in() -> list[Client]:
        return [browser_of("bob", FIREFOX) for _ in range(3)]

    def writes(browser: Client) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("profile"))
        return [one["sql"] for one in queries if not one["sql"].startswith("SELECT")]

    page, tab, idle = await logged_in()
    client = await connect(bob, session=tab.session.session_key)
    before = timezone.now() - YESTERDAY
    await UserSession.objects.all().aupdate(last_seen_at=before)
    await UserSession.objects.acreate(
        user=bob, session_key="of-a-session-that-ended", ip="203.0.113.7", user_agent=FIREFOX
    )
    assert await sync_to_async(writes)(page) == []
    await last_seen.write([str(tab.session.session_key)])
    rows = {row.session_key: row.last_seen_at async for row in UserSession.objects.all()}
    assert len(rows) == 3
    assert rows[page.session.session_key] > before
    assert rows[tab.session.session_key] > before
    assert rows[idle.session.session_key] == before
    await client.does("ping")


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [
        (FIREFOX, "Firefox", "Linux"),
        (SAFARI, "Safari", "iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge", "Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537", "Chrome", "Android"),
        ("curl/8", "", ""),
        ("", "", ""),
    ],
)
def test_a_browser_is_named_as_people_know_it(user_agent: str, browser: str, system: str) -> None:
    assert user_agents.names(user_agent) == (browser, system)
