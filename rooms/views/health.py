"""What a supervisor asks: is the process alive, and can it do its work?"""

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

from rooms import db, hub
from rooms.models import Installation

logger = logging.getLogger(__name__)

REMEMBER_SECONDS = 1.0  # so that asking often costs nothing
PATIENCE_SECONDS = 1.8  # for both parts together, as they are asked at once
# Less, so that a part can say itself what it waits for.
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
    """503 and the reason, without details: those are in the log. When it is ready, also how many
    events this process could not hand to the others, which found them in the database."""
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
    """A part that the site can't do without, asked in a thread of its own: one that hangs holds
    this thread, and nobody who asks."""

    def __init__(self, question: Callable[[], str | None], silent: str) -> None:
        """`question` returns what is wrong, if anything; `silent` is said of no answer."""
        self._question = question
        self._silent = silent
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="readyz")
        self._lock = threading.Lock()
        self._asked_at = 0.0  # of the monotonic clock
        self._answer: Future[str | None] | None = None

    def ask(self) -> Callable[[], str | None]:
        """Ask, unless it was asked just now or hasn't answered yet. Returns what waits for it."""
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
    """Whether it can be written, which a database that is full or read-only can't; with a
    connection of its own, as that must be possible too."""
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
        reason = db.trouble(error) or db.AWAY
        db.drop_dead_connections(reason)
        return reason
    finally:
        connections.close_all()
    return None


def _write_and_restore() -> None:
    """SQLite writes nothing for an update that changes nothing, so this one changes it and back."""
    rows = Installation.objects.filter(pk=Installation.current().pk)
    installation = rows.select_for_update().get()
    rows.update(epoch="")
    rows.update(epoch=installation.epoch)


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _layer_trouble() -> str | None:
    """Asks Redis itself: a channel opened for the question would never be closed."""
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


_database = Part(_database_trouble, db.AWAY)
_layer = Part(_layer_trouble, LAYER_AWAY)
