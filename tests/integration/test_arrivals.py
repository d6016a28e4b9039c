"""New accounts join the rooms for everyone, by whatever door they come."""

import io

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from rooms.actions.accounts import setup
from rooms.models import Invite, Membership, Room, User
from tests import factories
from tests.factories import PASSWORD

FORM = {"username": "erin", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def general(alice: User) -> Room:
    room = factories.make_room("General", owner=alice)
    factories.post_many(room, alice, ["One.", "Two."])
    Room.objects.filter(pk=room.pk).update(is_default=True)
    return room


def membership_of(username: str, room: Room) -> Membership:
    return Membership.objects.select_related("room").get(user__username=username, room=room)


def test_a_person_who_signs_up_is_in_the_room_with_its_history_and_nothing_unread(
    visitor: Client, general: Room, alice: User
) -> None:
    factories.make_room("Elsewhere", owner=alice)
    visitor.post(reverse("account_signup"), FORM)
    membership = membership_of("erin", general)
    assert membership.role == Membership.Role.MEMBER
    assert membership.read_number == membership.room.last_number == 2
    assert Membership.objects.filter(user__username="erin").count() == 1
    page = visitor.get(reverse("home"), follow=True)
    assert page.redirect_chain[-1][0] == reverse("room", args=[general.slug])
    assert "One." in page.text
    assert page.context["bootstrap"]["rooms"][0]["unread"] == 0


def test_a_person_with_an_invitation_is_in_both_rooms(
    visitor: Client, general: Room, private_room: Room, alice: User, settings: Settings
) -> None:
    settings.SIGNUP = "invite"
    visitor.get(reverse("invite", args=[factories.make_invite(private_room, by=alice)]))
    visitor.post(reverse("account_signup"), FORM)
    for room in (general, private_room):
        assert membership_of("erin", room)
    assert User.objects.get(username="erin").invited


def test_an_invitation_into_a_room_for_everyone_is_used_all_the_same(
    visitor: Client, general: Room, alice: User
) -> None:
    visitor.get(reverse("invite", args=[factories.make_invite(general, by=alice)]))
    answer = visitor.post(reverse("account_signup"), FORM)
    assert answer["Location"] == reverse("room", args=[general.slug])
    assert membership_of("erin", general)
    assert User.objects.get(username="erin").invited


def test_an_expired_invitation_keeps_nobody_out_of_an_open_site(
    visitor: Client, general: Room, private_room: Room, alice: User
) -> None:
    visitor.get(reverse("invite", args=[factories.make_invite(private_room, by=alice)]))
    Invite.objects.update(max_uses=1, uses=1)
    visitor.post(reverse("account_signup"), FORM)
    assert membership_of("erin", general)
    assert not private_room.memberships.filter(user__username="erin").exists()


def test_a_person_whom_staff_add_is_in_the_room(as_staff: Client, general: Room) -> None:
    form = {**FORM, "usable_password": "true"}
    answer = as_staff.post(reverse("admin:rooms_user_add"), form)
    assert answer.status_code == 302, answer.text
    assert membership_of("erin", general)


def test_an_admin_made_on_the_command_line_is_in_the_room(
    general: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    arguments = {"username": "erin", "email": "erin@example.com", "interactive": False}
    call_command("createsuperuser", **arguments, stdout=io.StringIO())
    assert membership_of("erin", general)


def test_an_archived_room_is_joined_by_nobody(visitor: Client, general: Room) -> None:
    Room.objects.filter(pk=general.pk).update(archived_at=timezone.now())
    visitor.post(reverse("account_signup"), FORM)
    assert not Membership.objects.filter(user__username="erin").exists()


# -- the owner -------------------------------------------------------------------------------


def founded(visitor: Client, **more: object) -> Client:
    link = setup.setup_link("http://testserver")
    assert link
    token = link.partition("token=")[2]
    form = {"username": "olga", "password1": PASSWORD, "password2": PASSWORD, "token": token}
    answer = visitor.post(reverse("setup"), {**form, **more})
    assert answer["Location"] == reverse("next_steps"), answer.text
    return visitor


def test_the_owner_s_first_room_is_everyone_s(visitor: Client) -> None:
    founded(visitor, first_room="General")
    general = Room.objects.get()
    assert (general.slug, general.is_default, general.kind) == ("general", True, "public")
    assert membership_of("olga", general).role == Membership.Role.OWNER
    newcomer = Client()
    newcomer.post(reverse("account_signup"), FORM)
    assert membership_of("erin", general)


def test_without_a_name_there_is_no_first_room(visitor: Client) -> None:
    founded(visitor)
    assert not Room.objects.exists()
    assert (
        b"New people join no room by themselves yet." in visitor.get("/settings/site/next/").content
    )
