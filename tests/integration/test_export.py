"""All of a person's data in one file, whose size costs the server no memory."""

import io
import json
import tracemalloc
import zipfile
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client
from django.urls import reverse
from PIL import Image

from rooms.actions.accounts import export, profiles
from rooms.actions.messages import changes
from rooms.actions.messages.posts import Draft, post_message
from rooms.actions.moderation import rules, sanctions
from rooms.actions.rooms import memberships
from rooms.errors import ChatError
from rooms.models import Message, Room, User
from tests.conftest import Measure
from tests.factories import make_direct, post

pytestmark = pytest.mark.thorough

MEGABYTE = 1024 * 1024
MANY = 20_000


def contents(data: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {
            name: json.loads(archive.read(name)) if name.endswith("json") else archive.read(name)
            for name in archive.namelist()
        }


def exported(user: User) -> dict[str, Any]:
    return contents(b"".join(export.export(actor=user)))


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    return file.getvalue()


def write_many(room: Room, author: User, count: int) -> None:
    """Insert this many messages of a hundred characters straight into the table."""
    start = room.last_number
    Message.objects.bulk_create(
        (
            Message(
                room=room,
                author=author,
                number=start + n,
                revision=start + n,
                nonce=f"bulk-{n}",
                body=f"message {n} ".ljust(100, "x"),
                html="",
                renderer=1,
            )
            for n in range(1, count + 1)
        ),
        batch_size=2000,
    )


def test_an_export_holds_the_person_s_own_data_and_nothing_of_others(
    room: Room, private_room: Room, alice: User, bob: User
) -> None:
    make_direct(bob, alice)
    post(room, bob, "mine, שלום")
    post(room, alice, "hers")
    post(private_room, alice, "hers in private")
    profiles.set_avatar(actor=bob, upload=SimpleUploadedFile("me.png", picture()))
    bob.refresh_from_db()
    files = exported(bob)
    assert files["account.json"]["username"] == "bob"
    assert [row["body"] for row in files["messages.json"]] == ["mine, שלום"]
    assert files["messages.json"][0]["room_slug"] == room.slug
    assert room.slug in {row["room_slug"] for row in files["rooms.json"]}
    assert files["avatar.webp"][8:12] == b"WEBP"
    assert "hers" not in str(files)
    assert "password" not in str(files).replace("passwords", "")


def test_an_export_contains_nothing_written_for_moderators(
    room: Room, alice: User, bob: User, staff: User
) -> None:
    rules.add_rule(
        actor=staff, kind="word", pattern="forbidden*", action="hold", note="Read first."
    )
    with pytest.raises(ChatError):
        post_message(Draft(bob, room.slug, "nonce-held", "forbiddenfruit"))
    changes.delete_messages(actor=alice, messages=[post(room, bob)], reason="Known troll.")
    sanctions.mute_user(actor=alice, user=bob, room=room, reason="Be kind.")
    files = exported(bob)
    assert {row["action"] for row in files["measures.json"]} == {"message.deleted", "user.muted"}
    for told in ("Be kind.", "Read first.", "forbiddenfruit"):
        assert told in str(files)
    for kept in ("Known troll.", "forbidden*"):
        assert kept not in str(files)


def test_messages_of_one_moment_are_each_exported_once(room: Room, bob: User) -> None:
    write_many(room, bob, export.BATCH * 2 + 7)
    moment = Message.objects.values_list("created_at").first()
    Message.objects.update(created_at=moment[0] if moment else None)
    bodies = [row["body"] for row in exported(bob)["messages.json"]]
    assert len(bodies) == len(set(bodies)) == export.BATCH * 2 + 7


@pytest.mark.django_db(transaction=True)
async def test_an_export_is_streamed(room: Room, bob: User) -> None:
    browser = AsyncClient()
    await sync_to_async(browser.force_login)(bob)
    await sync_to_async(write_many)(room, bob, 30)
    answer: Any = await browser.post(reverse("export"))
    assert answer.streaming
    assert answer["Content-Type"] == "application/zip"
    assert "bob-" in answer["Content-Disposition"]
    data = b"".join([piece async for piece in answer.streaming_content])
    assert len(contents(data)["messages.json"]) == 30


def test_an_export_needs_its_button_and_is_limited(as_bob: Client, visitor: Client) -> None:
    assert as_bob.get(reverse("export")).status_code == 405
    assert visitor.post(reverse("export")).status_code == 302
    codes = [as_bob.post(reverse("export")).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]


def test_exporting_many_messages_takes_no_memory(room: Room, bob: User, measure: Measure) -> None:
    write_many(room, bob, MANY)
    memberships.add_member(room=room, user=bob)
    size = 0
    tracemalloc.start()
    try:
        for piece in export.export(actor=bob):
            assert len(piece) < MEGABYTE
            size += len(piece)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    measure(f"{MANY} messages exported: {size / MEGABYTE:.1f} MB, at most {most / MEGABYTE:.1f} MB")
    assert most < 5 * MEGABYTE, "all rows together are 20 MB"
