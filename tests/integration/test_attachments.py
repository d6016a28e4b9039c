"""Messages with files: posted, shown, described, held, edited, deleted and restored with them."""

import asyncio
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.actions.messages import changes, history, posts, updates
from rooms.actions.messages.posts import Draft, post_messages
from rooms.actions.moderation import review, rules
from rooms.errors import ChatError, Conflict, Forbidden, Invalid, NotFound, TooLarge
from rooms.models import Held, Message, Report, Room, Upload, User
from rooms.queries import uploads
from tests import factories
from tests.chat_client import Json
from tests.factories import make_picture, make_upload
from tests.integration.conftest import Connect

picture, document = sync_to_async(make_picture), sync_to_async(make_upload)
announce, describe = sync_to_async(updates.announce), sync_to_async(updates.describe)
State = Upload.State


def draft(user: User, room: Room, *files: Upload, body: str = "", nonce: str = "") -> Draft:
    ids = tuple(one.pk for one in files)
    return Draft(user, room.slug, nonce or uuid.uuid4().hex, body, attachments=ids)


def names(message: Json) -> list[str]:
    return [one["name"] for one in message["attachments"]]


# -- posting ---------------------------------------------------------------------------------


async def test_files_are_posted_with_or_without_words_in_the_order_given(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    one, two = await picture(room, bob, alt="A cat."), await document(room, bob, "report.pdf")
    here, there = await connect(alice, room=room), await connect(bob, room=room)
    message = await there.posts("", attachments=[two.pk, one.pk])
    assert names(message) == ["report.pdf", "cat.jpg"]
    assert (message["body"], message["html"]) == ("", "")
    seen = await here.sees("message.posted", number=1)
    assert seen["message"] == message, "the author's reply and the others' event are one state"
    shown = message["attachments"][1]
    assert shown == {
        "id": one.pk,
        "name": "cat.jpg",
        "type": "image/jpeg",
        "kind": "image",
        "size": 1000,
        "width": 1200,
        "height": 800,
        "duration": None,
        "peaks": None,
        "alt": "A cat.",
        "transcript": "",
        "ready": True,
        "poster": None,
        "url": f"/files/{one.pk}/content/cat.jpg",
        "thumbnail": f"/files/{one.pk}/thumbnail",
    }
    page = await here.does("history", room=room.slug, after=0)
    assert page["messages"] == [message]
    late = await connect(alice)
    assert (await late.opens(room.slug, since=0))["messages"] == [message]
    with_words = await there.posts("Look", attachments=[(await picture(room, bob)).pk])
    assert (with_words["body"], names(with_words)) == ("Look", ["cat.jpg"])


async def test_the_same_nonce_again_is_the_same_message_with_its_files(
    connect: Connect, bob: User, room: Room
) -> None:
    upload = await picture(room, bob)
    one, two = await connect(bob, room=room), await connect(bob, room=room)
    nonce = uuid.uuid4().hex
    said = await asyncio.gather(
        *(tab.posts("", nonce=nonce, attachments=[upload.pk]) for tab in (one, two, one))
    )
    assert said[0] == said[1] == said[2]
    assert names(said[0]) == ["cat.jpg"]
    assert await Message.objects.acount() == 1


async def test_of_two_posts_at_once_with_one_file_one_wins(
    connect: Connect, bob: User, room: Room
) -> None:
    upload = await picture(room, bob)
    tabs = [await connect(bob, room=room) for _ in range(2)]
    replies = await asyncio.gather(
        *(
            tab.asks(
                "message.post",
                room=room.slug,
                nonce=uuid.uuid4().hex,
                body="mine",
                attachments=[upload.pk],
            )
            for tab in tabs
        )
    )
    assert sorted(reply.get("code", "ok") for reply in replies) == ["not_found", "ok"]
    assert await Message.objects.acount() == 1


def test_of_two_drafts_in_one_batch_with_one_file_one_wins(bob: User, room: Room) -> None:
    upload = make_picture(room, bob)
    one, two = post_messages([draft(bob, room, upload), draft(bob, room, upload)])
    assert isinstance(one, posts.Posted)
    assert isinstance(two, NotFound)


def test_only_one_s_own_whole_unposted_files_of_this_room_can_be_posted(
    alice: User, bob: User, room: Room
) -> None:
    elsewhere = factories.make_room("Elsewhere", owner=bob)
    poster = make_picture(room, bob)
    video = make_upload(room, bob, "film.mp4", kind="video", poster=poster)
    posted = make_picture(room, bob)
    factories.post(room, bob, files=[posted])
    unknown = Upload(pk="nobody-knows-this-one")
    good = make_picture(room, bob)
    refused = {
        "another's": [make_picture(room, alice)],
        "unfinished": [make_picture(room, bob, state=State.RECEIVING)],
        "another's that was refused": [make_picture(room, alice, state=State.REFUSED)],
        "for another room": [make_picture(elsewhere, bob)],
        "posted already": [posted],
        "unknown": [unknown],
        "a poster": [poster],
        "twice": [good, good],
        "one of two": [good, unknown],
    }
    for what, files in refused.items():
        (outcome,) = post_messages([draft(bob, room, *files, body="Look.")])
        assert isinstance(outcome, NotFound), what
    assert Message.objects.count() == 1
    (outcome,) = post_messages([draft(bob, room, good, video)])
    assert isinstance(outcome, posts.Posted)


def test_a_file_that_was_refused_before_its_message_is_posted_is_named(
    bob: User, room: Room
) -> None:
    good, bad = make_picture(room, bob), make_picture(room, bob, "bad.jpg", state=State.REFUSED)
    (outcome,) = post_messages([draft(bob, room, good, bad)])
    assert isinstance(outcome, Invalid)
    assert "“bad.jpg”" in outcome.detail
    (outcome,) = post_messages([draft(bob, room, good)])
    assert isinstance(outcome, posts.Posted)


async def test_a_message_needs_words_or_files_and_takes_ten(
    connect: Connect, bob: User, room: Room
) -> None:
    tab = await connect(bob, room=room)
    post: dict[str, Any] = {"room": room.slug, "nonce": "12345678"}
    assert await tab.is_refused("message.post", **post, body=" ") == "invalid"
    files = [(await picture(room, bob, f"{number}.jpg")).pk for number in range(11)]
    assert await tab.is_refused("message.post", **post, body="", attachments=files) == "invalid"
    message = await tab.posts(" ", attachments=files[1:])
    assert names(message) == [f"{number}.jpg" for number in range(1, 11)]


def test_who_may_not_post_takes_no_file(alice: User, bob: User, room: Room, mallory: User) -> None:
    upload = make_picture(room, mallory)
    (outcome,) = post_messages([draft(mallory, room, upload)])
    assert isinstance(outcome, ChatError)
    upload.refresh_from_db()
    assert upload.message_id is None


def test_only_posts_and_pages_with_files_pay_for_them(
    nothing_expires: None, alice: User, bob: User, room: Room
) -> None:
    def count(operation: Any) -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            operation()
        return [one["sql"] for one in captured]

    def page() -> None:
        history.recent_pages.clear()
        history.open_room(actor=alice, slug=room.slug)

    factories.post(room, bob)
    plain = count(lambda: factories.post(room, bob))
    assert not [sql for sql in plain if "rooms_upload" in sql]
    page()
    without = count(page)
    assert not [sql for sql in without if "rooms_upload" in sql]
    for _ in range(3):
        factories.post(room, bob, files=[make_picture(room, bob), make_picture(room, bob)])
    assert len([sql for sql in count(page) if "rooms_upload" in sql]) == 1
    assert len(count(page)) == len(without) + 1


# -- changes ---------------------------------------------------------------------------------


async def test_what_becomes_ready_is_told_without_an_edit_or_an_unread(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    upload = await picture(room, bob, state=State.RECEIVED, has_thumbnail=False)
    reader, author = await connect(alice, room=room), await connect(bob, room=room)
    away = await connect(alice)
    shown = (await author.posts("", attachments=[upload.pk]))["attachments"][0]
    assert (shown["ready"], shown["thumbnail"], shown["width"]) == (False, None, 1200)
    assert (await away.sees("room.activity"))["number"] == 1
    unread = (await connect(alice)).welcome["rooms"][0]["unread"]
    await Upload.objects.filter(pk=upload.pk).aupdate(state=State.READY, has_thumbnail=True)
    await announce(await sync_to_async(uploads.shown_by)(upload.pk))
    told = await reader.sees("message.updated")
    assert told["message"]["attachments"][0]["ready"] is True
    assert told["message"]["attachments"][0]["thumbnail"]
    assert told["message"]["edited_at"] is None
    assert told["revision"] == told["message"]["revision"] == 2
    assert not await away.has_seen("room.activity")
    assert not await away.has_seen("notification")
    assert (await connect(alice)).welcome["rooms"][0]["unread"] == unread


async def test_a_poster_that_becomes_ready_is_told_with_its_video(
    connect: Connect, bob: User, room: Room
) -> None:
    poster = await picture(room, bob, state=State.RECEIVED)
    video = await document(room, bob, "film.mp4", kind="video", poster=poster)
    tab = await connect(bob, room=room)
    assert (await tab.posts("", attachments=[video.pk]))["attachments"][0]["poster"] is None
    await Upload.objects.filter(pk=poster.pk).aupdate(state=State.READY)
    await announce(await sync_to_async(uploads.shown_by)(poster.pk))
    told = await tab.sees("message.updated")
    assert told["message"]["attachments"][0]["poster"] == f"/files/{poster.pk}/thumbnail"


def test_a_tombstone_is_not_updated(bob: User, room: Room) -> None:
    message = factories.post(room, bob, "", files=[make_picture(room, bob)])
    changes.delete_messages(actor=bob, messages=[message])
    message.refresh_from_db()
    before = message.revision
    updates.announce([message.pk])
    message.refresh_from_db()
    assert message.revision == before


async def test_a_description_is_changed_before_and_after_posting_by_its_author_only(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    upload = await picture(room, bob)
    reader, tab = await connect(alice, room=room), await connect(bob, room=room)
    for state in (State.RECEIVING, State.READY):
        await Upload.objects.filter(pk=upload.pk).aupdate(state=state, alt="")
        said = await describe(actor=bob, upload_id=upload.pk, alt=" A\n cat. ")
        assert said.alt == "A cat."
    message = await tab.posts("", attachments=[upload.pk])
    assert message["attachments"][0]["alt"] == "A cat."
    with pytest.raises(NotFound):
        await describe(actor=alice, upload_id=upload.pk, alt="Mine.")
    await describe(actor=bob, upload_id=upload.pk, alt="A dog.", transcript="Woof.\n\nWoof!")
    told = (await reader.sees("message.updated"))["message"]
    shown = told["attachments"][0]
    assert (shown["alt"], shown["transcript"]) == ("A dog.", "Woof.\n\nWoof!")
    assert told["edited_at"] is None
    await describe(actor=bob, upload_id=upload.pk, alt="A dog.")
    assert not await reader.has_seen("message.updated"), "nothing changed"
    with pytest.raises(TooLarge):
        await describe(actor=bob, upload_id=upload.pk, alt="a" * 1001)
    await tab.does("message.delete", room=room.slug, number=1)
    with pytest.raises(NotFound):
        await describe(actor=bob, upload_id=upload.pk, alt="Gone.")


async def test_an_edit_keeps_the_files_and_may_take_all_words_away(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    upload = await picture(room, bob)
    reader, tab = await connect(alice, room=room), await connect(bob, room=room)
    await tab.posts("Lok", attachments=[upload.pk])
    for body in ("Look", ""):
        await tab.does("message.edit", room=room.slug, number=1, body=body)
        told = (await reader.sees("message.edited", body=body))["message"]
        assert names(told) == ["cat.jpg"]
    await tab.posts("Words alone.")
    edit = {"room": room.slug, "number": 2, "body": " "}
    assert await tab.is_refused("message.edit", **edit) == "invalid"


async def test_a_deletion_takes_the_files_away_and_a_restoration_brings_them_back(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    upload = await picture(room, bob)
    reader, tab = await connect(alice, room=room), await connect(bob, room=room)
    await tab.posts("", attachments=[upload.pk])
    await tab.does("message.delete", room=room.slug, number=1)
    assert "attachments" not in (await reader.sees("message.deleted"))["message"]
    page = await reader.does("history", room=room.slug, after=0)
    assert "attachments" not in page["messages"][0]
    rows = [row async for row in Message.objects.select_related("room").filter(number=1)]
    assert await sync_to_async(changes.restore_messages)(actor=alice, messages=rows) == 1
    assert names((await reader.sees("message.edited"))["message"]) == ["cat.jpg"]


# -- moderation ------------------------------------------------------------------------------


def hold(by: User, action: str = "hold") -> None:
    rules.add_rule(actor=by, kind="word", pattern="spam", action=action)


@pytest.mark.parametrize(
    "said",
    [
        {"name": "cheap-spam.pdf"},
        {"alt": "Some spam."},
        {"transcript": "Buy\nspam"},
        {"alt": "s\u200bp\u00e4m"},
    ],
)
@pytest.mark.parametrize("action", ["refuse", "hold", "flag"])
def test_the_rules_of_words_read_names_descriptions_and_transcripts(
    bob: User, staff: User, room: Room, said: dict[str, str], action: str
) -> None:
    hold(staff, action)
    upload = make_picture(room, bob, **said)
    (outcome,) = post_messages([draft(bob, room, upload, body="Fine.")])
    expected = {"refuse": Forbidden, "hold": ChatError, "flag": posts.Posted}[action]
    assert isinstance(outcome, expected)
    assert Held.objects.count() == (action == "hold")
    assert Report.objects.count() == (action == "flag")


def test_what_is_held_keeps_its_files_until_it_is_approved(
    alice: User, bob: User, staff: User, room: Room
) -> None:
    hold(staff)
    files = [make_picture(room, bob, "1.jpg", alt="spam"), make_picture(room, bob, "2.jpg")]
    (outcome,) = post_messages([draft(bob, room, *reversed(files), nonce="12345678")])
    assert getattr(outcome, "code", "") == "held"
    held = Held.objects.get()
    assert [one.name for one in uploads.of_held(held)] == ["2.jpg", "1.jpg"]
    (again,) = post_messages([draft(bob, room, files[1])])
    assert isinstance(again, NotFound), "it waits already, with another message"
    with pytest.raises(Conflict):
        updates.describe(actor=bob, upload_id=files[0].pk, alt="Harmless.")
    review.approve_held(actor=staff, held=held)
    message = Message.objects.get()
    assert [one.name for one in uploads.of(message)] == ["2.jpg", "1.jpg"]
    assert (message.body, message.attached) == ("", 2)
    assert not uploads.of_held(Held.objects.get())


def test_an_approval_leaves_out_files_that_were_refused_meanwhile(
    bob: User, staff: User, room: Room
) -> None:
    hold(staff)
    bad, good = make_picture(room, bob, "1.jpg", alt="spam"), make_picture(room, bob, "2.jpg")
    post_messages([draft(bob, room, bad, good)])
    held = Held.objects.get()
    Upload.objects.filter(pk=bad.pk).update(state=State.REFUSED)
    review.approve_held(actor=staff, held=held)
    assert [one.name for one in uploads.of(Message.objects.get())] == ["2.jpg"]
    post_messages([draft(bob, room, make_picture(room, bob, alt="spam"))])
    Upload.objects.filter(message=None).update(state=State.REFUSED)
    with pytest.raises(Conflict):
        review.approve_held(actor=staff, held=Held.objects.get(decided_at=None))


def test_a_description_of_a_posted_file_follows_the_rules_of_edits(
    bob: User, staff: User, room: Room
) -> None:
    upload = make_picture(room, bob)
    factories.post(room, bob, files=[upload])
    hold(staff)
    with pytest.raises(Forbidden):
        updates.describe(actor=bob, upload_id=upload.pk, alt="spam")
    upload.refresh_from_db()
    assert upload.alt == ""
    rules.add_rule(actor=staff, kind="word", pattern="eggs", action="flag")
    updates.describe(actor=bob, upload_id=upload.pk, transcript="eggs")
    assert Report.objects.get().message.number == 1
