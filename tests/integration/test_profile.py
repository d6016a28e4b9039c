"""A person's own display name."""

import pytest
from django.test import Client
from django.urls import reverse

from rooms.models import User


@pytest.mark.parametrize(("typed", "shown"), [("Robert Büttner", "Robert Büttner"), ("  ", "bob")])
def test_bob_chooses_what_others_see(as_bob: Client, bob: User, typed: str, shown: str) -> None:
    response = as_bob.post(reverse("profile"), {"save": "name", "name": typed}, follow=True)
    assert b"Saved." in response.content
    bob.refresh_from_db()
    assert bob.name == shown


@pytest.mark.parametrize("typed", ["x" * 41, "bell\x07", "\u202egnorw"])
def test_a_rejected_name_is_explained(as_bob: Client, bob: User, typed: str) -> None:
    response = as_bob.post(reverse("profile"), {"save": "name", "name": typed})
    assert response.status_code == 422
    assert response.context["name_form"].errors["name"]
    bob.refresh_from_db()
    assert bob.name == "Bob"


def test_a_name_is_shown_as_text(as_bob: Client) -> None:
    as_bob.post(reverse("profile"), {"save": "name", "name": "<b>bob</b>"})
    content = as_bob.get(reverse("profile")).content
    assert b"<b>bob</b>" not in content


def test_nothing_else_about_the_account_is_changed_here(as_bob: Client, bob: User) -> None:
    fields = {"save": "name", "name": "Bob", "is_staff": "on", "username": "root"}
    as_bob.post(reverse("profile"), fields)
    bob.refresh_from_db()
    assert not bob.is_staff
    assert bob.username == "bob"


def test_visitors_have_no_profile(visitor: Client) -> None:
    assert visitor.get(reverse("profile")).status_code == 302
