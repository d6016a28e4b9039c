"""What a supervisor asks: is the process alive, and can it do its work?"""

import logging

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 1.0


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """503 and the reason, without details: those are in the log."""
    reasons = []
    if not _database_answers():
        reasons.append("The database does not answer.")
    if settings.REDIS_URL and not _layer_answers():
        reasons.append("The channel layer (Redis) does not answer.")
    text = "\n".join(reasons or ["ok"]) + "\n"
    return HttpResponse(text, content_type="text/plain", status=503 if reasons else 200)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        logger.warning("The database does not answer.", exc_info=True)
        return False


def _layer_answers() -> bool:
    """Asks Redis itself: a channel opened for the question would never be closed."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        logger.warning("The channel layer does not answer.", exc_info=True)
        return False
    finally:
        client.close()
