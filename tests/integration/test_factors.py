"""A second factor: with one, a password alone lets nobody in."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from rooms.models import AuditEntry, User
from tests.factories import PASSWORD, make_user


def code_of(secret: str) -> str:
    """Return the code that the app shows now."""
    counter = next(auth.yield_hotp_counters_from_time())
    return str(auth.format_hotp_value(auth.hotp_value(secret, counter)))


def sets_up_the_app(browser: Client) -> str:
    """Set up the app and return its secret."""
    answer = browser.get(reverse("mfa_activate_totp"))
    browser.post(answer["Location"], {"password": PASSWORD})
    page = browser.get(reverse("mfa_activate_totp")).content.decode()
    (secret,) = re.findall(r'id="secret"[^>]*>(\w+)<', page)
    browser.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    return str(secret)


def recovery_codes(browser: Client) -> list[str]:
    page = browser.get(reverse("mfa_view_recovery_codes")).content.decode()
    return re.findall(r"<code[^>]*>(\d{8})</code>", page)


def logs_in(browser: Client, username: str, code: str) -> bool:
    browser.post(reverse("account_login"), {"login": username, "password": PASSWORD})
    assert not get_user(browser).is_authenticated, "the password alone"
    browser.post(reverse("mfa_authenticate"), {"code": code})
    cache.clear()  # a code works once, and the next one is half a minute away
    return bool(get_user(browser).is_authenticated)


def test_with_an_app_logging_in_needs_its_code(as_bob: Client, bob: User) -> None:
    secret = sets_up_the_app(as_bob)
    assert not logs_in(Client(), "bob", "000000")
    assert logs_in(Client(), "bob", code_of(secret))
    assert not logs_in(Client(), "bob", "")


def test_the_qr_code_fits_the_policy(as_bob: Client) -> None:
    answer = as_bob.get(reverse("mfa_activate_totp"))
    as_bob.post(answer["Location"], {"password": PASSWORD})
    page = as_bob.get(reverse("mfa_activate_totp"))
    assert b'src="data:image/svg+xml;base64,' in page.content
    assert b"style=" not in page.content
    assert page.text.count("<svg") == page.text.count('<svg class="icon'), "nothing but icons"
    assert "Chatsite" in page.context["totp_url"]
    assert "bob" in page.context["totp_url"]


def test_a_recovery_code_works_once(as_bob: Client, bob: User) -> None:
    sets_up_the_app(as_bob)
    codes = recovery_codes(as_bob)
    assert len(codes) == 10
    assert logs_in(Client(), "bob", codes[0])
    assert not logs_in(Client(), "bob", codes[0])
    assert recovery_codes(as_bob) == codes[1:]
    file = as_bob.get(reverse("mfa_download_recovery_codes"))
    assert file.content.decode().split() == codes[1:]
    assert "attachment" in file["Content-Disposition"]


def test_codes_cannot_be_guessed(as_bob: Client, bob: User) -> None:
    secret = sets_up_the_app(as_bob)
    visitor = Client()
    visitor.post(reverse("account_login"), {"login": "bob", "password": PASSWORD})
    for _ in range(6):
        answer = visitor.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert b"Too many failed attempts" in answer.content
    visitor.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert not get_user(visitor).is_authenticated


def test_a_session_left_open_neither_sees_nor_changes_a_factor(as_bob: Client) -> None:
    sets_up_the_app(as_bob)
    later = Client()
    later.cookies = as_bob.cookies
    session = later.session
    session["account_authentication_methods"] = []  # the password was entered long ago
    session.save()
    for name in ("mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"):
        answer = later.post(reverse(name))
        if answer.status_code != 405:
            assert answer["Location"].startswith(reverse("account_reauthenticate")), name
    assert Authenticator.objects.count() == 2


def test_nobody_reaches_another_person_s_factor(as_bob: Client, alice: User) -> None:
    hers = Authenticator.objects.create(
        user=alice, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone"}
    )
    answer = as_bob.post(reverse("mfa_remove_webauthn", args=[hers.pk]))
    as_bob.post(answer["Location"], {"password": PASSWORD})
    assert as_bob.post(reverse("mfa_remove_webauthn", args=[hers.pk])).status_code == 404
    assert Authenticator.objects.filter(pk=hers.pk).exists()


@pytest.mark.parametrize("path", ["/admin/", "/admin/rooms/message/", "/admin/login/"])
def test_the_admin_can_be_closed_to_accounts_without_a_factor(
    settings: Settings, staff: User, path: str
) -> None:
    browser = Client()
    browser.force_login(staff)
    assert browser.get(path, follow=True).status_code == 200
    settings.STAFF_MFA = True
    answer = browser.get(path, follow=True)
    assert answer.status_code == 403
    assert b"Two-factor authentication required" in answer.content
    assert reverse("mfa_index").encode() in answer.content
    assert browser.post("/admin/rooms/message/", {"action": "x"}).status_code == 302
    sets_up_the_app(browser)
    assert browser.get(path, follow=True).status_code == 200


def test_recovery_codes_alone_open_nothing(settings: Settings, staff: User) -> None:
    settings.STAFF_MFA = True
    Authenticator.objects.create(user=staff, type=Authenticator.Type.RECOVERY_CODES, data={})
    browser = Client()
    browser.force_login(staff)
    assert browser.get("/admin/", follow=True).status_code == 403


def test_a_superuser_can_remove_a_lost_factor(staff: User, as_bob: Client, bob: User) -> None:
    sets_up_the_app(as_bob)
    moderator = make_user("maud", is_staff=True)
    browser = Client()
    fields = {"action": "remove_factors", "_selected_action": [bob.pk]}
    for user in (moderator, staff):
        browser.force_login(user)
        browser.post("/admin/rooms/user/", fields)
        left = Authenticator.objects.filter(user=bob).exists()
        assert left is (user == moderator)
    entry = AuditEntry.objects.get(action="user.factors_removed")
    assert (entry.actor, entry.user) == (staff, bob)
    visitor = Client()
    visitor.post(reverse("account_login"), {"login": "bob", "password": PASSWORD})
    assert get_user(visitor) == bob


def test_a_stranger_asking_for_a_passkey_does_not_add_a_row_each_time(db: None) -> None:
    codes = [Client().get(reverse("mfa_login_webauthn")).status_code for _ in range(31)]
    assert codes == [200] * 30 + [429]
    assert Session.objects.count() == 30
