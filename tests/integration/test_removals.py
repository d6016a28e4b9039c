"""Removing a person's posts by scope: previewed, live, and undoable."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from rooms.actions.messages import changes
from rooms.actions.moderation import purging, removal_steps, removals
from rooms.errors import ChatError, Conflict, Forbidden, Invalid
from rooms.jobs import runner
from rooms.models import AuditEntry, Job, Message, Removal, Report, Room, User
from tests import factories
from tests.chat_client import DEADLINE
from tests.integration.conftest import Connect

HOUR, DAY, ROOM, SITE = Removal.Scope.values


def age(message: Message, **ago: float) -> None:
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(**ago))


def alive(*rooms: Room) -> list[tuple[str, int]]:
    rows = Message.objects.filter(room__in=rooms, deleted_at=None).order_by("room_id", "number")
    return [(row.room.slug, row.number) for row in rows.select_related("room")]


def in_a_row(room: Room) -> bool:
    """Assert that the room's counters match its messages: each change has its own revision."""
    room.refresh_from_db()
    rows = list(Message.objects.filter(room=room).order_by("number"))
    revisions = [row.revision for row in rows]
    numbers = [row.number for row in rows]
    return (
        numbers == list(range(1, room.last_number + 1))
        and len(set(revisions)) == len(revisions)
        and max(revisions) == room.revision
    )


@pytest.fixture
def posts(room: Room, private_room: Room, bob: User, alice: User) -> Sequence[Message]:
    """Bob's posts in the lounge: two days old, two hours old, new; in the back office: new. And one
    of alice's."""
    old, older, new = factories.post_many(room, bob, ["Days.", "Hours.", "Now."])
    age(old, days=2)
    age(older, hours=2)
    factories.post(room, alice, "Mine.")
    factories.post(private_room, alice, "Mine too.")
    return [old, older, new, factories.post(private_room, bob, "Elsewhere.")]


@pytest.mark.parametrize(
    ("scope", "here", "left"),
    [
        (HOUR, True, [("lounge", 1), ("lounge", 2), ("lounge", 4), ("x", 1), ("x", 2)]),
        (DAY, True, [("lounge", 1), ("lounge", 4), ("x", 1), ("x", 2)]),
        (ROOM, True, [("lounge", 4), ("x", 1), ("x", 2)]),
        (HOUR, False, [("lounge", 1), ("lounge", 2), ("lounge", 4), ("x", 1)]),
        (DAY, False, [("lounge", 1), ("lounge", 4), ("x", 1)]),
        (SITE, False, [("lounge", 4), ("x", 1)]),
    ],
)
def test_a_scope_removes_what_its_preview_shows(
    scope: str,
    here: bool,
    left: list[tuple[str, int]],
    posts: Sequence[Message],
    staff: User,
    bob: User,
    room: Room,
    private_room: Room,
) -> None:
    where = room if here else None
    left = [(private_room.slug if slug == "x" else slug, number) for slug, number in left]
    before = alive(room, private_room)
    preview = removals.preview(actor=staff, user=bob, scope=scope, room=where)
    assert alive(room, private_room) == before
    removal = removals.remove_posts(actor=staff, user=bob, scope=scope, room=where, reason="Spam.")
    assert alive(room, private_room) == left
    gone = [one for one in before if one not in left]
    assert removal.count == preview.count == len(gone)
    assert {(one.room.slug, one.number) for one in preview.newest} == set(gone)
    assert preview.rooms == len({slug for slug, _ in gone})
    assert removal.finished_at
    assert in_a_row(room)
    entry = AuditEntry.objects.get(action="posts.removed")
    assert (entry.detail, entry.after) == ("Spam.", f"removal {removal.pk}: {scope}")


def test_undoing_a_removal_restores_exactly_what_it_took(
    posts: Sequence[Message], staff: User, bob: User, room: Room, private_room: Room
) -> None:
    first, second, third, _elsewhere = posts
    changes.delete_messages(actor=staff, messages=[first])
    removal = removals.remove_posts(actor=staff, user=bob, scope=SITE)
    changes.restore_messages(actor=staff, messages=[second])
    changes.delete_messages(actor=staff, messages=[second])
    undone = removals.undo_removal(actor=staff, removal=removal)
    gone = Message.objects.exclude(deleted_at=None).order_by("number")
    assert [row.pk for row in gone] == [first.pk, second.pk]
    assert not Message.objects.exclude(removal=None).filter(deleted_at=None).exists()
    assert third.pk not in {row.pk for row in gone}
    assert undone.undone_at
    assert undone.finished_at
    assert in_a_row(room)
    with pytest.raises(Conflict):
        removals.undo_removal(actor=staff, removal=removal)


