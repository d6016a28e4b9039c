"""An email address counts once its link has been opened; nobody can find out who else has it."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from rooms.models import User
from tests.factories import PASSWORD, make_user
from tests.mail import delivered

OLD, NEW = "erin@example.com", "erin@example.org"


@pytest.fixture
def erin(db: None) -> User:
    """A person with a confirmed address."""
    erin = make_user("erin", email=OLD)
    EmailAddress.objects.create(user=erin, email=OLD, verified=True, primary=True)
    return erin


@pytest.fixture
def as_erin(erin: User) -> Client:
    browser = Client()
    browser.force_login(erin)
    return browser


def ask_for(browser: Client, address: str) -> None:
    """Submit the form, confirming the password if asked for it."""
    answer = browser.post(reverse("account_email"), {"email": address, "action_add": ""})
    if answer["Location"].startswith(reverse("account_reauthenticate")):
        browser.post(answer["Location"], {"password": PASSWORD})


def link_in(message: EmailMessage) -> str:
    (path,) = re.findall(r"http://testserver(/accounts/email/confirm/\S+)", str(message.body))
    return str(path)


def test_a_new_address_counts_once_it_is_confirmed(as_erin: Client, erin: User) -> None:
    ask_for(as_erin, NEW)
    erin.refresh_from_db()
    assert erin.email == OLD
    (message,) = delivered()
    assert message.to == [NEW]
    assert b"not confirmed yet" in as_erin.get(reverse("account_email")).content
    as_erin.get(link_in(message))
    erin.refresh_from_db()
    assert erin.email == OLD, "a mail scanner's GET confirms nothing"
    as_erin.post(link_in(message))
    erin.refresh_from_db()
    assert erin.email == NEW
    assert [row.email for row in EmailAddress.objects.filter(user=erin)] == [NEW]
    assert delivered()[-1].to == [OLD]
    assert f"from {OLD} to {NEW}" in delivered()[-1].body


def test_a_session_that_was_left_open_does_not_change_it(as_erin: Client, erin: User) -> None:
    answer = as_erin.post(reverse("account_email"), {"email": NEW, "action_add": ""})
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    as_erin.post(answer["Location"], {"password": "wrong"})
    assert not delivered()


def test_another_person_s_address_is_answered_like_any_other(
    as_erin: Client, erin: User, bob: User, as_bob: Client
) -> None:
    ask_for(as_bob, OLD)
    free = EmailAddress.objects.filter(user=bob).get()
    assert not free.verified
    (message,) = delivered()
    assert message.to == [OLD]
    page = as_bob.get(link_in(message)).content
    assert b"Another account has already confirmed this address" in page
    as_bob.post(link_in(message))
    bob.refresh_from_db()
    assert bob.email != OLD
    visitor = Client()
    visitor.post(reverse("account_login"), {"login": OLD, "password": PASSWORD})
    assert get_user(visitor) == erin


def test_signing_up_does_not_reveal_whose_an_address_is(visitor: Client, erin: User) -> None:
    fields = {"username": "frank", "password1": PASSWORD, "password2": PASSWORD, "email": OLD}
    answer = visitor.post(reverse("account_signup"), fields)
    assert answer.status_code == 302
    frank = User.objects.get(username="frank")
    assert not EmailAddress.objects.get(user=frank).verified
    assert [message.to for message in delivered()] == [[OLD]]
    assert "frank" in delivered()[0].body, "erin is asked whether that was her"
    visitor.post(reverse("account_logout"))
    visitor.post(reverse("account_reset_password"), {"email": OLD})
    assert "Hello erin" in delivered()[-1].body, "it is hers, not frank's"
    assert len(delivered()) == 2


def test_a_confirmation_leads_to_the_site_whatever_host_was_requested(
    visitor: Client, erin: User, settings: Settings
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://chat.example.com", ["localhost"]
    fields = {"username": "frank", "password1": PASSWORD, "password2": PASSWORD, "email": NEW}
    visitor.post(reverse("account_signup"), fields, headers={"host": "localhost:99"})
    (message,) = delivered()
    assert "https://chat.example.com/accounts/email/confirm/" in message.body
    assert "localhost" not in f"{message.subject} {message.body}"


def test_an_address_can_be_removed(as_erin: Client, erin: User) -> None:
    answer = as_erin.post(reverse("account_email"), {"email": OLD, "action_remove": ""})
    as_erin.post(answer["Location"], {"password": PASSWORD})
    erin.refresh_from_db()
    assert erin.email == ""
    assert not EmailAddress.objects.filter(user=erin).exists()


def test_a_changed_password_is_reported_only_to_a_confirmed_address(
    as_erin: Client, as_bob: Client, bob: User
) -> None:
    EmailAddress.objects.create(user=bob, email="bob@example.com", verified=False, primary=True)
    for browser in (as_bob, as_erin):
        browser.post(
            reverse("account_change_password"),
            {
                "oldpassword": PASSWORD,
                "password1": "amber-lantern-7",
                "password2": "amber-lantern-7",
            },
        )
    (message,) = delivered()
    assert message.to == [OLD]
    assert "Your password was changed." in message.body


def test_mail_is_in_the_language_of_the_account(as_erin: Client, erin: User) -> None:
    User.objects.filter(pk=erin.pk).update(language="de")
    as_erin.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "amber-lantern-7", "password2": "amber-lantern-7"},
    )
    assert "Dein Passwort wurde geändert." in delivered()[0].body
