"""The cache behind the log-in limits: shared through Redis, but usable without it."""

import json
import logging
import time
from typing import Any

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 0.5  # to connect to Redis, and again for an answer
# Longer than the locks that allauth leaves behind if Redis goes down between two calls.
PAUSE_SECONDS = 15.0


class JsonSerializer:
    """JSON instead of Django's pickles, with which anyone who can write to Redis could run code."""

    def dumps(self, value: Any) -> int | str:
        # Unencoded, so that Redis can increment it.
        return value if type(value) is int else json.dumps(value)

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


class SharedCache(BaseCache):
    """Redis, or this process's own memory while Redis is down, when limits count per process.

    With django-redis and its IGNORE_EXCEPTIONS, `add` fails while Redis is down, so allauth would
    wait a second for its lock and then let nobody in. With Django's RedisCache alone, the log-in
    page would go down with Redis.

    Values must be JSON-serializable. There is no `clear`: it would empty the whole Redis, which may
    be shared.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = {
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": TIMEOUT_SECONDS,
            "retry": Retry(NoBackoff(), 0),
            "serializer": JsonSerializer,
        }
        self._shared = RedisCache(location, {**params, "OPTIONS": options})
        self._own = LocMemCache(f"instead of {location}", params)
        self._away_until: float | None = None  # by the monotonic clock

    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return bool(self._ask("add", key, value, timeout=timeout, version=version))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask("get", key, default, version=version)

    def set(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._ask("set", key, value, timeout=timeout, version=version)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._ask("touch", key, timeout=timeout, version=version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._ask("delete", key, version=version))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return int(self._ask("incr", key, delta, version=version))

    # Internal

    def _ask(self, method: str, *args: Any, **kwargs: Any) -> Any:
        if self._may_try():
            try:
                answer = getattr(self._shared, method)(*args, **kwargs)
            except (redis.RedisError, OSError) as error:
                self._lose(error)
            else:
                self._find()
                return answer
        return getattr(self._own, method)(*args, **kwargs)

    def _may_try(self) -> bool:
        """While Redis is down, let one call try it after each pause; the others don't wait."""
        if self._away_until is None:
            return True
        now = time.monotonic()
        if now < self._away_until:
            return False
        self._away_until = now + PAUSE_SECONDS
        return True

    def _lose(self, error: Exception) -> None:
        if self._away_until is None:
            logger.warning("Redis is down (%s): rate limits count per process.", error)
        self._away_until = time.monotonic() + PAUSE_SECONDS

    def _find(self) -> None:
        if self._away_until is not None:
            self._away_until = None
            logger.warning("Redis is back: rate limits are shared again.")
