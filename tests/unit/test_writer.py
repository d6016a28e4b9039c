"""Group commit: one bad batch never stops the queue, and stopping finishes what was submitted."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from rooms.actions.messages.posts import Draft
from rooms.errors import Invalid, Unavailable
from rooms.fanout.envelopes import Envelope
from rooms.fanout.hub import Hub
from rooms.models import User
from rooms.realtime import writer as writers
from rooms.realtime.writer import Writer


async def stored(writer: Writer, *bodies: str) -> list[Any]:
    """Return the outcome of these drafts, refusals included."""
    return await asyncio.gather(*(submit(writer, body) for body in bodies))


def submit(writer: Writer, body: str) -> asyncio.Future[Any]:
    """Return the outcome of the draft."""
    outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    writer.submit(draft(body), outcome.set_result)
    return outcome


def nothing(envelopes: object) -> None:
    """Return what these drafts have to deliver."""


def draft(body: str) -> Draft:
    return Draft(actor=User(pk=1), slug="r", nonce="nonce-12", body=body)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Record the posted batches; "bad" is refused, "bug" and "away" fail their batch."""
    seen: list[list[str]] = []

    def post(drafts: list[Draft]) -> list[Any]:
        bodies = [one.body for one in drafts]
        seen.append(bodies)
        if "bug" in bodies:
            raise ZeroDivisionError
        if "away" in bodies:
            raise Unavailable("away")
        return [Invalid("bad") if body == "bad" else body for body in bodies]

    monkeypatch.setattr(writers, "post_messages", post)
    return seen


async def test_drafts_that_arrive_during_a_commit_go_into_the_next_one(
    batches: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = threading.Event(), threading.Event()
    post: Callable[[list[Draft]], list[Any]] = vars(writers)["post_messages"]

    def slow(drafts: list[Draft]) -> list[Any]:
        began.set()
        go_on.wait(5)
        return post(drafts)

    monkeypatch.setattr(writers, "post_messages", slow)
    writer = Writer(nothing)
    first = submit(writer, "first")
    await asyncio.to_thread(began.wait, 5)
    others = [submit(writer, str(index)) for index in range(10)]
    go_on.set()
    assert await asyncio.gather(first, *others) == ["first", *map(str, range(10))]
    assert [len(batch) for batch in batches] == [1, 10]
    await writer.stop()


async def test_events_and_replies_are_delivered_in_one_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = 0

    def count() -> None:
        nonlocal turns
        turns += 1
        loop.call_soon(count)

    def post(drafts: list[Draft]) -> list[Any]:
        hub.publish([Envelope(group="room.1")])
        time.sleep(0.1)  # let turns pass between publishing and the reply
        return ["posted"]

    loop = asyncio.get_running_loop()
    hub = unstarted_hub()
    monkeypatch.setattr(writers, "post_messages", post)
    delivered: list[int] = []
    writer = Writer(lambda envelopes: delivered.extend(turns for _ in envelopes))
    answered: asyncio.Future[int] = loop.create_future()
    loop.call_soon(count)
    writer.submit(draft("x"), lambda outcome: answered.set_result(turns))
    assert [await answered] == delivered
    assert turns > 3
    await writer.stop()


def unstarted_hub() -> Hub:
    async def nothing_is_there(*args: object) -> Any:
        return []

    return Hub(
        recover=nothing_is_there,
        positions=nothing_is_there,
        notice_ids=nothing_is_there,
        notices_of=nothing_is_there,
        renew=nothing_is_there,
    )


async def test_a_refusal_reaches_only_its_author(batches: list[list[str]]) -> None:
    writer = Writer(nothing)
    outcomes = await stored(writer, "good", "bad", "fine")
    assert outcomes[0] == "good"
    assert isinstance(outcomes[1], Invalid)
    assert outcomes[2] == "fine"
    await writer.stop()


@pytest.mark.parametrize("trouble", ["bug", "away"])
async def test_the_queue_survives_a_failed_batch(
    batches: list[list[str]], trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer(nothing)
    assert isinstance(await submit(writer, trouble), Unavailable)
    assert await stored(writer, "next") == ["next"]
    assert bool(caplog.records) == (trouble == "bug"), "a bug is logged, an outage is expected"
    await writer.stop()


async def test_stopping_finishes_submitted_drafts_and_accepts_no_more(
    batches: list[list[str]],
) -> None:
    writer = Writer(nothing)
    last = submit(writer, "last")
    await writer.stop()
    assert last.result() == "last"
    with pytest.raises(Unavailable):
        submit(writer, "late")


async def test_a_full_queue_refuses_at_once(
    batches: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "MAX_QUEUE", 2)
    writer = Writer(nothing)
    outcomes = [submit(writer, "x"), submit(writer, "y")]
    with pytest.raises(Unavailable) as refusal:
        submit(writer, "z")
    assert refusal.value.retry_after
    await asyncio.gather(*outcomes)
    await writer.stop()


async def test_a_bug_in_one_reply_does_not_affect_the_others(
    batches: list[list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(what: object) -> None:
        raise ZeroDivisionError

    writer = Writer(fail)
    writer.submit(draft("bug's"), fail)
    assert await stored(writer, "here") == ["here"]
    assert caplog.text.count("Sending the outcome of a post failed.") == 2
    await writer.stop()


async def test_drafts_submitted_in_one_turn_are_one_batch(batches: list[list[str]]) -> None:
    writer = Writer(nothing)
    await stored(writer, "a", "b", "c")
    await stored(writer, "d")
    assert batches == [["a", "b", "c"], ["d"]]
    await writer.stop()
