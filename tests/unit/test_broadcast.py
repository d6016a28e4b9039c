"""A command beside the server tells the servers over the layer, which is only a hint."""

from typing import Any

import pytest
from redis import ConnectionError as RedisConnectionError

from rooms import broadcast


class Away:
    """A layer whose Redis is away."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        raise RedisConnectionError


def test_what_is_committed_does_not_fail_for_a_layer_that_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(broadcast, "get_channel_layer", Away)
    broadcast.publish_now(broadcast.envelope(broadcast.room_group(1)))
    assert "layer is away" in caplog.text
