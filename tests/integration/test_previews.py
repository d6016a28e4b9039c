"""Messages show what their links lead to. The page is fetched once, whoever posts it, and nobody
waits for it."""

import asyncio
import gzip
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import ExifTags, Image
from pytest_django import Settings

from rooms.actions.messages import changes, history, previews
from rooms.actions.messages.links import Unfurl, links_of
from rooms.actions.messages.previews import Fetch
from rooms.actions.moderation import purging
from rooms.actions.site import settings as site_settings
from rooms.errors import Forbidden, NotFound, NotMember
from rooms.jobs import previews as jobs_of_previews
from rooms.jobs.kinds import Attempt, Later
from rooms.jobs.previews import Fetcher, agent
from rooms.models import AuditEntry, Job, LinkPreview, Message, MessageLink, Room, User
from rooms.queries import jobs
from rooms.storage.sql import Straight
from rooms.storage.threads import close_connections
from rooms.text import markup
from rooms.text.pages import Page
from tests import factories
from tests.chat_client import Json
from tests.conftest import Measure, signed_in
from tests.elsewhere import Elsewhere, elsewhere, picture
from tests.integration.conftest import Connect

ATTEMPT = Attempt(1, 1, renew=lambda: asyncio.sleep(0, True))
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _may_fetch_here(settings: Settings, tmp_path: Path) -> None:
    settings.OUTGOING_ALLOW = (ip_network("127.0.0.1/32"),)
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture(scope="module")
def _elsewhere() -> Iterator[Elsewhere]:
    with elsewhere() as site:
        yield site


@pytest.fixture
def web(_elsewhere: Elsewhere) -> Elsewhere:
    """Another site, that nobody has asked for anything."""
    _elsewhere.pages.clear()
    _elsewhere.asked.clear()
    _elsewhere.headers.clear()
    _elsewhere.seconds = 0
    return _elsewhere


async def work_off(*, once: bool = False) -> int:
    """Do the jobs about links that are due; return how many had to be put off, which are done then
    unless they are tried only `once`."""
    late = 0
    for kind, handler in ((Unfurl, jobs_of_previews.unfurl), (Fetch, jobs_of_previews.fetch)):
        claimed = await sync_to_async(jobs.claim)(kind.kind, most=100, seconds=60)
        works = [work for job in claimed for work in _read(kind, job.arguments)]
        while works:
            tries = (handler(work, ATTEMPT) for work in works)
            outcomes = await asyncio.gather(*tries, return_exceptions=True)
            for outcome in outcomes:
                if outcome is not None and not isinstance(outcome, Later):
                    raise outcome
            works = [
                work for work, outcome in zip(works, outcomes, strict=True) if outcome is not None
            ]
            late += len(works)
            if once:
                break
        await sync_to_async(jobs.finish)(claimed)
    return late


def _read(kind: Any, arguments: str) -> list[Any]:
    return msgspec.json.decode(arguments, type=list[kind])


@pytest_asyncio.fixture
async def works(transactional_db: None) -> AsyncIterator[Callable[..., Awaitable[int]]]:
    yield work_off
    await Fetcher.close()
    await sync_to_async(close_connections)()


Works = Callable[..., Awaitable[int]]
post = sync_to_async(factories.post)


@sync_to_async
def shown(message: Message) -> list[Json]:
    """The previews of a message, as a page of history has them."""
    history.recent_pages.clear()
    page = history.open_room(actor=message.author, slug=message.room.slug).page
    rows = [json.loads(bytes(raw)) for raw in page.messages]
    (row,) = [row for row in rows if row["number"] == message.number]
    return list(row.get("previews", []))


def pictures(settings: Settings) -> list[bytes]:
    """The pictures that are stored."""
    folder = Path(settings.FILES_DIR) / "previews"
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def age(settings: Settings) -> None:
    """Make the pictures as old as if they had been stored the day before yesterday."""
    for path in (Path(settings.FILES_DIR) / "previews").rglob("*"):
        os.utime(path, (time.time() - 2 * DAY.total_seconds(),) * 2)


# What a message links to


def links(body: str) -> list[str]:
    return links_of(markup.render(body))


