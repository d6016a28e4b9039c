"""What people say about themselves: who is shown it, and what it may be."""

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from rooms.actions.accounts import accounts, erasure, profiles
from rooms.actions.moderation import rules
from rooms.errors import ChatError, Forbidden, Invalid
from rooms.models import Rule, User
from rooms.text import zones
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect


def describe(user: User, **changed: object) -> None:
    said = {"pronouns": "they/them", "about": "Tea, mostly.", "zone": "Asia/Tokyo", **changed}
    profiles.set_profile(actor=user, **said)  # type: ignore[arg-type]


async def test_a_card_shows_what_the_person_says(connect: Connect, alice: User, bob: User) -> None:
    await sync_to_async(describe)(bob)
    tab = await connect(alice)
    assert (await tab.does("profile", user="Bob"))["profile"] == {
        "id": bob.pk,
        "username": "bob",
        "name": "Bob",
        "avatar": None,
        "pronouns": "they/them",
        "about": "Tea, mostly.",
        "zone": "Asia/Tokyo",
        "moderates": False,
    }
    assert await tab.is_refused("profile", user="nobody_here") == "not_found"


async def test_the_zone_is_that_of_the_browser_unless_another_is_chosen(
    connect: Connect, alice: User, bob: User
) -> None:
    his, hers = await connect(bob), await connect(alice)

    async def zone() -> str | None:
        return str((await hers.does("profile", user="bob"))["profile"]["zone"])

    assert await zone() == "None"
    await his.does("profile.zone", zone="Europe/Berlin")
    assert await zone() == "Europe/Berlin"
    assert await his.is_refused("profile.zone", zone="Mars/Olympus") == "invalid"
    await User.objects.filter(pk=bob.pk).aupdate(zone="Asia/Tokyo")
    await his.does("profile.zone", zone="Europe/Paris")
    assert await zone() == "Asia/Tokyo"
    await User.objects.filter(pk=bob.pk).aupdate(shows_time=False)
    assert await zone() == "None"


def test_a_closed_account_has_nothing_to_say(alice: User, bob: User) -> None:
    describe(bob)
    accounts.set_active(actor=desk.make_moderator(), user=bob, active=False)
    card = profiles.profile_of(actor=alice, username="bob")
    assert (card.pronouns, card.about, card.zone, card.active) == ("", "", None, False)


@pytest.mark.django_db(transaction=True)
def test_a_deleted_account_keeps_nothing(alice: User, bob: User) -> None:
    describe(bob)
    profiles.note_zone(actor=bob, zone="Europe/Berlin")
    bob.refresh_from_db()
    erasure.erase(actor=bob, username="bob")
    bob.refresh_from_db()
    assert (bob.pronouns, bob.about, bob.zone, bob.browser_zone) == ("", "", "", "")


@pytest.mark.parametrize(
    "hostile",
    [
        {"pronouns": "x" * 41},
        {"about": "x" * 201},
        {"about": "right-to-left \u202e override"},
        {"about": "zero\u200bwidth"},
        {"about": "Z" + "\u0335" * 9},
        {"pronouns": "Moderator"},
        {"pronouns": "\u0410dmin"},
        {"zone": "Europe/Nowhere"},
        {"zone": "../../etc/passwd"},
    ],
    ids=ascii,
)
def test_what_would_deceive_is_refused(bob: User, hostile: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        describe(bob, **hostile)
    bob.refresh_from_db()
    assert (bob.pronouns, bob.about) == ("", "")


@pytest.mark.parametrize("about", ["Написано in London", "שלום, I bake", "❤️ 👩‍🚀", ""], ids=ascii)
def test_people_write_as_they_write(bob: User, about: str) -> None:
    describe(bob, about=about)
    bob.refresh_from_db()
    assert bob.about == about


def test_the_site_s_rules_hold(bob: User) -> None:
    rules.add_rule(
        actor=desk.make_moderator(),
        kind=Rule.Kind.WORD,
        pattern="casino",
        action=Rule.Action.REFUSE,
    )
    with pytest.raises(Forbidden):
        describe(bob, about="Visit my casino")


def test_the_form_of_the_profile_saves_all_of_it(as_bob: Client, bob: User) -> None:
    said = {"pronouns": "he/him", "about": "Baker", "zone": "Europe/Berlin"}
    as_bob.post(reverse("profile"), {"save": "about", **said})
    bob.refresh_from_db()
    assert (bob.pronouns, bob.about, bob.zone, bob.shows_time) == (*said.values(), False)
    page = as_bob.get(reverse("profile")).content.decode()
    assert '<option value="Europe/Berlin" selected>' in page
    refused = as_bob.post(reverse("profile"), {"save": "about", "pronouns": "Admin"})
    assert refused.status_code == 422


def test_every_zone_that_is_offered_is_one() -> None:
    offered = [zone for area in zones.offered().values() for zone in area]
    assert len(offered) > 300
    for zone in offered:
        assert zones.clean_zone(zone) == zone
    with pytest.raises(ChatError):
        zones.clean_zone("Europe")
