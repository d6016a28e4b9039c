"""What becomes of files: erased with their messages, refused, exported, kept when an account is
erased, and deleted for good by the people who run the site."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.actions.accounts import erasure, export
from rooms.actions.files import discarding
from rooms.actions.messages import changes
from rooms.actions.messages.posts import Draft, post_messages
from rooms.actions.moderation import files, purging, removals, reports, review, rules
from rooms.errors import ChatError, Forbidden
from rooms.files.storage import content_key, storage, thumbnail_key
from rooms.models import AuditEntry, Held, Message, Room, Upload, User
from rooms.queries import uploads
from tests import factories
from tests.factories import make_picture, make_upload
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect

KEYS = (content_key, thumbnail_key)


def stored(upload: Upload, content: bytes = b"content") -> Upload:
    for key in KEYS:
        storage().save(key(upload.pk), io.BytesIO(content))
    return upload


def is_gone(upload: Upload) -> bool:
    """Whether row and bytes are gone, once the job has run."""
    discarding.delete_files([upload.pk])
    for key in KEYS:
        try:
            storage().open(key(upload.pk)).close()
        except FileNotFoundError:
            continue
        return False
    return not Upload.objects.filter(pk=upload.pk).exists()


def deleted(message: Message, days: int) -> None:
    Message.objects.filter(pk=message.pk).update(deleted_at=timezone.now() - timedelta(days=days))


def hold(by: User) -> None:
    rules.add_rule(actor=by, kind="word", pattern="spam", action="hold")


def held_with(upload: Upload) -> Held:
    draft = Draft(upload.user, upload.room.slug, "12345678", "", attachments=(upload.pk,))
    (outcome,) = post_messages([draft])
    assert isinstance(outcome, ChatError)
    return Held.objects.get(decided_at=None)


def test_what_is_erased_takes_its_files_and_a_message_without_words_is_found_too(
    room: Room, alice: User, bob: User
) -> None:
    kept, old = [stored(make_picture(room, bob)) for _ in range(2)]
    poster = stored(make_picture(room, bob))
    video = stored(make_upload(room, bob, "film.mp4", kind="video", poster=poster))
    young = factories.post(room, bob, "", files=[kept])
    gone = factories.post(room, bob, "", files=[old, video])
    deleted(young, 29)
    deleted(gone, 31)
    assert purging.purge().messages == 1
    assert all(map(is_gone, (old, video, poster)))
    assert not is_gone(kept)
    gone.refresh_from_db()
    assert (gone.attached, gone.erased) == (0, True)
    assert purging.purge().messages == 0
    with pytest.raises(Forbidden):
        changes.restore_messages(actor=alice, messages=[gone])


def test_a_removal_and_its_undoing_take_messages_without_words_along(
    room: Room, alice: User, bob: User
) -> None:
    upload = stored(make_picture(room, bob))
    message = factories.post(room, bob, "", files=[upload])
    removal = removals.remove_posts(actor=alice, user=bob, scope="room", room=room)
    message.refresh_from_db()
    assert message.deleted
    removals.undo_removal(actor=alice, removal=removal)
    message.refresh_from_db()
    assert not message.deleted
    assert uploads.of(message) == [upload]


def test_the_files_of_what_a_moderator_refuses_are_gone_at_once(
    room: Room, bob: User, staff: User
) -> None:
    hold(staff)
    upload = stored(make_picture(room, bob, alt="spam"))
    review.refuse_held(actor=staff, held=held_with(upload))
    assert is_gone(upload)


def test_an_approval_keeps_the_files(room: Room, bob: User, staff: User) -> None:
    hold(staff)
    upload = stored(make_picture(room, bob, alt="spam"))
    review.approve_held(actor=staff, held=held_with(upload))
    assert not is_gone(upload)


def test_an_erased_account_leaves_its_messages_with_their_files_and_nothing_else(
    room: Room, bob: User, staff: User
) -> None:
    poster = stored(make_picture(room, bob))
    video = stored(make_upload(room, bob, "film.mp4", kind="video", poster=poster))
    factories.post(room, bob, "", files=[video])
    hold(staff)
    waits, unposted = stored(make_picture(room, bob, alt="spam")), stored(make_picture(room, bob))
    held_with(waits)
    erasure.erase(actor=bob, username="bob")
    assert not is_gone(video)
    assert not is_gone(poster)
    assert is_gone(waits)
    assert is_gone(unposted)
    assert not Held.objects.exists()


def test_an_export_has_the_person_s_files_and_nobody_else_s(
    room: Room, alice: User, bob: User
) -> None:
    mine = stored(make_picture(room, bob, "cat.jpg", alt="A cat."), b"my cat" * 50_000)
    lost = make_upload(room, bob, "lost.pdf")
    theirs = stored(make_picture(room, alice, "dog.jpg"))
    factories.post(room, bob, "", files=[mine, lost])
    factories.post(room, alice, "", files=[theirs])
    archive = zipfile.ZipFile(io.BytesIO(b"".join(export.export(actor=bob))))
    assert archive.read(f"files/{mine.pk}/cat.jpg") == b"my cat" * 50_000
    names = [name for name in archive.namelist() if name.startswith("files/")]
    assert names == [f"files/{mine.pk}/cat.jpg"], "what is missing on the disk is left out"
    listed = {row["id"]: row for row in json.loads(archive.read("files.json"))}
    assert {*listed} == {mine.pk, lost.pk}
    assert listed[mine.pk]["alt"] == "A cat."
    assert (listed[mine.pk]["room_slug"], listed[mine.pk]["message_number"]) == (room.slug, 1)


def test_moderators_read_the_files_of_what_the_admin_shows_them_and_of_nothing_else(
    as_maud: Client, as_staff: Client, as_alice: Client, private_room: Room, alice: User, bob: User
) -> None:
    upload = stored(make_picture(private_room, bob))
    message = factories.post(private_room, bob, "", files=[upload])
    near = factories.post_many(private_room, bob, ["x"] * 6)
    address = f"/files/{upload.pk}/thumbnail"

    def answers() -> list[int]:
        return [browser.get(address).status_code for browser in (as_alice, as_staff, as_maud)]

    assert answers() == [200, 200, 404]
    report: dict[str, Any] = {"actor": alice, "slug": private_room.slug, "reason": "spam"}
    reports.report_message(number=near[5].number, **report)
    assert answers() == [200, 200, 404], "it is too far from what was reported"
    reports.report_message(number=near[4].number, **report)
    assert answers() == [200, 200, 200], "the report's page shows it"
    changes.delete_messages(actor=bob, messages=[message])
    assert answers() == [404, 200, 200]


# -- the admin -------------------------------------------------------------------------------


async def test_a_file_that_is_deleted_for_good_leaves_its_message(
    connect: Connect, alice: User, bob: User, staff: User, room: Room
) -> None:
    def post() -> list[Upload]:
        found = [stored(make_picture(room, bob, f"{number}.jpg")) for number in range(3)]
        factories.post(room, bob, "", files=found[:2])
        factories.post(room, bob, "", files=found[2:])
        return found

    one, two, three = await sync_to_async(post)()
    reader = await connect(alice, room=room)
    remove = sync_to_async(files.remove_files)
    with pytest.raises(Forbidden):
        await remove(actor=alice, files=[one])
    assert await remove(actor=staff, files=[one, three], reason="Too large.") == 2
    told = (await reader.sees("message.updated", number=1))["message"]
    assert [file["name"] for file in told["attachments"]] == ["1.jpg"]
    assert await reader.sees("message.deleted", number=2), "nothing was left of it"
    assert await sync_to_async(is_gone)(one)
    assert not await sync_to_async(is_gone)(two)
    entries = [entry async for entry in AuditEntry.objects.filter(action="file.removed")]
    assert [(entry.detail, entry.user_id) for entry in entries] == [("Too large.", bob.pk)] * 2


def test_owners_see_the_largest_files_and_who_uses_how_much(
    as_staff: Client, room: Room, alice: User, bob: User
) -> None:
    make_upload(room, alice, "small.pdf", stored=2048)
    large = make_upload(room, bob, "large.zip", stored=5 * 1024 * 1024)
    factories.post(room, bob, "", files=[large])
    page = as_staff.get(desk.url(Upload))
    assert [row.name for row in page.context["cl"].result_list] == ["large.zip", "small.pdf"]
    text = page.content.decode().replace("\xa0", " ")
    assert "These files take up 5.0 MB." in text
    assert desk.url(Message, "change", large.message_id or Message.objects.get().pk) in text
    for query, names in {
        "posted=yes": ["large.zip"],
        "posted=no": ["small.pdf"],
        f"user__id__exact={alice.pk}": ["small.pdf"],
        "kind__exact=file": ["large.zip", "small.pdf"],
        "q=@bob": ["large.zip"],
    }.items():
        shown = as_staff.get(f"{desk.url(Upload)}?{query}").context["cl"].result_list
        assert [row.name for row in shown] == names, query
    usage = as_staff.get(reverse("admin:rooms_upload_usage"))
    rows = [(user.username, number) for user, number, _space in usage.context["rows"]]
    assert rows == [("bob", 1), ("alice", 1)]
    assert "2 files take up 5.0 MB." in usage.content.decode().replace("\xa0", " ")


def test_an_owner_deletes_files_from_the_list(as_staff: Client, room: Room, bob: User) -> None:
    upload = stored(make_picture(room, bob))
    page = desk.run(as_staff, "delete_selected", [upload], reason="Full.")
    assert "1 file was deleted." in desk.notices(page)
    assert is_gone(upload)
    assert AuditEntry.objects.get(action="file.removed").detail == "Full."


@pytest.mark.parametrize("page", ["list", "usage", "file"])
def test_moderators_have_no_business_with_other_people_s_files(
    as_maud: Client, private_room: Room, alice: User, page: Any
) -> None:
    upload = make_upload(private_room, alice)
    pages = {
        "list": desk.url(Upload),
        "usage": reverse("admin:rooms_upload_usage"),
        "file": desk.url(Upload, "change", upload.pk),
    }
    assert as_maud.get(pages[page]).status_code == 403
