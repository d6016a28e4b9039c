"""Making people members, from the room and from its settings."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse

from rooms.actions.moderation import sanctions
from rooms.actions.rooms import memberships
from rooms.errors import Forbidden, Invalid, NotFound
from rooms.models import AuditEntry, Membership, Room, User
from rooms.protocol import limits
from tests.factories import make_room, make_user, post
from tests.integration.conftest import Connect


@pytest.mark.parametrize("kind", [Room.Kind.PUBLIC, Room.Kind.PRIVATE])
async def test_those_who_are_added_have_the_room_at_once(
    connect: Connect, alice: User, bob: User, charlie: User, kind: Any
) -> None:
    room = await sync_to_async(make_room)("Den", owner=alice, members=[bob], kind=kind)
    await sync_to_async(post)(room, alice)
    hers, his, theirs = (
        await connect(alice, room=room),
        await connect(bob, room=room),
        await connect(charlie),
    )
    reply = await hers.does("member.add", room=room.slug, people=["charlie", "bob"])
    assert [one["username"] for one in reply["members"]] == ["charlie"], "bob is a member already"
    added = await theirs.sees("room.added")
    assert (added["room"]["slug"], added["room"]["unread"]) == (room.slug, 0)
    joined = await his.sees("member.joined")
    assert (joined["member"]["username"], joined["members"]) == ("charlie", 3)
    entry = await AuditEntry.objects.aget(action="member.added")
    assert (entry.actor_id, entry.user_id) == (alice.pk, charlie.pk)


def test_all_are_added_or_none(alice: User, bob: User, charlie: User, room: Room) -> None:
    dora = make_user("dora")
    sanctions.ban_user(actor=alice, user=dora, room=room)
    for people, refusal in (
        (["charlie", "nobody_here"], NotFound),
        (["charlie", "dora"], Forbidden),
        ([f"user{n}" for n in range(limits.MAX_ADDED + 1)], Invalid),
        ([" "], Invalid),
    ):
        with pytest.raises(refusal):
            memberships.add_people(actor=alice, slug=room.slug, people=people)
    assert not Membership.objects.filter(room=room, user__in=[charlie, dora]).exists()


def test_members_add_nobody(bob: User, charlie: User, room: Room) -> None:
    with pytest.raises(Forbidden):
        memberships.add_people(actor=bob, slug=room.slug, people=["charlie"])


def test_the_form_of_the_settings_works_without_scripts(
    as_alice: Client, charlie: User, room: Room
) -> None:
    page = as_alice.get(reverse("room_settings", args=[room.slug])).content.decode()
    address = reverse("member_add", args=[room.slug])
    assert f'action="{address}"' in page
    told = as_alice.post(address, {"people": "@Charlie, bob"}, follow=True).content.decode()
    assert "1 person added." in told
    assert room.memberships.filter(user=charlie).exists()


def test_members_do_not_see_the_form(as_bob: Client, room: Room) -> None:
    page = as_bob.get(reverse("room_settings", args=[room.slug])).content.decode()
    assert reverse("member_add", args=[room.slug]) not in page


def test_a_member_is_found_by_any_word_of_their_name(
    as_bob: Client, alice: User, charlie: User, room: Room
) -> None:
    def found(query: str) -> list[str]:
        answer = as_bob.get(reverse("room_members", args=[room.slug]), {"q": query}).json()
        return [one["username"] for one in answer["members"]]

    assert found("ali") == found("ada") == found("ADAMS") == ["alice"]
    assert found("dams") == found("charlie") == [], "not the middle of a word, nor an outsider"
