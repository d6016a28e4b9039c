"""Eight people talk in their own room while a test breaks something, and a verdict follows."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

from tests.faults.accounts import Account
from tests.faults.beliefs import Truth
from tests.faults.checker import violations
from tests.faults.cluster import Cluster
from tests.faults.history import History, Json, Post, Stored
from tests.faults.meddling import Meddler
from tests.faults.tabs import Tab
from tests.faults.talking import talks

CALM_SECONDS = 30.0  # allowed after a fault until everyone is connected, answered and up to date
PROMPT_SECONDS = 3.0  # 2 s as promised, and one for a busy machine
MAX_LINES = 15  # printed by one worker about one fault, including one restart


class Conversation:
    def __init__(self, cluster: Cluster, room: str, dice: random.Random) -> None:
        self.cluster = cluster
        self.room = room
        self.dice = dice
        self.history = History()
        self.tabs: list[Tab] = []
        self._talking: list[asyncio.Task[None]] = []
        self._meddler: Meddler | None = None

    # -- people --

    async def joined_by(self, accounts: Sequence[Account]) -> None:
        """Open a tab for each of them."""
        for account in accounts:
            tab = Tab(account, self.room, self.cluster.addresses, self.dice, self.history)
            self.tabs.append(tab)
            tab.starts()
        async with asyncio.timeout(CALM_SECONDS):
            await asyncio.gather(*(tab.opened.wait() for tab in self.tabs))

    async def twins(self, account: Account) -> tuple[Tab, Tab]:
        """Open two more tabs of one person, each pinned to its own worker."""
        here, there = (
            Tab(account, self.room, [address], self.dice, self.history)
            for address in self.cluster.addresses
        )
        for tab in (here, there):
            self.tabs.append(tab)
            tab.starts()
            await tab.opened.wait()
        return here, there

    def talk(self, talkers: int) -> None:
        some = self.dice.sample(self.tabs, k=talkers)
        self._talking = [asyncio.ensure_future(talks(tab, self.dice)) for tab in some]

    async def meddle(self) -> None:
        """Change rights, names and rooms meanwhile. Half of the tabs have these rooms open."""
        addresses = self.cluster.addresses
        self._meddler = Meddler(self.cluster.accounts, lambda: addresses, self.dice)
        await self._meddler.begins()
        for tab in self.tabs[::2]:
            tab.beside = self._meddler.rooms
        self._talking.append(asyncio.ensure_future(self._meddler.meddles()))

    async def hush(self) -> None:
        for task in self._talking:
            task.cancel()
        outcomes = await asyncio.gather(*self._talking, return_exceptions=True)
        self._talking = []
        for outcome in outcomes:
            if not isinstance(outcome, asyncio.CancelledError):
                raise AssertionError("a talker stopped") from outcome

    async def grows_by(self, count: int) -> None:
        """Wait until this many more posts are acknowledged."""
        enough = len(self.acknowledged) + count
        deadline = time.monotonic() + CALM_SECONDS
        while (missing := enough - len(self.acknowledged)) > 0:
            if time.monotonic() > deadline:
                stored = await asyncio.to_thread(self.cluster.stored, self.room)
                complaint = f"{missing} of {count} posts were not acknowledged"
                raise AssertionError("\n".join([complaint, *self._circumstances(stored)]))
            await asyncio.sleep(0.02)

    @property
    def acknowledged(self) -> list[Post]:
        return [post for post in self.history.posts if post.acknowledgements]

    @property
    def losses(self) -> list[str]:
        """Return every reader's lost connections, and why."""
        return [f"{one.name}: {loss}" for one in self.history.readings for loss in one.losses]

    # -- the end --

    async def settles(self) -> Stored:
        """Stop talking and wait until everyone knows what is stored, or it is clear that they never
        will."""
        await self.hush()
        deadline = time.monotonic() + CALM_SECONDS
        while True:
            stored = await asyncio.to_thread(self.cluster.stored, self.room)
            if self._is_calm(stored) or time.monotonic() > deadline:
                return stored
            await asyncio.sleep(0.1)

    def _is_calm(self, stored: Stored) -> bool:
        return all(
            tab.opened.is_set()
            and not tab.unanswered
            and tab.reading.position == stored.revision
            and len(tab.reading.shown) == stored.last_number
            for tab in self.tabs
        )

    async def is_flawless(self) -> None:
        """Raise AssertionError with every broken promise."""
        stored = await self.settles()
        found = violations(self.history, stored)
        found += await self._misbelieved()
        found += [
            f"{tab.account.name} failed: {error!r}" for tab in self.tabs for error in tab.failures
        ]
        found += [
            f"never answered: {nonce} of {tab.account.name}"
            for tab in self.tabs
            for nonce in tab.unanswered
        ]
        if found:
            raise AssertionError("\n".join([*found[:20], *self._circumstances(stored)]))
        assert self.acknowledged, "a room in which nothing was said proves nothing"

    async def _misbelieved(self) -> list[str]:
        """Return wrong beliefs, and who hears too much or too little."""
        deadline = time.monotonic() + CALM_SECONDS
        while True:
            truth = await asyncio.to_thread(self.cluster.truth)
            wrong = [line for tab in self.tabs for line in truth.errors(tab.believes)]
            if not wrong or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.1)
        if self._meddler is None or wrong:
            return wrong
        assert self._meddler.deeds, "whoever changes nothing proves nothing"
        called = await self._meddler.calls()
        deadline = time.monotonic() + PROMPT_SECONDS
        while True:
            unheard = [*self._unheard(truth, called)]
            if not unheard or time.monotonic() > deadline:
                return [*unheard, *self._overheard(truth, called)]
            await asyncio.sleep(0.05)

    def _unheard(self, truth: Truth, called: dict[str, int]) -> Iterator[str]:
        for tab in self.tabs:
            for room, number in called.items():
                is_member = (tab.account.id, room) in truth.roles
                if is_member and tab.believes.heard.get(room, 0) < number:
                    yield f"{tab.account.name} doesn't hear what is said in {room}"

    def _overheard(self, truth: Truth, called: dict[str, int]) -> Iterator[str]:
        """Non-members may listen to a public room."""
        assert self._meddler is not None
        private = self._meddler.rooms[1]
        for tab in self.tabs:
            is_member = (tab.account.id, private) in truth.roles
            if not is_member and tab.believes.heard.get(private, 0) >= called[private]:
                yield f"{tab.account.name} hears what is said in {private}"

    def _circumstances(self, stored: Stored) -> list[str]:
        said = f"{len(self.history.posts)} posts, {len(self.acknowledged)} acknowledged"
        return [
            f"-- {said}, {stored.last_number} stored, revision {stored.revision}; losses:",
            *self.losses[-20:],
            "-- the servers said:",
            *(line for worker in self.cluster.workers for line in worker.lines[-20:]),
        ]


