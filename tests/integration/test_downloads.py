"""Downloading files: by whoever may read the message, in whole or in part, and never as a page."""

import io
import secrets
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.actions.messages import changes
from rooms.actions.moderation import sanctions
from rooms.actions.rooms import memberships
from rooms.files.storage import content_key, storage, thumbnail_key
from rooms.models import Held, Message, Room, Upload, User
from rooms.serializers.attachments import attachment
from tests import factories
from tests.uploads import addresses, body, make_upload, picture

CONTENT = secrets.token_bytes(300_000)

pytestmark = pytest.mark.usefixtures("no_limits")


@pytest.fixture
def posted(private_room: Room, bob: User) -> Upload:
    """A picture with a thumbnail, in a private room of alice and bob."""
    message = factories.post(private_room, bob, "Look")
    return make_upload(
        *(bob, private_room, CONTENT),
        message=message,
        thumbnail=picture("WEBP"),
        name="plans.png",
        kind="image",
        type="image/png",
    )


def answers(browser: Client, upload: Upload) -> Iterator[tuple[str, int]]:
    """Try every address of a file in every way, and yield what comes back."""
    for name, address in addresses(upload).items():
        yield f"{name}", browser.get(address).status_code
        yield f"{name}, head", browser.head(address).status_code
        part = browser.get(address, headers={"Range": "bytes=0-9"})
        yield f"{name}, a part", part.status_code
        known = {"If-None-Match": browser.get(address).headers.get("ETag", "*")}
        yield f"{name}, known", browser.get(address, headers=known).status_code
        yield f"{name}, to save", browser.get(f"{address}?download").status_code


def reads(browser: Client, upload: Upload) -> bool:
    """Whether somebody gets a file, at all of its addresses or at none."""
    codes = dict(answers(browser, upload))
    assert set(codes.values()) in ({200, 206, 304}, {404}), codes
    return 200 in codes.values()


# -- who may ---------------------------------------------------------------------------------


def test_a_file_is_read_by_whoever_reads_its_message(
    posted: Upload, as_alice: Client, as_bob: Client
) -> None:
    assert reads(as_alice, posted)
    assert reads(as_bob, posted)


def test_everybody_else_finds_nothing(
    posted: Upload,
    as_charlie: Client,
    as_mallory: Client,
    as_maud: Client,
    visitor: Client,
) -> None:
    for other in (as_charlie, as_mallory, as_maud, visitor):
        assert not reads(other, posted)


def test_a_member_who_leaves_or_is_removed_or_banned_reads_nothing_from_then_on(
    posted: Upload, private_room: Room, alice: User, charlie: User, as_charlie: Client, staff: User
) -> None:
    def joins() -> None:
        factories.add_member(private_room, charlie)
        assert reads(as_charlie, posted)

    joins()
    memberships.leave_room(actor=charlie, slug=private_room.slug)
    assert not reads(as_charlie, posted)
    joins()
    memberships.remove_member(actor=alice, room=private_room, user=charlie)
    assert not reads(as_charlie, posted)
    joins()
    ban = factories.ban(charlie, room=private_room, by=alice)
    assert not reads(as_charlie, posted)
    sanctions.lift_bans(actor=alice, bans=[ban])
    joins()
    factories.ban(charlie, by=staff)
    assert not reads(as_charlie, posted)


def test_a_closed_account_reads_nothing(posted: Upload, alice: User, as_alice: Client) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert not reads(as_alice, posted)


def test_the_file_of_a_deleted_message_is_gone_until_it_is_restored(
    posted: Upload, alice: User, as_alice: Client, as_bob: Client
) -> None:
    messages = [posted.message] if posted.message else []
    changes.delete_messages(actor=alice, messages=messages)
    assert not reads(as_bob, posted)
    assert not reads(as_alice, posted)
    changes.restore_messages(actor=alice, messages=messages)
    assert reads(as_alice, posted)


def test_before_it_is_posted_only_its_sender_reads_it(
    bob: User, alice: User, private_room: Room, as_alice: Client, as_bob: Client
) -> None:
    upload = make_upload(bob, private_room, thumbnail=b"small", kind="image")
    assert reads(as_bob, upload)
    assert not reads(as_alice, upload)
    memberships.remove_member(actor=alice, room=private_room, user=bob)
    assert not reads(as_bob, upload)


def test_a_held_file_is_read_by_its_author_and_those_who_decide(
    room: Room, bob: User, charlie: User, as_alice: Client, as_bob: Client, as_charlie: Client
) -> None:
    factories.add_member(room, charlie)
    held = Held.objects.create(room=room, author=bob, nonce="n", body="Look")
    upload = make_upload(bob, room, held=held, thumbnail=b"small")
    assert reads(as_alice, upload)
    assert reads(as_bob, upload)
    assert not reads(as_charlie, upload)


def test_the_picture_of_a_video_is_read_with_the_video(
    room: Room, bob: User, as_alice: Client, as_bob: Client
) -> None:
    poster = make_upload(bob, room, kind="image", thumbnail=b"small")
    video = make_upload(bob, room, kind="video", poster=poster)
    assert reads(as_bob, poster)
    assert not reads(as_alice, poster)
    message = factories.post(room, bob, "Look")
    Upload.objects.filter(pk=video.pk).update(message=message)
    assert reads(as_alice, poster)
    Message.objects.filter(pk=message.pk).update(deleted_at=timezone.now())
    assert not reads(as_alice, poster)
    assert not reads(as_bob, poster)


