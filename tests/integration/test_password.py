"""Changing and resetting a password, and what happens to the other sessions."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from rooms.actions.accounts import sessions
from rooms.fanout.envelopes import Envelope
from rooms.models import User
from rooms.protocol.codes import Close
from tests.factories import PASSWORD, confirm, make_user
from tests.mail import delivered

pytestmark = pytest.mark.thorough

NEW = "cobalt-harbour-17"
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')  # different on every page
CHANGE = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}


def test_bob_changes_his_password_and_stays_signed_in(as_bob: Client, bob: User) -> None:
    response = as_bob.post(reverse("account_change_password"), CHANGE)
    assert response["Location"] == reverse("security")
    bob.refresh_from_db()
    assert bob.check_password(NEW)
    assert get_user(as_bob) == bob


def test_the_current_password_is_asked_for(as_bob: Client, bob: User) -> None:
    response = as_bob.post(
        reverse("account_change_password"), {**CHANGE, "oldpassword": "not-that-one"}
    )
    assert b"That isn&#x27;t your current password. Try again." in response.content
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


def test_every_other_session_ends(as_bob: Client, bob: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(bob)
    as_bob.post(reverse("account_change_password"), CHANGE)
    assert not get_user(elsewhere).is_authenticated


def test_other_sockets_are_signed_out_and_the_person_s_own_come_back(
    as_bob: Client,
    bob: User,
    announced: list[Envelope],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    former = as_bob.session.session_key or ""
    with django_capture_on_commit_callbacks(execute=True):
        as_bob.post(reverse("account_change_password"), CHANGE)
    others, own = farewells(announced)
    assert others["code"] == Close.SIGNED_OUT
    current = as_bob.session.session_key or ""
    assert {*others["keep"]} == {sessions.session_hash(key) for key in (former, current)}
    assert own["code"] == 1000
    assert own["session"] == sessions.session_hash(former)
    assert as_bob.session.session_key != former


def farewells(announced: list[Envelope]) -> list[dict[str, Any]]:
    """Return the published orders that end sockets."""
    return [one.order for one in announced if one.order and one.order["op"] == "end"]


def reset_link(browser: Client, email: str) -> str | None:
    browser.post(reverse("account_reset_password"), {"email": email})
    body = str(delivered()[-1].body)
    found = re.search(r"https?://testserver(/accounts/password/reset/key/\S+)", body)
    return found and found[1]


def test_a_forgotten_password_is_reset_by_mail(
    visitor: Client,
    announced: list[Envelope],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    erin = make_user("erin", email="erin@example.com")
    elsewhere = Client()
    elsewhere.force_login(erin)
    link = reset_link(visitor, "erin@example.com")
    assert link
    page = visitor.get(link, follow=True)
    with django_capture_on_commit_callbacks(execute=True):
        visitor.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    erin.refresh_from_db()
    assert erin.check_password(NEW)
    assert not get_user(elsewhere).is_authenticated
    (everybody,) = farewells(announced)
    assert "keep" not in everybody, "nobody stays signed in"


@pytest.mark.parametrize("host", ["localhost", "localhost:99"])
def test_a_mail_names_the_site_whatever_host_was_requested(
    visitor: Client, settings: Settings, host: str
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://chat.example.com", ["localhost"]
    make_user("erin", email="erin@example.com")
    for address in ("erin@example.com", "nobody@example.com"):
        visitor.post(reverse("account_reset_password"), {"email": address}, headers={"host": host})
    for message in delivered():
        assert "chat.example.com" in message.subject
        assert "localhost" not in f"{message.subject} {message.body}"
    assert "https://chat.example.com/accounts/password/reset/key/" in delivered()[0].body


def test_a_link_works_only_once(visitor: Client) -> None:
    make_user("erin", email="erin@example.com")
    link = reset_link(visitor, "erin@example.com")
    assert link
    page = visitor.get(link, follow=True)
    visitor.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert b"no longer works" in Client().get(link, follow=True).content


def test_an_unknown_address_gets_the_same_page_and_no_link(visitor: Client) -> None:
    make_user("erin", email="erin@example.com")
    answers = [
        visitor.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in ("erin@example.com", "nobody@example.com")
    ]
    assert answers[0].redirect_chain == answers[1].redirect_chain
    known, unknown = [TOKEN.sub(b"", answer.content) for answer in answers]
    assert known == unknown
    assert [message.to for message in delivered()] == [["erin@example.com"], ["nobody@example.com"]]
    assert "reset/key" not in delivered()[1].body


def claim(username: str, address: str = "erin@example.com", **fields: object) -> User:
    """Create an account with an unconfirmed address."""
    user = make_user(username, email=address, **fields)
    EmailAddress.objects.create(user=user, email=address, primary=True)
    return user


def test_the_only_account_with_an_address_is_reset(visitor: Client) -> None:
    claim("erin")
    assert reset_link(visitor, "Erin@Example.com")
    assert "Hello erin" in delivered()[-1].body


def test_many_unconfirmed_accounts_with_an_address_get_one_mail_and_no_reset(
    visitor: Client,
) -> None:
    for index in range(20):
        claim(f"crowd_{index}")
    assert reset_link(visitor, "erin@example.com") is None
    assert [message.to for message in delivered()] == [["erin@example.com"]]


def test_of_many_accounts_with_an_address_the_one_that_confirmed_it_is_reset(
    visitor: Client,
) -> None:
    for index in range(5):
        claim(f"crowd_{index}")
    confirm(make_user("erin"), "erin@example.com")
    assert reset_link(visitor, "erin@example.com")
    (message,) = delivered()
    assert "Hello erin" in message.body


def test_neither_a_deactivated_owner_of_an_address_nor_anyone_else_is_reset(
    visitor: Client,
) -> None:
    confirm(make_user("erin", is_active=False), "erin@example.com")
    claim("frank")
    assert reset_link(visitor, "erin@example.com") is None
    assert len(delivered()) == 1


def test_resets_are_limited(visitor: Client) -> None:
    for _ in range(5):
        visitor.post(reverse("account_reset_password"), {"email": "erin@example.com"})
    response = visitor.post(reverse("account_reset_password"), {"email": "erin@example.com"})
    assert response.status_code == 429
    assert len(delivered()) == 5
