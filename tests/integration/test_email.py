"""An email address counts from the moment that its link was opened; who else has it is no secret
that anybody can ask for."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from rooms.models import User
from tests.factories import PASSWORD, make_user

OLD, NEW = "erin@example.com", "erin@example.org"


@pytest.fixture
def erin(db: None) -> User:
    """Somebody with a confirmed address."""
    erin = make_user("erin", email=OLD)
    EmailAddress.objects.create(user=erin, email=OLD, verified=True, primary=True)
    return erin


@pytest.fixture
def as_erin(erin: User) -> Client:
    browser = Client()
    browser.force_login(erin)
    return browser


def ask_for(browser: Client, address: str) -> None:
    """Through the question whether it is really them."""
    answer = browser.post(reverse("account_email"), {"email": address, "action_add": ""})
    if answer["Location"].startswith(reverse("account_reauthenticate")):
        browser.post(answer["Location"], {"password": PASSWORD})


def link_in(message: mail.EmailMessage) -> str:
    (path,) = re.findall(r"http://testserver(/accounts/email/confirm/\S+)", str(message.body))
    return str(path)


def test_a_new_address_counts_once_it_is_confirmed(as_erin: Client, erin: User) -> None:
    ask_for(as_erin, NEW)
    erin.refresh_from_db()
    assert erin.email == OLD
    (message,) = mail.outbox
    assert message.to == [NEW]
    assert b"not confirmed yet" in as_erin.get(reverse("account_email")).content
    as_erin.get(link_in(message))
    erin.refresh_from_db()
    assert erin.email == OLD, "looked at by a mail scanner"
    as_erin.post(link_in(message))
    erin.refresh_from_db()
    assert erin.email == NEW
    assert [row.email for row in EmailAddress.objects.filter(user=erin)] == [NEW]
    assert mail.outbox[-1].to == [OLD]
    assert f"from {OLD} to {NEW}" in mail.outbox[-1].body


def test_a_session_that_was_left_open_does_not_change_it(as_erin: Client, erin: User) -> None:
    answer = as_erin.post(reverse("account_email"), {"email": NEW, "action_add": ""})
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    as_erin.post(answer["Location"], {"password": "wrong"})
    assert not mail.outbox


def test_an_address_of_somebody_else_is_answered_like_any_other(
    as_erin: Client, erin: User, bob: User, as_bob: Client
) -> None:
    ask_for(as_bob, OLD)
    free = EmailAddress.objects.filter(user=bob).get()
    assert not free.verified
    (message,) = mail.outbox
    assert message.to == [OLD]
    page = as_bob.get(link_in(message)).content
    assert b"Another account has confirmed this address" in page
    as_bob.post(link_in(message))
    bob.refresh_from_db()
    assert bob.email != OLD
    visitor = Client()
    visitor.post(reverse("account_login"), {"login": OLD, "password": PASSWORD})
    assert get_user(visitor) == erin


def test_signing_up_does_not_tell_whose_an_address_is(visitor: Client, erin: User) -> None:
    fields = {"username": "frank", "password1": PASSWORD, "password2": PASSWORD, "email": OLD}
    answer = visitor.post(reverse("account_signup"), fields)
    assert answer.status_code == 302
    frank = User.objects.get(username="frank")
    assert not EmailAddress.objects.get(user=frank).verified
    assert [message.to for message in mail.outbox] == [[OLD]]
    assert "frank" in mail.outbox[0].body, "erin is asked whether that was her"
    visitor.post(reverse("account_logout"))
    visitor.post(reverse("account_reset_password"), {"email": OLD})
    assert "Hello erin" in mail.outbox[-1].body, "it is hers, not frank's"
    assert len(mail.outbox) == 2


def test_a_confirmation_leads_to_the_site_whatever_host_it_was_asked_for_by(
    visitor: Client, erin: User, settings: Settings
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://chat.example.com", ["localhost"]
    fields = {"username": "frank", "password1": PASSWORD, "password2": PASSWORD, "email": NEW}
    visitor.post(reverse("account_signup"), fields, headers={"host": "localhost:99"})
    (message,) = mail.outbox
    assert "https://chat.example.com/accounts/email/confirm/" in message.body
    assert "localhost" not in f"{message.subject} {message.body}"


def test_an_address_can_be_removed(as_erin: Client, erin: User) -> None:
    answer = as_erin.post(reverse("account_email"), {"email": OLD, "action_remove": ""})
    as_erin.post(answer["Location"], {"password": PASSWORD})
    erin.refresh_from_db()
    assert erin.email == ""
    assert not EmailAddress.objects.filter(user=erin).exists()


def test_a_changed_password_is_told_to_a_confirmed_address_only(
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
    (message,) = mail.outbox
    assert message.to == [OLD]
    assert "Your password was changed." in message.body


def test_the_mail_speaks_the_language_of_the_account(as_erin: Client, erin: User) -> None:
    User.objects.filter(pk=erin.pk).update(language="de")
    as_erin.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "amber-lantern-7", "password2": "amber-lantern-7"},
    )
    assert "Dein Passwort wurde geändert." in mail.outbox[0].body
