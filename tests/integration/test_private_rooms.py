"""Site moderators moderate private and direct rooms without reading them, and can't get around that
on their own: not by a membership, an invitation, a role, a restored message or a rule."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.test import Client
from django.urls import reverse

from rooms.actions.messages import changes
from rooms.actions.moderation import reports, rules
from rooms.actions.rooms import memberships
from rooms.errors import Forbidden
from rooms.models import Invite, Membership, Message, Report, Room, User
from tests import factories
from tests.integration import admin_desk as desk

pytestmark = pytest.mark.thorough

SECRET = "zucchini"
BODIES = [f"{SECRET} {number} of the garden" for number in range(1, 13)]
TOLD = "Only members of a private room can let others in."


@pytest.fixture
def said(private_room: Room, alice: User, bob: User) -> list[Message]:
    """Messages in a private room, numbered from 1."""
    return factories.post_many(private_room, bob, BODIES)


@pytest.fixture
def in_private(alice: User, bob: User) -> list[Message]:
    """Messages in a direct room."""
    return factories.post_many(factories.make_direct(alice, bob), bob, BODIES)


def read_at_the_desk(client: Client) -> str:
    """Return every list and every page of the admin that they can see."""
    shown = []
    for model in admin.site._registry:
        opts = model._meta
        name = f"admin:{opts.app_label}_{opts.model_name}"
        shown.append(client.get(reverse(f"{name}_changelist")))
        for pk in model._default_manager.values_list("pk", flat=True):
            shown.append(client.get(reverse(f"{name}_change", args=[quote(pk)])))
            shown.append(client.get(reverse(f"{name}_history", args=[quote(pk)])))
    shown.append(client.get(desk.url(Report), {"state": "all"}))
    shown.append(client.get(desk.url(Message), {"q": "garden"}))
    return "".join(page.content.decode() for page in shown)


@pytest.mark.parametrize("role", ["member", "owner"])
@pytest.mark.parametrize("who", ["themselves", "a second account"])
def test_the_members_form_adds_nobody_to_a_private_room(
    as_maud: Client, maud: User, charlie: User, private_room: Room, who: str, role: str
) -> None:
    user = maud if who == "themselves" else charlie
    page = desk.add(as_maud, Membership, room=private_room.pk, user=user.pk, role=role)
    assert TOLD in desk.errors(page)
    assert not Membership.objects.filter(room=private_room, user=user).exists()


def test_no_entry_point_creates_an_invitation_to_a_private_room(
    as_maud: Client, maud: User, private_room: Room
) -> None:
    assert TOLD in desk.errors(desk.add(as_maud, Invite, room=private_room.pk, days=7))
    as_maud.post(reverse("invite_create", args=[private_room.slug]), {"days": "7"})
    with pytest.raises(Forbidden, match=TOLD):
        factories.make_invite(private_room, by=maud)
    assert not Invite.objects.exists()


def test_moderators_may_invite_to_public_rooms_and_to_rooms_they_are_in(
    as_maud: Client, maud: User, charlie: User, room: Room, private_room: Room
) -> None:
    assert factories.make_invite(room, by=maud)
    factories.add_member(private_room, maud)
    assert factories.make_invite(private_room, by=maud)
    desk.add(as_maud, Membership, room=private_room.pk, user=charlie.pk, role="member")
    assert Membership.objects.filter(room=private_room, user=charlie).exists()


def test_a_superuser_who_reads_everything_may_add_people(
    staff: User, charlie: User, private_room: Room
) -> None:
    assert factories.make_invite(private_room, by=staff)
    memberships.put_member(actor=staff, room=private_room, user=charlie, role="owner")
    assert Membership.objects.get(room=private_room, user=charlie).role == "owner"


def test_a_site_moderator_s_invitation_ends_with_their_membership(
    maud: User, as_charlie: Client, private_room: Room
) -> None:
    factories.add_member(private_room, maud)
    address = reverse("invite", args=[factories.make_invite(private_room, by=maud)])
    assert as_charlie.get(address).status_code == 200
    memberships.leave_room(actor=maud, slug=private_room.slug)
    assert as_charlie.get(address).status_code == 404


def _restore(maud: User, said: list[Message]) -> None:
    changes.delete_messages(actor=maud, messages=said[:2])
    changes.restore_messages(actor=maud, messages=said[:1])


def _make_an_owner(maud: User, said: list[Message]) -> None:
    if said[0].room.kind == Room.Kind.PRIVATE:
        memberships.set_role(actor=maud, room=said[0].room, user=said[0].author, role="owner")


def _make_a_rule(maud: User, said: list[Message]) -> None:
    rules.add_rule(actor=maud, kind="word", pattern="garden", action="flag")


Attempt = Callable[[User, list[Message]], None]


@pytest.mark.parametrize("kind", ["said", "in_private"])
@pytest.mark.parametrize("attempt", [_restore, _make_an_owner, _make_a_rule])
def test_nothing_a_moderator_does_reveals_private_messages(
    as_maud: Client, maud: User, kind: str, attempt: Attempt, request: pytest.FixtureRequest
) -> None:
    said: list[Message] = request.getfixturevalue(kind)
    attempt(maud, said)
    assert as_maud.get(reverse("room", args=[said[0].room.slug])).status_code == 404
    assert SECRET not in read_at_the_desk(as_maud)


def test_the_same_pages_show_private_messages_to_a_superuser(
    as_staff: Client, said: list[Message]
) -> None:
    assert SECRET in read_at_the_desk(as_staff)


def case_of(message: Message) -> Report:
    return Report.objects.get(message=message, reporter=None)


def shown_around(client: Client, case: Report) -> list[int]:
    return [row.number for row in desk.shown(client, case).context["around"]]


def test_a_rule_shows_its_matches_and_nothing_written_before(
    as_maud: Client, as_staff: Client, maud: User, alice: User, in_private: list[Message]
) -> None:
    rules.add_rule(actor=maud, kind="word", pattern="courgette", action="flag")
    found = factories.post(in_private[0].room, alice, f"{SECRET} or courgette")
    factories.post(in_private[0].room, alice, f"{SECRET} after it")
    case = case_of(found)
    assert shown_around(as_maud, case) == [found.number]
    assert "or courgette" in desk.shown(as_maud, found).content.decode()
    text = read_at_the_desk(as_maud)
    assert f"{SECRET} 12" not in text
    assert f"{SECRET} after it" not in text
    assert shown_around(as_staff, case) == list(range(8, 15))


def test_a_reported_message_is_shown_with_its_context(
    as_maud: Client, maud: User, alice: User, bob: User, in_private: list[Message]
) -> None:
    rules.add_rule(actor=maud, kind="word", pattern="courgette", action="flag")
    found = factories.post(in_private[0].room, alice, "courgette")
    with factories.unlimited():
        reports.report_message(actor=bob, slug=found.room.slug, number=found.number, reason="spam")
    assert shown_around(as_maud, case_of(found)) == list(range(8, 14))


def test_a_match_in_a_public_room_is_shown_with_its_context(
    as_maud: Client, maud: User, bob: User, room: Room
) -> None:
    rules.add_rule(actor=maud, kind="word", pattern="courgette", action="flag")
    factories.post_many(room, bob, ["One.", "Two."])
    assert shown_around(as_maud, case_of(factories.post(room, bob, "courgette"))) == [1, 2, 3]


def test_a_match_that_was_edited_away_is_not_shown(
    as_maud: Client, maud: User, bob: User, in_private: list[Message], no_limits: None
) -> None:
    room = in_private[0].room
    rules.add_rule(actor=maud, kind="word", pattern="courgette", action="flag")
    found = factories.post(room, bob, "courgette")
    edit: dict[str, Any] = {"actor": bob, "slug": room.slug, "number": found.number}
    changes.edit_message(**edit, body=f"{SECRET} pie")
    assert shown_around(as_maud, case_of(found)) == []
    assert f"{SECRET} pie" not in read_at_the_desk(as_maud)
    changes.edit_message(**edit, body="courgette pie")  # matched again, in its new form
    assert shown_around(as_maud, case_of(found)) == [found.number]
    assert "courgette pie" in read_at_the_desk(as_maud)


def test_a_moderator_cannot_tell_which_of_their_messages_was_reported(
    as_maud: Client, maud: User, alice: User, private_room: Room
) -> None:
    factories.add_member(private_room, maud)
    said = factories.post_many(private_room, maud, ["Mine.", "Mine, too."])
    with factories.unlimited():
        reports.report_message(
            actor=alice, slug=private_room.slug, number=said[0].number, reason="spam"
        )
    memberships.leave_room(actor=maud, slug=private_room.slug)
    pages = [desk.shown(as_maud, one).content.decode() for one in said]
    assert ["Mine" in page for page in pages] == [True, True]
