"""After a restart clients come back, but not all at once."""

from collections import Counter

import pytest

from rooms.realtime.worker import comes_back_in


@pytest.mark.parametrize("sockets", [1, 100, 2000, 20_000])
def test_clients_sent_away_come_back_spread_out(sockets: int) -> None:
    seconds = [comes_back_in(sockets) for _ in range(sockets)]
    assert min(seconds) >= 0.2, "the others must be closed first"
    assert max(Counter(map(int, seconds)).values()) <= 300, (
        "a worker can welcome only that many per second"
    )
