"""Who is here, in rooms where thousands are: as few frames as hold them, none over a megabyte."""

import pytest

from rooms import events, protocol
from rooms.models import Room, User
from rooms.protocol import Person
from tests.integration.conftest import Connect

pytestmark = pytest.mark.usefixtures("no_limits")
CROWD = [
    Person(number, f"somebody-{number:021}", "𒀀" * 50, f"/media/avatars/{'x' * 60}.webp")
    for number in range(5500)
]


def test_no_event_about_a_crowd_is_larger_than_a_megabyte() -> None:
    told = [*events.presence("lounge", 5500, CROWD, CROWD[:1500])]
    assert all(len(protocol.encode(event)) < 1024 * 1024 for event in told)
    assert [person for event in told for person in event.joined] == CROWD
    assert [person for event in told for person in event.left] == CROWD[:1500]
    assert {event.online for event in told} == {5500}
    assert not [*events.presence("lounge", 3, [], [])]


async def test_everybody_who_is_here_is_named_in_the_end(
    connect: Connect,
    alice: User,
    bob: User,
    charlie: User,
    room: Room,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for user in (alice, bob):
        await (await connect(user, room=room)).has_seen("presence.changed")
    monkeypatch.setattr(protocol, "MAX_NAMED_ONLINE", 1)
    client = await connect(charlie)
    page = await client.opens(room.slug)
    assert len(page["online"]) == 1
    here = {person["id"] for person in page["online"]}
    while len(here) < 3:
        event = await client.sees("presence.changed")
        assert len(event["joined"]) <= 1
        here |= {person["id"] for person in event["joined"]}
    assert here == {alice.pk, bob.pk, charlie.pk}
