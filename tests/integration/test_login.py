"""Logging in: who may, what others are told, and how often it can be tried."""

import re
from typing import Any

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
def test_a_confirmed_address_logs_in_as_well(visitor: Client, login: str) -> None:
    erin = make_user("erin", email="erin@example.com")
    confirm(erin)
    log_in(visitor, login)
    assert get_user(visitor) == erin


def test_an_unconfirmed_address_logs_nobody_in(visitor: Client) -> None:
    """Anyone could have entered it."""
    erin = make_user("erin", email="erin@example.com")
    EmailAddress.objects.create(user=erin, email="erin@example.com", primary=True)
    log_in(visitor, "erin@example.com")
    assert not get_user(visitor).is_authenticated
    log_in(visitor, "erin")
    assert get_user(visitor) == erin


def test_claiming_another_person_s_address_does_not_log_in(visitor: Client) -> None:
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
    assert errors[0] == errors[1] == ["Incorrect username or password. Check both and try again."]
    assert not get_user(visitor).is_authenticated


def says_only_to_its_owner(visitor: Client, username: str, told: bytes) -> None:
    """Assert that logging in fails, and that only the right password gets the explanation."""
    path = reverse("account_login")
    wrong = visitor.post(path, {"login": username, "password": "wrong"})
    assert told not in wrong.content
    right = visitor.post(path, {"login": username, "password": PASSWORD})
    assert told in right.content
    assert not get_user(visitor).is_authenticated


def test_an_inactive_account_is_told_so_only_with_the_right_password(visitor: Client) -> None:
    make_user("erin", is_active=False)
    says_only_to_its_owner(visitor, "erin", b"deactivated")


def test_a_site_ban_and_its_reason_are_shown_only_with_the_right_password(
    visitor: Client, mallory: User, staff: User
) -> None:
    ban(mallory, by=staff, reason="Spam in every room.")
    says_only_to_its_owner(visitor, "mallory", b"Spam in every room.")


def test_a_site_ban_closes_every_page_to_a_signed_in_person(
    as_mallory: Client, mallory: User, staff: User
) -> None:
    assert as_mallory.get(reverse("lobby")).status_code == 200
    ban(mallory, by=staff, reason="Spam in every room.")
    for name in ("home", "lobby", "profile"):
        response = as_mallory.get(reverse(name))
        assert response.status_code == 403
        assert b"Spam in every room." in response.content
    assert as_mallory.get(reverse("people")).status_code == 403


def is_limited(answer: Any) -> bool:
    errors = answer.context["form"].non_field_errors().as_data()
    return [error.code for error in errors] == ["too_many_login_attempts"]


def test_after_five_wrong_passwords_the_right_one_has_to_wait(visitor: Client, bob: User) -> None:
    for _ in range(5):
        log_in(visitor, "bob", "wrong-password")
    response = visitor.post(reverse("account_login"), {"login": "BOB", "password": PASSWORD})
    assert is_limited(response)
    assert not get_user(visitor).is_authenticated


def test_another_host_gives_no_more_attempts(
    visitor: Client, bob: User, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    for host in ("localhost", "LOCALHOST", "127.0.0.1", "localhost:81", "localhost.:82"):
        fields = {"login": "bob", "password": "wrong-password"}
        visitor.post(reverse("account_login"), fields, headers={"host": host})
    fields = {"login": "bob", "password": PASSWORD}
    answer = visitor.post(reverse("account_login"), fields, headers={"host": "localhost:83"})
    assert is_limited(answer)


def test_a_forged_header_does_not_change_the_address(visitor: Client, bob: User) -> None:
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
def test_a_form_submitted_twice_logs_in_both_times(bob: User, form: str) -> None:
    """A double click submits the same token twice."""
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


def test_on_other_pages_an_old_token_is_always_refused(bob: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    token = token_on(browser, reverse("account_login"))
    browser.force_login(bob)
    browser.cookies.pop(settings.CSRF_COOKIE_NAME)
    for name in ("profile", "account_logout", "account_change_password", "set_language"):
        answer = browser.post(reverse(name), {"csrfmiddlewaretoken": token})
        assert answer.status_code == 403, name


def test_an_empty_site_says_how_to_create_the_first_account(visitor: Client) -> None:
    assert b"set-up link" in visitor.get(reverse("account_login")).content


def test_a_site_with_accounts_does_not(visitor: Client, bob: User) -> None:
    assert b"set-up link" not in visitor.get(reverse("account_login")).content
