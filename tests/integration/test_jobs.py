"""Jobs are done once they are committed: at least once, by one process at a time, and those that
can't be done stay for people to look at."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, ClassVar

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from rooms.errors import Unavailable
from rooms.fanout import hub as hubs
from rooms.fanout.hub import Hub
from rooms.jobs import runner as runners
from rooms.jobs.kinds import Attempt, Hopeless, Kind, Later, Next
from rooms.jobs.runner import Runner
from rooms.models import Job
from rooms.queries import jobs
from rooms.queries.jobs import Claimed, Work, claim, due_in, enqueue, finish
from rooms.storage.threads import close_connections
from tests.conftest import Measure

KIND = "errand"


class Errand(Work, frozen=True):
    kind: ClassVar[str] = KIND
    name: str = ""


class Parcel(Work, frozen=True):
    kind: ClassVar[str] = "parcel"


def ask(name: str = "", key: str = "", delay: float = 0) -> None:
    enqueue(Errand(name=name), key=key, delay=delay)


def take(most: int = 10) -> list[Claimed]:
    return claim(KIND, most=most, seconds=60)


def only() -> Job:
    return Job.objects.get()


# The queue


def test_a_job_of_a_transaction_that_fails_never_was(transactional_db: None) -> None:
    with suppress(ZeroDivisionError), transaction.atomic():
        ask()
        raise ZeroDivisionError
    assert not Job.objects.exists()


@pytest.mark.usefixtures("db")
class TestQueue:
    def test_jobs_are_taken_once_the_oldest_first(self) -> None:
        for name in "xyz":
            ask(name)
        assert [job.arguments for job in take(2)] == ['[{"name":"x"}]', '[{"name":"y"}]']
        assert len(take()) == 1
        assert take() == []

    def test_a_job_for_later_is_not_due(self) -> None:
        ask(delay=60)
        assert take() == []
        assert 58 < due_in([KIND])[KIND] <= 60
        assert due_in(["other"]) == {}

    def test_with_one_key_requests_before_the_beginning_make_one_job(self) -> None:
        ask("a", key="x", delay=60)
        ask("b", key="x")
        ask("c", key="x", delay=30)
        (job,) = take()
        assert job.arguments == '[{"name":"c"}]', "the latest request says what is wanted"

    def test_a_request_while_the_job_runs_makes_it_run_once_more(self) -> None:
        ask("a", key="x")
        first = take()
        ask("b", key="x")
        assert take() == [], "never twice at the same time"
        assert finish(first) == 1
        (second,) = take()
        assert second.arguments == '[{"name":"b"}]'
        assert finish([second]) == 0
        assert not Job.objects.exists()

    def test_a_job_asked_for_again_while_it_runs_can_be_postponed(self) -> None:
        ask("a", key="x")
        (job,) = take()
        ask("b", key="x")
        jobs.postpone(job)
        assert only().attempts == 0
        assert take()[0].attempts == 1

    def test_a_lease_that_ended_gives_the_job_to_another_process(self) -> None:
        ask()
        (lost,) = claim(KIND, most=1, seconds=-1)
        (found,) = take()
        assert (found.id, found.attempts) == (lost.id, 2)
        assert not jobs.renew(lost, seconds=60)
        finish([lost])
        jobs.retry(lost, delay=0, error="late")
        assert only().lease == found.lease, "whoever lost it has no say"
        finish([found])
        assert not Job.objects.exists()

    def test_a_renewed_lease_keeps_the_job(self) -> None:
        ask()
        (job,) = claim(KIND, most=1, seconds=1)
        assert jobs.renew(job, seconds=600)
        assert due_in([KIND])[KIND] > 500

    def test_what_was_given_up_stays_until_it_is_asked_for_again(self) -> None:
        ask(key="x")
        (job,) = take()
        jobs.give_up(job, error="no such box")
        assert (only().error, only().given_up_at is None) == ("no such box", False)
        assert take() == []
        assert due_in([KIND]) == {}
        ask(key="x")
        (again,) = take()
        assert again.attempts == 1

    def test_many_are_queued_and_finished_together(self) -> None:
        jobs.enqueue_many([Errand(name=str(n)) for n in range(250)])
        taken = take(1000)
        assert sorted(job.arguments.count("name") for job in taken) == [50, 100, 100]
        finish(taken)
        assert not Job.objects.exists()


# The runner

Handler = Callable[[Errand, Attempt], Any]


class Office:
    """A runner whose one kind of job is done by a test's function."""

    def __init__(self, hub: Hub) -> None:
        self.done: list[tuple[str, int]] = []
        self.handler: Handler = self.note
        self.news = asyncio.Event()
        self.has_parked = asyncio.Event()
        kinds: list[Kind[Any]] = [
            Kind(Errand, self.do, places=2, attempts=3),
            Kind(Parcel, self.park),
        ]
        self.runner = Runner(hub, kinds)
        self.runner.start()

    async def do(self, errand: Errand, attempt: Attempt) -> None:
        try:
            await self.handler(errand, attempt)
        finally:
            self.done.append((errand.name, attempt.number))
            self.news.set()

    async def note(self, errand: Errand, attempt: Attempt) -> None: ...

    async def park(self, parcel: Parcel, attempt: Attempt) -> None:
        self.has_parked.set()
        await asyncio.Event().wait()

    async def has_done(self, *done: tuple[str, int]) -> None:
        async with asyncio.timeout(10):
            while len(self.done) < len(done):
                self.news.clear()
                await self.news.wait()
        assert sorted(self.done) == sorted(done)

    async def left(self) -> list[Job]:
        return [job async for job in Job.objects.order_by("pk")]

    async def is_empty(self) -> None:
        async with asyncio.timeout(10):
            while await self.left():  # noqa: ASYNC110  a deleted row tells nobody
                await asyncio.sleep(0.01)

    async def gives_up(self) -> Job:
        async with asyncio.timeout(10):
            while not [job for job in await self.left() if job.given_up_at]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return await Job.objects.aget(given_up_at__isnull=False)


