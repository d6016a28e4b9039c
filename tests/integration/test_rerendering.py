"""Messages from an older renderer are rendered again, without anyone waiting or noticing."""

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
from pytest_django import DjangoAssertNumQueries

from rooms.actions.messages import changes, rendering
from rooms.actions.messages.history import history, open_room
from rooms.actions.messages.rendering import Walk, begin, step
from rooms.actions.moderation import purging
from rooms.jobs import rerendering
from rooms.jobs.kinds import Attempt, Next
from rooms.jobs.rerendering import Rerender
from rooms.models import Message, Rendering, Room, User
from rooms.text.markup import RENDERER_VERSION
from rooms.text.mentions import Marked
from tests import factories
from tests.integration.conftest import Connect
from tests.processes import eventually
from tests.services import PostgresServer
from tests.site import Site, furnished, serving

OLD = "<p>as an older renderer made it</p>"


async def kept() -> bool:
    return True


ATTEMPT = Attempt(job=1, number=1, renew=kept)


def age(**which: object) -> None:
    """Mark messages as made by an older renderer."""
    Message.objects.filter(**which).update(html=OLD, renderer=RENDERER_VERSION - 1)
    Rendering.objects.update_or_create(pk=1, defaults={"version": RENDERER_VERSION - 1})


def walk(steps: int = 10_000) -> Walk | None:
    left = begin()
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


def test_all_messages_are_rerendered_and_nothing_else_about_them_changes(
    said: list[Message], alice: User
) -> None:
    changes.delete_messages(actor=alice, messages=[said[6]])
    age(number=7)
    fields = ("pk", "body", "number", "revision", "edited_at", "deleted_at", "created_at")
    before = list(Message.objects.order_by("pk").values_list(*fields))
    room = Room.objects.values("revision", "last_number").get()
    assert walk() is None
    assert html_of() == [f"<p><em>{n}</em></p>" for n in range(1, 131)]
    assert stale() == 0
    assert list(Message.objects.order_by("pk").values_list(*fields)) == before
    assert Room.objects.values("revision", "last_number").get() == room


def test_the_newest_are_rerendered_first(said: list[Message]) -> None:
    walk(steps=1)
    assert html_of(1, 130) == [OLD, "<p><em>130</em></p>"]


def test_a_step_is_small(said: list[Message], monkeypatch: pytest.MonkeyPatch) -> None:
    walk(steps=1)
    assert 0 < 130 - stale() <= rendering.BATCH
    monkeypatch.setattr(rendering, "RENDER_SECONDS", -1)
    before = stale()
    left = begin()
    assert left is not None
    step(left)
    assert stale() == before - 1, "however little time there is, one message is rendered"


def test_rerendering_resumes_where_it_stopped(said: list[Message]) -> None:
    left = walk(steps=1)
    assert left is not None
    again = begin()
    assert again == left
    done = html_of(130)
    Message.objects.filter(number=130).update(html="<p>untouched</p>")
    assert walk() is None
    assert html_of(130) == ["<p>untouched</p>"] != done


def test_of_two_processes_that_do_the_same_step_one_undoes_it(said: list[Message]) -> None:
    late, left = begin(), begin()
    assert left is not None
    assert late == left, "it lost the job, and doesn't know yet"
    left = step(left)
    assert left is not None
    Message.objects.filter(number=130).update(html=OLD, renderer=RENDERER_VERSION - 1)
    before = stale()
    assert step(late) is None
    assert stale() == before, "its work is rolled back"
    assert step(left) is not None


