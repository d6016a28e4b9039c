"""Group commit: one bad batch never stops the queue, and stopping finishes what was submitted."""

import asyncio
from typing import Any

import pytest

from rooms import writer as writers
from rooms.actions.messages import Draft
from rooms.errors import Invalid, Unavailable
from rooms.models import User
from rooms.writer import Writer


async def stored(writer: Writer, *bodies: str) -> list[Any]:
    """What comes of these drafts, refusals included."""
    futures = [writer.submit(draft(body)) for body in bodies]
    return await asyncio.gather(*futures, return_exceptions=True)


def draft(body: str) -> Draft:
    return Draft(actor=User(pk=1), room="r", nonce="nonce-12", body=body)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The batches that were posted; "bad" is refused, "bug" and "away" fail their batch."""
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


async def test_what_arrives_during_a_commit_goes_into_the_next(batches: list[list[str]]) -> None:
    writer = Writer()
    bodies = [str(index) for index in range(10)]
    assert await stored(writer, *bodies) == bodies
    assert len(batches) == 1
    await writer.stop()


async def test_a_refusal_is_its_own_authors_only(batches: list[list[str]]) -> None:
    writer = Writer()
    outcomes = await stored(writer, "good", "bad", "fine")
    assert outcomes[0] == "good"
    assert isinstance(outcomes[1], Invalid)
    assert outcomes[2] == "fine"
    await writer.stop()


@pytest.mark.parametrize("trouble", ["bug", "away"])
async def test_the_queue_outlives_a_batch_that_fails(
    batches: list[list[str]], trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer()
    with pytest.raises(Unavailable):
        await writer.submit(draft(trouble))
    assert await stored(writer, "next") == ["next"]
    assert bool(caplog.records) == (trouble == "bug"), "a bug is logged, an outage is expected"
    await writer.stop()


async def test_stopping_finishes_what_was_submitted_and_takes_no_more(
    batches: list[list[str]],
) -> None:
    writer = Writer()
    last: asyncio.Future[Any] = writer.submit(draft("last"))
    await writer.stop()
    assert last.result() == "last"
    with pytest.raises(Unavailable):
        writer.submit(draft("late"))


async def test_a_full_queue_refuses_at_once(
    batches: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "MAX_QUEUE", 2)
    writer = Writer()
    futures = [writer.submit(draft("x")), writer.submit(draft("y"))]
    with pytest.raises(Unavailable) as refusal:
        writer.submit(draft("z"))
    assert refusal.value.retry_after
    await asyncio.gather(*futures)
    await writer.stop()


async def test_an_author_who_left_does_not_disturb_the_others(batches: list[list[str]]) -> None:
    writer = Writer()
    writer.submit(draft("gone")).cancel()
    assert await stored(writer, "here") == ["here"]
    await writer.stop()