async def asks(*names: str, **options: Any) -> None:
    for name in names:
        await sync_to_async(ask)(name, **options)


async def nothing(*_asked: Any) -> Any:
    return {}


@pytest_asyncio.fixture
async def hub(transactional_db: None) -> AsyncIterator[Hub]:
    hub = Hub(
        recover=nothing, positions=nothing, notice_ids=nothing, notices_of=nothing, renew=nothing
    )
    hubs.install(hub)
    yield hub
    hubs.install(None)
    await sync_to_async(close_connections)()


@pytest_asyncio.fixture
async def office(hub: Hub) -> AsyncIterator[Office]:
    office = Office(hub)
    await asyncio.sleep(0)
    yield office
    await office.runner.stop()


async def test_a_job_begins_as_soon_as_it_is_committed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "LOOK_SECONDS", 3600)
    await asks("a", "b", "c", "d", "e")
    await office.has_done(*((name, 1) for name in "abcde"))
    await office.is_empty()


async def test_a_slow_kind_holds_up_no_other(office: Office) -> None:
    @transaction.atomic  # a round sees none of them, or all
    def parcels() -> None:
        for _ in range(50):
            enqueue(Parcel())

    await sync_to_async(parcels)()
    await asks("a")
    await office.has_done(("a", 1))
    await office.has_parked.wait()
    await asks("b")
    await office.has_done(("a", 1), ("b", 1))
    begun = Job.objects.filter(kind=Parcel.kind).exclude(lease="")
    assert await begun.acount() == 4, "the places of the kind"


async def test_a_job_begins_soon_after_it_is_due(office: Office, measure: Measure) -> None:
    loop = asyncio.get_running_loop()
    begun: asyncio.Queue[float] = asyncio.Queue()

    async def begin(errand: Errand, attempt: Attempt) -> None:
        begun.put_nowait(loop.time())

    office.handler = begin
    late = []
    for n in range(20):
        delay = n % 4 / 20
        due = loop.time() + delay
        await asks("", delay=delay)
        late.append(await begun.get() - due)
    p95 = sorted(late)[18]
    measure(f"a job begins {p95 * 1000:.0f} ms after it is due (19 of 20)")
    assert p95 <= 1


