"""The site's own emoji: who adds them, which files are accepted, what is kept and served, and what
becomes of messages and reactions when one is removed."""

import io
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from rooms.actions.accounts import welcome
from rooms.actions.messages import history, reactions
from rooms.actions.site import emoji as emoji_actions
from rooms.errors import ChatError, Conflict, Forbidden, Invalid, NotFound
from rooms.models import AuditEntry, CustomEmoji, Message, Room, User
from rooms.queries import custom_emoji
from tests.chat_client import Json
from tests.factories import post
from tests.integration.conftest import Connect
from tests.integration.test_avatars import huge_png

pytestmark = [pytest.mark.usefixtures("no_limits"), pytest.mark.thorough]


def drawing(kind: str = "PNG", size: tuple[int, int] = (300, 200), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGBA", size, "teal").save(buffer, kind, **options)
    return buffer.getvalue()


def animation(count: int, kind: str = "GIF", size: tuple[int, int] = (64, 64)) -> bytes:
    frames = [
        Image.new("RGB", size, (index * 40 % 256, index * 97 % 256, 99)) for index in range(count)
    ]
    buffer = io.BytesIO()
    more = {"save_all": True, "append_images": frames[1:], "duration": 40, "loop": 0}
    frames[0].save(buffer, kind, **more)
    return buffer.getvalue()


def file(content: bytes, name: str = "drawing.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


def add(actor: User, name: str = "squawk", content: bytes | None = None) -> CustomEmoji:
    upload = file(content or drawing())
    row = emoji_actions.add_emoji(actor=actor, name=name, upload=upload)
    custom_emoji.forget()  # as after the commit, which tests don't reach
    return row


def remove(actor: User, name: str = "squawk") -> None:
    emoji_actions.remove_emoji(actor=actor, name=name)
    custom_emoji.forget()
    history.recent_pages.clear()


def stored(row: CustomEmoji, still: str = "") -> Path:
    return Path(default_storage.path(f"emoji/{row.key}{still}.webp"))


def shown(reader: User, room: Room) -> list[Json]:
    page = history.open_room(actor=reader, slug=room.slug).page
    return [json.loads(bytes(one)) for one in page.messages]


# -- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_a_picture_becomes_a_small_webp_of_the_same_shape(maud: User, kind: str) -> None:
    row = add(maud, content=drawing(kind))
    with Image.open(stored(row)) as kept:
        assert kept.format == "WEBP"
        assert kept.size == (128, 85)
    assert not row.animated


def test_a_small_picture_stays_as_small(maud: User) -> None:
    with Image.open(stored(add(maud, content=drawing(size=(20, 20))))) as kept:
        assert kept.size == (20, 20)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_keeps_moving_and_has_a_still_picture(maud: User, kind: str) -> None:
    row = add(maud, content=animation(6, kind))
    assert row.animated
    with Image.open(stored(row)) as moving, Image.open(stored(row, "-still")) as still:
        assert getattr(moving, "n_frames", 1) == 6
        assert getattr(still, "n_frames", 1) == 1


def test_neither_metadata_nor_what_is_appended_survives(maud: User) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    content = drawing("PNG", exif=exif) + b"<script>alert(1)</script>"
    kept = stored(add(maud, content=content)).read_bytes()
    assert b"taken at home" in content
    assert b"taken at home" not in kept
    assert b"script" not in kept


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "read"),
        (b"GIF89a<script>alert(1)</script>", "read"),
        (drawing()[:120], "read"),
        (huge_png(100_000, 100_000), "4 million pixels"),
        (huge_png(2500, 2000), "4 million pixels"),
        (drawing() + b"\0" * 256 * 1024, "256 KB"),
        (animation(61), "60 frames"),
        (animation(60, size=(700, 700)), "too large"),
    ],
    ids=["svg", "script", "cut off", "bomb", "pixels", "bytes", "frames", "frames' pixels"],
)
def test_any_other_file_is_refused_and_leaves_nothing_behind(
    maud: User, content: bytes, words: str
) -> None:
    with pytest.raises(ChatError, match=words):
        add(maud, content=content)
    assert not CustomEmoji.objects.exists()


