"""Logging in with another site's account, against a provider that really signs tokens and calls
back; and what such an account never gets here."""

import http.client
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chatsite.environment import Oidc
from rooms.models import Room, User
from tests.factories import PASSWORD, ban, make_invite, make_room, make_user
from tests.oidc_provider import CLIENT, Provider, provider

pytestmark = pytest.mark.thorough

LOG_IN_THERE = f'action="{reverse("openid_connect_login", kwargs={"provider_id": "oidc"})}"'
GRACE = {
    "sub": "u-7",
    "preferred_username": "Grace",
    "name": "Grace Hopper",
    "email": "grace@example.com",
    "email_verified": True,
}


@pytest.fixture
def idp(settings: Settings, db: None) -> Iterator[Provider]:
    make_user("olga")  # a site without accounts lets nobody sign up
    with provider() as one:
        settings.OIDC = Oidc(one.url, *CLIENT, name="Harbour")
        app = {
            "provider_id": "oidc",
            "name": "Harbour",
            "client_id": CLIENT[0],
            "secret": CLIENT[1],
            "settings": {"server_url": one.url},
        }
        known = {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": known}
        one.claims = dict(GRACE)
        yield one


def begins(browser: Client, query: str = "") -> str:
    """Start logging in; return the provider's address that the browser is sent to."""
    page = browser.post(reverse("openid_connect_login", kwargs={"provider_id": "oidc"}) + query)
    (url,) = re.findall(r'content="0; url=([^"]+)"', page.content.decode())
    return unescape(url)


def comes_back(url: str) -> str:
    """Return the path to which the provider sends the browser back."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    back = urlsplit(connection.getresponse().headers["Location"])
    connection.close()
    return f"{back.path}?{back.query}"


def goes_through(browser: Client, query: str = "") -> HttpResponse:
    response: HttpResponse = browser.get(comes_back(begins(browser, query)))  # type: ignore[assignment]
    return response


def signs_up(browser: Client, username: str = "grace", email: str = "grace@example.com") -> None:
    answer = goes_through(browser)
    assert answer["Location"] == reverse("socialaccount_signup")
    browser.post(answer["Location"], {"username": username, "email": email})


def test_there_is_a_button_where_there_is_a_provider(visitor: Client, bob: User) -> None:
    assert LOG_IN_THERE not in visitor.get(reverse("account_login")).content.decode()


def test_a_new_person_chooses_a_name_and_is_recognised_from_then_on(
    visitor: Client, idp: Provider
) -> None:
    page = visitor.get(reverse("account_login")).content.decode()
    assert LOG_IN_THERE in page
    assert "Harbour" in page
    form = visitor.get(goes_through(visitor)["Location"]).content.decode()
    assert 'value="grace"' in form
    signs_up(visitor)
    grace = User.objects.get(username="grace")
    assert get_user(visitor) == grace
    assert (grace.username, grace.display_name) == ("grace", "Grace Hopper")
    assert not grace.has_usable_password()
    assert EmailAddress.objects.get(user=grace).verified
    elsewhere = Client()
    goes_through(elsewhere)
    assert get_user(elsewhere) == grace


def test_names_are_checked_as_everywhere(visitor: Client, idp: Provider, bob: User) -> None:
    idp.claims["preferred_username"] = "ad min"
    for name in ("bob", "gráce", "a b"):
        signs_up(visitor, name)
    assert not get_user(visitor).is_authenticated


def test_the_provider_s_name_for_a_person_may_not_pose_as_staff(
    idp: Provider, visitor: Client
) -> None:
    idp.claims = {**GRACE, "name": "Grace (admin)"}
    signs_up(visitor)
    assert User.objects.get(username="grace").name == "grace"


@pytest.mark.parametrize(("signup", "is_let_in"), [("open", True), ("closed", False)])
def test_signing_up_is_as_open_as_on_this_site(
    visitor: Client, idp: Provider, settings: Settings, signup: str, is_let_in: bool
) -> None:
    settings.SIGNUP = signup
    answer = goes_through(visitor)
    assert (answer.status_code == 302) is is_let_in
    visitor.post(reverse("socialaccount_signup"), {"username": "grace"})
    assert get_user(visitor).is_authenticated is is_let_in


def test_a_new_person_is_in_the_rooms_for_everyone(visitor: Client, idp: Provider) -> None:
    general = make_room("General", owner=User.objects.get(username="olga"))
    Room.objects.update(is_default=True)
    signs_up(visitor)
    assert general.memberships.filter(user__username="grace").exists()


def test_an_invitation_opens_signing_up(
    visitor: Client, idp: Provider, settings: Settings, staff: User
) -> None:
    settings.SIGNUP = "invite"
    token = make_invite(None, by=staff, max_uses=1)
    visitor.get(reverse("invite", args=[token]))
    signs_up(visitor)
    assert get_user(visitor).is_authenticated
    second = Client()
    second.get(reverse("invite", args=[token]))
    idp.claims["sub"] = "u-8"
    assert goes_through(second).status_code != 302


@pytest.mark.parametrize("verified", [True, False, "true", "false", 1])
def test_no_account_here_is_taken_over_by_its_address(
    visitor: Client, idp: Provider, verified: object
) -> None:
    erin = make_user("erin", email="erin@example.com")
    EmailAddress.objects.create(user=erin, email=erin.email, verified=True, primary=True)
    idp.claims |= {"email": "erin@example.com", "email_verified": verified}
    signs_up(visitor, email="erin@example.com")
    newcomer = get_user(visitor)
    assert newcomer.is_authenticated
    assert newcomer != erin
    verified_ones = EmailAddress.objects.filter(email="erin@example.com", verified=True)
    assert [row.user for row in verified_ones] == [erin]


@pytest.mark.parametrize("verified", [False, "false", "true", 1, None])
def test_an_address_counts_only_if_the_provider_has_confirmed_it(
    visitor: Client, idp: Provider, verified: object
) -> None:
    idp.claims["email_verified"] = verified
    signs_up(visitor)
    assert not EmailAddress.objects.get().verified


def test_another_address_typed_in_the_form_is_not_confirmed(visitor: Client, idp: Provider) -> None:
    signs_up(visitor, email="boss@example.com")
    assert not EmailAddress.objects.get(email="boss@example.com").verified


def test_an_account_here_is_connected_by_its_owner_and_disconnected(
    as_bob: Client, bob: User, idp: Provider
) -> None:
    answer = goes_through(as_bob, "?process=connect")
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    as_bob.post(answer["Location"], {"password": PASSWORD})
    account = SocialAccount.objects.get()
    assert account.user == bob
    elsewhere = Client()
    goes_through(elsewhere)
    assert get_user(elsewhere) == bob
    as_bob.post(reverse("socialaccount_connections"), {"account": account.pk})
    assert not SocialAccount.objects.exists()


def test_an_account_without_a_password_cannot_disconnect_the_provider(
    visitor: Client, idp: Provider
) -> None:
    signs_up(visitor)
    account = SocialAccount.objects.get()
    page = visitor.post(reverse("socialaccount_connections"), {"account": account.pk})
    assert b"Set a password first" in page.content
    assert SocialAccount.objects.exists()


def test_bans_and_deactivations_apply_there_too(
    visitor: Client, idp: Provider, staff: User
) -> None:
    signs_up(visitor)
    grace = User.objects.get(username="grace")
    ban(grace, by=staff, reason="Spam.")
    elsewhere = Client()
    goes_through(elsewhere)
    assert elsewhere.get(reverse("lobby")).status_code == 403
    User.objects.filter(pk=grace.pk).update(is_active=False)
    later = Client()
    goes_through(later)
    assert not get_user(later).is_authenticated


@pytest.mark.parametrize(
    "lie", [{"aud": "another-site"}, {"iss": "http://evil.example"}, {"exp": 1}]
)
def test_a_token_that_is_not_for_us_lets_nobody_in(
    visitor: Client, idp: Provider, lie: dict[str, object]
) -> None:
    idp.answers = lie
    assert goes_through(visitor).status_code == 401
    assert [user.username for user in User.objects.all()] == ["olga"]


def test_an_answer_this_browser_did_not_ask_for_is_refused(visitor: Client, idp: Provider) -> None:
    stolen = comes_back(begins(Client()))
    assert visitor.get(stolen).status_code == 401
    once = comes_back(begins(visitor))
    visitor.get(once)
    assert visitor.get(once).status_code == 401, "a second time"


def test_a_provider_that_is_away_is_a_page_that_says_so(visitor: Client, idp: Provider) -> None:
    url = begins(visitor)
    back = comes_back(url)
    idp.is_broken = True
    path = reverse("openid_connect_login", kwargs={"provider_id": "oidc"})
    for answer in (visitor.post(path), visitor.get(back)):
        assert answer.status_code in {401, 503}
        assert b"Log-in failed" in answer.content


def test_a_stranger_s_requests_to_the_provider_are_limited(visitor: Client, idp: Provider) -> None:
    idp.is_broken = True
    path = reverse("openid_connect_login", kwargs={"provider_id": "oidc"})
    codes = [visitor.post(path).status_code for _ in range(31)]
    assert codes == [503] * 30 + [429]


def test_without_a_provider_there_is_no_such_page(visitor: Client, bob: User) -> None:
    path = reverse("openid_connect_login", kwargs={"provider_id": "oidc"})
    assert visitor.post(path).status_code == 404
    assert visitor.get(path).status_code == 405


def test_cancelling_at_the_provider_leads_back_to_the_log_in_page(
    visitor: Client, idp: Provider
) -> None:
    state = re.findall(r"state=([^&]+)", begins(visitor))[0]
    path = reverse("openid_connect_callback", kwargs={"provider_id": "oidc"})
    answer = visitor.get(f"{path}?error=access_denied&state={state}", follow=True)
    assert b"The log-in was cancelled." in answer.content
