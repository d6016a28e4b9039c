"""Creating the first account through the printed link, once, and what comes next."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from rooms.actions.accounts import setup
from rooms.models import Installation, Invite, Room, User
from tests.factories import PASSWORD
from tests.integration.test_site_settings import picture

FORM = {"username": "owner_1", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def link(db: None) -> str:
    link = setup.setup_link("http://testserver")
    assert link is not None
    return link


def test_the_link_makes_an_owner_and_logs_in(visitor: Client, link: str) -> None:
    page = visitor.get(link)
    assert page.status_code == 200
    response = visitor.post(reverse("setup"), {**FORM, "token": page.context["token"]})
    assert response["Location"] == reverse("next_steps")
    owner = User.objects.get()
    assert owner.is_superuser
    assert owner.is_staff
    assert get_user(visitor) == owner


def test_submitting_the_form_twice_logs_in_both_times(link: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(link)
    token = str(page.context["csrf_token"])
    form = {**FORM, "token": page.context["token"], "csrfmiddlewaretoken": token}
    assert browser.post(reverse("setup"), form).status_code == 302
    assert browser.post(reverse("setup"), form)["Location"] == reverse("home")
    assert User.objects.count() == 1


@pytest.mark.parametrize("token", ["", "wrong", "é", "0" * 64])
def test_a_wrong_token_finds_nothing(visitor: Client, db: None, token: str) -> None:
    assert visitor.get(reverse("setup"), {"token": token}).status_code == 404
    response = visitor.post(reverse("setup"), {**FORM, "token": token})
    assert response.status_code == 404
    assert not User.objects.exists()


def test_the_link_is_void_once_there_is_an_account(visitor: Client, link: str, bob: User) -> None:
    token = link.partition("token=")[2]
    assert visitor.get(link).status_code == 404
    assert visitor.post(reverse("setup"), {**FORM, "token": token}).status_code == 404
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "not a name"},
        {"password1": "12345678", "password2": "12345678"},
        {"password2": "something-else"},
        {"username": ""},
    ],
)
def test_rejected_input_is_explained(visitor: Client, link: str, wrong: dict[str, str]) -> None:
    token = link.partition("token=")[2]
    response = visitor.post(reverse("setup"), {**FORM, **wrong, "token": token})
    assert response.status_code == 422
    assert response.context["form"].errors
    assert not User.objects.exists()


# -- the site --------------------------------------------------------------------------------

SITE = {
    "email": "olga@example.com",
    "name": "Harbour",
    "language": "de",
    "signup": "invite",
    "first_room": "Allgemein",
}


def test_the_form_names_the_site_and_decides_who_comes(visitor: Client, link: str) -> None:
    page = visitor.get(link)
    assert page.context["form"]["first_room"].value() == "General"
    assert "change it later." in page.text
    form = {**FORM, **SITE, "logo": picture(), "token": page.context["token"]}
    next_page = visitor.post(reverse("setup"), form, follow=True)
    site = Installation.objects.get()
    assert (site.name, site.language, site.signup) == ("Harbour", "de", "invite")
    assert site.logo
    owner = User.objects.get()
    assert (owner.email, owner.language) == ("olga@example.com", "de")
    assert not EmailAddress.objects.get(user=owner).verified
    assert Room.objects.get().name == "Allgemein"
    assert '<html lang="de"' in next_page.text
    assert Client().get(reverse("account_signup")).status_code == 403


def test_the_owner_s_language_is_their_browser_s_if_they_leave_it(
    visitor: Client, link: str
) -> None:
    page = visitor.get(link, HTTP_ACCEPT_LANGUAGE="de")
    assert page.context["form"]["language"].value() == "de"
    form = {**FORM, "language": "de", "token": page.context["token"]}
    visitor.post(reverse("setup"), form, HTTP_ACCEPT_LANGUAGE="de")
    assert User.objects.get().language == ""


@pytest.mark.parametrize(
    "wrong",
    [{"first_room": "a\u202eb"}, {"name": "x" * 41}, {"email": "nobody"}, {"signup": "who"}],
)
def test_a_site_that_is_refused_leaves_no_account(
    visitor: Client, link: str, wrong: dict[str, str]
) -> None:
    token = link.partition("token=")[2]
    answer = visitor.post(reverse("setup"), {**FORM, **SITE, **wrong, "token": token})
    assert answer.status_code == 422
    assert not User.objects.exists()
    assert not Room.objects.exists()
    assert Installation.current().name == ""
    assert visitor.get(link).status_code == 200


def test_the_environment_decides_who_signs_up_and_the_form_does_not_ask(
    visitor: Client, link: str, settings: Settings
) -> None:
    settings.SIGNUP = "closed"
    assert "signup" not in visitor.get(link).context["form"].fields


# -- next steps ------------------------------------------------------------------------------


def test_steps_that_are_done_are_ticked(as_staff: Client, bob: User) -> None:
    page = reverse("next_steps")
    assert as_staff.get(page).text.count("data-done") == 1, "there is somebody else"
    User.objects.filter(pk=bob.pk).delete()
    assert "data-done" not in as_staff.get(page).text
    made = as_staff.post(reverse("site_invite"))
    assert Invite.objects.get().room is None
    assert made.text.count("data-done") == 1
    assert reverse("invite", args=["x" * 32])[:8] in made.context["invite_url"]
    assert 'src="data:image/svg+xml;base64,' in made.text
    assert "data:image" not in as_staff.get(page).text, "the link is shown once"


def test_what_is_left_before_the_public_comes_is_what_is_not_so_here(
    as_staff: Client, settings: Settings
) -> None:
    def points() -> set[str]:
        listed = as_staff.get(reverse("next_steps")).context["points"]
        return {point.setting.partition("=")[0] for point in listed}

    settings.SITE_URL = ""
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
    before = points()
    assert {"CSRF_TRUSTED_ORIGINS", "SITE_URL", "EMAIL_URL", "STAFF_MFA", ""} <= before
    assert "ALLOWED_HOSTS" not in before
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.TLS = settings.STAFF_MFA = True
    settings.TRUSTED_PROXIES = ("127.0.0.1",)
    settings.SITE_URL = "https://chat.example.com"
    settings.MAIL = settings.MAIL._replace(host="mail.example.com")
    as_staff.get(reverse("next_steps"))
    assert points() == {""}, "a backup can't be seen from here"
