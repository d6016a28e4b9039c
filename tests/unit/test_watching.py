"""What somebody's edge costs depends on who is looking, not on how many people there are."""

import asyncio
import json

import msgspec
import pytest

from rooms.actions.accounts.statuses import Acquaintance, Signs
from rooms.attendance import Level, Register
from rooms.fanout.envelopes import Envelope, Frame
from rooms.fanout.hub import EVERYWHERE
from rooms.policy.quiet import Plan
from rooms.protocol import codec
from rooms.protocol.shapes import Status
from rooms.realtime import watching
from rooms.realtime.watching import Watching

CROWD = 5000
SHOWN = 500  # by one page
PAGES = 20


class Page:
    """A page that records the frames it is sent."""

    watched: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def write(self, frame: Frame) -> None:
        self.frames.append(frame)

    @property
    def told(self) -> list[list[int]]:
        return [[one["id"] for one in json.loads(frame.data)["people"]] for frame in self.frames]


class Hall(Watching):
    """Everyone is online, and pages show some of them."""

    def __init__(self, people: int) -> None:
        self.register = Register()
        self.register.replace("here", dict.fromkeys(range(1, people + 1), Level.ONLINE))
        super().__init__(self.register)

    def shows(self, ids: range) -> Page:
        page = Page()
        unread = self.watch(page, ids)
        signs = {one: Signs(None, Plan()) for one in unread}
        self.learn(page, Acquaintance(signs, frozenset()))
        self.shown(page, [*ids])
        return page

    def turn(self, user_id: int, level: Level) -> None:
        self.moved(self.register.note("here", {user_id: level}))


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "GATHER_SECONDS", 0.02)


async def gathered(page: Page) -> None:
    async with asyncio.timeout(5):
        while not page.frames:  # noqa: ASYNC110  polled
            await asyncio.sleep(0.005)


@pytest.mark.usefixtures("soon")
async def test_only_pages_that_show_somebody_are_told_and_the_bytes_are_shared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hall = Hall(CROWD)
    here = [hall.shows(range(1, SHOWN + 1)) for _ in range(PAGES)]
    there = hall.shows(range(SHOWN + 1, 2 * SHOWN + 1))
    encoded = 0
    encode = codec.encode

    def count(event: object) -> bytes:
        nonlocal encoded
        encoded += 1
        return encode(event)

    monkeypatch.setattr(codec, "encode", count)
    for one in (7, 8, CROWD):
        hall.turn(one, Level.IDLE)
    await gathered(here[0])
    assert [page.told for page in here] == [[[7, 8]]] * PAGES
    assert encoded == 1
    assert not there.frames
    hall.turn(SHOWN + 1, Level.OFFLINE)
    await gathered(there)
    assert there.told == [[SHOWN + 1]]
    hall.stop()


@pytest.mark.usefixtures("soon")
async def test_what_comes_back_within_a_quarter_of_a_second_is_no_news() -> None:
    hall = Hall(3)
    page = hall.shows(range(1, 4))
    hall.turn(1, Level.OFFLINE)
    hall.turn(1, Level.ACTIVE)
    hall.turn(2, Level.ACTIVE)  # which looks the same
    hall.turn(3, Level.IDLE)
    await gathered(page)
    assert page.told == [[3]]
    hall.stop()


@pytest.mark.usefixtures("soon")
async def test_a_page_that_asked_in_between_is_told_that_it_was_undone() -> None:
    hall = Hall(1)
    hall.shows(range(1, 2))
    hall.turn(1, Level.OFFLINE)
    page = hall.shows(range(1, 2))  # it is answered `offline`
    hall.turn(1, Level.ONLINE)
    await gathered(page)
    assert page.told == [[1]]
    hall.stop()


async def test_what_was_heard_during_the_read_is_newer_than_what_was_read() -> None:
    hall, page = Hall(1), Page()
    assert hall.watch(page, [1]) == [1]
    fresh = Signs(Status("", "back", None), Plan())
    order = {"op": "signs", "user": 1, "signs": msgspec.to_builtins(fresh)}
    hall.hear(Envelope(group=EVERYWHERE, order=order))
    hall.learn(page, Acquaintance({1: Signs(None, Plan())}, frozenset()))
    (one,) = hall.shown(page, [1])
    assert one.status == fresh.status
    hall.stop()
