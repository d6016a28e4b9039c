"""Which pages show whom, and what they are told of these people: who comes, goes or falls idle, and
what they show beside their name. A page hears only of the people whom it shows, so what somebody's
edge costs depends on who is looking. Never touches the ORM."""

import asyncio
import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from rooms.actions.accounts.statuses import Acquaintance, Signs
from rooms.attendance import Level, Register
from rooms.fanout.envelopes import Envelope, Frame
from rooms.protocol import codec, events, shapes
from rooms.protocol.values import Presence

GATHER_SECONDS = 0.25  # within it, all changes become one event per page
TIMER_SECONDS = 60.0  # at most, in case somebody sets the clock

_NAMES: dict[Level, Presence] = {
    Level.OFFLINE: "offline",
    Level.IDLE: "idle",
    Level.ONLINE: "online",
    Level.ACTIVE: "online",
}


class Page(Protocol):
    """A tab, as far as this is concerned."""

    watched: frozenset[int]
    hidden: frozenset[int]  # people who block the owner

    def write(self, frame: Frame) -> None: ...


class Watching:
    """The pages of one process and the people whom they show. Belongs to the loop of its hub."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._loop = asyncio.get_running_loop()
        self._pages: dict[int, set[Page]] = defaultdict(set)
        self._signs: dict[int, Signs] = {}  # of those who are watched
        self._told: dict[int, shapes.Attendant] = {}
        self._due: set[int] = set()
        self._unlike: set[int] = set()  # due people of whom pages were told different things
        self._timers: list[tuple[datetime, int]] = []  # a heap: when whose signs change
        self._changes: dict[int, datetime] = {}  # the entries that count
        self._timer: asyncio.TimerHandle | None = None

    # -- the people of a page --

    def watch(self, page: Page, ids: Iterable[int]) -> list[int]:
        """Replace the people whom a page shows. Returns those whose signs have to be read: give
        them to `learn`, then ask for `shown`."""
        wanted = frozenset(ids)
        for one in page.watched - wanted:
            self._unwatch(page, one)
        for one in wanted:
            self._pages[one].add(page)
        page.watched = wanted
        return [one for one in wanted if one not in self._signs]

    def learn(self, page: Page, read: Acquaintance) -> None:
        """Keep what was read, unless something newer was heard since."""
        page.hidden = read.hidden
        for user_id, signs in read.signs.items():
            if user_id in self._pages and user_id not in self._signs:
                self._keep(user_id, signs)

    def shown(self, page: Page, ids: Sequence[int]) -> list[shapes.Attendant]:
        """Return what a page shows of these people."""
        self._unlike |= self._due & page.watched
        now = datetime.now(UTC)
        people = [self._attendant(one, now) for one in ids if one in self._signs]
        for one in people:
            self._told.setdefault(one.id, one)
        return [_nothing(one.id) if one.id in page.hidden else one for one in people]

    def leave(self, page: Page) -> None:
        self.watch(page, ())

    def hide(self, page: Page, user_id: int, *, hidden: bool) -> None:
        """Note that somebody blocks the page's owner, or does no longer."""
        page.hidden = page.hidden | {user_id} if hidden else page.hidden - {user_id}
        if user_id in page.watched and user_id in self._signs:
            now = datetime.now(UTC)
            one = _nothing(user_id) if hidden else self._attendant(user_id, now)
            page.write(_frame([one]))

    # -- changes --

    def moved(self, before: Mapping[int, Level]) -> None:
        """Tell of people whose level was another one."""
        for user_id, former in before.items():
            if _NAMES[former] != _NAMES[self._register.level(user_id)]:
                self._changed(user_id)

    def hear(self, told: Envelope) -> None:
        """Take note of somebody's signs, on whatever process they changed."""
        match told.order:
            case {"op": "signs", "user": user_id, "signs": signs} if user_id in self._pages:
                self._keep(user_id, msgspec.convert(signs, Signs))
                self._changed(user_id)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _unwatch(self, page: Page, user_id: int) -> None:
        pages = self._pages[user_id]
        pages.discard(page)
        if not pages:
            for table in (self._pages, self._signs, self._told, self._changes):
                table.pop(user_id, None)

    def _keep(self, user_id: int, signs: Signs) -> None:
        self._signs[user_id] = signs
        change = signs.next_change(datetime.now(UTC))
        if change is None:
            self._changes.pop(user_id, None)
        elif self._changes.get(user_id) != change:
            self._changes[user_id] = change
            heapq.heappush(self._timers, (change, user_id))
            self._wind()

    def _changed(self, user_id: int) -> None:
        if user_id not in self._signs:
            return
        if not self._due:
            self._loop.call_later(GATHER_SECONDS, self._tell)
        self._due.add(user_id)

    def _tell(self) -> None:
        """Send each page one event about everyone whom it shows and who has changed."""
        due, self._due = self._due, set()
        unlike, self._unlike = self._unlike, set()
        now = datetime.now(UTC)
        news: dict[Page, list[shapes.Attendant]] = defaultdict(list)
        for user_id in sorted(due):
            if user_id not in self._signs:
                continue  # nobody looks any more
            one = self._attendant(user_id, now)
            if self._told.get(user_id) == one and user_id not in unlike:
                continue  # back before anyone noticed
            self._told[user_id] = one
            for page in self._pages[user_id]:
                if user_id not in page.hidden:
                    news[page].append(one)
        frames: dict[tuple[int, ...], Frame] = {}
        for page, people in news.items():
            key = tuple(one.id for one in people)
            frame = frames.get(key)
            if frame is None:
                frame = frames[key] = _frame(people)
            page.write(frame)

    def _attendant(self, user_id: int, now: datetime) -> shapes.Attendant:
        signs = self._signs[user_id]
        level = self._register.level(user_id)
        status, quiet = signs.status_at(now), signs.quiet_at(now)
        return shapes.Attendant(user_id, _NAMES[level], status, quiet)

    # -- what changes by itself --

    def _wind(self) -> None:
        """Set the timer for the next change."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._timers:
            ahead = (self._timers[0][0] - datetime.now(UTC)).total_seconds()
            wait = min(max(ahead, 0), TIMER_SECONDS)
            self._timer = self._loop.call_later(wait, self._ring)

    def _ring(self) -> None:
        now = datetime.now(UTC)
        while self._timers and self._timers[0][0] <= now:
            at, user_id = heapq.heappop(self._timers)
            if self._changes.get(user_id) == at:
                self._keep(user_id, self._signs[user_id])
                self._changed(user_id)
        self._wind()


def _nothing(user_id: int) -> shapes.Attendant:
    return shapes.Attendant(user_id, "offline", None, shapes.Quiet(None))


def _frame(people: list[shapes.Attendant]) -> Frame:
    return Frame(codec.encode(events.PeopleChanged(people=people)))