def test_a_removal_can_be_undone_while_there_is_something_to_restore(
    posts: Sequence[Message], staff: User, bob: User
) -> None:
    removal = removals.remove_posts(actor=staff, user=bob, scope=SITE)
    long_ago = timezone.now() - timedelta(days=settings.TOMBSTONE_DAYS, seconds=1)
    Removal.objects.update(created_at=long_ago)
    with pytest.raises(Forbidden, match="30 days"):
        removals.undo_removal(actor=staff, removal=removal)
    Message.objects.exclude(removal=None).update(deleted_at=long_ago)
    with pytest.raises(Forbidden, match="30 days"):
        changes.restore_messages(actor=staff, messages=[posts[0]])


@pytest.mark.parametrize(("scope", "here"), [("year", True), (ROOM, False), (SITE, True)])
def test_an_invalid_scope_is_refused(
    scope: str, here: bool, staff: User, bob: User, room: Room
) -> None:
    where = room if here else None
    with pytest.raises(Invalid):
        removals.remove_posts(actor=staff, user=bob, scope=scope, room=where)
    with pytest.raises(Invalid):
        removals.preview(actor=staff, user=bob, scope=scope, room=where)
    assert not Removal.objects.exists()


def test_rank_decides_who_removes_whose_posts(
    alice: User, bob: User, charlie: User, maud: User, staff: User, room: Room
) -> None:
    factories.post(room, alice)
    for actor, user, where in (
        (bob, alice, room),
        (charlie, bob, room),
        (alice, bob, None),
        (alice, staff, room),
        (maud, staff, None),
        (alice, alice, room),
    ):
        scope = ROOM if where else SITE
        with pytest.raises(ChatError):
            removals.preview(actor=actor, user=user, scope=scope, room=where)
        with pytest.raises(ChatError):
            removals.remove_posts(actor=actor, user=user, scope=scope, room=where)
    removal = removals.remove_posts(actor=maud, user=alice, scope=SITE)
    with pytest.raises(ChatError):
        removals.undo_removal(actor=bob, removal=removal)


def test_reports_of_removed_messages_are_decided(
    posts: Sequence[Message], staff: User, bob: User
) -> None:
    report = Report.objects.create(message=posts[0], reporter=staff, reason="spam")
    removals.remove_posts(actor=staff, user=bob, scope=SITE)
    report.refresh_from_db()
    assert (report.outcome, report.resolved_by) == (Report.Outcome.DELETED, staff)


