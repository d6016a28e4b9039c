"""Removing someone's posts from an admin page that works without scripts."""

import pytest
from django.test import Client

from rooms.actions.moderation import removal_steps
from rooms.models import Job, Message, Mute, Removal, Room, User
from tests import factories
from tests.integration import admin_desk as desk

ADD = "/admin/rooms/removal/add/"


@pytest.fixture
def spoken(room: Room, bob: User) -> list[Message]:
    return factories.post_many(room, bob, [f"Body {number}." for number in range(12)])


def alive() -> int:
    return Message.objects.filter(deleted_at=None).count()


def test_the_preview_changes_nothing_and_a_click_removes(
    as_maud: Client, maud: User, spoken: list[Message], room: Room, bob: User
) -> None:
    page = as_maud.get(ADD, {"user": "@bob", "scope": "room", "room": "#lounge", "reason": "Spam."})
    shown = " ".join(page.content.decode().split())
    assert "12 messages" in shown
    assert "In 1 room" in shown
    assert "Body 11." in shown
    assert "Body 1." not in shown
    assert alive() == 12
    fields = {"user": "bob", "scope": "room", "room": "lounge", "reason": "Spam."}
    page = as_maud.post(ADD, fields, follow=True)
    assert "12 messages removed." in desk.notices(page)
    removal = Removal.objects.get()
    assert (removal.user, removal.room, removal.reason) == (bob, room, "Spam.")
    assert removal.created_by == maud
    assert alive() == 0


def test_one_click_undoes_a_removal(as_maud: Client, spoken: list[Message]) -> None:
    as_maud.post(ADD, {"user": "bob", "scope": "site"})
    removal = Removal.objects.get()
    url = f"/admin/rooms/removal/{removal.pk}/undo/"
    assert url in desk.shown(as_maud, removal).content.decode()
    assert as_maud.get(url).status_code == 403
    page = as_maud.post(url, follow=True)
    assert "Undone." in desk.notices(page)
    assert alive() == 12
    assert url not in page.content.decode()
    assert desk.was_refused(as_maud.post(url, follow=True))
    assert as_maud.post("/admin/rooms/removal/999/undo/").status_code == 404


def test_the_rest_of_a_large_removal_follows(
    as_maud: Client, spoken: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal_steps, "CHUNK", 3)
    monkeypatch.setattr(removal_steps, "AT_ONCE", 1)
    page = as_maud.post(ADD, {"user": "bob", "scope": "day"}, follow=True)
    assert "3 messages removed. The rest will follow." in desk.notices(page)
    assert Job.objects.get().kind == removal_steps.CarryOut.kind


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"user": "nobody", "scope": "site"}, "There is no user called nobody."),
        ({"user": "bob", "scope": "year"}, "Select a valid choice."),
        ({"user": "bob", "scope": "room"}, "Choose a room."),
        ({"user": "bob", "scope": "hour", "room": "nowhere"}, "There is no such room."),
        ({"user": "staff_person", "scope": "site"}, "This account can"),
        ({"user": "maud", "scope": "site"}, "do that to yourself."),
    ],
)
def test_a_refused_removal_says_why(
    fields: dict[str, str], refusal: str, as_maud: Client, staff: User, spoken: list[Message]
) -> None:
    for page in (as_maud.get(ADD, fields), as_maud.post(ADD, fields)):
        assert page.status_code == 200
        assert refusal in page.content.decode()
    assert not Removal.objects.exists()


def test_a_removal_needs_the_right(as_maud: Client, maud: User, spoken: list[Message]) -> None:
    maud.groups.clear()
    assert as_maud.get(ADD, {"user": "bob", "scope": "site"}).status_code == 403
    assert as_maud.post(ADD, {"user": "bob", "scope": "site"}).status_code == 403
    assert alive() == 12


def test_a_mute_is_added_and_lifted(as_maud: Client, maud: User, room: Room, bob: User) -> None:
    desk.add(as_maud, Mute, user=bob.pk, room=room.pk, reason="Rude.")
    mute = Mute.objects.active().get(user=bob)
    assert (mute.room, mute.reason, mute.created_by) == (room, "Rude.", maud)
    page = desk.run(as_maud, "lift", [mute])
    assert "1 mute was lifted." in desk.notices(page)
    assert not Mute.objects.active().exists()
