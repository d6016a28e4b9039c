"""Reports of messages reach site moderators and nobody else."""

from asgiref.sync import sync_to_async
from django.utils import timezone

from rooms.actions.messages import changes
from rooms.models import Message, Report, Room, User
from tests import factories
from tests.integration.conftest import Connect

REPORT = {"room": "lounge", "number": 1, "reason": "abuse"}


async def test_moderators_learn_at_once_how_many_cases_wait_and_nobody_else_does(
    connect: Connect, alice: User, bob: User, staff: User, room: Room
) -> None:
    owner, member, desk = await connect(alice), await connect(bob, room=room), await connect(staff)
    assert desk.welcome["waiting"] == 0
    assert owner.welcome["waiting"] is None
    for body in ("one", "two"):
        await member.posts(body)
    await owner.does("message.report", **REPORT, note="He shouts.")
    assert (await desk.sees("waiting.changed"))["waiting"] == 1
    # Reporting twice counts once; two reporters are still one message; a moderator's own report
    # counts as one, too.
    await owner.does("message.report", **REPORT)
    await desk.does("message.report", **REPORT)
    assert (await desk.sees("waiting.changed"))["waiting"] == 1
    await owner.does("message.report", **(REPORT | {"number": 2}))
    assert (await desk.sees("waiting.changed"))["waiting"] == 2
    assert (await connect(staff)).welcome["waiting"] == 2
    assert not await owner.has_seen("waiting.changed")
    assert not await member.has_seen("waiting.changed")
    assert await sync_to_async(Report.objects.count)() == 3


async def test_own_deleted_and_unseen_messages_cannot_be_reported(
    connect: Connect, bob: User, charlie: User, room: Room, private_room: Room
) -> None:
    await sync_to_async(factories.post)(room, bob)
    await sync_to_async(factories.post)(private_room, bob)
    member, outsider = await connect(bob), await connect(charlie)
    assert await member.is_refused("message.report", **REPORT) == "forbidden"
    hidden = REPORT | {"room": private_room.slug}
    assert await outsider.is_refused("message.report", **hidden) == "not_found"
    assert await outsider.is_refused("message.report", **(REPORT | {"number": 2})) == "not_found"
    assert await outsider.is_refused("message.report", **REPORT, note="x" * 501) == "invalid"
    await member.does("message.delete", room="lounge", number=1)
    assert await outsider.is_refused("message.report", **REPORT) == "not_found"
    assert not await sync_to_async(Report.objects.exists)()


async def test_a_message_edited_after_its_verdict_can_be_reported_again(
    connect: Connect, alice: User, bob: User, staff: User, room: Room
) -> None:
    message = await sync_to_async(factories.post)(room, bob)
    owner, desk = await connect(alice), await connect(staff)
    await owner.does("message.report", **REPORT)
    await sync_to_async(Report.objects.update)(
        outcome=Report.Outcome.DISMISSED, resolved_by=staff, resolved_at=timezone.now()
    )
    await owner.does("message.report", **REPORT)
    assert not await sync_to_async(Report.objects.filter(resolved_at=None).exists)()
    await sync_to_async(changes.edit_message)(
        actor=bob, slug="lounge", number=message.number, body="Worse."
    )
    assert await sync_to_async(Message.objects.filter(edited_at=None).count)() == 0
    await owner.does("message.report", **REPORT, note="Again.")
    report = await Report.objects.aget()
    assert (report.outcome, report.note, report.resolved_by_id) == ("", "Again.", None)
    assert [event["waiting"] for event in await desk.has_seen("waiting.changed")] == [1, 1]
