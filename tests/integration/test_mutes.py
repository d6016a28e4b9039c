"""Muted people can read but not write; a room can also have a slow mode, or let only its moderators
write."""

from datetime import timedelta

from asgiref.sync import sync_to_async
from django.utils import timezone

from rooms.actions.messages import posts
from rooms.actions.moderation import sanctions
from rooms.actions.rooms import rooms as room_actions
from rooms.models import AuditEntry, Message, Mute, Room, User
from rooms.storage.threads import in_db_thread
from tests.integration.conftest import Connect

mute, set_pace = in_db_thread(sanctions.mute_user), in_db_thread(room_actions.set_pace)


async def test_a_muted_member_is_told_at_once_and_cannot_post(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    owner, tab = await connect(alice, room=room), await connect(bob, room=room)
    posted = await tab.posts("before")
    await owner.does("member.mute", room="lounge", user="bob", seconds=600, reason="Calm down.")
    told = await tab.sees("mute.changed", room="lounge")
    assert told["muted"]["reason"] == "Calm down."
    refusal = await tab.asks("message.post", room="lounge", nonce="12345678", body="after")
    assert refusal["code"] == "muted"
    assert refusal["detail"] == (
        "You can read here, but not write for another 10 minutes. Calm down."
    )
    assert 590 < refusal["retry_after"] <= 600
    edit = {"number": posted["number"], "body": "changed"}
    assert await tab.is_refused("message.edit", room="lounge", **edit) == "muted"
    assert await tab.is_refused("reaction.add", room="lounge", number=1, emoji="👍") == "muted"
    await tab.does("message.delete", room="lounge", number=posted["number"])
    again = await connect(bob)
    opened = await again.opens("lounge")
    assert opened["room"]["muted"] == told["muted"]
    await owner.posts("The others go on.")
    await tab.sees("message.posted", body="The others go on.")


async def test_nobody_sees_a_muted_member_typing(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    owner, tab = await connect(alice, room=room), await connect(bob, room=room)
    await tab.sends({"type": "typing.start", "room": "lounge"})
    await owner.sees("typing.started")
    await owner.does("member.mute", room="lounge", user="bob", seconds=600)
    await tab.sees("mute.changed")
    late = await connect(bob, room=room)
    for one in (tab, late):
        await one.sends({"type": "typing.start", "room": "lounge"})
        await one.does("ping")
    await owner.does("ping")
    assert not await owner.has_seen("typing.started")
    await owner.does("member.unmute", room="lounge", user="bob")
    await tab.sees("mute.changed", muted=None)
    await tab.sends({"type": "typing.start", "room": "lounge"})
    await owner.sees("typing.started")


async def test_a_mute_expires_or_is_lifted(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    owner, tab = await connect(alice, room=room), await connect(bob, room=room)
    await owner.does("member.mute", room="lounge", user="bob")
    assert (await tab.sees("mute.changed"))["muted"] == {"until": None, "reason": ""}
    await owner.does("member.unmute", room="lounge", user="bob")
    assert (await tab.sees("mute.changed"))["muted"] is None
    await tab.posts("free")
    await owner.does("member.mute", room="lounge", user="bob", seconds=3600)
    assert (
        await tab.is_refused("message.post", room="lounge", nonce="12345678", body="x") == "muted"
    )
    await sync_to_async(Mute.objects.update)(expires_at=timezone.now())
    await tab.posts("later")
    assert await owner.is_refused("member.unmute", room="lounge", user="bob") == "not_found"


async def test_a_site_mute_applies_in_every_room(
    connect: Connect, staff: User, bob: User, room: Room, private_room: Room
) -> None:
    tab = await connect(bob)
    await mute(actor=staff, user=bob, expires_at=timezone.now() + timedelta(hours=1))
    assert (await tab.sees("mute.changed", room=None))["muted"]["until"]
    for slug in (room.slug, private_room.slug):
        await tab.opens(slug)
        assert (
            await tab.is_refused("message.post", room=slug, nonce="12345678", body="x") == "muted"
        )
    refused = {"name": "My own", "kind": "public"}
    assert await tab.is_refused("room.create", **refused) == "muted"
    assert await tab.is_refused("room.direct", people=["alice"]) == "muted"
    welcome = (await connect(bob)).welcome
    assert welcome["muted"]["until"]


async def test_a_muted_author_is_refused_whoever_else_is_in_the_batch(
    alice: User, bob: User, room: Room, transactional_db: None
) -> None:
    await mute(actor=alice, user=bob, room=room)
    drafts = [posts.Draft(one, room.slug, f"nonce-{one}", "x") for one in (alice, bob)]
    posted, refused = await in_db_thread(posts.post_messages)(drafts)
    assert isinstance(posted, posts.Posted)
    assert getattr(refused, "code", None) == "muted"


async def test_rank_decides_who_mutes_whom(
    connect: Connect, alice: User, bob: User, charlie: User, staff: User, room: Room
) -> None:
    member = await connect(bob, room=room)
    assert await member.is_refused("member.mute", room="lounge", user="alice") == "forbidden"
    outsider = await connect(charlie)
    assert await outsider.is_refused("member.mute", room="lounge", user="bob") == "forbidden"
    assert await outsider.is_refused("member.ban", room="lounge", user="bob") == "forbidden"
    owner = await connect(alice, room=room)
    assert await owner.is_refused("member.mute", room="lounge", user="alice") == "invalid"
    assert await owner.is_refused("member.mute", room="lounge", user="staff_person") == "forbidden"
    assert await owner.is_refused("member.mute", room="lounge", user="nobody") == "not_found"
    above = await connect(staff)
    await above.does("member.mute", room="lounge", user="alice", seconds=60)
    assert (
        await owner.is_refused("message.post", room="lounge", nonce="12345678", body="x") == "muted"
    )


async def test_slow_mode_makes_members_wait_but_not_moderators(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    owner, tab = await connect(alice, room=room), await connect(bob, room=room)
    await set_pace(actor=alice, room=room, slow_mode=600, announcement=False)
    assert (await tab.sees("room.updated"))["slow_mode"] == 600
    first = await tab.posts("one")
    refusal = await tab.asks("message.post", room="lounge", nonce="12345678", body="two")
    assert (refusal["code"], refusal["retry_after"] > 590) == ("slow_mode", True)
    # Neither deleting nor leaving shortens the wait.
    await tab.does("message.delete", room="lounge", number=first["number"])
    await tab.does("room.leave", room="lounge")
    room_again = (await tab.does("room.join", room="lounge"))["room"]
    assert room_again["next_post_at"]
    assert (
        await tab.is_refused("message.post", room="lounge", nonce="12345678", body="two")
        == "slow_mode"
    )
    for body in ("as", "fast", "as they like"):
        await owner.posts(body)
    await sync_to_async(Message.objects.filter(author=bob).update)(
        created_at=timezone.now() - timedelta(seconds=601)
    )
    await tab.posts("two")


async def test_slow_mode_counts_two_drafts_in_one_batch_as_two_messages(
    alice: User, bob: User, room: Room, transactional_db: None
) -> None:
    await set_pace(actor=alice, room=room, slow_mode=5, announcement=False)
    drafts = [posts.Draft(bob, room.slug, f"nonce-{one}", "x") for one in range(2)]
    posted, refused = await in_db_thread(posts.post_messages)(drafts)
    assert isinstance(posted, posts.Posted)
    assert getattr(refused, "code", None) == "slow_mode"
    # Sending a stored message again is not a second message.
    again, _ = await in_db_thread(posts.post_messages)(drafts)
    assert again == posted


async def test_only_moderators_post_in_an_announcements_room(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    owner, tab = await connect(alice, room=room), await connect(bob, room=room)
    await set_pace(actor=alice, room=room, slow_mode=0, announcement=True)
    assert (await tab.sees("room.updated"))["announcement"]
    assert (
        await tab.is_refused("message.post", room="lounge", nonce="12345678", body="x")
        == "forbidden"
    )
    number = (await owner.posts("Hear, hear."))["number"]
    await tab.does("reaction.add", room="lounge", number=number, emoji="👍")
    entry = await AuditEntry.objects.aget(action="room.pace")
    assert (entry.before, entry.after) == ("0 s", "0 s, announcements")