def test_the_first_three_addresses_count_each_once() -> None:
    text = "https://a.example/ and https://b.example/x?y=1&z=2 [again](https://a.example/) "
    found = ["https://a.example/", "https://b.example/x?y=1&z=2", "http://c.example"]
    assert links(f"{text} http://c.example https://d.example") == found


@pytest.mark.parametrize(
    "body",
    [
        "`https://a.example/`",
        "```\nhttps://a.example/\n```",
        "mailto:ann@a.example",
        "a.example",
        "@bob",
        "http://testserver/rooms/lounge/1/",
        "https://testserver/",
        "https://TESTSERVER:443/x",
        "http://localhost/",
        "http://[::1]:8000/",
    ],
)
def test_code_mailboxes_and_addresses_of_this_site_have_no_preview(body: str) -> None:
    assert links(body) == []


def noting(run: Callable[..., None], statements: list[str]) -> Callable[..., None]:
    def noted(cursor: Straight, sql: str, values: Any = ()) -> None:
        statements.append(sql)
        run(cursor, sql, values)

    return noted


def test_a_plain_post_costs_nothing_and_one_with_links_a_statement(
    room: Room, bob: User, nothing_expires: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight: list[str] = []  # what Django's hooks don't see
    for name in ("execute", "executemany"):
        monkeypatch.setattr(Straight, name, noting(getattr(Straight, name), straight))

    def statements(*bodies: str) -> int:
        straight.clear()
        with CaptureQueriesContext(connection) as captured:
            factories.post_many(room, bob, bodies)
        return len(captured) + len(straight)

    statements("warm")
    plain, linked = "plain [x](y)", "https://a.example/ https://b.example/ https://c.example/"
    assert statements("`https://a.example/`") == statements(plain) > 5
    assert statements(linked) == statements(plain) + 1
    many = [f"{linked} {n}" for n in range(20)]
    assert statements(*many) == statements(*[plain] * 20) + 1
    assert Job.objects.filter(kind="unfurl").count() == 2


def test_nothing_is_asked_for_when_the_site_does_not_want_it(
    room: Room, bob: User, staff: User
) -> None:
    site_settings.change(actor=staff, link_previews=False)
    factories.post(room, bob, "https://a.example/")
    assert not Job.objects.filter(kind="unfurl").exists()
    site_settings.change(actor=staff, link_previews=True)
    factories.post(room, bob, "https://a.example/")
    assert Job.objects.filter(kind="unfurl").exists()


# What comes of it


async def test_everyone_in_the_room_sees_what_a_link_leads_to(
    connect: Connect, works: Works, web: Elsewhere, room: Room, alice: User, bob: User
) -> None:
    image = web.picture("/a.png", (1600, 800))
    url = web.page(
        "/story", "Plain", title="A &amp; B", description="Words.", site_name="News", image=image
    )
    here, there = await connect(alice, room=room), await connect(bob, room=room)
    message = await there.posts(f"Look: {url}")
    assert "previews" not in message
    assert await works() == 0
    event = await here.sees("message.updated")
    assert event["revision"] == event["message"]["revision"] == message["revision"] + 1
    (preview,) = event["message"]["previews"]
    address = preview["picture"]
    assert preview == {
        "picture": address,
        "url": url, "title": "A & B", "description": "Words.", "site": "News",
        "width": 720, "height": 360,
    }  # fmt: skip
    assert event["message"]["edited_at"] is None
    opened = await here.opens("lounge")
    assert opened["messages"][-1]["previews"] == event["message"]["previews"]
    as_bob = await sync_to_async(signed_in)(bob)
    content = await sync_to_async(as_bob.get)(address)
    assert (content.status_code, content["Content-Type"]) == (200, "image/webp")
    assert content["Cache-Control"].startswith("private, max-age=")
    assert content["X-Content-Type-Options"] == "nosniff"
    assert content["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_only_people_who_are_logged_in_get_a_picture(
    works: Works, web: Elsewhere, room: Room, bob: User, mallory: User, staff: User
) -> None:
    message = await post(room, bob, web.picture("/a.png"))
    await works()
    (preview,) = await shown(message)
    address = preview["picture"]
    get = sync_to_async(lambda client: client.get(address).status_code)
    assert await get(signed_in_now := await sync_to_async(signed_in)(mallory)) == 200
    assert await get(Client()) == 404
    await sync_to_async(factories.ban)(mallory, by=staff)
    assert await get(signed_in_now) == 404
    other = address.replace(address[-10], "0" if address[-10] != "0" else "1")
    as_bob = await sync_to_async(signed_in)(bob)
    assert (await sync_to_async(as_bob.get)(other)).status_code == 404


async def test_a_picture_is_a_preview_by_itself(
    works: Works, web: Elsewhere, room: Room, bob: User
) -> None:
    message = await post(room, bob, web.picture("/a.jpeg", (400, 800), "JPEG"))
    await works()
    (preview,) = await shown(message)
    assert (preview["title"], preview["site"]) == ("", "127.0.0.1")
    assert (preview["width"], preview["height"]) == (360, 720)


async def test_a_page_is_fetched_once_however_many_post_it(
    works: Works, web: Elsewhere, room: Room, alice: User, bob: User
) -> None:
    url = web.page("/story", "Story")
    messages = [await post(room, who, f"{url} {n}") for n, who in enumerate([alice, bob] * 5)]
    await works()
    later = await post(room, bob, f"Again {url}")
    await works()
    assert web.times("/story") == 1
    for message in [*messages, later]:
        assert [one["title"] for one in await shown(message)] == ["Story"]


async def test_what_is_known_is_shown_without_a_fetch_until_it_is_a_day_old(
    connect: Connect, works: Works, web: Elsewhere, room: Room, alice: User, bob: User
) -> None:
    url = web.page("/story", "Story")
    first = await post(room, bob, url)
    await works()
    await LinkPreview.objects.aupdate(fetched_at=timezone.now() - DAY)
    web.page("/story", "Another")
    here = await connect(alice, room=room)
    second = await post(room, bob, url)
    await works()
    assert web.times("/story") == 2
    for message in (first, second):
        assert [one["title"] for one in await shown(message)] == ["Another"]
    event = await here.sees("message.updated", number=second.number)
    assert [one["title"] for one in event["message"]["previews"]] == ["Another"]


async def test_what_cannot_be_had_is_not_asked_for_again_the_same_day(
    works: Works, web: Elsewhere, room: Room, bob: User
) -> None:
    url = f"{web.origin}/missing"
    first = await post(room, bob, url)
    await works()
    await post(room, bob, url)
    await works()
    assert web.times("/missing") == 1
    assert await shown(first) == []
    assert (await Message.objects.aget(pk=first.pk)).revision == first.revision, "nothing changed"


async def test_a_page_that_fails_later_keeps_what_it_said(
    works: Works, web: Elsewhere, room: Room, bob: User
) -> None:
    url = web.page("/story", "Story")
    first = await post(room, bob, url)
    await works()
    await LinkPreview.objects.aupdate(fetched_at=timezone.now() - DAY)
    web.pages.clear()
    second = await post(room, bob, url)
    await works()
    for message in (first, second):
        assert [one["title"] for one in await shown(message)] == ["Story"]


async def test_a_page_that_must_not_be_kept_is_fetched_for_the_next(
    works: Works, web: Elsewhere, room: Room, bob: User
) -> None:
    headers = {"Content-Type": "text/html", "Cache-Control": "private, No-Store"}
    url = web.at("/story", (200, headers, b"<title>Story</title>"))
    message = await post(room, bob, url)
    await works()
    await post(room, bob, f"{url} again")
    await works()
    assert web.times("/story") == 1, "a minute is not keeping"
    row = await LinkPreview.objects.aget()
    assert row.fetched_at
    assert timezone.now() - row.fetched_at > DAY - timedelta(minutes=2)
    assert [one["title"] for one in await shown(message)] == ["Story"]


async def test_other_sites_learn_this_sites_address_and_nothing_of_its_people(
    works: Works, web: Elsewhere, room: Room, bob: User
) -> None:
    cookie = {"Content-Type": "text/html", "Set-Cookie": "who=bob; Path=/"}
    moved = web.at("/moved", (302, {**cookie, "Location": "/story"}, b""))
    web.at("/story", (200, cookie, b"<title>Story</title><meta property=og:image content=/a.png>"))
    web.picture("/a.png")
    await post(room, bob, moved)
    await works()
    assert web.asked == ["/moved", "/story", "/a.png"]
    for headers in web.headers:
        assert headers["user-agent"] == agent()
        assert "http://testserver/" in headers["user-agent"]
        assert not {"cookie", "referer", "authorization", "x-forwarded-for"} & {*headers}


# What other sites may try

HUGE = b"<title>Huge</title>" + b"x" * 2_000_000
PAGES: dict[str, tuple[Any, list[str]]] = {
    "no page": ((200, {"Content-Type": "application/pdf"}, b"<title>No</title>"), []),
    "no type": ((200, {}, b"<title>No</title>"), []),
    "svg": ((200, {"Content-Type": "image/svg+xml"}, b"<svg><title>No</title></svg>"), []),
    "an error": ((500, {"Content-Type": "text/html"}, b"<title>No</title>"), []),
    "not allowed": ((403, {"Content-Type": "text/html"}, b"<title>No</title>"), []),
    "no picture": ((200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n" + b"x" * 999), []),
    "a dot": ((200, {"Content-Type": "image/png"}, picture((1, 1))), []),
    "in circles": ((302, {"Location": "/"}, b""), []),
    "private": ((302, {"Location": "http://127.0.0.2/"}, b""), []),
    "a file": ((302, {"Location": "file:///etc/passwd"}, b""), []),
    "huge": ((200, {"Content-Type": "text/html"}, HUGE), ["Huge"]),
    "xhtml": ((200, {"Content-Type": "application/xhtml+xml"}, b"<title>X</title>"), ["X"]),
    "a bomb": (
        (
            *(200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}),
            gzip.compress(b"<title>Bomb</title>" + bytes(50_000_000)),
        ),
        ["Bomb"],
    ),
    "broken": ((200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, b"no"), []),
    "markup": ("<title>&lt;script&gt;alert()&lt;/script&gt;</title>", ["<script>alert()</script>"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", PAGES)
async def test_whatever_a_site_answers_is_a_short_text_or_nothing(
    kind: str, works: Works, web: Elsewhere, room: Room, bob: User
) -> None:
    page, titles = PAGES[kind]
    message = await post(room, bob, web.at("/", page))
    await works()
    assert [one["title"] for one in await shown(message)] == titles


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a" + b"\xff" * 6_000_000,
        picture((6000, 6000)),  # 36 million pixels in 100 KB
        b"",
    ],
)
async def test_a_page_is_shown_without_a_picture_that_is_too_large_or_broken(
    content: bytes, works: Works, web: Elsewhere, room: Room, bob: User
) -> None:
    image = web.at("/a.png", (200, {"Content-Type": "image/png"}, content))
    message = await post(room, bob, web.page("/story", "Story", image=image))
    await works()
    (preview,) = await shown(message)
    assert (preview["title"], preview["picture"], preview["width"]) == ("Story", None, None)


async def test_a_page_without_a_title_shows_nothing_not_even_its_picture(
    works: Works, web: Elsewhere, room: Room, bob: User
) -> None:
    message = await post(room, bob, web.page("/story", "", image=web.picture("/a.png")))
    await works()
    assert await shown(message) == []
    assert web.asked == ["/story"]


async def test_a_picture_at_a_private_address_is_not_fetched(
    works: Works, web: Elsewhere, room: Room, bob: User
) -> None:
    page = web.page("/story", "Story", image="http://127.0.0.2/a.png")
    message = await post(room, bob, page)
    await works()
    assert [one["picture"] for one in await shown(message)] == [None]


async def test_nothing_but_pixels_survives_of_a_picture(
    works: Works, web: Elsewhere, room: Room, bob: User, settings: Settings
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "SECRET"
    content = picture((640, 480), "JPEG", exif=exif, comment=b"SECRET")
    url = web.at("/a.jpg", (200, {"Content-Type": "image/jpeg"}, content + b"SECRET"))
    await post(room, bob, url)
    await works()
    (stored,) = pictures(settings)
    assert b"SECRET" not in stored


async def test_a_slow_host_holds_up_only_its_own_links(
    works: Works, web: Elsewhere, room: Room, bob: User, no_limits: None
) -> None:
    """Of one host's pages, so many are fetched at a time; the other jobs come again later."""
    for n in range(6):
        await post(room, bob, web.page(f"/{n}", f"Page {n}"))
    web.seconds = 0.2
    assert await works(once=True) == 6 - jobs_of_previews.AT_ONCE
    assert len(web.asked) == jobs_of_previews.AT_ONCE


async def test_a_host_that_does_not_answer_is_left_alone_for_a_while(
    works: Works, web: Elsewhere, room: Room, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_of_previews, "SECONDS", 0.1)
    web.seconds = 0.4
    first = await post(room, bob, web.page("/1", "One"))
    await works()
    web.seconds = 0
    await post(room, bob, web.page("/2", "Two"))
    await works()
    assert web.asked == ["/1"]
    assert await shown(first) == []
    row = await LinkPreview.objects.aget(url__endswith="/2")
    assert row.fetched_at
    assert timezone.now() - row.fetched_at > DAY - timedelta(minutes=2), "asked for again soon"


async def test_nobody_has_more_than_so_many_links_looked_at(
    works: Works, web: Elsewhere, room: Room, bob: User, settings: Settings
) -> None:
    settings.LIMITS = {**settings.LIMITS, "preview": "4/h"}
    for n in range(6):
        await post(room, bob, f"{web.origin}/{n}")
    await sync_to_async(previews_are_looked_for)()
    assert await Job.objects.filter(kind="fetch").acount() == 4


def previews_are_looked_for() -> None:
    for job in jobs.claim("unfurl", most=100, seconds=60):
        for work in _read(Unfurl, job.arguments):
            previews.unfurl(work)


def asked_for() -> list[str]:
    """The addresses that are to be fetched, once the links of messages have been looked at."""
    previews_are_looked_for()
    works = [_read(Fetch, job.arguments)[0] for job in Job.objects.filter(kind="fetch")]
    return sorted(LinkPreview.objects.get(pk=work.preview).url for work in works)


def test_a_link_counts_once_however_often_it_is_posted(
    room: Room, bob: User, settings: Settings
) -> None:
    settings.LIMITS = {**settings.LIMITS, "preview": "2/h"}
    one, two = "https://a.example/1", "https://a.example/2"
    factories.post_many(room, bob, [one, f"{one} again", f"{one} and again", two])
    assert asked_for() == [one, two]


def test_what_is_known_is_not_asked_for(room: Room, bob: User) -> None:
    url = "https://a.example/"
    factories.make_preview(factories.post(room, bob), url)
    factories.post(room, bob, url)
    assert asked_for() == []
    LinkPreview.objects.update(fetched_at=timezone.now() - DAY)
    factories.post(room, bob, url)
    assert asked_for() == [url]


def test_links_of_what_was_deleted_meanwhile_are_not_asked_for(room: Room, bob: User) -> None:
    message = factories.post(room, bob, "https://a.example/1")
    factories.post(room, bob, "https://a.example/2")
    changes.delete_message(actor=bob, slug="lounge", number=message.number)
    assert asked_for() == ["https://a.example/2"]


def test_nothing_is_asked_for_once_the_site_does_not_want_it(
    room: Room, bob: User, staff: User
) -> None:
    factories.post(room, bob, "https://a.example/1")
    site_settings.change(actor=staff, link_previews=False)
    assert asked_for() == []
    site_settings.change(actor=staff, link_previews=True)
    factories.post(room, bob, "https://a.example/2")
    assert asked_for() == ["https://a.example/2"]


def test_a_thousand_links_in_a_minute_delay_no_post(
    room: Room, bob: User, no_limits: None, measure: Measure
) -> None:
    """In processor time of the thread that posts, next to posts without any."""

    def seconds(bodies: list[str]) -> float:
        began = time.thread_time()
        for start in range(0, len(bodies), 20):
            factories.post_many(room, bob, bodies[start : start + 20])
        return time.thread_time() - began

    words = [f"see example {n}/page?with=words of the same length" for n in range(1000)]
    linked = [f"see https://site-{n}.example/page?with=words of the" for n in range(1000)]
    seconds(words[:100])
    plain, with_links = seconds(words), seconds(linked)
    measure(f"1,000 posts: {plain:.2f} s plain, {with_links:.2f} s with a link each")
    assert with_links < 3 * plain + 1  # most of it is Markdown, which finds the links
    assert Job.objects.filter(kind="unfurl").count() == 50


async def test_many_messages_cost_as_many_statements_as_few(
    works: Works, web: Elsewhere, room: Room, bob: User, no_limits: None, nothing_expires: None
) -> None:
    @sync_to_async
    def statements(count: int, path: str) -> tuple[int, int]:
        bodies = [f"{web.origin}/{path}{n % 3}" for n in range(count)]
        rows = factories.post_many(room, bob, bodies)
        work = Unfurl(messages=[(row.room_id, row.number) for row in rows])
        with CaptureQueriesContext(connection) as unfurling:
            previews.unfurl(work)
        row = LinkPreview.objects.get(url=f"{web.origin}/{path}0")
        fetch = Fetch(preview=row.pk, asked_at=time.time())
        page = previews.Found(Page("Title"))
        with CaptureQueriesContext(connection) as storing:
            previews.store(fetch, page)
            previews.show(fetch)
        return len(unfurling), len(storing)

    few, many = await statements(6, "a"), await statements(90, "b")
    assert abs(many[0] - few[0]) <= 1
    assert abs(many[1] - few[1]) <= 1


async def test_all_messages_with_a_link_show_what_it_leads_to_however_many(
    works: Works, web: Elsewhere, room: Room, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "CHUNK", 2)
    url = web.page("/story", "Story")
    bodies = [f"{url} {number}" for number in range(5)]
    await sync_to_async(factories.post_many)(room, bob, bodies)
    await works()
    assert await Message.objects.filter(linked=1).acount() == 5


# What happens meanwhile


async def test_a_page_is_fetched_once_though_its_job_is_done_twice(
    works: Works, web: Elsewhere, room: Room, bob: User
) -> None:
    await post(room, bob, web.page("/story", "Story"))
    await works()
    row = await LinkPreview.objects.aget()
    await jobs_of_previews.fetch(Fetch(preview=row.pk, asked_at=time.time()), ATTEMPT)
    assert web.times("/story") == 1


def test_a_page_is_not_fetched_too_late_nor_once_the_site_does_not_want_it(
    room: Room, bob: User, staff: User
) -> None:
    row = factories.make_preview(factories.post(room, bob), fetched_at=None)
    now = Fetch(preview=row.pk, asked_at=time.time())
    assert previews.due(now) == row.url
    assert previews.due(Fetch(preview=row.pk, asked_at=time.time() - previews.LATEST)) is None
    site_settings.change(actor=staff, link_previews=False)
    assert previews.due(now) is None


async def test_a_message_deleted_meanwhile_shows_nothing_until_it_is_restored(
    works: Works, web: Elsewhere, room: Room, bob: User, alice: User
) -> None:
    message = await post(room, bob, web.page("/story", "Story"))
    await sync_to_async(previews_are_looked_for)()
    delete = sync_to_async(changes.delete_message)
    deleted = await delete(actor=bob, slug="lounge", number=message.number)
    await works()
    assert await shown(message) == []
    row = await Message.objects.aget(pk=message.pk)
    assert row.revision == deleted.revision, "a tombstone doesn't change"
    await sync_to_async(changes.restore_messages)(
        actor=alice, messages=[await Message.objects.select_related("room").aget(pk=message.pk)]
    )
    assert [one["title"] for one in await shown(message)] == ["Story"]


async def test_an_edit_shows_what_the_new_text_links_to(
    works: Works, web: Elsewhere, room: Room, bob: User
) -> None:
    one, two = web.page("/1", "One"), web.page("/2", "Two")
    message = await post(room, bob, one)
    edit = sync_to_async(changes.edit_message)
    await edit(actor=bob, slug="lounge", number=message.number, body=two)
    await works()
    assert [one["title"] for one in await shown(message)] == ["Two"]
    await edit(actor=bob, slug="lounge", number=message.number, body=f"{one} {two}")
    assert [one["title"] for one in await shown(message)] == ["Two"], "what stays, stays"
    await works()
    assert [one["title"] for one in await shown(message)] == ["One", "Two"]
    await edit(actor=bob, slug="lounge", number=message.number, body="None.")
    assert await shown(message) == []
    assert not await MessageLink.objects.filter(message=message).aexists()


async def test_a_link_that_is_edited_away_while_its_page_is_fetched_is_not_shown(
    works: Works, web: Elsewhere, room: Room, bob: User
) -> None:
    message = await post(room, bob, web.page("/1", "One"))
    await sync_to_async(previews_are_looked_for)()
    edit = sync_to_async(changes.edit_message)
    await edit(actor=bob, slug="lounge", number=message.number, body="None.")
    await works()
    assert await shown(message) == []
    assert web.asked == [], "nothing links there any longer"


# Removing


@sync_to_async
def remove(who: User, message: Message, url: str) -> Message:
    return previews.remove_preview(
        actor=who, slug=message.room.slug, number=message.number, url=url
    )


async def test_the_author_removes_a_preview_for_everyone_and_for_good(
    connect: Connect, works: Works, web: Elsewhere, room: Room, alice: User, bob: User
) -> None:
    one, two = web.page("/1", "One"), web.page("/2", "Two")
    message = await post(room, bob, f"{one} {two}")
    await works()
    here, there = await connect(alice, room=room), await connect(bob, room=room)
    number = message.number
    reply = await there.does("preview.remove", room="lounge", number=number, url=one)
    assert [one["title"] for one in reply["message"]["previews"]] == ["Two"]
    event = await here.sees("message.updated")
    assert event["message"] == reply["message"]
    revision = event["revision"]
    again = await there.does("preview.remove", room="lounge", number=number, url=one)
    assert again["message"]["revision"] == revision, "it isn't there any longer"
    edited = await there.does("message.edit", room="lounge", number=number, body=f"{one} {two} x")
    await works()
    assert [one["title"] for one in edited["message"]["previews"]] == ["Two"]
    assert [one["title"] for one in await shown(message)] == ["Two"]
    assert not await AuditEntry.objects.filter(action__startswith="message").aexists()


async def test_a_moderator_removes_it_too_and_others_may_not(
    works: Works, web: Elsewhere, room: Room, alice: User, bob: User, charlie: User, mallory: User
) -> None:
    url = web.page("/1", "One")
    message = await post(room, bob, url)
    await works()
    for who, refusal in ((charlie, NotMember), (mallory, NotFound)):
        with pytest.raises(refusal):
            await remove(who, message, url)
    carl = await sync_to_async(factories.make_user)("carl")
    await sync_to_async(factories.add_member)(room, carl)
    with pytest.raises(Forbidden, match="remove a message's previews"):
        await remove(carl, message, url)
    assert len(await shown(message)) == 1
    await remove(alice, message, url)
    assert await shown(message) == []
    delete = sync_to_async(changes.delete_message)
    await delete(actor=bob, slug="lounge", number=message.number)
    with pytest.raises(Forbidden, match="deleted"):
        await remove(bob, message, url)
    entry = await AuditEntry.objects.aget(action="message.preview_removed")
    assert (entry.action, entry.actor_id, entry.user_id, entry.before) == (
        *("message.preview_removed", alice.pk, bob.pk, url),
    )


# What is left of it


async def test_what_no_message_shows_is_forgotten_with_its_picture(
    works: Works, web: Elsewhere, room: Room, bob: User, settings: Settings
) -> None:
    image = web.picture("/a.png")
    kept, dropped = web.page("/1", "One", image=image), web.picture("/b.png", (500, 400))
    await post(room, bob, f"{kept} {web.origin}/missing")
    other = await post(room, bob, dropped)
    await works()
    assert len(pictures(settings)) == 2
    age(settings)
    old = timezone.now() - 2 * DAY
    await LinkPreview.objects.aupdate(fetched_at=old)
    await sync_to_async(previews.prune)()
    assert await LinkPreview.objects.acount() == 3, "a message of today may still wait for it"
    await Message.objects.aupdate(created_at=old)
    await sync_to_async(previews.prune)()
    assert await LinkPreview.objects.acount() == 2, "the missing page"
    await Message.objects.filter(pk=other.pk).aupdate(deleted_at=timezone.now() - 40 * DAY)
    await sync_to_async(purging.purge)()
    assert (await Message.objects.aget(pk=other.pk)).linked == 0
    await sync_to_async(previews.prune)()
    assert [row.url async for row in LinkPreview.objects.all()] == [kept]
    assert len(pictures(settings)) == 1


async def test_a_removed_preview_is_emptied_and_stays_removed(
    works: Works, web: Elsewhere, room: Room, bob: User, settings: Settings
) -> None:
    url = web.picture("/a.png")
    message = await post(room, bob, url)
    await works()
    await remove(bob, message, url)
    age(settings)
    old = timezone.now() - 2 * DAY
    await LinkPreview.objects.aupdate(fetched_at=old)
    for _twice in range(2):
        await sync_to_async(previews.prune)()
    row = await LinkPreview.objects.aget()
    assert (row.picture, row.width) == ("", None)
    assert pictures(settings) == []
    edit = sync_to_async(changes.edit_message)
    await edit(actor=bob, slug="lounge", number=message.number, body=f"{url} {web.origin}/x")
    await works()
    assert await shown(message) == []


async def test_the_picture_that_a_page_had_before_goes_a_day_later(
    works: Works, web: Elsewhere, room: Room, bob: User, settings: Settings
) -> None:
    url = web.page("/story", "Story", image=web.picture("/a.png"))
    await post(room, bob, url)
    await works()
    before = pictures(settings)
    age(settings)
    await LinkPreview.objects.aupdate(fetched_at=timezone.now() - DAY)
    web.page("/story", "Story", image=web.picture("/b.png", (500, 400)))
    message = await post(room, bob, url)
    await works()
    assert len(pictures(settings)) == 2
    await sync_to_async(previews.prune)()
    (left,) = pictures(settings)
    assert [left] != before
    (preview,) = await shown(message)
    assert previews.picture(preview["picture"].rpartition("/")[2]) == left


async def test_a_picture_whose_preview_was_never_written_goes_a_day_later(
    works: Works, web: Elsewhere, room: Room, bob: User, settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """As if the process had been killed between the two."""
    await post(room, bob, web.picture("/a.png"))
    await sync_to_async(previews_are_looked_for)()

    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    row = await LinkPreview.objects.aget()
    found = await Fetcher.here().fetch(row.url)
    work = Fetch(preview=row.pk, asked_at=time.time())
    with monkeypatch.context() as patch:
        patch.setattr(LinkPreview, "save", killed)
        with pytest.raises(Killed):
            await sync_to_async(previews.store)(work, found)
    half = Path(settings.FILES_DIR) / "previews" / "ab" / ".abc.webp-0123"
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"half")
    await sync_to_async(previews.prune)()
    assert len(pictures(settings)) == 2, "its preview may be about to be written"
    age(settings)
    await sync_to_async(previews.prune)()
    assert pictures(settings) == []


def test_a_page_of_messages_reads_all_previews_at_once_and_none_without(
    room: Room, bob: User, no_limits: None
) -> None:
    factories.post_many(room, bob, [f"https://a.example/{n}" for n in range(30)])

    def statements() -> int:
        history.recent_pages.clear()
        with CaptureQueriesContext(connection) as captured:
            history.open_room(actor=bob, slug="lounge")
        return len(captured)

    statements()
    without = statements()
    for job in jobs.claim("unfurl", most=100, seconds=60):
        for work in _read(Unfurl, job.arguments):
            previews.unfurl(work)
    assert statements() == without
    LinkPreview.objects.update(title="T", fetched_at=timezone.now())
    for row in LinkPreview.objects.all():
        previews.show(Fetch(preview=row.pk, asked_at=time.time()))
    assert Message.objects.filter(linked=1).count() == 30
    assert statements() == without + 1
