"""What a supervisor is told."""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.services import RedisServer


def test_the_process_is_alive_without_asking_the_database(
    visitor: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = visitor.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_ready_when_the_database_answers(
    visitor: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        response = visitor.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_not_ready_when_it_does_not(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("could not connect to host db password=hunter2")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        response = visitor.get("/readyz")
    assert response.status_code == 503
    assert response.content == b"The database does not answer.\n"


@pytest.mark.redis
def test_with_redis_the_layer_must_answer_too(
    visitor: Client, settings: Settings, redis_server: RedisServer
) -> None:
    settings.REDIS_URL = redis_server.url
    assert visitor.get("/readyz").status_code == 200
    redis_server.kill()
    response = visitor.get("/readyz")
    assert response.status_code == 503
    assert response.content == b"The channel layer (Redis) does not answer.\n"
