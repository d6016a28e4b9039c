"""The lines of those who are asked whether they are still there."""

import asyncio

from rooms.server.keepalive import TICK_SECONDS, Keepalive


class Peer:
    """Answers each ping at once."""

    bursts: list[int]  # pings of each turn of the loop, of everybody

    def __init__(self, keepalive: Keepalive, bursts: list[int], all_asked: asyncio.Event) -> None:
        self.keepalive, self.bursts, self.all_asked = keepalive, bursts, all_asked
        self.pings = 0

    def ping(self) -> None:
        if not self.bursts or self.bursts[-1] == 0:
            self.bursts.append(0)
            asyncio.get_running_loop().call_soon(self.end_of_turn)
        self.bursts[-1] += 1
        self.pings += 1
        self.keepalive.watch(self)

    def end_of_turn(self) -> None:
        self.bursts.append(0)
        if sum(self.bursts) >= 100:
            self.all_asked.set()

    def judge_silence(self) -> bool:
        raise AssertionError("answered")


async def test_a_crowd_that_came_together_is_asked_one_after_the_other() -> None:
    keepalive = Keepalive(ping_seconds=2.0, pong_seconds=2.0)
    bursts: list[int] = []
    all_asked = asyncio.Event()
    peers = [Peer(keepalive, bursts, all_asked) for _ in range(100)]
    for peer in peers:
        keepalive.watch(peer)
    await asyncio.wait_for(all_asked.wait(), 30)
    for peer in peers:
        keepalive.forget(peer)
    share = 100 * TICK_SECONDS / 2.0
    assert max(bursts) <= share + 1
    assert {peer.pings for peer in peers} == {1}
