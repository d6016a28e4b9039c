"""The keepalive's schedule of pings."""

import asyncio

from rooms.server.keepalive import Keepalive
from rooms.server.limits import Limits

CROWD = 600
PING_SECONDS = 60.0  # so ten peers are pinged each second


class Asked:
    """Return how many are pinged in each turn of the loop."""

    def __init__(self) -> None:
        self.bursts = [0]
        self.some = asyncio.Event()

    def count(self) -> None:
        if not self.bursts[-1]:
            asyncio.get_running_loop().call_soon(self._end_turn)
        self.bursts[-1] += 1

    def _end_turn(self) -> None:
        self.bursts.append(0)
        if sum(self.bursts) >= 10:
            self.some.set()


class Peer:
    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    def ping(self) -> None:
        self.asked.count()

    def judge_silence(self) -> bool:
        raise AssertionError("not for a minute")


async def test_pings_to_a_crowd_that_came_at_once_are_spread_out() -> None:
    keepalive, asked = Keepalive(ping_seconds=PING_SECONDS, pong_seconds=60.0), Asked()
    peers = [Peer(asked) for _ in range(CROWD)]
    for peer in peers:
        keepalive.watch(peer)
    await asyncio.wait_for(asked.some.wait(), 30)
    for peer in peers:
        keepalive.forget(peer)
    assert max(asked.bursts) < CROWD / 4


def test_a_peer_that_vanished_silently_is_noticed_within_40_seconds() -> None:
    limits = Limits()
    assert limits.ping_seconds + limits.pong_seconds <= 40