def test_only_a_checked_file_is_served(posted: Upload, as_alice: Client, as_bob: Client) -> None:
    for state, status in ((Upload.State.RECEIVING, 404), (Upload.State.REFUSED, 404)):
        Upload.objects.update(state=state)
        for address in addresses(posted).values():
            assert as_bob.get(address).status_code == status
    Upload.objects.update(state=Upload.State.RECEIVED)
    for address in addresses(posted).values():
        waits = as_alice.get(address)
        assert (waits.status_code, waits.headers["Retry-After"]) == (503, "5")


# -- what comes ------------------------------------------------------------------------------


def test_a_file_comes_whole_and_as_it_is(posted: Upload, as_alice: Client) -> None:
    answer = as_alice.get(addresses(posted)["content"])
    assert body(answer) == CONTENT
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"] == 'inline; filename="plans.png"'
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=65530-65545", 65530, 65546),
        ("bytes=299990-", 299_990, 300_000),
        ("bytes=-7", 299_993, 300_000),
        ("bytes=10-999999", 10, 300_000),
    ],
)
def test_a_part_comes_as_it_was_asked_for(
    posted: Upload, as_alice: Client, asked: str, start: int, end: int
) -> None:
    answer = as_alice.get(addresses(posted)["content"], headers={"Range": asked})
    assert answer.status_code == 206
    assert body(answer) == CONTENT[start:end]
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/300000"
    assert answer.headers["Content-Length"] == str(end - start)


def test_a_part_beyond_the_end_cannot_be_had(posted: Upload, as_alice: Client) -> None:
    answer = as_alice.get(addresses(posted)["content"], headers={"Range": "bytes=300000-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */300000"


def test_a_part_of_another_version_is_answered_with_the_whole(
    posted: Upload, as_alice: Client
) -> None:
    address = addresses(posted)["content"]
    etag = as_alice.head(address).headers["ETag"]
    same = as_alice.get(address, headers={"Range": "bytes=0-9", "If-Range": etag})
    assert (same.status_code, body(same)) == (206, CONTENT[:10])
    for other in ('"other"', f"W/{etag}", "Mon, 30 Nov 2026 18:00:00 GMT"):
        whole = as_alice.get(address, headers={"Range": "bytes=0-9", "If-Range": other})
        assert (whole.status_code, body(whole)) == (200, CONTENT)


def test_what_a_browser_has_is_not_sent_again(posted: Upload, as_alice: Client) -> None:
    for address in addresses(posted).values():
        etag = as_alice.head(address).headers["ETag"]
        known = as_alice.get(address, headers={"If-None-Match": etag})
        assert (known.status_code, known.content) == (304, b"")
        assert as_alice.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_head_tells_as_much_without_the_content(posted: Upload, as_alice: Client) -> None:
    answer = as_alice.head(addresses(posted)["content"])
    assert answer.headers["Content-Length"] == "300000"
    assert answer.content == b""


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("image", True), ("video", True), ("audio", True), ("voice", True), ("file", False)],
)
def test_only_pictures_and_sound_are_shown(
    posted: Upload, as_alice: Client, kind: str, *, shown: bool
) -> None:
    Upload.objects.update(kind=kind, type="text/html", name='Grüße ".html')
    posted.refresh_from_db()
    address = f"/files/{posted.pk}/content/x"
    answer = as_alice.get(address)
    disposition = answer.headers["Content-Disposition"]
    assert disposition.partition(";")[0] == ("inline" if shown else "attachment")
    assert "filename*=utf-8''Gr%C3%BC%C3%9Fe%20%22.html" in disposition
    assert (answer.headers["Content-Type"] == "application/octet-stream") is not shown
    saved = as_alice.get(f"{address}?download").headers["Content-Disposition"]
    assert saved.startswith("attachment;")


def test_an_empty_file_comes_empty(room: Room, bob: User, as_bob: Client) -> None:
    upload = make_upload(bob, room, b"")
    answer = as_bob.get(addresses(upload)["content"])
    assert (answer.status_code, body(answer)) == (200, b"")
    part = as_bob.get(addresses(upload)["content"], headers={"Range": "bytes=0-"})
    assert part.status_code == 416


def test_a_file_that_is_missing_from_the_disk_is_not_found(
    posted: Upload, as_alice: Client
) -> None:
    storage().delete(content_key(posted.pk))
    storage().delete(thumbnail_key(posted.pk))
    for address in addresses(posted).values():
        assert as_alice.get(address).status_code == 404


@pytest.mark.parametrize("size", [1000, 100_000], ids=["small", "large"])
def test_half_a_file_is_not_served_as_a_whole_one(
    room: Room, bob: User, as_bob: Client, size: int
) -> None:
    upload = make_upload(bob, room, bytes(size))
    address = addresses(upload)["content"]
    assert body(as_bob.get(address)) == bytes(size)
    storage().save(content_key(upload.pk), io.BytesIO(bytes(size // 2)))
    with pytest.raises(OSError, match="shorter"):
        body(as_bob.get(address))


def test_a_proxy_can_be_told_to_send_the_bytes(
    posted: Upload, as_alice: Client, as_charlie: Client, settings: pytest.FixtureRequest
) -> None:
    settings.FILES_ACCEL = "/files-on-disk/"  # type: ignore[attr-defined]
    answer = as_alice.get(addresses(posted)["content"])
    assert answer.headers["X-Accel-Redirect"] == f"/files-on-disk/{content_key(posted.pk)}"
    assert answer.content == b""
    assert answer.headers["Content-Disposition"] == 'inline; filename="plans.png"'
    refused = as_charlie.get(addresses(posted)["content"])
    assert refused.status_code == 404
    assert "X-Accel-Redirect" not in refused.headers


def test_the_addresses_are_those_that_messages_name(posted: Upload) -> None:
    shown = attachment(posted)
    assert shown.url == reverse("file_content", args=[posted.pk, posted.name])
    assert shown.thumbnail == reverse("file_thumbnail", args=[posted.pk])