def test_a_photograph_s_format_is_refused(maud: User) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (50, 50)).save(buffer, "JPEG")
    with pytest.raises(Invalid, match="PNG, WebP or GIF"):
        add(maud, content=buffer.getvalue())


def test_a_picture_is_served_to_anyone_and_never_runs(maud: User, visitor: Client) -> None:
    row = add(maud, content=animation(3))
    for still in ("", "-still"):
        response = visitor.get(f"/media/emoji/{row.key}{still}.webp")
        assert response.status_code == 200
        assert response["Content-Type"] == "image/webp"
        assert "immutable" in response["Cache-Control"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
    for other in ("0" * 32, f"{row.key}-stills", "../" + row.key):
        assert visitor.get(f"/media/emoji/{other}.webp").status_code == 404


# -- names, rights, limits -------------------------------------------------------------------


def test_only_moderators_of_the_site_add_and_remove(alice: User, maud: User) -> None:
    with pytest.raises(Forbidden):
        add(alice)
    add(maud)
    with pytest.raises(Forbidden):
        remove(alice)
    remove(maud)
    with pytest.raises(NotFound):
        remove(maud)


def test_a_name_is_given_once(maud: User) -> None:
    add(maud, ":Squawk:")
    assert CustomEmoji.objects.get().name == "squawk"
    with pytest.raises(Conflict, match="taken"):
        add(maud)
    with pytest.raises(Invalid, match="already"):
        add(maud, "tada")


def test_a_site_can_have_only_so_many(maud: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emoji_actions, "MAX_EMOJI", 2)
    add(maud, "one_squawk")
    add(maud, "two_squawks")
    with pytest.raises(Conflict, match="at most 2"):
        add(maud, "three_squawks")


def test_uploads_are_limited(maud: User, settings: Settings) -> None:
    settings.RATE_LIMITS = True
    settings.LIMITS = {**settings.LIMITS, "emoji": "1/m"}
    add(maud)
    with pytest.raises(ChatError) as refusal:
        add(maud, "another")
    assert refusal.value.code == "rate_limited"


def test_both_are_in_the_audit_log(maud: User) -> None:
    add(maud)
    remove(maud)
    rows = AuditEntry.objects.order_by("pk").values_list("action", "actor", "before", "after")
    assert list(rows) == [
        ("emoji.added", maud.pk, "", ":squawk:"),
        ("emoji.removed", maud.pk, ":squawk:", ""),
    ]


# -- the page --------------------------------------------------------------------------------


def test_the_page_adds_lists_and_removes(as_maud: Client) -> None:
    page = reverse("site_emoji")
    assert "None yet." in as_maud.get(page).text
    answer = as_maud.post(page, {"name": "", "picture": file(drawing(), "Blue parrot.png")})
    assert answer.status_code == 302
    row = CustomEmoji.objects.get()
    assert row.name == "blue_parrot"
    assert f"/media/emoji/{row.key}.webp" in as_maud.get(page).text
    as_maud.post(reverse("site_emoji_remove", args=["blue_parrot"]))
    assert not CustomEmoji.objects.exists()


def test_the_page_says_what_is_wrong_next_to_the_field(as_maud: Client) -> None:
    answer = as_maud.post(reverse("site_emoji"), {"name": "tada", "picture": file(drawing())})
    assert answer.status_code == 422
    assert "is an emoji already" in answer.text
    answer = as_maud.post(reverse("site_emoji"), {"name": "squawk"})
    assert "Choose an image first." in answer.text


# -- messages --------------------------------------------------------------------------------


def test_a_message_shows_it_and_keeps_the_name_in_its_source(
    maud: User, alice: User, room: Room
) -> None:
    row = add(maud)
    message = post(room, alice, "Look: :squawk:")
    assert message.body == "Look: :squawk:"
    assert f'src="/media/emoji/{row.key}.webp" alt=":squawk:"' in message.html


def test_a_removed_one_is_text_again_and_its_files_are_gone(
    maud: User,
    alice: User,
    room: Room,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    row = add(maud, content=animation(3))
    add(maud, "stays")
    post(room, alice, "Look: :squawk: and :stays:")
    with django_capture_on_commit_callbacks(execute=True):
        remove(maud)
    assert not stored(row).exists()
    assert not stored(row, "-still").exists()
    (message,) = shown(alice, room)
    assert row.key not in message["html"]
    assert re.fullmatch(r"<p>Look: :squawk: and <img [^>]*></p>", message["html"])
    assert message["edited_at"] is None


def test_another_picture_under_the_same_name_takes_its_place(
    maud: User, alice: User, room: Room
) -> None:
    add(maud)
    post(room, alice, "Look: :squawk:")
    remove(maud)
    new = add(maud)
    (message,) = shown(alice, room)
    assert new.key in message["html"]


def test_a_reaction_carries_its_picture_while_there_is_one(
    maud: User, alice: User, bob: User, room: Room
) -> None:
    row = add(maud, content=animation(2))
    number = post(room, alice).number
    react = partial(reactions.add_reaction, slug=room.slug, number=number)
    react(actor=bob, emoji=":Squawk:")
    (message,) = shown(alice, room)
    (reaction,) = message["reactions"]
    assert reaction["emoji"] == ":squawk:"
    assert reaction["picture"] == f"/media/emoji/{row.key}.webp"
    assert reaction["still"] == f"/media/emoji/{row.key}-still.webp"
    remove(maud)
    (message,) = shown(alice, room)
    (reaction,) = message["reactions"]
    assert set(reaction) == {"emoji", "count", "users"}
    with pytest.raises(Invalid):
        react(actor=alice, emoji=":squawk:")
    reactions.remove_reaction(actor=bob, slug=room.slug, number=number, emoji=":squawk:")
    assert not Message.objects.get(number=number).reactions.exists()


@pytest.mark.parametrize("emoji", [":squawk:", "squawk", ":tada:", "::", ":", ":squawk::squawk:"])
def test_what_is_no_emoji_is_no_reaction(alice: User, room: Room, emoji: str) -> None:
    number = post(room, alice).number
    with pytest.raises(Invalid):
        reactions.add_reaction(actor=alice, slug=room.slug, number=number, emoji=emoji)


def test_an_ordinary_message_asks_for_no_emoji(
    alice: User, room: Room, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert not custom_emoji.written_in("at 10:30, see https://a.example")
        assert not custom_emoji.has_gone("<p>Hello.</p>")


# -- telling open pages ----------------------------------------------------------------------


def test_the_list_is_kept_by_browsers_until_the_next_change(
    maud: User, as_bob: Client, bob: User, visitor: Client
) -> None:
    address = reverse("emoji_table")
    assert visitor.get(address).status_code == 401
    assert welcome.greet(user=bob).welcome.emoji == 0
    row = add(maud, content=animation(2))
    revision = welcome.greet(user=bob).welcome.emoji
    response = as_bob.get(address, {"revision": revision})
    assert response.json() == {
        "revision": revision,
        "emoji": [
            {
                "name": "squawk",
                "picture": f"/media/emoji/{row.key}.webp",
                "still": f"/media/emoji/{row.key}-still.webp",
            }
        ],
    }
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    for other in ("", revision + 1, "x"):
        assert "no-store" in as_bob.get(address, {"revision": other})["Cache-Control"]


def test_a_process_that_has_heard_of_a_new_list_reads_it_at_once(maud: User, bob: User) -> None:
    add(maud)
    before = custom_emoji.current()
    emoji_actions.add_emoji(actor=maud, name="another", upload=file(drawing()))
    assert "another" not in custom_emoji.current().pictures, "another process may take a second"
    wanted = welcome.greet(user=bob).welcome.emoji
    assert wanted != before.revision
    assert "another" in custom_emoji.current(wanted).pictures


async def test_every_open_page_is_told(
    connect: Connect, alice: User, bob: User, room: Room
) -> None:
    maud = await User.objects.acreate(username="owner", is_staff=True, is_superuser=True)
    first, second = await connect(alice, room=room), await connect(bob)
    await sync_to_async(emoji_actions.add_emoji)(actor=maud, name="squawk", upload=file(drawing()))
    for client in (first, second):
        event = await client.sees("emoji.changed")
        assert event["revision"] > 0
    message = await first.posts("Look: :squawk:")
    assert 'alt=":squawk:"' in message["html"]
