"""The first account: through the printed link, once."""

import pytest
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from rooms.actions import accounts
from rooms.models import User
from tests.factories import PASSWORD

FORM = {"username": "owner_1", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def link(db: None) -> str:
    link = accounts.setup_link("http://testserver")
    assert link is not None
    return link


def test_the_link_makes_an_owner_and_logs_in(visitor: Client, link: str) -> None:
    page = visitor.get(link)
    assert page.status_code == 200
    response = visitor.post(reverse("setup"), {**FORM, "token": page.context["token"]})
    assert response["Location"] == reverse("lobby")
    owner = User.objects.get()
    assert owner.is_superuser
    assert owner.is_staff
    assert get_user(visitor) == owner


def test_the_form_sent_twice_leads_in_twice(link: str) -> None:
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
def test_what_is_not_accepted_is_explained(
    visitor: Client, link: str, wrong: dict[str, str]
) -> None:
    token = link.partition("token=")[2]
    response = visitor.post(reverse("setup"), {**FORM, **wrong, "token": token})
    assert response.status_code == 422
    assert response.context["form"].errors
    assert not User.objects.exists()
