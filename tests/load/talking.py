"""Rooms in which somebody posts, as fast as everybody can listen or at a steady rate."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tests.load.audience import Audience, nothing
from tests.load.errors import Wrong
from tests.load.loop import Loop
from tests.load.machine import Usage

WARM_SECONDS = 0.5
SILENCE_SECONDS = 0.2  # for what nobody should receive any more
PATIENCE_SECONDS = 60.0  # for what has been posted to arrive
LEAST = 3  # times the window: a slow server is measured for longer


@dataclass(frozen=True, slots=True)
class Talk:
    """What was measured: messages and deliveries a second, delays in seconds."""

    seconds: float
    usage: dict[str, float]
    messages: float
    deliveries: float
    p50: float
    p99: float


class Stopwatch:
    """A moment of a talk, and what has happened since."""

    def __init__(self, audiences: Sequence[Audience], *pids: int) -> None:
        self.audiences = audiences
        self.began = time.perf_counter()
        self.usage = Usage(*pids)
        self.counts = [one.finished for one in audiences]
        self.last = max(one.finished_at for one in audiences)

    def read(self) -> Talk:
        """From the last message that was finished before to the last that is now: so a slow server
        is not measured by what fell between."""
        seconds = max(one.finished_at for one in self.audiences) - (self.last or self.began)
        pairs = [*zip(self.audiences, self.counts, strict=True)]
        messages = sum(one.finished - before for one, before in pairs)
        deliveries = sum((one.finished - before) * len(one.lines) for one, before in pairs)
        if not messages:
            raise Wrong("nothing arrived")
        delays = sorted(delay for one, before in pairs for delay in one.delays[before:])
        return Talk(
            seconds=seconds,
            usage=self.usage.read(),
            messages=messages / seconds,
            deliveries=deliveries / seconds,
            p50=statistics.median(delays),
            p99=delays[min(len(delays) - 1, len(delays) * 99 // 100)],
        )


def gather(loop: Loop, audiences: Sequence[Audience]) -> None:
    """Begin in all rooms."""
    for one in audiences:
        one.gather()
    missing = partial(_missing, audiences)
    loop.run_until(lambda: all(one.is_gathered for one in audiences), PATIENCE_SECONDS, missing)
    settle(loop, audiences)


def settle(loop: Loop, audiences: Sequence[Audience]) -> None:
    """Until everything has arrived; then nothing may follow."""
    quiet = partial(_all_quiet, audiences)
    missing = partial(_missing, audiences)
    loop.run_until(quiet, PATIENCE_SECONDS, missing)
    loop.run_for(SILENCE_SECONDS)
    loop.run_until(quiet, PATIENCE_SECONDS, missing)


def in_turns(
    loop: Loop, audiences: Sequence[Audience], *pids: int, window: int, seconds: float
) -> Talk:
    """In each room `window` messages are under way; another follows when everybody has one."""
    gather(loop, audiences)
    for one in audiences:
        one.heard = one.post
        for _ in range(window):
            one.post()
    loop.run_for(WARM_SECONDS)
    watch = Stopwatch(audiences, *pids)
    loop.run_for(seconds)
    enough = sum(watch.counts) + LEAST * window
    loop.run_until(
        lambda: sum(one.finished for one in audiences) >= enough,
        PATIENCE_SECONDS,
        partial(_missing, audiences),
    )
    talk = watch.read()
    for one in audiences:
        one.heard = nothing
    settle(loop, audiences)
    return talk


def at_a_rate(loop: Loop, audience: Audience, *pids: int, rate: float, seconds: float) -> Talk:
    """So many messages a second, whether or not the ones before have arrived."""
    gather(loop, [audience])
    post_for(loop, audience, rate, WARM_SECONDS)
    settle(loop, [audience])
    watch = Stopwatch([audience], *pids)
    post_for(loop, audience, rate, seconds)
    settle(loop, [audience])
    return watch.read()


def post_for(loop: Loop, audience: Audience, rate: float, seconds: float) -> None:
    begin = time.perf_counter()
    for number in range(max(1, round(rate * seconds))):
        loop.run_for(begin + number / rate - time.perf_counter())
        audience.post()


def _all_quiet(audiences: Sequence[Audience]) -> bool:
    return all(one.is_quiet for one in audiences)


def _missing(audiences: Sequence[Audience]) -> str:
    return next((one.missing for one in audiences if not one.is_quiet), "nothing")
