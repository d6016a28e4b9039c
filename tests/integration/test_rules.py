"""Rules that refuse, hold and flag messages, and moderators' decisions about them."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rooms.actions.messages import posts
from rooms.actions.moderation import reports, review, rules, sanctions
from rooms.actions.rooms import creation, rooms
from rooms.errors import ChatError, Forbidden, Invalid
from rooms.models import AuditEntry, Held, Message, Report, Room, Rule, User
from rooms.text import matcher as patterns
from tests import factories
from tests.chat_client import ChatClient, Json
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect

LOCKED = r'"rooms_room"\."slug" IN|INSERT INTO "rooms_\w+"|UPDATE "rooms_\w+"'
add_rule = sync_to_async(rules.add_rule)
approve, refuse = sync_to_async(review.approve_held), sync_to_async(review.refuse_held)


def make_rule(by: User, pattern: str = "spam", action: str = "hold", **fields: Any) -> Rule:
    kind = fields.pop("kind", "word")
    return rules.add_rule(actor=by, kind=kind, pattern=pattern, action=action, **fields)


async def says(tab: ChatClient, body: str, nonce: str = "12345678", **fields: Any) -> Json:
    fields.setdefault("room", "lounge")
    return await tab.asks("message.post", body=body, nonce=nonce, **fields)


async def test_a_refusal_by_a_rule_carries_its_note(
    connect: Connect, alice: User, bob: User, staff: User, room: Room
) -> None:
    tab, owner = await connect(bob, room=room), await connect(alice, room=room)
    await says(tab, "spam", "nonce-before")
    rule = await sync_to_async(make_rule)(staff, action="refuse", note="No advertising, please.")
    reply = await says(tab, "Buy **SP**AM")
    assert (reply["code"], reply["detail"]) == ("forbidden", "No advertising, please.")
    await owner.posts("Who moderates may say spam.")
    edit = {"room": "lounge", "number": 1, "body": "more spam"}
    assert await tab.is_refused("message.edit", **edit) == "forbidden"
    await sync_to_async(rules.delete_rules)(actor=staff, rules=[rule])
    assert (await says(tab, "spam"))["type"] == "ok"
    assert await Message.objects.acount() == 3


async def test_a_held_message_is_posted_once_when_a_moderator_approves_it(
    connect: Connect, alice: User, bob: User, staff: User, room: Room
) -> None:
    await sync_to_async(make_rule)(staff, note="Links to shops are read first.")
    desk_tab, owner = await connect(staff), await connect(alice, room=room)
    tab, other = await connect(bob, room=room), await connect(bob)
    replies = await asyncio.gather(*(says(one, "spam") for one in (tab, tab, other)))
    assert {reply["code"] for reply in replies} == {"held"}
    assert "Links to shops are read first." in replies[0]["detail"]
    assert (await desk_tab.sees("waiting.changed"))["waiting"] == 1
    await owner.posts("Meanwhile.")
    assert await Message.objects.acount() == 1
    held = await Held.objects.aget()
    await approve(actor=staff, held=held)
    for client in (owner, tab):
        seen = await client.sees("message.posted", body="spam")
        assert (seen["message"]["number"], seen["message"]["nonce"]) == (2, "12345678")
        assert seen["message"]["author"]["username"] == "bob"
    assert (await desk_tab.sees("waiting.changed", waiting=0))["waiting"] == 0
    assert (await says(tab, "spam"))["message"]["number"] == 2, "the nonce is the stored message"
    entry = await AuditEntry.objects.aget(action="held.approved")
    assert (entry.actor_id, entry.user_id, entry.before, entry.after) == (
        *(staff.pk, bob.pk),
        *("held", "message 2"),
    )
    with pytest.raises(ChatError, match="already"):
        await refuse(actor=staff, held=held)


async def test_an_approval_does_not_mark_the_room_as_read_for_the_author(
    connect: Connect, alice: User, bob: User, staff: User, room: Room
) -> None:
    await sync_to_async(make_rule)(staff)
    tab, owner = await connect(bob), await connect(alice, room=room)
    await says(tab, "spam")
    await owner.posts("Unread.")
    await approve(actor=staff, held=await Held.objects.aget())
    assert (await connect(bob)).welcome["rooms"][0]["unread"] == 2
    assert "approved" not in await tab.sees("room.activity", number=1)
    assert (await tab.sees("room.activity", number=2))["approved"] is True
    assert "approved" not in await owner.sees("message.posted", number=1)
    assert (await owner.sees("message.posted", number=2))["approved"] is True


async def test_a_moderator_s_refusal_is_told_only_to_the_author(
    connect: Connect, alice: User, bob: User, staff: User, room: Room
) -> None:
    await sync_to_async(make_rule)(staff)
    owner, tab = await connect(alice, room=room), await connect(bob, room=room)
    await says(tab, "spam")
    await refuse(actor=staff, held=await Held.objects.aget(), note="Not here.")
    told = await tab.sees("message.refused")
    assert (told["room"], told["nonce"], told["detail"]) == ("lounge", "12345678", "Not here.")
    again = await says(tab, "spam")
    assert (again["code"], again["detail"]) == ("forbidden", "Not here.")
    assert not await owner.has_seen("message.refused")
    assert not await Message.objects.aexists()


async def test_a_flagged_message_is_posted_and_reported_once(
    connect: Connect, bob: User, staff: User, room: Room
) -> None:
    await sync_to_async(make_rule)(staff, action="flag")
    desk_tab, tab = await connect(staff), await connect(bob, room=room)
    assert (await says(tab, "spam"))["type"] == "ok"
    assert (await desk_tab.sees("waiting.changed"))["waiting"] == 1
    report = await Report.objects.aget()
    assert (report.reporter_id, report.reason, report.note) == (None, "rule", "spam")
    assert (await says(tab, "fine", "other-nonce"))["type"] == "ok"
    await tab.does("message.edit", room="lounge", number=2, body="spam again")
    await tab.does("message.edit", room="lounge", number=2, body="spam and again")
    assert await Report.objects.acount() == 2


async def test_a_held_word_in_an_edit_is_refused(
    connect: Connect, bob: User, staff: User, room: Room
) -> None:
    await sync_to_async(make_rule)(staff)
    tab = await connect(bob, room=room)
    await tab.posts("fine")
    edit = {"room": "lounge", "number": 1, "body": "spam"}
    assert await tab.is_refused("message.edit", **edit) == "forbidden"
    assert not await Held.objects.aexists()


@pytest.mark.django_db
def test_a_room_s_rule_applies_only_there(alice: User, bob: User, staff: User, room: Room) -> None:
    other = factories.make_room("Other", owner=alice, members=[bob])
    make_rule(staff, room=room, action="refuse")
    make_rule(staff, pattern="shop.example", kind="link", room=room, action="refuse")
    for body in ("spam", "https://www.shop.example/"):
        with pytest.raises(Forbidden):
            posts.post_message(posts.Draft(bob, room.slug, "nonce-one", body))
        factories.post(other, bob, body)


@pytest.mark.django_db
def test_rules_cost_a_post_no_statement_and_are_never_stale(
    alice: User, bob: User, staff: User, room: Room
) -> None:
    def statements(nonce: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            posts.post_message(posts.Draft(bob, room.slug, nonce, "fine"))
        return len(queries)

    without = statements("nonce-1")
    make_rule(staff)
    statements("nonce-2")  # loads the rules, once
    assert statements("nonce-3") == without


@pytest.mark.django_db
def test_names_and_topics_of_rooms_obey_the_rules_of_the_site(
    alice: User, staff: User, room: Room
) -> None:
    make_rule(staff)
    for name, topic in (("Spam here", ""), ("Cake", "and <spam> & more")):
        with pytest.raises(Forbidden):
            creation.create_room(actor=alice, name=name, topic=topic, kind="public")
        with pytest.raises(Forbidden):
            rooms.update_room(actor=alice, room=room, name=name, topic=topic)
    creation.create_room(actor=staff, name="Spam reports", kind="private")


@pytest.mark.django_db
def test_the_numbers_of_rules_and_of_one_author_s_held_messages_are_limited(
    bob: User, staff: User, room: Room, no_limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_rule(staff)
    monkeypatch.setattr(patterns, "MAX_PATTERNS", 1)
    with pytest.raises(Invalid):
        make_rule(staff, "more")
    outcomes = posts.post_messages(
        [posts.Draft(bob, room.slug, f"nonce-{index}", "spam") for index in range(25)]
    )
    codes = [outcome.code for outcome in outcomes if isinstance(outcome, ChatError)]
    assert codes == ["held"] * 20 + ["rate_limited"] * 5
    assert Held.objects.count() == 20


@pytest.mark.parametrize("lost", ["banned", "muted", "left", "deactivated", "archived"])
@pytest.mark.django_db
def test_approval_posts_nothing_for_an_author_who_may_no_longer_write(
    alice: User, bob: User, staff: User, room: Room, lost: str
) -> None:
    make_rule(staff)
    with pytest.raises(ChatError):
        posts.post_message(posts.Draft(bob, room.slug, "nonce-one", "spam"))
    match lost:
        case "banned":
            factories.ban(bob, by=staff)
        case "muted":
            sanctions.mute_user(actor=alice, user=bob, room=room)
        case "left":
            room.memberships.filter(user=bob).delete()
        case "deactivated":
            User.objects.filter(pk=bob.pk).update(is_active=False)
        case "archived":
            rooms.archive_room(actor=alice, room=room)
    with pytest.raises(Forbidden):
        review.approve_held(actor=staff, held=Held.objects.get())
    assert not Message.objects.exists()
    assert Held.objects.get().decided_at is None, "a moderator can still refuse it"


# The admin


def test_a_moderator_makes_changes_and_removes_a_rule(
    as_maud: Client, maud: User, room: Room
) -> None:
    desk.add(as_maud, Rule, kind="word", pattern=" buy  now ", action="hold", note="Hm.")
    rule = Rule.objects.get()
    assert (rule.pattern, rule.created_by) == ("buy now", maud)
    wanted = {"kind": "link", "pattern": "HTTPS://Shop.Example/x", "action": "flag", "note": ""}
    desk.save(as_maud, rule, **wanted, room=room.pk)
    rule.refresh_from_db()
    assert (rule.pattern, rule.room) == ("shop.example", room)
    entry = AuditEntry.objects.get(action="rule.changed")
    assert (entry.before, entry.after) == ("word buy now: hold", "link shop.example: flag")
    page = desk.add(as_maud, Rule, kind="word", pattern="*", action="hold")
    assert "at least one letter" in desk.errors(page)
    desk.delete(as_maud, rule)
    assert not Rule.objects.exists()
    assert AuditEntry.objects.filter(action__startswith="rule.", actor=maud).count() == 3


def test_held_messages_are_decided_one_by_one_or_several_at_once(
    as_maud: Client, bob: User, staff: User, room: Room, no_limits: None
) -> None:
    make_rule(staff)
    posts.post_messages(
        [posts.Draft(bob, room.slug, f"nonce-{index}", f"spam {index}") for index in range(6)]
    )
    held = list(Held.objects.order_by("pk"))
    page = as_maud.get(desk.url(Held))
    assert [row.pk for row in page.context["cl"].result_list] == [row.pk for row in reversed(held)]
    as_maud.post(desk.url(Held), {"approve_one": held[5].pk})
    page = desk.run(as_maud, "approve", held[:3])
    assert "3 messages were posted" in desk.notices(page)
    bodies = Message.objects.order_by("number").values_list("body", flat=True)
    assert list(bodies) == ["spam 5", "spam 0", "spam 1", "spam 2"]
    as_maud.post(desk.url(Held), {"refuse_one": held[3].pk})
    page = desk.run(as_maud, "refuse", held[4:5], reason="Not here.")
    assert "1 message was rejected" in desk.notices(page)
    assert Held.objects.get(pk=held[4].pk).note == "Not here."
    page = desk.run(as_maud, "approve", held[4:5])
    assert "already" in desk.notices(page)
    assert not as_maud.get(desk.url(Held)).context["cl"].result_list
    assert len(as_maud.get(desk.url(Held) + "?state=approved").context["cl"].result_list) == 4
    assert "spam 4" in desk.shown(as_maud, held[4]).content.decode()


def test_flagging_and_holding_many_takes_a_constant_number_of_statements(
    staff: User, bob: User, room: Room
) -> None:
    """On the one thread that posts for everyone, however many moderators have to be told."""
    make_rule(staff, "bad", "flag")
    make_rule(staff, "worse", "hold")

    def statements(first: int, count: int, word: str) -> int:
        drafts = [
            posts.Draft(bob, room.slug, f"nonce-{first + index}", word) for index in range(count)
        ]
        with factories.unlimited(), CaptureQueriesContext(connection) as captured:
            posts.post_messages(drafts)
        return len(captured)

    statements(100, 1, "nothing")  # loads the rules
    assert statements(200, 1, "bad") == statements(300, 12, "bad")
    assert statements(400, 12, "worse") - statements(500, 1, "worse") <= 2 * 11
    found = Report.objects.order_by("message").values_list("message__number", "note", "reason")
    assert [*found] == [(number, "bad", "rule") for number in range(2, 15)]


def test_deciding_and_reporting_lock_the_room_before_anything_in_it(
    staff: User, alice: User, bob: User, room: Room
) -> None:
    """On PostgreSQL, two transactions that lock in different orders would deadlock."""

    def first_of(operation: Callable[[], object]) -> list[str]:
        with factories.unlimited(), CaptureQueriesContext(connection) as captured:
            operation()
        taken = (re.search(LOCKED, query["sql"]) for query in captured)
        return [one.group(0) for one in taken if one]

    said = factories.post(room, bob)
    held = [Held.objects.create(room=room, author=bob, nonce=f"n-{n}", body="x") for n in (1, 2)]
    report: dict[str, Any] = {"slug": room.slug, "number": said.number, "reason": "spam"}
    for operation in (
        lambda: reports.report_message(actor=alice, **report),
        lambda: review.refuse_held(actor=staff, held=held[0]),
        lambda: review.approve_held(actor=staff, held=held[1]),
    ):
        assert first_of(operation)[0] == '"rooms_room"."slug" IN'
