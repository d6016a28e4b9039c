"""`manage.py demo` fills an empty site with a history as posting would have left it."""

import itertools
import re
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, QuerySet
from django.test import Client
from django.utils import timezone

from rooms.files import inspection
from rooms.files.storage import content_key, storage
from rooms.management.demo import files, story
from rooms.models import AuditEntry, Membership, Message, Reaction, Room, Upload, User
from rooms.text import bodies, markup

pytestmark = pytest.mark.thorough

PASSWORD = "violet-tandem-42"
MANY = 300  # messages: enough for every room to have some over a week


def demo(**options: Any) -> str:
    out = StringIO()
    options = {"messages": MANY, "password": PASSWORD, **options}
    call_command("demo", stdout=out, **options)
    return out.getvalue()


def told() -> list[tuple[Any, ...]]:
    """Return everything that was said and done, without its times."""
    fields = ("room_id", "number", "revision", "author__username", "body", "reply_to")
    return list(Message.objects.order_by("room_id", "number").values_list(*fields))


def forget() -> None:
    for model in (AuditEntry, Reaction, Upload, Message, Membership):
        QuerySet(model).delete()
    User.objects.update(last_room=None)
    Room.objects.all().delete()
    User.objects.all().delete()


@pytest.mark.django_db
def test_a_seed_tells_the_same_story(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(seed: int, later: timedelta) -> list[tuple[Any, ...]]:
        now = datetime(2026, 11, 23, 3, 4, 5, tzinfo=timezone.get_default_timezone()) + later
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda: now)
            demo(seed=seed)
        rooms = {pk: index for index, pk in enumerate(Room.objects.values_list("pk", flat=True))}
        story = [(rooms[room], *rest) for room, *rest in told()]
        forget()
        return story

    first = run(1, timedelta())
    assert first == run(1, timedelta(days=3, hours=7))
    assert first != run(2, timedelta())


@pytest.mark.django_db
def test_what_was_said_later_has_a_higher_id_whatever_the_room() -> None:
    """A search for the newest goes by that."""
    demo()
    by_id = list(Message.objects.order_by("pk").values_list("created_at", flat=True))
    assert by_id == sorted(by_id)


@pytest.mark.django_db
def test_numbers_and_revisions_are_gapless() -> None:
    demo()
    assert Message.objects.count() == MANY
    for room in Room.objects.all():
        rows = list(room.messages.order_by("number"))
        assert [row.number for row in rows] == list(range(1, room.last_number + 1))
        assert max(row.revision for row in rows) == room.revision
        edited = sum(row.edited_at is not None for row in rows)
        deleted = sum(row.deleted for row in rows)
        reactions = Reaction.objects.filter(message__room=room).count()
        assert room.revision == room.last_number + edited + deleted + reactions


@pytest.mark.django_db
def test_times_rise_with_the_numbers_and_end_now() -> None:
    demo()
    now = timezone.now()
    for room in Room.objects.all():
        times = list(room.messages.order_by("number").values_list("created_at", flat=True))
        assert all(first < second for first, second in itertools.pairwise(times))
        assert times[-1] <= now
    newest = Message.objects.latest("created_at").created_at
    assert now - newest < timedelta(minutes=5)
    assert now - Message.objects.earliest("created_at").created_at > timedelta(weeks=5)
    assert not Message.objects.filter(edited_at__lt=F("created_at")).exists()
    night = sum(at.hour < 6 for at in Message.objects.values_list("created_at", flat=True))
    assert night < MANY / 5


@pytest.mark.django_db
def test_only_members_speak_and_react() -> None:
    demo()
    members = set(Membership.objects.values_list("room_id", "user_id"))
    assert set(Message.objects.values_list("room_id", "author_id")) <= members
    assert set(Reaction.objects.values_list("message__room_id", "user_id")) <= members
    assert not Reaction.objects.filter(user=F("message__author")).exists()