def test_a_finished_site_costs_no_queries(
    said: list[Message], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    walk()
    assert begin() is None
    with django_assert_num_queries(4):  # the newest id, the row, and the transaction around it
        begin()


def test_messages_posted_later_by_an_older_worker_are_rerendered_too(
    said: list[Message], room: Room, bob: User
) -> None:
    walk()
    late = factories.post(room, bob, "*late*")
    Message.objects.filter(pk=late.pk).update(html=OLD, renderer=RENDERER_VERSION - 1)
    assert walk() is None
    assert html_of(131) == ["<p><em>late</em></p>"]


def test_a_newer_renderer_is_left_alone(said: list[Message]) -> None:
    Rendering.objects.update(version=RENDERER_VERSION + 1)
    assert begin() is None
    Rendering.objects.update(version=RENDERER_VERSION - 1)
    Message.objects.filter(number=5).update(renderer=RENDERER_VERSION + 1)
    walk()
    assert html_of(5) == [OLD]


def test_an_erased_message_stays_empty(said: list[Message], alice: User) -> None:
    changes.delete_messages(actor=alice, messages=[said[0]])
    purging.purge(days=0)
    walk()
    assert html_of(1) == [""]


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Run something after messages have been read and rendered, before they are stored."""
    as_ever = rendering._rendered

    def rendered(rows: Iterable[Message]) -> list[tuple[Message, Marked]]:
        result = as_ever(rows)
        act()
        return result

    monkeypatch.setattr(rendering, "_rendered", rendered)


def test_a_concurrent_edit_is_never_overwritten(
    said: list[Message], bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = partial(changes.edit_message, actor=bob, slug="lounge", number=130, body="**mine**")
    meanwhile(monkeypatch, edit)
    walk()
    assert html_of(129, 130) == ["<p><em>129</em></p>", "<p><strong>mine</strong></p>"]


def test_a_concurrent_edit_by_the_previous_version_is_never_overwritten(
    said: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Message.objects.filter(number=130)
    meanwhile(monkeypatch, lambda: row.update(body="*its*", html="<p>its</p>"))
    walk()
    assert html_of(130) == ["<p>its</p>"]


@pytest.fixture
def another_connection(transactional_db: None) -> Callable[[Callable[[], object]], None]:
    """Run something to its end in a thread with its own connection."""

    def run(work: Callable[[], object]) -> None:
        failed: list[BaseException] = []

        def guarded() -> None:
            try:
                work()
            except BaseException as error:  # re-raised in the test's own thread
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


def test_posting_never_waits_for_rerendering(
    another_connection: Callable[[Callable[[], object]], None],
    room: Room,
    bob: User,
    no_limits: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is locked while a message is being rendered, however long that takes."""
    factories.post_many(room, bob, ["*1*", "*2*"])
    age()
    edit = partial(changes.edit_message, actor=bob, slug="lounge", number=1, body="**1**")
    meanwhile(monkeypatch, lambda: another_connection(edit))
    assert walk() is None
    assert html_of(1, 2) == ["<p><strong>1</strong></p>", "<p><em>2</em></p>"]


@pytest.mark.postgres
def test_a_site_on_postgresql_rerenders_on_its_own_and_waits_for_nobody(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    database = furnished(postgres_server)

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
        eventually(lambda: sql("SELECT 1 FROM rooms_job WHERE kind = 'rerender'") == "1")
    sql("UPDATE rooms_job SET due = now() WHERE kind = 'rerender'")
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


def test_no_history_page_waits_for_rerendering(
    said: list[Message], room: Room, bob: User, alice: User
) -> None:
    fresh = b"<p><em>100</em></p>"
    opened = open_room(actor=bob, slug="lounge", limit=100)
    paged = history(actor=bob, slug="lounge", side="before", place=120, limit=50)
    replayed = open_room(actor=alice, slug="lounge", since=room.revision + 90)
    for page in (opened.page, paged, replayed.page):
        assert fresh in b"".join(map(bytes, page.messages))
        assert OLD.encode() not in b"".join(map(bytes, page.messages))
    assert stale() == 130, "a reader stores nothing"


def test_no_browser_page_waits_for_rerendering(said: list[Message], as_bob: Client) -> None:
    assert "as an older renderer" not in as_bob.get("/rooms/lounge/").content.decode()


def test_a_page_that_would_take_too_long_rerenders_only_the_newest(
    said: list[Message], bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "PAGE_SECONDS", 0)
    page = open_room(actor=bob, slug="lounge", limit=100).page
    assert len(page.messages) == 100
    assert b"<em>130</em>" in bytes(page.messages[-1])
    assert OLD.encode() in bytes(page.messages[0])


async def test_a_long_walk_gives_others_their_turn(
    connect: Connect, room: Room, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = await connect(bob, room=room)
    for body in ("*1*", "*2*", "*3*"):
        await writer.posts(body)
    await sync_to_async(age)()
    monkeypatch.setattr(rerendering, "TURN_SECONDS", -1)
    monkeypatch.setattr(rendering, "RENDER_SECONDS", -1)
    for left in (2, 1):
        with pytest.raises(Next):
            await rerendering.rerender(Rerender(), ATTEMPT)
        assert await sync_to_async(stale)() == left


async def test_open_rooms_are_not_told_and_see_the_new_html_with_the_next_change(
    connect: Connect, room: Room, alice: User, bob: User
) -> None:
    reader = await connect(alice, room=room)
    writer = await connect(bob, room=room)
    await writer.posts("*so*")
    await reader.sees("message.posted")
    await sync_to_async(age)()
    await rerendering.rerender(Rerender(), ATTEMPT)
    assert await sync_to_async(stale)() == 0
    await sync_to_async(age)()
    await writer.does("reaction.add", room=room.slug, number=1, emoji="👍")
    event = await reader.sees("message.reacted")
    assert event["message"]["html"] == "<p><em>so</em></p>"
    assert not [one for one in reader.events if one["type"] == "message.edited"]