async def test_a_place_takes_as_many_jobs_at_a_time_as_its_kind_says(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    as_ever = jobs.turn

    def turn(done: list[Claimed], most: dict[str, int], *, seconds: float) -> Any:
        claimed, waits = as_ever(done, most, seconds=seconds)
        taken.append(len(claimed.get(KIND, [])))
        return claimed, waits

    def many() -> None:
        with transaction.atomic():
            for _ in range(10):
                ask()

    await sync_to_async(many)()
    monkeypatch.setattr(jobs, "turn", turn)
    runner = Runner(hub, [Kind(Errand, nothing, places=2, share=3)])
    runner.start()
    async with asyncio.timeout(10):
        while await Job.objects.aexists():  # noqa: ASYNC110  a deleted row tells nobody
            await asyncio.sleep(0.01)
    await runner.stop()
    assert [count for count in taken if count] == [6, 4]


async def test_a_job_that_fails_is_tried_again_and_finally_given_up(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(errand: Errand, attempt: Attempt) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(runners, "pause_after", lambda attempts: 0.0)
    monkeypatch.setattr(runners, "LOOK_SECONDS", 0.01)
    office.handler = fail
    await asks("a")
    await office.has_done(("a", 1), ("a", 2), ("a", 3))
    job = await office.gives_up()
    assert (job.error, job.attempts) == ("ZeroDivisionError", 3)


@pytest.mark.parametrize("reason", [Later(0), Unavailable("away")])
async def test_a_service_that_asks_for_a_pause_gets_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, reason: Exception
) -> None:
    async def wait_once(errand: Errand, attempt: Attempt) -> None:
        if not office.done:
            raise reason

    monkeypatch.setattr(runners, "pause_after", lambda attempts: 0.0)
    monkeypatch.setattr(runners, "LOOK_SECONDS", 0.01)
    office.handler = wait_once
    await asks("a")
    second = 1 if isinstance(reason, Later) else 2
    await office.has_done(("a", 1), ("a", second))
    await office.is_empty()


async def test_a_job_of_many_steps_goes_on_at_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def step(errand: Errand, attempt: Attempt) -> None:
        if len(office.done) < 4:
            raise Next(0)

    monkeypatch.setattr(runners, "LOOK_SECONDS", 3600)
    office.handler = step
    await asks("a")
    await office.has_done(*[("a", 1)] * 5)
    await office.is_empty()


async def test_of_much_work_only_what_failed_is_tried_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail_once(errand: Errand, attempt: Attempt) -> None:
        if errand.name == "b" and attempt.number == 1:
            raise Hopeless("not yet")

    def many() -> None:
        jobs.enqueue_many([Errand(name=name) for name in "abc"])

    monkeypatch.setattr(runners, "pause_after", lambda attempts: 0.0)
    monkeypatch.setattr(runners, "LOOK_SECONDS", 0.01)
    office.handler = fail_once
    await sync_to_async(many)()
    await office.has_done(("a", 1), ("b", 1), ("c", 1), ("b", 2))
    await office.is_empty()


async def test_of_much_work_what_asks_for_a_pause_gets_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait_once(errand: Errand, attempt: Attempt) -> None:
        if len(office.done) < 3:
            raise Next if errand.name == "a" else Later(0.1)

    monkeypatch.setattr(runners, "LOOK_SECONDS", 3600)
    office.handler = wait_once
    await sync_to_async(jobs.enqueue_many)([Errand(name=name) for name in "abc"])
    await office.has_done(*[(name, 1) for name in "aabbcc"])
    await office.is_empty()


async def test_a_hopeless_job_is_given_up_at_once_with_its_reason(office: Office) -> None:
    async def refuse(errand: Errand, attempt: Attempt) -> None:
        raise Hopeless("gone")

    office.handler = refuse
    await asks("a")
    await office.has_done(("a", 1))
    job = await office.gives_up()
    assert job.error == "gone"


async def test_a_job_that_kills_every_process_is_given_up(office: Office) -> None:
    await sync_to_async(ask)("a", delay=60)
    await Job.objects.aupdate(attempts=3, due=timezone.now())
    await sync_to_async(ask)("b")
    await office.has_done(("b", 1))
    assert (await office.gives_up()).error == "It never ended"


async def test_kinds_and_arguments_of_a_newer_version_are_left_alone_or_given_up(
    office: Office,
) -> None:
    now = timezone.now()
    await Job.objects.acreate(kind="novelty", key="1", arguments="{}", due=now, created_at=now)
    await Job.objects.acreate(kind=KIND, key="1", arguments="[7]", due=now, created_at=now)
    await asks("a")
    await office.has_done(("a", 1))
    assert (await office.gives_up()).kind == KIND
    novelty = await Job.objects.aget(kind="novelty")
    assert (novelty.attempts, novelty.given_up_at) == (0, None)


async def test_a_process_that_stops_gives_its_jobs_back(office: Office) -> None:
    begun = asyncio.Event()

    async def linger(errand: Errand, attempt: Attempt) -> None:
        begun.set()
        await asyncio.Event().wait()

    office.handler = linger
    await asks("a")
    await begun.wait()
    await office.runner.stop()
    (job,) = await office.left()
    assert (job.lease, job.attempts) == ("", 0)
    assert (await sync_to_async(due_in)([KIND]))[KIND] == 0


async def test_an_idle_process_asks_once_in_five_seconds(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert runners.LOOK_SECONDS >= 5
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    looks = 0
    changes: list[Any] = []

    def look(kinds: list[str]) -> dict[str, float]:
        nonlocal looks
        looks += 1
        if looks == 4:
            loop.call_soon_threadsafe(done.set)
        return {}

    monkeypatch.setattr(runners, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(jobs, "due_in", look)
    monkeypatch.setattr(jobs, "turn", lambda *asked, **options: changes.append(asked))
    runner = Runner(hub, [Kind(Errand, nothing)])
    began = loop.time()
    runner.start()
    async with asyncio.timeout(10):
        await done.wait()
    await runner.stop()
    assert looks <= 1 + (loop.time() - began) / runners.LOOK_SECONDS
    assert not changes
