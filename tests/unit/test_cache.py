"""The shared cache, with a real Redis that comes and goes."""

import signal
import time

import pytest
from django.core.cache.backends.locmem import LocMemCache

from chatsite import cache
from chatsite.cache import SharedCache
from tests.processes import quickest
from tests.services import RedisServer

pytestmark = pytest.mark.redis


def caches(server: RedisServer) -> tuple[SharedCache, SharedCache]:
    """One cache client for each of two processes."""
    one, two = (SharedCache(server.url, {"KEY_PREFIX": "chatsite"}) for _ in range(2))
    two._own = LocMemCache("the other process", {})
    return one, two


def test_processes_share_cached_values(redis_server: RedisServer) -> None:
    one, two = caches(redis_server)
    one.set("times", [1.5, 2.5], timeout=60)
    assert two.get("times") == [1.5, 2.5]
    assert one.add("lock", True, timeout=60)
    assert not two.add("lock", True, timeout=60)
    assert two.delete("lock")
    assert one.get("lock", "gone") == "gone"
    one.set("count", 1)
    assert two.incr("count") == 2
    assert two.touch("count", 60)
    assert two.get_many(["times", "count"]) == {"times": [1.5, 2.5], "count": 2}


def test_the_cache_holds_data_and_no_code(redis_server: RedisServer) -> None:
    one, _ = caches(redis_server)
    with pytest.raises(TypeError):
        one.set("code", test_the_cache_holds_data_and_no_code)


def test_without_redis_each_process_caches_alone_and_afterwards_they_share_again(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "PAUSE_SECONDS", 0.3)
    one, two = caches(redis_server)
    one.set("key", 1)
    redis_server.kill()
    assert one.get("key") is None
    one.set("key", 2)
    assert one.get("key") == 2
    assert two.get("key") is None
    redis_server.start()
    deadline = time.monotonic() + 5
    while two.get("key") != 3:
        one.set("key", 3)
        assert time.monotonic() < deadline
        time.sleep(0.02)  # poll until the deadline


def test_a_frozen_redis_delays_only_one_lookup(redis_server: RedisServer) -> None:
    one, _ = caches(redis_server)
    one.set("key", 1)
    redis_server.process.send_signal(signal.SIGSTOP)
    try:
        begin = time.monotonic()
        one.get("key")
        assert time.monotonic() - begin < 6
        assert quickest(lambda: one.get("key")) < cache.TIMEOUT_SECONDS / 2
    finally:
        redis_server.process.send_signal(signal.SIGCONT)
