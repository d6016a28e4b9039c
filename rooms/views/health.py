"""Health checks for supervisors: is the process alive, and can it do its work?"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from rooms.fanout import hub
from rooms.models import Installation
from rooms.storage.failures import AWAY, trouble
from rooms.storage.threads import drop_dead_connections

logger = logging.getLogger(__name__)

REMEMBER_SECONDS = 1.0  # so that frequent checks cost nothing
PATIENCE_SECONDS = 1.8  # for both parts together: they are asked in parallel
# Shorter, so that a part can report for itself what it is waiting for.
TIMEOUT_SECONDS = 1.2
LOCK_SECONDS = 1.0
LAYER_AWAY = "The channel layer (Redis) does not answer."


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """503 with the reasons (details are in the log), or 200 with the number of events that this
    process couldn't pass on to the others, which read them from the database instead."""
    parts = [_database, _layer] if settings.REDIS_URL else [_database]
    asked = [part.ask() for part in parts]
    reasons = [reason for answer in asked if (reason := answer())]
    text = "\n".join(reasons or ["ok", *_unsent()]) + "\n"
    return HttpResponse(text, content_type="text/plain", status=503 if reasons else 200)


def _unsent() -> list[str]:
    here = hub.current()
    count = here.relay.unsent if here is not None else 0
    return [f"{count} events were left to the database."] if count else []


class Part:
    """A part that the site depends on, checked in a thread of its own: if it hangs, it blocks that
    thread and no request."""

    def __init__(self, question: Callable[[], str | None], silent: str) -> None:
        """`question` returns what is wrong, if anything; `silent` is reported if it hangs."""
        self._question = question
        self._silent = silent
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="readyz")
        self._lock = threading.Lock()
        self._asked_at = 0.0  # by the monotonic clock
        self._answer: Future[str | None] | None = None

    def ask(self) -> Callable[[], str | None]:
        """Start a check unless a recent or pending one will do. Return a function that waits for
        the answer."""
        now = time.monotonic()
        with self._lock:
            answer, since = self._answer, self._asked_at
            if answer is None or (answer.done() and now - since > REMEMBER_SECONDS):
                answer = self._answer = self._thread.submit(self._question)
                since = self._asked_at = now
        return lambda: self._wait(answer, since + PATIENCE_SECONDS)

    def _wait(self, answer: "Future[str | None]", until: float) -> str | None:
        try:
            return answer.result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            return self._silent


def _database_trouble() -> str | None:
    """Check that the database can be written, which a full or read-only one can't. The connection
    is a new one, since connecting must work, too."""
    try:
        if connection.vendor == "sqlite":
            _run(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000:.0f}")
        with transaction.atomic():
            if connection.vendor == "postgresql":
                _run(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
                _run(f"SET LOCAL statement_timeout = '{TIMEOUT_SECONDS}s'")
            _write_and_restore()
    except (DatabaseError, InterfaceError) as error:
        logger.warning("The site is not ready.", exc_info=True)
        reason = trouble(error) or AWAY
        drop_dead_connections(reason)
        return reason
    finally:
        connections.close_all()
    return None


def _write_and_restore() -> None:
    """Change a row and change it back: SQLite skips updates that change nothing."""
    rows = Installation.objects.filter(pk=Installation.current().pk)
    installation = rows.select_for_update().get()
    rows.update(epoch="")
    rows.update(epoch=installation.epoch)


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _layer_trouble() -> str | None:
    """Ask Redis directly: a channel opened for this check would never be closed."""
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        logger.warning("The channel layer does not answer: %s", error)
        return LAYER_AWAY
    finally:
        client.close()
    return None


_database = Part(_database_trouble, AWAY)
_layer = Part(_layer_trouble, LAYER_AWAY)
