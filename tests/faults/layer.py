"""The production layer, except that a share of the messages never arrives."""

import os
import random
from pathlib import Path
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer

from tests.faults.control import Control


class LossyLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    """Loses on arrival, so that each process misses something else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._control = Control(Path(os.environ["FAULTS_CONTROL"]))
        self._dice = random.Random(os.environ["FAULTS_SEED"])

    async def receive(self, channel: str) -> dict[str, Any]:
        while True:
            message: dict[str, Any] = await self._get_layer().receive(channel)
            if self._dice.random() >= self._control.lost_share:
                return message
