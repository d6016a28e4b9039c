"""Two sites on one host: browsers send the cookies of one to the other, regardless of the port."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from rooms.models import User
from tests.integration.conftest import session_of
from tests.site import Visitor, serving


def test_signing_in_to_one_site_does_not_sign_out_of_the_other(tmp_path: Path) -> None:
    with serving(tmp_path / "garden") as garden, serving(tmp_path / "harbour") as harbour:
        for site in (garden, harbour):
            site.visitor().signs_up("bob")
        browser = garden.visitor()
        elsewhere = Visitor(harbour.address, browser.cookies)
        browser.logs_in("bob")
        elsewhere.logs_in("bob")
        for one in (browser, elsewhere, browser):
            assert 'name="save"' in one.get("/accounts/profile/")
        elsewhere.post("/accounts/logout/", page="/accounts/profile/")
        assert 'name="save"' in browser.get("/accounts/profile/")
        assert 'name="login"' in elsewhere.get("/accounts/profile/")


def test_a_session_under_an_old_cookie_name_continues_under_the_new_one(bob: User) -> None:
    key = session_of(bob)
    for name in ("sessionid", "sessionid_0badcafe"):
        browser = Client(headers={"cookie": f"sessionid_8443={'0' * 32}; {name}={key}"})
        with CaptureQueriesContext(connection) as queries:
            page = browser.get("/accounts/profile/")
        assert page.status_code == 200
        assert page.cookies[settings.SESSION_COOKIE_NAME].value == key
        assert page.cookies[settings.SESSION_COOKIE_NAME]["httponly"]
        assert not [query for query in queries if "UPDATE" in query["sql"]]
        again = browser.get(
            "/accounts/profile/", headers={"cookie": f"{settings.SESSION_COOKIE_NAME}={key}"}
        )
        assert settings.SESSION_COOKIE_NAME not in again.cookies


def test_another_site_s_session_cookie_does_not_count_here(bob: User) -> None:
    browser = Client(headers={"cookie": f"sessionid={'0' * 32}; xsessionid={session_of(bob)}"})
    page = browser.get("/accounts/profile/")
    assert page.status_code == 302
    assert not [name for name in page.cookies if name.startswith("sessionid")]
    assert not get_user(browser).is_authenticated


def test_over_tls_only_a_cookie_of_this_very_host_counts(bob: User, settings: Settings) -> None:
    settings.COOKIE_PREFIX, settings.SESSION_COOKIE_NAME = "__Host-", "__Host-sessionid"
    key = session_of(bob)
    for name, status in (("sessionid", 302), ("__Host-sessionid_8443", 200)):
        browser = Client(headers={"cookie": f"{name}={key}"})
        assert browser.get("/accounts/profile/").status_code == status
