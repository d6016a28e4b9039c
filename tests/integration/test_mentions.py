"""A mention names a member, reaches them, and is counted until it is read."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rooms import attendance
from rooms.actions.messages import changes, history, rendering
from rooms.actions.rooms import lookup, rooms
from rooms.actions.site import installation, settings
from rooms.errors import Forbidden
from rooms.models import (
    AuditEntry,
    Ignore,
    InboxItem,
    Installation,
    Job,
    Membership,
    Message,
    Room,
    User,
)
from rooms.queries import site as sites
from rooms.queries import unread
from rooms.text.markup import RENDERER_VERSION
from tests.factories import add_member, make_direct, make_room, make_user, post, post_many
from tests.integration.conftest import Connect


@pytest.fixture(autouse=True)
def unlimited(no_limits: None) -> None:
    """These people say more in a second than anyone would."""


def items(message: Message) -> dict[str, str]:
    rows = InboxItem.objects.filter(room=message.room_id, number=message.number)
    return dict(rows.values_list("user__username", "reason"))


def mentioned(user: User, room: Room) -> int:
    """In every statement that counts."""
    one = unread.reading(user.pk, room.pk)
    (several,) = unread.readings(user.pk, [room.pk])
    opened = history.open_room(actor=user, slug=room.slug).room
    assert one is not None
    assert {one.mentions, several.mentions, opened.mentions} == {one.mentions}
    return one.mentions


def told() -> list[dict[str, Any]]:
    """The jobs that will tell people."""
    rows = Job.objects.filter(kind="tell").order_by("pk")
    return [work for row in rows for work in json.loads(row.arguments)]


async def test_a_mention_is_a_link_whose_person_comes_with_it(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    writer, reader = await connect(alice, room=room), await connect(bob)
    reply = await writer.does(
        "message.post", room=room.slug, nonce="one-of-many", body="Hi @Bob and @zoe"
    )
    message = reply["message"]
    assert message["mentions"] == [bob.pk]
    assert message["mentions_room"] is None
    assert message["html"] == (
        f'<p>Hi <a class="mention" data-person="{bob.pk}">@Bob</a> and @zoe</p>'
    )
    event = await writer.sees("message.posted", room=room.slug)
    assert [one["name"] for one in event["people"]] == ["Bob"]
    activity = await reader.sees("room.activity", room=room.slug)
    assert (activity["mentions"], activity.get("mentions_room")) == ([bob.pk], None)
    opened = await reader.does("room.open", room=room.slug)
    assert [one["username"] for one in opened["people"]] == ["bob"]
    assert opened["room"]["mentions"] == 1
    page = await reader.does("history", room=room.slug, before=2)
    assert page["people"] == opened["people"]


async def test_the_welcome_counts_mentions(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room, transactional_db: None
) -> None:
    await sync_to_async(add_member)(room, charlie)
    await sync_to_async(post_many)(room, alice, ["@bob", "@room", "plain", "@charlie @bob"])
    for user, count in ((bob, 3), (charlie, 2), (alice, 0)):
        (found,) = (await connect(user)).welcome["rooms"]
        assert found["mentions"] == count, user


@pytest.mark.django_db
def test_only_members_who_may_read_the_room_are_mentioned(
    alice: User, bob: User, mallory: User, charlie: User, private_room: Room
) -> None:
    gone = make_user("gone")
    add_member(private_room, gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    message = post(private_room, alice, "@bob @mallory @charlie @gone @nobody")
    assert message.named == [bob.pk]
    assert items(message) == {"bob": "mention"}


@pytest.mark.django_db
def test_each_person_has_one_item_for_the_strongest_reason(
    alice: User, bob: User, charlie: User, room: Room
) -> None:
    add_member(room, charlie)
    said = post(room, bob, "a question")
    assert items(post(room, alice, "an answer", reply_to=said.number)) == {"bob": "reply"}
    both = post(room, alice, "@bob and @charlie, and I, @alice", reply_to=said.number)
    assert items(both) == {"bob": "mention", "charlie": "mention"}
    assert items(post(room, bob, "again", reply_to=said.number)) == {}, "not of one's own"
    direct = make_direct(alice, bob, charlie)
    assert items(post(direct, alice, "@bob @room")) == {"bob": "mention", "charlie": "direct"}


@pytest.mark.django_db
def test_the_whole_room_is_counted_without_a_row_for_each(
    alice: User, bob: User, charlie: User, room: Room
) -> None:
    add_member(room, charlie)
    message = post(room, alice, "@room: tea!")
    assert (message.mentions_room, items(message)) == ("room", {})
    assert (mentioned(bob, room), mentioned(alice, room)) == (1, 0)
    (work,) = told()
    assert (work["room"], work["number"], work["here"]) == (room.pk, 1, [])
    post(room, alice, "@room @bob")
    assert (mentioned(bob, room), mentioned(charlie, room)) == (2, 2), "each message counts once"


@pytest.mark.django_db
def test_here_is_whoever_is_at_the_site(
    alice: User, bob: User, charlie: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_member(room, charlie)
    stranger = make_user("stranger")
    around = {alice.pk, bob.pk, stranger.pk}
    monkeypatch.setattr(attendance, "present", lambda: around)
    message = post(room, alice, "@here, coffee?")
    assert message.mentions_room == "here"
    assert [work["here"] for work in told()] == [[bob.pk]]


@pytest.mark.django_db
def test_a_direct_room_counts_every_message_as_a_mention(alice: User, bob: User) -> None:
    direct = make_direct(alice, bob)
    message = post(direct, alice, "@room @here")
    assert (message.mentions_room, message.html) == ("", "<p>@room @here</p>")
    post(direct, alice, "and on")
    assert mentioned(bob, direct) == 2


@pytest.mark.django_db
def test_what_one_does_not_read_is_no_mention(alice: User, bob: User, room: Room) -> None:
    first, second = post_many(room, alice, ["@bob", "@room"])
    assert mentioned(bob, room) == 2
    Ignore.objects.create(user=bob, other=alice, kind="mute")
    assert mentioned(bob, room) == 0
    Ignore.objects.all().delete()
    changes.delete_message(actor=alice, slug=room.slug, number=first.number)
    assert mentioned(bob, room) == 1
    changes.restore_messages(actor=alice, messages=[Message.objects.get(pk=first.pk)])
    assert mentioned(bob, room) == 2
    Membership.objects.filter(user=bob).update(read_number=second.number)
    assert mentioned(bob, room) == 0


def may_say(user: User, room: Room) -> bool:
    room.refresh_from_db()
    message = post(room, user, "@room")
    assert message.html == "<p>@room</p>" or message.mentions_room == "room"
    return message.mentions_room == "room"


@pytest.mark.django_db
def test_the_room_says_who_may_address_all_and_else_the_site(
    alice: User, bob: User, staff: User, room: Room
) -> None:
    assert may_say(bob, room)
    Installation.current()
    Installation.objects.update(room_mention_by="moderators")
    sites.forget()
    assert not may_say(bob, room)
    assert may_say(alice, room)
    Room.objects.filter(pk=room.pk).update(room_mention_by="everyone")
    assert may_say(bob, room)
    Room.objects.filter(pk=room.pk).update(room_mention_by="moderators")
    Installation.objects.update(room_mention_by="everyone")
    sites.forget()
    assert not may_say(bob, room)
    assert post(room, bob, "@here @room").mentions_room == "here"


@pytest.mark.django_db
def test_a_newcomer_addresses_nobody_at_once(
    staff: User, alice: User, bob: User, room: Room
) -> None:
    installation.set_newcomers(actor=staff, hours=72, links="allow", directs=2, rooms=1)
    assert not may_say(bob, room)
    assert may_say(alice, room), "who moderates is no newcomer there"
    assert post(room, bob, "@alice").named == [alice.pk]


@pytest.mark.django_db
def test_an_edit_tells_those_whom_it_adds_and_withdraws_from_the_others(
    alice: User, bob: User, charlie: User, room: Room
) -> None:
    add_member(room, charlie)
    said = post(room, bob, "a question")
    message = post(room, alice, "@bob", reply_to=said.number)
    Job.objects.all().delete()

    def edit(body: str) -> Message:
        changes.edit_message(actor=alice, slug=room.slug, number=message.number, body=body)
        return Message.objects.get(pk=message.pk)

    assert edit("@charlie").named == [charlie.pk]
    assert items(message) == {"bob": "reply", "charlie": "mention"}
    assert [work["only"] for work in told()] == [[charlie.pk]]
    edit("@charlie, please")
    assert len(told()) == 1, "told once"
    assert edit("@room").mentions_room == "room"
    assert items(message) == {"bob": "reply", "charlie": "room"}, "the job does the rest"
    (_, work) = told()
    assert (work["number"], work["edited"], work["only"]) == (2, True, [])
    assert mentioned(charlie, room) == 1
    edit("never mind")
    assert mentioned(charlie, room) == 0


@pytest.mark.django_db
def test_old_messages_mention_people_without_telling_them(
    alice: User, bob: User, room: Room
) -> None:
    old, newer = post_many(room, alice, ["@bob @room", "@bob @room"])
    Message.objects.filter(pk=old.pk).update(
        html="<p>@bob @room</p>", mentions="", mentions_room="", renderer=2
    )
    Message.objects.filter(pk=newer.pk).update(renderer=RENDERER_VERSION - 1)
    InboxItem.objects.all().delete()
    Job.objects.all().delete()
    page = history.open_room(actor=bob, slug=room.slug).page
    assert [one.id for one in page.people] == [bob.pk], "before it is rendered again, too"
    left = rendering.begin()
    while left is not None:
        left = rendering.step(left)
    old.refresh_from_db()
    assert f'data-person="{bob.pk}"' in old.html
    assert (old.named, old.mentions_room) == ([bob.pk], "")
    assert "mention--room" not in old.html
    assert not InboxItem.objects.exists()
    assert told() == []


@pytest.mark.django_db
def test_whom_a_message_named_stays_named_when_it_is_rendered_again(
    alice: User, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = post(room, alice, "@bob @room")
    Membership.objects.filter(user=bob, room=room).delete()
    monkeypatch.setattr("rooms.text.markup.RENDERER_VERSION", RENDERER_VERSION + 1)
    monkeypatch.setattr(rendering, "RENDERER_VERSION", RENDERER_VERSION + 1)
    before = message.html
    rendering.freshen([message])
    assert message.renderer == RENDERER_VERSION + 1
    assert (message.html, message.named) == (before, [bob.pk])


@pytest.mark.django_db
def test_a_batch_that_concerns_nobody_asks_nothing_more(alice: User, bob: User) -> None:
    room = make_room("Lounge", owner=alice, members=[bob])

    def statements(bodies: list[str]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            post_many(room, alice, bodies)
        return len(found)

    plain = statements(["one", "two", "three"])
    assert statements(["one@two", "`@bob`", "three"]) == plain
    named = statements(["@bob", "two", "@alice @bob"])
    assert statements(["@bob", "@bob again", "@alice", "@bob @alice"]) == named


async def test_a_preview_says_whom_a_text_would_address(
    connect: Connect, alice: User, bob: User, charlie: User, private_room: Room
) -> None:
    await sync_to_async(make_user)("gone", is_active=False)
    blocker = await sync_to_async(make_user)("blocker")
    await Ignore.objects.acreate(user=blocker, other=alice, kind="block")
    client = await connect(alice)

    async def preview(body: str) -> tuple[int, str | None, list[str]]:
        reply = await client.does("mention.preview", room=private_room.slug, body=body)
        outside = [one["username"] for one in reply["outside"]]
        return reply["people"], reply["addressed"], outside

    assert await preview("@bob @alice `@charlie`") == (1, None, [])
    assert await preview("@room @bob @charlie") == (1, "room", ["charlie"])
    assert await preview("@here") == (0, "here", []), "bob isn't at the site"
    await connect(bob)
    assert await preview("@here") == (1, "here", [])
    assert await preview("@gone @blocker @nobody @mallory @x") == (0, None, ["mallory"])
    stranger = await connect(charlie)
    refused = await stranger.asks("mention.preview", room=private_room.slug, body="@bob")
    unknown = await stranger.asks("mention.preview", room="no-such-room", body="@bob")
    assert refused["code"] == "not_found"
    assert {**refused, "ref": None} == {**unknown, "ref": None}
    assert not await InboxItem.objects.aexists(), "asking tells nobody"


@pytest.mark.django_db
def test_the_people_who_run_a_room_decide_who_may_address_all(
    alice: User, bob: User, room: Room, staff: User
) -> None:
    pace: dict[str, Any] = {"slow_mode": 0, "announcement": False}
    rooms.set_pace(actor=alice, room=room, room_mention_by="moderators", **pace)
    assert lookup.room_of(actor=bob, slug=room.slug).room_mention_by == "moderators"
    assert not may_say(bob, room)
    entry = AuditEntry.objects.filter(action="room.pace").latest("pk")
    assert entry.after == "0 s, @room: moderators"
    rooms.set_pace(actor=alice, room=room, **pace)
    assert not may_say(bob, room), "whoever doesn't say so leaves it"
    rooms.set_pace(actor=alice, room=room, room_mention_by="", **pace)
    assert may_say(bob, room)
    settings.change(actor=staff, room_mention_by="moderators")
    assert lookup.room_of(actor=bob, slug=room.slug).room_mention_by == "moderators"
    assert not may_say(bob, room)
    with pytest.raises(Forbidden):
        rooms.set_pace(actor=bob, room=room, room_mention_by="everyone", **pace)
    with pytest.raises(Forbidden):
        settings.change(actor=bob, room_mention_by="everyone")


@pytest.mark.django_db
def test_the_form_of_an_older_page_leaves_who_may_address_all(
    as_alice: Client, alice: User, bob: User, room: Room
) -> None:
    form = {"slow_mode": "0", "announcement": "all"}
    address = f"/rooms/{room.slug}/pace/"
    as_alice.post(address, {**form, "room_mention_by": "moderators"})
    assert not may_say(bob, room)
    as_alice.post(address, form)
    assert not may_say(bob, room)
    as_alice.post(address, {**form, "room_mention_by": ""})
    assert may_say(bob, room)
