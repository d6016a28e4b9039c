"""What can go wrong with a deployment, each followed by what an operator or an init system does
about it. How long it lasts is drawn from the conversation's dice."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

from tests.faults.cluster import Worker
from tests.faults.conversation import Conversation

Fault = Callable[[Conversation], Awaitable[None]]

HOUR = 3600.0
CLOCK_STEPS = (-2.0, -65.0, -HOUR, 24 * HOUR, 25 * HOUR)


async def _last(talk: Conversation, low: float, high: float) -> None:
    """The fault goes on for a time."""
    await asyncio.sleep(talk.dice.uniform(low, high))


async def kill_worker(talk: Conversation) -> None:
    worker: Worker = talk.dice.choice(talk.cluster.workers)
    await asyncio.to_thread(worker.kill)
    await _last(talk, 0, 1)
    await asyncio.to_thread(worker.start)


async def end_worker(talk: Conversation) -> None:
    worker: Worker = talk.dice.choice(talk.cluster.workers)
    assert await asyncio.to_thread(worker.end) == 0
    await asyncio.to_thread(worker.start)


async def stop_worker(talk: Conversation) -> None:
    """It is frozen, and goes on later as if nothing had been."""
    process = talk.dice.choice(talk.cluster.workers).process
    process.signal(signal.SIGSTOP)
    try:
        await _last(talk, 1, 3)
    finally:
        process.signal(signal.SIGCONT)


async def drop_frozen_worker(talk: Conversation) -> None:
    """Redis drops who doesn't read for too long, with everything that it had for them. The worker
    goes on before anybody gives up on it."""
    frozen = talk.dice.choice(talk.cluster.workers).process
    frozen.signal(signal.SIGSTOP)
    try:
        await _last(talk, 0.5, 1)
        await asyncio.to_thread(talk.cluster.redis.drop_subscribers)
    finally:
        frozen.signal(signal.SIGCONT)


async def kill_redis(talk: Conversation) -> None:
    await asyncio.to_thread(talk.cluster.redis.kill)
    try:
        await talk.grows_by(5)
        await _last(talk, 1, 2)
    finally:
        await asyncio.to_thread(talk.cluster.redis.start)


async def pause_redis(talk: Conversation) -> None:
    talk.cluster.redis.pause()
    try:
        await talk.grows_by(5)
        await _last(talk, 1, 3)
    finally:
        talk.cluster.redis.resume()


async def flush_redis(talk: Conversation) -> None:
    for _ in range(3):
        await asyncio.to_thread(talk.cluster.redis.flush)
        await _last(talk, 0.3, 0.6)


async def kill_postgres(talk: Conversation) -> None:
    await asyncio.to_thread(talk.cluster.postgres.kill)
    try:
        await _last(talk, 0.2, 1)
    finally:
        await asyncio.to_thread(talk.cluster.postgres.start)


async def lose_layer_messages(talk: Conversation) -> None:
    """Half of them, then all, then none."""
    for share in (0.5, 1, 0):
        for worker in talk.cluster.workers:
            worker.control.lost_share = share
        await _last(talk, 0.7, 1.2)


async def step_clocks(talk: Conversation) -> None:
    """Each worker's clock steps on its own, there and back."""
    for _ in range(4):
        worker = talk.dice.choice(talk.cluster.workers)
        worker.control.clock_ahead = talk.dice.choice(CLOCK_STEPS)
        await _last(talk, 0.3, 0.8)
    for worker in talk.cluster.workers:
        worker.control.clock_ahead = 0


async def vanish(talk: Conversation) -> None:
    """Connections end without a close; half of the people are back at once."""
    for _ in range(6):
        for tab in talk.dice.sample(talk.tabs, k=3):
            tab.vanishes(at_once=talk.dice.random() < 0.5)
        await _last(talk, 0.1, 0.4)


# What no socket may be closed for, and what may delay nobody by more than promised.
OF_THE_LAYER: list[Fault] = [kill_redis, pause_redis, flush_redis, lose_layer_messages]
OF_THE_REST: list[Fault] = [
    kill_worker, end_worker, stop_worker, drop_frozen_worker, kill_postgres, step_clocks, vanish,
]  # fmt: skip
