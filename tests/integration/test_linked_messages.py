"""A link to a message of this site shows that message to whoever may read it, and tells nobody else
that there is one."""

from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from rooms.actions.messages import changes, links
from rooms.errors import NotFound, RateLimited
from rooms.models import Message, Room, User
from rooms.policy.standing import Standing
from tests import factories
from tests.integration.conftest import Connect


async def test_a_member_gets_the_message_and_its_room_from_any_other(
    connect: Connect, private_room: Room, alice: User, bob: User, room: Room
) -> None:
    message = await sync_to_async(factories.post)(private_room, alice, "The **plan**.")
    client = await connect(bob, room=room)
    reply = await client.does("link.open", room=private_room.slug, number=message.number)
    assert reply["room"] == {"slug": private_room.slug, "name": "Back office", "kind": "private"}
    assert reply["message"]["html"] == "<p>The <strong>plan</strong>.</p>"
    assert reply["message"]["author"]["name"] == "Alice Adams"


def test_whoever_sees_a_public_room_may_and_a_direct_one_is_called_after_the_others(
    room: Room, alice: User, bob: User, charlie: User
) -> None:
    message = factories.post(room, alice)
    assert links.open_link(actor=charlie, slug=room.slug, number=message.number)[1] == message
    direct = factories.make_direct(alice, bob)
    factories.post(direct, alice)
    assert links.open_link(actor=bob, slug=direct.slug, number=1)[0].name == "Alice Adams"


def no_such(actor: User, slug: str, number: int) -> str:
    with pytest.raises(NotFound) as refused:
        links.open_link(actor=actor, slug=slug, number=number)
    return str(refused.value.detail)


def test_for_outsiders_it_is_as_if_there_were_no_such_room(
    private_room: Room, alice: User, bob: User, charlie: User, mallory: User
) -> None:
    message = factories.post(private_room, alice)
    direct = factories.make_direct(alice, bob)
    factories.post(direct, alice)
    for outsider in (charlie, mallory):
        nothing = no_such(outsider, "no-such-room", 1)
        assert no_such(outsider, private_room.slug, message.number) == nothing
        assert no_such(outsider, private_room.slug, 99) == nothing
        assert no_such(outsider, direct.slug, 1) == nothing


GONE: dict[str, Callable[[Room, User, User], object]] = {
    "left": lambda room, bob, alice: room.memberships.filter(user=bob).delete(),
    "banned": lambda room, bob, alice: factories.ban(bob, room=room, by=alice),
    "deactivated": lambda room, bob, alice: User.objects.filter(pk=bob.pk).update(is_active=False),
}


@pytest.mark.parametrize("how", GONE)
def test_rights_are_those_of_the_moment(
    how: str, private_room: Room, alice: User, bob: User
) -> None:
    message = factories.post(private_room, alice)
    assert links.open_link(actor=bob, slug=private_room.slug, number=message.number)
    GONE[how](private_room, bob, alice)
    no_such(bob, private_room.slug, message.number)


def test_a_deleted_message_is_none(room: Room, alice: User, bob: User) -> None:
    message = factories.post(room, alice)
    assert Standing.of(bob, room).sees
    changes.delete_message(actor=alice, slug=room.slug, number=message.number)
    assert no_such(bob, room.slug, message.number) == no_such(bob, room.slug, 99)


def test_nobody_asks_for_more_than_a_page_needs(
    room: Room, alice: User, bob: User, settings: Settings
) -> None:
    settings.LIMITS = {**settings.LIMITS, "link.open": "2/h"}
    number = factories.post(room, alice).number
    for _twice in range(2):
        links.open_link(actor=bob, slug=room.slug, number=number)
    with pytest.raises(RateLimited):
        links.open_link(actor=bob, slug=room.slug, number=number)
    assert Message.objects.count() == 1
