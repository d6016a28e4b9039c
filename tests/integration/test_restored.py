"""A restored backup: the same revisions will name other changes, so clients discard their state."""

from asgiref.sync import sync_to_async
from django.core.management import call_command

from rooms.models import Message, Room, User
from tests.chat_client import Json
from tests.integration.conftest import Connect


async def test_the_command_changes_the_epoch(connect: Connect, bob: User) -> None:
    before = (await connect(bob)).welcome["epoch"]
    await sync_to_async(call_command)("restored")
    assert (await connect(bob)).welcome["epoch"] != before


async def test_a_running_site_notices_and_carries_on(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    here, there = await connect(alice, room=room), await connect(bob, room=room)
    for number in (1, 2, 3):
        await here.posts(f"{number}")
    await there.sees("message.posted", number=3)

    def restore() -> None:
        Message.objects.filter(room=room, number__gt=1).delete()
        Room.objects.filter(pk=room.pk).update(last_number=1, revision=1)

    await sync_to_async(restore)()
    assert await there.is_closed() == 1000
    assert await here.is_closed() == 1000
    here, there = await connect(alice, room=room), await connect(bob, room=room)
    message: Json = await here.posts("again")
    assert message["number"] == 2
    assert (await there.sees("message.posted", body="again"))["revision"] == 2
