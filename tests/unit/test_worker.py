"""A restart brings everybody back, and not at once."""

from collections import Counter

import pytest

from rooms.worker import comes_back_in


@pytest.mark.parametrize("sockets", [1, 100, 2000, 20_000])
def test_who_is_sent_away_comes_back_spread(sockets: int) -> None:
    seconds = [comes_back_in(sockets) for _ in range(sockets)]
    assert min(seconds) >= 0.2, "the others have to go first"
    assert max(Counter(map(int, seconds)).values()) <= 300, "a worker greets so many in a second"
