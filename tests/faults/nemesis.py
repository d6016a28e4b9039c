"""Faults of a deployment, each followed by what an operator or an init system would do about it.
How long they last is drawn from the conversation's dice."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable

from tests.faults.cluster import Cluster, Worker
from tests.faults.conversation import Conversation, conversation

Fault = Callable[[Conversation], Awaitable[None]]

HOUR = 3600.0
CLOCK_STEPS = (-2.0, -65.0, -HOUR, 24 * HOUR, 25 * HOUR)


async def outlast(fault: Fault, cluster: Cluster, dice: random.Random) -> None:
    """Let people talk before and after a fault; the conversation ends with its verdict."""
    async with conversation(cluster, dice) as talk:
        await talk.grows_by(20)
        await fault(talk)
        await talk.grows_by(40)


async def die_at_commit(worker: Worker, moment: str) -> None:
    """Let a worker die at the next commit that stores a message, and restart it."""
    setattr(worker.control, moment, 1)
    assert await asyncio.to_thread(worker.process.wait) == -9
    await asyncio.to_thread(worker.start)


async def _last(talk: Conversation, low: float, high: float) -> None:
    """Let the fault last for a while."""
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
    """Freeze a worker, which continues later as if nothing had happened."""
    process = talk.dice.choice(talk.cluster.workers).process
    process.signal(signal.SIGSTOP)
    try:
        await _last(talk, 1, 3)
    finally:
        process.signal(signal.SIGCONT)


async def drop_frozen_worker(talk: Conversation) -> None:
    """Redis drops a client that doesn't read for too long, with everything queued for it. The
    worker continues before anyone gives up on it."""
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
    """Lose half of the messages, then all, then none."""
    for share in (0.5, 1, 0):
        for worker in talk.cluster.workers:
            worker.control.lost_share = share
        await _last(talk, 0.7, 1.2)


async def step_clocks(talk: Conversation) -> None:
    """Step each worker's clock on its own, forth and back."""
    for _ in range(4):
        worker = talk.dice.choice(talk.cluster.workers)
        worker.control.clock_ahead = talk.dice.choice(CLOCK_STEPS)
        await _last(talk, 0.3, 0.8)
    for worker in talk.cluster.workers:
        worker.control.clock_ahead = 0


async def vanish(talk: Conversation) -> None:
    """End connections without a close; half of the people come back at once."""
    for _ in range(6):
        for tab in talk.dice.sample(talk.tabs, k=3):
            tab.vanishes(at_once=talk.dice.random() < 0.5)
        await _last(talk, 0.1, 0.4)


# Faults that may close no socket and delay nobody by more than promised.
OF_THE_LAYER: list[Fault] = [kill_redis, pause_redis, flush_redis, lose_layer_messages]
OF_THE_REST: list[Fault] = [
    kill_worker, end_worker, stop_worker, drop_frozen_worker, kill_postgres, step_clocks, vanish,
]  # fmt: skip