@asynccontextmanager
async def conversation(
    cluster: Cluster, dice: random.Random, *, people: int = 8, talkers: int = 8, faults: int = 1
) -> AsyncIterator[Conversation]:
    """A room with people in it, some of whom talk. When the test is done with it, nothing may have
    gone wrong, and the servers may not have made a fuss."""
    await asyncio.to_thread(cluster.heal)
    accounts = cluster.accounts[:people]
    talk = Conversation(cluster, await new_room(cluster, accounts, dice), dice)
    before = [len(worker.lines) for worker in cluster.workers]
    try:
        await talk.joined_by(accounts)
        talk.talk(min(talkers, people))
        yield talk
        await talk.is_flawless()
    finally:
        await asyncio.gather(*(tab.leaves() for tab in talk.tabs))
        for task in talk._talking:
            task.cancel()
        for worker in cluster.workers:
            worker.control.reset()
    for worker, count in zip(cluster.workers, before, strict=True):
        is_calm(worker.lines[count:], MAX_LINES * faults)


async def new_room(cluster: Cluster, accounts: Sequence[Account], dice: random.Random) -> str:
    """Create a room that the first of them owns and the others join; return its slug."""

    async def does(account: Account, type: str, **fields: str) -> Json:
        client = await account.connects(cluster.addresses[0])
        try:
            return await client.does(type, **fields)
        finally:
            await client.leaves()

    owner, *others = accounts
    name = f"Room {dice.getrandbits(40):x}"
    made = await does(owner, "room.create", name=name, kind="public")
    room: str = made["room"]["slug"]
    await asyncio.gather(*(does(one, "room.join", room=room) for one in others))
    return room


def is_calm(lines: Sequence[str], most: int = MAX_LINES) -> None:
    """Assert that a fault was reported in a few lines without a traceback."""
    said = "\n".join(lines)
    assert "Traceback" not in said, said
    # Removing someone who has already left is refused, and logged.
    assert len([line for line in lines if "Not Found: /rooms/" not in line]) <= most, said
