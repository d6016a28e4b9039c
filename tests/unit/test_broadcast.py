"""A management command notifies the servers over the channel layer, which is only a hint."""

from typing import Any

import pytest
from redis import ConnectionError as RedisConnectionError

from rooms import broadcast


class Away:
    """A channel layer whose Redis is away."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        raise RedisConnectionError


def test_a_commit_does_not_fail_when_the_layer_is_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(broadcast, "get_channel_layer", Away)
    broadcast.publish_now(broadcast.envelope(broadcast.room_group(1)))
    assert "layer is unavailable" in caplog.text