def test_a_large_removal_goes_in_chunks(
    bob: User, staff: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many of the same moment, more than fit in a chunk: each is taken exactly once."""
    monkeypatch.setattr(removal_steps, "CHUNK", 3)
    monkeypatch.setattr(removal_steps, "AT_ONCE", 1)
    factories.post_many(room, bob, [f"{number}" for number in range(10)])
    Message.objects.update(created_at=timezone.now())
    removal = removals.remove_posts(actor=staff, user=bob, scope=ROOM, room=room)
    assert (removal.count, removal.finished_at) == (3, None)
    late = factories.post(room, bob, "Posted since: another matter.")
    steps, resume = 0, None
    while (resume := removal_steps.carry_on(removal.pk, resume)) is not None:
        steps += 1
    removal.refresh_from_db()
    assert (steps, removal.count) == (3, 10)
    assert alive(room) == [("lounge", late.number)]
    assert removal.finished_at is not None
    assert in_a_row(room)


async def test_a_room_moderator_removes_live_and_undoes_it(
    connect: Connect, alice: User, bob: User, room: Room, no_limits: None
) -> None:
    owner, member = await connect(alice, room=room), await connect(bob, room=room)
    for body in ("one", "two", "three"):
        await member.posts(body)
    asked = {"room": "lounge", "user": "bob", "scope": "hour"}
    assert await member.is_refused("removal.preview", **asked) == "forbidden"
    preview = (await owner.does("removal.preview", **asked))["preview"]
    assert (preview["count"], preview["more"]) == (3, False)
    assert [one["body"] for one in preview["newest"]] == ["three", "two", "one"]
    removal = (await owner.does("removal.make", **asked, reason="Enough."))["removal"]
    assert (removal["count"], removal["finished"]) == (3, True)
    for number in (1, 2, 3):
        seen = await member.sees("message.deleted", number=number)
        assert "body" not in seen["message"]
    undo = {"room": "lounge", "removal": removal["id"]}
    assert await member.is_refused("removal.undo", **undo) == "forbidden"
    assert (await owner.does("removal.undo", **undo))["removal"]["count"] == 0
    for number, body in ((1, "one"), (2, "two"), (3, "three")):
        assert (await member.sees("message.edited", number=number))["message"]["body"] == body
    assert await owner.is_refused("removal.undo", **undo) == "conflict"
    assert await owner.is_refused("removal.undo", **(undo | {"removal": 99})) == "not_found"


async def test_another_process_finishes_an_interrupted_removal(
    connect: Connect, staff: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that started it was killed after the first messages."""
    monkeypatch.setattr(removal_steps, "CHUNK", 2)
    monkeypatch.setattr(removal_steps, "AT_ONCE", 1)
    monkeypatch.setattr(removal_steps, "LATER_SECONDS", 3600.0)
    monkeypatch.setattr(runner, "LOOK_SECONDS", 0.05)
    await sync_to_async(factories.post_many)(room, bob, [f"{number}" for number in range(9)])
    removal = await sync_to_async(removals.remove_posts)(actor=staff, user=bob, scope=SITE)
    assert removal.finished_at is None
    member = await connect(bob, room=room)
    await Job.objects.filter(kind=removal_steps.CarryOut.kind).aupdate(due=timezone.now())
    for number in range(1, 8):
        await member.sees("message.deleted", number=number)
    async with asyncio.timeout(DEADLINE):
        while (await Removal.objects.aget()).finished_at is None:  # noqa: ASYNC110  another's work
            await asyncio.sleep(0.01)
    undone = await sync_to_async(removals.undo_removal)(actor=staff, removal=removal)
    assert (undone.count, undone.finished_at) == (7, None)
    await Job.objects.filter(kind=removal_steps.CarryOut.kind).aupdate(due=timezone.now())
    async with asyncio.timeout(DEADLINE):
        while (await Removal.objects.aget()).finished_at is None:  # noqa: ASYNC110  another's work
            await asyncio.sleep(0.01)
    assert (await Removal.objects.aget()).count == 0
    assert len(await sync_to_async(alive)(room)) == 9


async def test_a_failing_removal_blocks_neither_the_next_one_nor_the_purge(
    connect: Connect, bob: User, staff: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await sync_to_async(factories.post)(room, bob)
    broken, whole = [
        await Removal.objects.acreate(user=bob, scope=SITE, created_by=staff) for _ in range(2)
    ]
    monkeypatch.setattr(removal_steps, "LATER_SECONDS", 0.0)
    for removal in (broken, whole):
        await sync_to_async(removal_steps.queue)(removal)
    purged, carry_on = asyncio.Event(), removal_steps.carry_on
    loop = asyncio.get_running_loop()

    def fails_once(removal: int, *resume: removal_steps.Resume) -> removal_steps.Resume | None:
        if removal == broken.pk:
            raise ZeroDivisionError
        return carry_on(removal, *resume)

    monkeypatch.setattr(removal_steps, "carry_on", fails_once)
    monkeypatch.setattr(purging, "purge", lambda: loop.call_soon_threadsafe(purged.set))
    monkeypatch.setattr(runner, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(runner, "LOOK_SECONDS", 0.01)
    await connect(bob)
    async with asyncio.timeout(DEADLINE):
        await purged.wait()
        while (await Removal.objects.aget(pk=whole.pk)).finished_at is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await said.arefresh_from_db()
    await whole.arefresh_from_db()
    assert said.removal_id == whole.pk
    assert whole.finished_at is not None


def test_a_message_erased_in_between_is_not_restored_empty(
    room: Room, bob: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = factories.post_many(room, bob, ["One.", "Two."])
    removal = removals.remove_posts(actor=staff, user=bob, scope=SITE)
    found = removal_steps._removed

    def erased_meanwhile(removal: Removal) -> list[tuple[int, datetime]]:
        rows = found(removal)
        Message.objects.filter(pk=one.pk).update(body="", html="")
        return rows

    monkeypatch.setattr(removal_steps, "_removed", erased_meanwhile)
    removals.undo_removal(actor=staff, removal=removal)
    assert alive(room) == [("lounge", two.number)]
