"""Messages that an older renderer made are rendered anew, and nobody waits for it or notices."""

import asyncio
import subprocess
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rooms import rerendering
from rooms.actions import messages, purging, rendering
from rooms.actions.pages import history, open_room
from rooms.actions.rendering import Walk, begin, step
from rooms.markup import RENDERER_VERSION
from rooms.models import Message, Rendering, Room, User
from tests import factories
from tests.integration.conftest import Connect
from tests.processes import eventually
from tests.services import PostgresServer
from tests.site import Site, serving

OLD = "<p>as an older renderer made it</p>"


def age(**which: object) -> None:
    """As if the renderer had been replaced since."""
    Message.objects.filter(**which).update(html=OLD, renderer=RENDERER_VERSION - 1)
    Rendering.objects.update_or_create(pk=1, defaults={"version": RENDERER_VERSION - 1})


def walk(worker: str = "one", steps: int = 10_000) -> Walk | None:
    left = begin(worker)
    while left is not None and steps:
        left, steps = step(left), steps - 1
    return left


def html_of(*numbers: int) -> list[str]:
    rows = dict(Message.objects.values_list("number", "html"))
    return [rows[number] for number in numbers or sorted(rows)]


def stale() -> int:
    return Message.objects.filter(renderer__lt=RENDERER_VERSION).count()


@pytest.fixture
def said(room: Room, bob: User, no_limits: None) -> list[Message]:
    rows = factories.post_many(room, bob, [f"*{n}*" for n in range(1, 131)])
    age()
    return rows


def test_all_are_rendered_anew_and_nothing_else_about_them_changes(
    said: list[Message], alice: User
) -> None:
    messages.delete_messages(actor=alice, messages=[said[6]])
    age(number=7)
    fields = ("pk", "body", "number", "revision", "edited_at", "deleted_at", "created_at")
    before = list(Message.objects.order_by("pk").values_list(*fields))
    room = Room.objects.values("revision", "last_number").get()
    assert walk() is None
    assert html_of() == [f"<p><em>{n}</em></p>" for n in range(1, 131)]
    assert stale() == 0
    assert list(Message.objects.order_by("pk").values_list(*fields)) == before
    assert Room.objects.values("revision", "last_number").get() == room


def test_the_newest_come_first(said: list[Message]) -> None:
    walk(steps=1)
    assert html_of(1, 130) == [OLD, "<p><em>130</em></p>"]


def test_a_step_is_small(said: list[Message], monkeypatch: pytest.MonkeyPatch) -> None:
    walk(steps=1)
    assert 0 < 130 - stale() <= rendering.BATCH
    monkeypatch.setattr(rendering, "RENDER_SECONDS", -1)
    before = stale()
    left = begin("one")
    assert left is not None
    step(left)
    assert stale() == before - 1, "however little time there is, it comes to its end"


def test_it_goes_on_where_it_was_left(said: list[Message]) -> None:
    left = walk(steps=1)
    assert left is not None
    again = begin("one")
    assert again == left
    done = html_of(130)
    Message.objects.filter(number=130).update(html="<p>untouched</p>")
    assert walk() is None
    assert html_of(130) == ["<p>untouched</p>"] != done


def test_one_at_a_time_and_whoever_was_killed_is_followed(said: list[Message]) -> None:
    left = begin("one")
    assert left is not None
    assert begin("two") is None
    Rendering.objects.update(until=timezone.now())
    taken = begin("two")
    assert taken is not None
    assert step(left) is None, "the first one wakes up and sees that it is over"
    assert stale() == 130, "and what it did is undone"
    assert step(taken) is not None