@pytest.mark.django_db
def test_the_demo_has_something_of_everything() -> None:
    demo(messages=2000)
    assert set(Room.objects.values_list("kind", flat=True)) == set(Room.Kind.values)
    assert Room.objects.public().exclude(memberships__user__username="demo").exists()
    messages = Message.objects.all()
    wishes: tuple[dict[str, Any], ...] = (
        {"reply_to__isnull": False},
        {"edited_at__isnull": False},
        {"deleted_at__isnull": False},
        {"html__contains": '<pre class="code">'},
        {"html__contains": "<a href="},
        {"html__contains": "emoji-only"},
        {"body__contains": "今日"},
        {"body__contains": "مرحبا"},
        *({"uploads__kind": kind} for kind in ("image", "voice", "file")),
    )
    for wanted in wishes:
        assert messages.filter(**wanted).exists(), wanted
    for message in messages.exclude(reply_to=None):
        assert message.reply_to is not None
        assert message.reply_to < message.number
    demo_user = User.objects.get(username="demo")
    unread = [
        row.room.last_number - row.read_number
        for row in demo_user.memberships.select_related("room")
    ]
    assert 0 in unread
    assert sum(map(bool, unread)) >= 3
    assert min(unread) == 0


@pytest.mark.django_db
def test_its_files_are_what_they_say(tmp_path: Path) -> None:
    demo(messages=2000)
    uploads = Upload.objects.select_related("message")
    assert {*uploads.values_list("name", flat=True)} == {*files.MAKERS}
    for upload in uploads:
        assert upload.message is not None
        assert upload.message.attached == upload.message.uploads.count()
        content = storage().read(content_key(upload.pk))
        assert len(content) == upload.size
        (tmp_path / "content").write_bytes(content)
        is_voice = upload.kind == Upload.Kind.VOICE
        found = inspection.inspect(tmp_path / "content", voice=is_voice)
        assert (found.type, found.kind, found.duration) == (
            *(upload.type, upload.kind, upload.duration),
        )
        assert (found.width, found.height) == (upload.width, upload.height)


@pytest.mark.django_db
def test_bodies_are_rendered_as_posting_renders_them() -> None:
    demo()
    for message in Message.objects.all():
        assert bodies.clean_body(message.body) == message.body
        assert message.html == markup.render(message.body)
        assert not re.search(r"\{@?\w+\}", message.body), "a placeholder was left unfilled"


@pytest.mark.django_db
def test_the_printed_credentials_log_in() -> None:
    out = demo(password="", people=3)
    password = out.split("password:")[1].split()[0]
    assert "make run" in out
    assert "amelie, kenji, zeynep" in out
    for username in ("demo", "kenji"):
        client = Client()
        client.post("/accounts/login/", {"login": username, "password": password})
        assert client.get("/rooms/").status_code == 200
        assert client.get("/admin/").status_code == (200 if username == "demo" else 302)


@pytest.mark.django_db
def test_a_site_with_accounts_is_left_alone(alice: User) -> None:
    with pytest.raises(CommandError, match="already has accounts"):
        demo()
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "options", [{"messages": -1}, {"people": 1}, {"rooms": 0}, {"messages": -5, "people": 0}]
)
def test_impossible_numbers_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="or more"):
        demo(**options)
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "options",
    [
        {"messages": 0, "people": 2, "rooms": 1},
        {"messages": 1, "people": 2, "rooms": 1},
        {"messages": 50, "people": 70, "rooms": 2},
        {"messages": 50, "people": 3, "rooms": 25},
    ],
)
def test_other_sizes_work(options: dict[str, int]) -> None:
    demo(**options)
    assert Message.objects.count() == options["messages"]
    assert User.objects.count() == options["people"] + 1
    assert Room.objects.exclude(kind=Room.Kind.DIRECT).count() == options["rooms"]
    for user in User.objects.all():
        user.full_clean()


def test_every_conversation_can_be_read() -> None:
    themes = story._themes()
    assert len(themes) >= 6
    for conversations in themes.values():
        for conversation in conversations:
            for position, line in enumerate(story.filled(conversation, 0)):
                assert line.reply_to is None or line.reply_to < position
                names = dict.fromkeys("ABCD", "x")
                assert story.naming(line.text, names)
                assert line.text == line.text.strip()
