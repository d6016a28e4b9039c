"""Logging in: who may, what is told to who may not, and how often it may be tried."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from rooms.models import User
from tests.factories import PASSWORD, ban, confirm, make_user


def log_in(browser: Client, login: str, password: str = PASSWORD) -> None:
    browser.post(reverse("account_login"), {"login": login, "password": password})


@pytest.mark.parametrize("login", ["bob", "BOB", " Bob "])
def test_bob_logs_in_with_his_name_in_any_case(visitor: Client, bob: User, login: str) -> None:
    log_in(visitor, login)
    assert get_user(visitor) == bob


@pytest.mark.parametrize("login", ["erin@example.com", " Erin@Example.COM"])
def test_a_confirmed_address_serves_as_well(visitor: Client, login: str) -> None:
    erin = make_user("erin", email="erin@example.com")
    confirm(erin)
    log_in(visitor, login)
    assert get_user(visitor) == erin


def test_an_address_that_was_not_confirmed_logs_nobody_in(visitor: Client) -> None:
    """Anybody could have named it."""
    erin = make_user("erin", email="erin@example.com")
    EmailAddress.objects.create(user=erin, email="erin@example.com", primary=True)
    log_in(visitor, "erin@example.com")
    assert not get_user(visitor).is_authenticated
    log_in(visitor, "erin")
    assert get_user(visitor) == erin


def test_who_claims_an_address_of_somebody_else_does_not_log_in_by_it(visitor: Client) -> None:
    erin, frank = make_user("erin"), make_user("frank", email="erin@example.com")
    frank.set_password("amber-lantern-7")
    frank.save()
    confirm(erin, "erin@example.com")
    EmailAddress.objects.create(user=frank, email="erin@example.com", primary=True)
    log_in(visitor, "erin@example.com", "amber-lantern-7")
    assert not get_user(visitor).is_authenticated
    log_in(visitor, "erin@example.com")
    assert get_user(visitor) == erin


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    visitor: Client, bob: User
) -> None:
    answers = [
        visitor.post(reverse("account_login"), {"login": login, "password": "wrong-password"})
        for login in ("bob", "nobody")
    ]
    errors = [answer.context["form"].non_field_errors() for answer in answers]
    assert errors[0] == errors[1] == ["That name and password don't belong together."]
    assert not get_user(visitor).is_authenticated


def test_an_inactive_account_is_told_so_once_the_password_is_right(visitor: Client) -> None:
    make_user("erin", is_active=False)
    wrong = visitor.post(reverse("account_login"), {"login": "erin", "password": "wrong"})
    assert b"deactivated" not in wrong.content
    right = visitor.post(reverse("account_login"), {"login": "erin", "password": PASSWORD})
    assert b"deactivated" in right.content
    assert not get_user(visitor).is_authenticated


def test_a_site_ban_is_told_with_its_reason_once_the_password_is_right(
    visitor: Client, mallory: User, staff: User
) -> None:
    ban(mallory, by=staff, reason="Spam in every room.")
    wrong = visitor.post(reverse("account_login"), {"login": "mallory", "password": "wrong"})
    assert b"Spam in every room." not in wrong.content
    right = visitor.post(reverse("account_login"), {"login": "mallory", "password": PASSWORD})
    assert b"Spam in every room." in right.content
    assert not get_user(visitor).is_authenticated


def test_a_site_ban_closes_every_page_to_who_is_signed_in(
    as_mallory: Client, mallory: User, staff: User
) -> None:
    assert as_mallory.get(reverse("lobby")).status_code == 200
    ban(mallory, by=staff, reason="Spam in every room.")
    for name in ("home", "lobby", "profile"):
        response = as_mallory.get(reverse(name))
        assert response.status_code == 403
        assert b"Spam in every room." in response.content
    assert as_mallory.get(reverse("people")).status_code == 403


def test_after_five_wrong_passwords_the_right_one_has_to_wait(visitor: Client, bob: User) -> None:
    for _ in range(5):
        log_in(visitor, "bob", "wrong-password")
    response = visitor.post(reverse("account_login"), {"login": "BOB", "password": PASSWORD})
    assert b"Too many wrong passwords" in response.content
    assert not get_user(visitor).is_authenticated


def test_another_host_brings_no_more_attempts(
    visitor: Client, bob: User, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    for host in ("localhost", "LOCALHOST", "127.0.0.1", "localhost:81", "localhost.:82"):
        fields = {"login": "bob", "password": "wrong-password"}
        visitor.post(reverse("account_login"), fields, headers={"host": host})
    fields = {"login": "bob", "password": PASSWORD}
    answer = visitor.post(reverse("account_login"), fields, headers={"host": "localhost:83"})
    assert b"Too many wrong passwords" in answer.content


def test_a_forged_header_is_no_other_address(visitor: Client, bob: User) -> None:
    for index in range(30):
        visitor.post(
            reverse("account_login"),
            {"login": f"guess{index}", "password": "wrong"},
            headers={"X-Forwarded-For": f"203.0.113.{index}", "X-Real-IP": f"198.51.100.{index}"},
        )
    response = visitor.post(
        reverse("account_login"),
        {"login": "bob", "password": PASSWORD},
        headers={"X-Forwarded-For": "203.0.113.99"},
    )
    assert response.status_code == 429
    elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    log_in(elsewhere, "bob")
    assert get_user(elsewhere) == bob


def test_the_session_gets_a_new_key(visitor: Client, bob: User) -> None:
    session = visitor.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    log_in(visitor, "bob")
    assert visitor.session.session_key != before


def test_logging_in_needs_the_page_s_token(bob: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    response = browser.post(reverse("account_login"), {"login": "bob", "password": PASSWORD})
    assert response.status_code == 403
    assert b"reload the page" in response.content


def token_on(browser: Client, path: str) -> str:
    page = browser.get(path).content.decode()
    (token,) = {*re.findall('name="csrfmiddlewaretoken" value="(.+?)"', page)}
    return str(token)


@pytest.mark.parametrize("form", ["account_login", "account_signup"])
def test_a_form_that_is_sent_twice_leads_in_twice(bob: User, form: str) -> None:
    """A second click on the button comes with the token of before."""
    browser = Client(enforce_csrf_checks=True)
    path = reverse(form)
    fields = {"login": "bob", "password": PASSWORD, "username": "erin"}
    fields |= {"password1": PASSWORD, "password2": PASSWORD}
    fields |= {"csrfmiddlewaretoken": token_on(browser, path)}
    first = browser.post(path, fields)
    who = get_user(browser)
    again = browser.post(path, fields)
    assert first.status_code == again.status_code == 302
    assert first["Location"] == again["Location"] == reverse("home")
    assert who.is_authenticated
    assert get_user(browser) == who
    to_page = browser.post(path, {**fields, "next": "/rooms/"})
    assert to_page["Location"] == "/rooms/"
    elsewhere = browser.post(path, {**fields, "next": "//evil.example/"})
    assert elsewhere["Location"] == reverse("home")


def test_elsewhere_an_old_token_is_refused_to_anybody(bob: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    token = token_on(browser, reverse("account_login"))
    browser.force_login(bob)
    browser.cookies.pop(settings.CSRF_COOKIE_NAME)
    for name in ("profile", "account_logout", "account_change_password", "set_language"):
        answer = browser.post(reverse(name), {"csrfmiddlewaretoken": token})
        assert answer.status_code == 403, name


def test_an_empty_site_says_where_the_first_account_comes_from(visitor: Client) -> None:
    assert b"set-up link" in visitor.get(reverse("account_login")).content


def test_a_site_with_accounts_does_not(visitor: Client, bob: User) -> None:
    assert b"set-up link" not in visitor.get(reverse("account_login")).content