def test_a_site_that_is_done_is_asked_for_nothing(
    said: list[Message], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    walk()
    assert begin("one") is None
    with django_assert_num_queries(4):  # the newest id, the row, and a transaction around it
        begin("two")


def test_what_an_older_worker_posts_afterwards_follows(
    said: list[Message], room: Room, bob: User
) -> None:
    walk()
    late = factories.post(room, bob, "*late*")
    Message.objects.filter(pk=late.pk).update(html=OLD, renderer=RENDERER_VERSION - 1)
    assert walk() is None
    assert html_of(131) == ["<p><em>late</em></p>"]


def test_a_newer_renderer_is_left_alone(said: list[Message]) -> None:
    Rendering.objects.update(version=RENDERER_VERSION + 1)
    assert begin("one") is None
    Rendering.objects.update(version=RENDERER_VERSION - 1)
    Message.objects.filter(number=5).update(renderer=RENDERER_VERSION + 1)
    walk()
    assert html_of(5) == [OLD]


def test_what_was_erased_stays_empty(said: list[Message], alice: User) -> None:
    messages.delete_messages(actor=alice, messages=[said[0]])
    purging.purge(days=0)
    walk()
    assert html_of(1) == [""]


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """What happens after messages were read and rendered, and before they are stored."""
    as_ever = rendering._rendered

    def rendered(rows: Iterable[tuple[int, str]]) -> list[tuple[int, str, str]]:
        result = as_ever(rows)
        act()
        return result

    monkeypatch.setattr(rendering, "_rendered", rendered)


def test_an_edit_in_between_is_never_overwritten(
    said: list[Message], bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = partial(messages.edit_message, actor=bob, room="lounge", number=130, body="**mine**")
    meanwhile(monkeypatch, edit)
    walk()
    assert html_of(129, 130) == ["<p><em>129</em></p>", "<p><strong>mine</strong></p>"]


def test_nor_one_by_a_worker_of_the_version_before(
    said: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Message.objects.filter(number=130)
    meanwhile(monkeypatch, lambda: row.update(body="*its*", html="<p>its</p>"))
    walk()
    assert html_of(130) == ["<p>its</p>"]


@pytest.fixture
def another_connection(transactional_db: None) -> Callable[[Callable[[], object]], None]:
    """Runs something in a thread, which has a connection of its own, to its end."""

    def run(work: Callable[[], object]) -> None:
        failed: list[BaseException] = []

        def guarded() -> None:
            try:
                work()
            except BaseException as error:  # told in the test's own thread
                failed.append(error)
            finally:
                connections.close_all()

        thread = threading.Thread(target=guarded)
        thread.start()
        thread.join(10)
        assert not thread.is_alive(), "it waits"
        if failed:
            raise failed[0]

    return run


def test_who_posts_never_waits_for_rendering(
    another_connection: Callable[[Callable[[], object]], None],
    room: Room,
    bob: User,
    no_limits: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While a message is being rendered, however long that takes, nothing is locked."""
    factories.post_many(room, bob, ["*1*", "*2*"])
    age()
    edit = partial(messages.edit_message, actor=bob, room="lounge", number=1, body="**1**")
    meanwhile(monkeypatch, lambda: another_connection(edit))
    assert walk() is None
    assert html_of(1, 2) == ["<p><strong>1</strong></p>", "<p><em>2</em></p>"]


@pytest.mark.postgres
def test_a_site_on_postgresql_does_it_by_itself_and_waits_for_nobody(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    database = postgres_server.database()

    def sql(command: str) -> str:
        asked = [postgres_server.psql, database, "-qtAc", command]
        return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()

    async def talk(site: Site) -> None:
        alice = await site.visitor().signs_up("alice").connects()
        room = (await alice.does("room.create", name="Lounge", kind="public"))["room"]["slug"]
        for body in ("*1*", "*2*", "*3*"):
            await alice.does("message.post", room=room, nonce=f"nonce-{body}", body=body)
        await alice.leaves()

    with serving(tmp_path / "data", env={"DATABASE_URL": database}) as site:
        asyncio.run(talk(site))
    sql(f"UPDATE rooms_message SET html = '{OLD}', renderer = {RENDERER_VERSION - 1}")  # noqa: S608
    sql("DELETE FROM rooms_rendering")
    stuck = "BEGIN; SELECT id FROM rooms_message WHERE number = 2 FOR UPDATE; SELECT pg_sleep(60)"
    with (
        subprocess.Popen([postgres_server.psql, database, "-qc", stuck]) as holder,
        serving(tmp_path / "data", env={"DATABASE_URL": database}) as site,
    ):
        old = f"SELECT number FROM rooms_message WHERE renderer < {RENDERER_VERSION}"  # noqa: S608
        eventually(lambda: sql(old) == "2")
        sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
        )
        holder.wait()
        eventually(lambda: sql(old) == "")
        assert sql("SELECT html FROM rooms_message WHERE number = 2") == "<p><em>2</em></p>"
        assert "Traceback" not in site.server.output


# -- readers ---------------------------------------------------------------------------------


def test_no_page_waits_for_it(said: list[Message], room: Room, bob: User, alice: User) -> None:
    fresh = b"<p><em>100</em></p>"
    opened = open_room(actor=bob, slug="lounge", limit=100)
    paged = history(actor=bob, slug="lounge", side="before", place=120, limit=50)
    replayed = open_room(actor=alice, slug="lounge", since=room.revision + 90)
    for page in (opened.page, paged, replayed.page):
        assert fresh in b"".join(map(bytes, page.messages))
        assert OLD.encode() not in b"".join(map(bytes, page.messages))
    assert stale() == 130, "a reader stores nothing"


def test_nor_does_the_page_of_a_browser(said: list[Message], as_bob: Client) -> None:
    assert "as an older renderer" not in as_bob.get("/rooms/lounge/").content.decode()


def test_a_page_that_would_take_too_long_shows_the_newest_anew(
    said: list[Message], bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "PAGE_SECONDS", 0)
    page = open_room(actor=bob, slug="lounge", limit=100).page
    assert len(page.messages) == 100
    assert b"<em>130</em>" in bytes(page.messages[-1])
    assert OLD.encode() in bytes(page.messages[0])


async def test_who_has_the_room_open_hears_nothing_of_it_and_sees_it_with_the_next_change(
    connect: Connect, room: Room, alice: User, bob: User
) -> None:
    reader = await connect(alice, room=room)
    writer = await connect(bob, room=room)
    await writer.posts("*so*")
    await reader.sees("message.posted")
    await sync_to_async(age)()
    await rerendering.Rerendering().walk()
    assert await sync_to_async(stale)() == 0
    await sync_to_async(age)()
    await writer.does("reaction.add", room=room.slug, number=1, emoji="👍")
    event = await reader.sees("message.reacted")
    assert event["message"]["html"] == "<p><em>so</em></p>"
    assert not [one for one in reader.events if one["type"] == "message.edited"]
