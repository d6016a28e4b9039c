"""Slow mode, announcements and mutes in a room's settings, and muted people in its member list."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.actions.accounts import ignores
from rooms.actions.moderation import sanctions
from rooms.models import Mute, Room, User


def settings_of(browser: Client, room: Room) -> str:
    return browser.get(reverse("room_settings", args=[room.slug])).content.decode()


def test_alice_slows_the_room_down_and_limits_it_to_announcements(
    as_alice: Client, room: Room
) -> None:
    pace = reverse("room_pace", args=[room.slug])
    as_alice.post(pace, {"slow_mode": "30", "announcement": "staff"})
    room.refresh_from_db()
    assert (room.slow_mode, room.announcement) == (30, True)
    as_alice.post(pace, {"slow_mode": "0", "announcement": "all"})
    room.refresh_from_db()
    assert (room.slow_mode, room.announcement) == (0, False)


def test_only_what_can_be_left_empty_is_called_optional(as_alice: Client, room: Room) -> None:
    page = settings_of(as_alice, room)
    label = page[page.index("Who can use @room") :].partition("</label>")[0]
    assert "optional" not in label
    topic = page[page.index(">\n      Topic") :].partition("</label>")[0]
    assert "optional" in topic


def test_a_custom_pace_set_by_the_operator_is_kept_by_the_form(
    as_alice: Client, room: Room
) -> None:
    Room.objects.filter(pk=room.pk).update(slow_mode=45)
    assert '<option value="45" selected>45 seconds</option>' in settings_of(as_alice, room)


@pytest.mark.parametrize("pace", ["-1", "7", "", "a"])
def test_a_pace_that_is_not_offered_is_refused(as_alice: Client, room: Room, pace: str) -> None:
    address = reverse("room_pace", args=[room.slug])
    response = as_alice.post(address, {"slow_mode": pace, "announcement": "staff"})
    assert response.status_code == 422
    room.refresh_from_db()
    assert (room.slow_mode, room.announcement) == (0, False)


def test_a_mute_is_listed_with_its_reason_and_lifted(
    as_alice: Client, as_bob: Client, alice: User, bob: User, room: Room
) -> None:
    mute = sanctions.mute_user(actor=alice, user=bob, room=room, reason="Far too loud")
    assert "Far too loud" in settings_of(as_alice, room)
    assert "Far too loud" not in settings_of(as_bob, room)
    lift = reverse("mute_lift", args=[room.slug, mute.pk])
    assert as_bob.post(lift).status_code == 403
    assert Mute.objects.active().exists()
    as_alice.post(lift)
    assert not Mute.objects.active().exists()


def test_moderators_see_who_is_muted_in_the_member_list(
    as_alice: Client, as_bob: Client, alice: User, bob: User, room: Room
) -> None:
    address = reverse("room_members", args=[room.slug])
    end = timezone.now() + timedelta(hours=1)
    sanctions.mute_user(actor=alice, user=bob, room=room, reason="Far too loud", expires_at=end)
    (id_, muted), *others = as_alice.get(address).json()["muted"].items()
    assert (id_, muted["reason"], others) == (str(bob.pk), "Far too loud", [])
    assert as_bob.get(address).json()["muted"] == {}


def test_the_settings_list_ignored_people_and_can_stop_ignoring_them(
    as_alice: Client, as_bob: Client, alice: User, bob: User
) -> None:
    ignores.ignore_person(actor=alice, username=bob.username, kind="block")
    form = f'action="{reverse("unignore")}"'
    assert form in as_alice.get(reverse("privacy")).content.decode()
    assert form not in as_bob.get(reverse("privacy")).content.decode(), "nobody is told"
    as_alice.post(reverse("unignore"), {"username": bob.username})
    assert not alice.ignores.exists()
    assert form not in as_alice.get(reverse("privacy")).content.decode()


@pytest.mark.parametrize("by_site", [True, False])
def test_a_site_mute_and_its_reason_are_shown_only_to_site_moderators(
    as_alice: Client, as_maud: Client, alice: User, bob: User, maud: User, room: Room, by_site: bool
) -> None:
    if by_site:
        sanctions.mute_user(actor=maud, user=bob, reason="Known from elsewhere.")
    else:
        sanctions.mute_user(actor=maud, user=bob, room=room, reason="Known from here.")
    address = reverse("room_members", args=[room.slug])
    told = [browser.get(address).json()["muted"] for browser in (as_alice, as_maud)]
    assert [bool(one) for one in told] == [not by_site, True]
    page = as_alice.get(reverse("room_settings", args=[room.slug])).content.decode()
    assert ("Known from" in page) is not by_site
