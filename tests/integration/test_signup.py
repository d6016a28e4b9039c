"""Signing up: open, by invitation, or closed."""

import pytest
from django.contrib.auth import get_user
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from rooms.accounts.adapter import AccountAdapter
from rooms.actions.accounts import setup
from rooms.models import Invite, Room, User
from tests.factories import PASSWORD, make_invite, make_user

FORM = {"username": "erin", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def owner(db: None) -> User:
    """An existing account: a site without accounts lets nobody sign up."""
    return make_user("olga", is_staff=True, is_superuser=True)


def others() -> QuerySet[User]:
    return User.objects.exclude(username="olga")


@pytest.mark.parametrize("mode", ["open", "invite"])
def test_on_an_empty_site_a_stranger_cannot_void_the_set_up_link(
    visitor: Client, owner: User, settings: Settings, mode: str
) -> None:
    owner.delete()
    settings.SIGNUP = mode
    link = setup.setup_link("")
    assert link
    for answer in (
        visitor.get(reverse("account_signup")),
        visitor.post(reverse("account_signup"), FORM),
    ):
        assert answer.status_code == 403
        assert b"open the set-up link" in answer.content
    assert not User.objects.exists()
    assert reverse("account_signup") not in visitor.get(reverse("account_login")).content.decode()
    assert visitor.get(link).status_code == 200
    make_user("olga")
    page = visitor.get(reverse("account_signup"))
    assert page.status_code == (200 if mode == "open" else 403)
    assert b"set-up link" not in page.content


def test_an_account_needs_a_name_and_a_password_only(visitor: Client) -> None:
    response = visitor.post(reverse("account_signup"), FORM)
    assert response.status_code == 302
    assert response["Location"] == reverse("home")
    erin = others().get(username="erin")
    assert get_user(visitor) == erin
    assert erin.email == ""
    assert not erin.is_staff


def test_a_username_is_lower_case_whatever_was_typed(visitor: Client) -> None:
    visitor.post(reverse("account_signup"), {**FORM, "username": " Erin "})
    assert others().filter(username="erin").exists()


@pytest.mark.parametrize(
    "username", ["e", "e" * 33, "er in", "érin", "\u0430dmin", "@all", "...", ""]
)
def test_a_username_with_other_characters_is_refused(visitor: Client, username: str) -> None:
    response = visitor.post(reverse("account_signup"), {**FORM, "username": username})
    assert response.status_code == 200
    assert response.context["form"].errors["username"]
    assert not others().exists()


@pytest.mark.parametrize("username", ["admin", "Moderator", "_adm1n_"])
def test_a_stranger_cannot_take_a_staff_name(visitor: Client, username: str) -> None:
    response = visitor.post(reverse("account_signup"), {**FORM, "username": username})
    assert "run the site" in response.context["form"].errors["username"][0]
    assert not others().exists()


@pytest.mark.parametrize("username", ["bob", "BOB", " Bob "])
def test_a_taken_username_is_refused_in_any_case(visitor: Client, bob: User, username: str) -> None:
    response = visitor.post(reverse("account_signup"), {**FORM, "username": username})
    assert response.context["form"].errors["username"] == [
        "That username is taken. Choose another."
    ]
    assert others().count() == 1


def test_the_second_to_claim_a_name_is_told_so(
    visitor: Client, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race in which both forms were valid."""
    monkeypatch.setattr(AccountAdapter, "clean_username", lambda self, username, **_: username)
    page = visitor.post(reverse("account_signup"), {**FORM, "username": "bob"}, follow=True)
    assert page.redirect_chain == [(reverse("account_signup"), 302)]
    assert b"That username is taken. Choose another." in page.content
    assert not get_user(visitor).is_authenticated
    assert others().count() == 1


@pytest.mark.parametrize("password", ["short1", "password", "12345678", "erin_erin"])
def test_a_weak_password_is_refused(visitor: Client, password: str) -> None:
    fields = {"username": "erin_erin", "password1": password, "password2": password}
    response = visitor.post(reverse("account_signup"), fields)
    assert response.context["form"].errors["password1"]
    assert not others().exists()


def test_two_different_passwords_are_refused(visitor: Client) -> None:
    response = visitor.post(reverse("account_signup"), {**FORM, "password2": PASSWORD + "x"})
    assert response.context["form"].errors["password2"]
    assert not others().exists()


def test_nobody_can_sign_up_as_staff(visitor: Client) -> None:
    visitor.post(reverse("account_signup"), {**FORM, "is_staff": "on", "is_superuser": "on"})
    erin = others().get()
    assert not erin.is_staff
    assert not erin.is_superuser


def test_signing_up_needs_the_page_s_token(db: None) -> None:
    browser = Client(enforce_csrf_checks=True)
    response = browser.post(reverse("account_signup"), FORM)
    assert response.status_code == 403


def test_a_closed_site_creates_no_accounts(visitor: Client, settings: Settings) -> None:
    settings.SIGNUP = "closed"
    assert visitor.get(reverse("account_signup")).status_code == 403
    response = visitor.post(reverse("account_signup"), FORM)
    assert response.status_code == 403
    assert b"accepting new accounts" in response.content
    assert not others().exists()


def test_a_closed_site_s_log_in_page_does_not_offer_it(visitor: Client, settings: Settings) -> None:
    signup = reverse("account_signup").encode()
    assert signup in visitor.get(reverse("account_login")).content
    settings.SIGNUP = "closed"
    assert signup not in visitor.get(reverse("account_login")).content


def test_without_an_invitation_an_invite_only_site_creates_no_account(
    visitor: Client, settings: Settings
) -> None:
    settings.SIGNUP = "invite"
    response = visitor.post(reverse("account_signup"), FORM)
    assert response.status_code == 403
    assert b"invitation" in response.content
    assert not others().exists()


def test_an_invitation_makes_one_account_and_leads_into_its_room(
    visitor: Client, settings: Settings, private_room: Room, alice: User
) -> None:
    settings.SIGNUP = "invite"
    visitor.get(reverse("invite", args=[make_invite(private_room, by=alice, max_uses=1)]))
    assert private_room.name.encode() in visitor.get(reverse("account_signup")).content
    response = visitor.post(reverse("account_signup"), FORM)
    assert response["Location"] == reverse("room", args=[private_room.slug])
    assert private_room.memberships.filter(user__username="erin").exists()
    assert Invite.objects.get().uses == 1


def test_a_used_up_invitation_makes_no_account(
    visitor: Client, settings: Settings, private_room: Room, alice: User
) -> None:
    settings.SIGNUP = "invite"
    visitor.get(reverse("invite", args=[make_invite(private_room, by=alice, max_uses=1)]))
    Invite.objects.update(uses=1)
    response = visitor.post(reverse("account_signup"), FORM)
    assert response.status_code == 403
    assert not others().filter(username="erin").exists()


def test_an_invitation_into_the_site_makes_an_account_too(
    visitor: Client, settings: Settings, staff: User
) -> None:
    settings.SIGNUP = "invite"
    visitor.get(reverse("invite", args=[make_invite(None, by=staff)]))
    visitor.post(reverse("account_signup"), FORM)
    assert others().filter(username="erin").exists()


def test_signing_up_is_limited_by_address(visitor: Client) -> None:
    for _ in range(20):
        visitor.post(reverse("account_signup"), {**FORM, "password2": "no"})
    response = visitor.post(reverse("account_signup"), FORM)
    assert response.status_code == 429
    assert not others().exists()


def test_a_signed_in_person_is_redirected(as_bob: Client) -> None:
    assert as_bob.get(reverse("account_signup"))["Location"] == reverse("home")
