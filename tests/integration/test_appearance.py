"""How the site looks to a person: theirs on every device, in the page before it is painted."""

import json
import re

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from rooms.actions.accounts import appearances
from rooms.errors import Invalid
from rooms.models import Room, User
from tests.integration.conftest import Connect

USUAL = {
    "scheme": "system",
    "density": "comfortable",
    "text": "normal",
    "hours": "language",
    "motion": "system",
    "muted": "mentions",
    "previews": "shown",
}


def marks(page: str) -> dict[str, str]:
    """Return the choices that are marked on <html>."""
    found = re.search(r"<html([^>]*)>", page)
    assert found
    return {
        name: value for name, value in re.findall(r'data-(\w+)="(\w+)"', found[1]) if name in USUAL
    }


def test_a_choice_is_in_the_page_before_any_script_or_style(
    as_bob: Client, bob: User, room: Room
) -> None:
    chosen = {"scheme": "dark", "density": "compact", "text": "larger"}
    answer = as_bob.post(reverse("appearance"), {**USUAL, **chosen}, follow=True)
    assert "Saved." in answer.text
    phone = Client()
    phone.force_login(bob)
    for name, args in (("room", [room.slug]), ("lobby", []), ("rights", [])):
        page = phone.get(reverse(name, args=args)).text
        assert marks(page) == chosen, name
        assert '<meta name="color-scheme" content="dark">' in page
        assert '<meta name="theme-color" content="#151412" media="all"' in page
        assert '<meta name="theme-color" content="#f4f2ec" media="not all"' in page


def test_guests_follow_their_system(as_bob: Client, visitor: Client) -> None:
    as_bob.post(reverse("appearance"), {**USUAL, "scheme": "dark"})
    page = visitor.get(reverse("account_login")).text
    assert marks(page) == {}
    assert '<meta name="color-scheme" content="light dark">' in page
    assert '#151412" media="(prefers-color-scheme: dark)"' in page
    as_bob.post(reverse("account_logout"))
    assert marks(as_bob.get(reverse("account_login")).text) == {}


def test_a_choice_that_is_not_offered_is_refused(as_bob: Client, bob: User) -> None:
    answer = as_bob.post(reverse("appearance"), {**USUAL, "scheme": "pink"})
    assert answer.status_code == 422
    with pytest.raises(Invalid):
        appearances.set_appearance(actor=bob, scheme="pink")
    with pytest.raises(Invalid):
        appearances.set_appearance(actor=bob, revision="9")
    bob.refresh_from_db()
    assert bob.appearance == ""


@pytest.mark.django_db(transaction=True)
async def test_every_tab_of_the_person_and_nobody_else_hears_of_a_change(
    connect: Connect, alice: User, bob: User
) -> None:
    here, elsewhere, other = await connect(bob), await connect(bob), await connect(alice)
    assert here.welcome["appearance"] == {**USUAL, "revision": 0}
    reply = await here.does("appearance.set", scheme="dark", hours="12")
    now = {**USUAL, "scheme": "dark", "hours": "12", "revision": 1}
    assert reply["appearance"] == now
    assert (await elsewhere.sees("appearance.changed"))["appearance"] == now
    again = await elsewhere.does("appearance.set", scheme="dark")
    assert again["appearance"]["revision"] == 1, "which changes nothing"
    assert not await other.has_seen("appearance.changed")
    assert (await connect(bob)).welcome["appearance"] == now
    assert await here.is_refused("appearance.set", scheme="pink") == "invalid"


@pytest.mark.django_db(transaction=True)
async def test_what_another_version_has_stored_does_not_break_the_page(
    connect: Connect, bob: User
) -> None:
    kept = {"scheme": "sepia", "density": "compact", "font": "serif", "revision": 3}
    await User.objects.filter(pk=bob.pk).aupdate(appearance=json.dumps(kept))
    client = await connect(bob)
    assert client.welcome["appearance"] == {**USUAL, "density": "compact", "revision": 3}
    page = await sync_to_async(_page_of)(bob)
    assert marks(page) == {"density": "compact"}


def _page_of(user: User) -> str:
    browser = Client()
    browser.force_login(user)
    return browser.get(reverse("lobby")).text
