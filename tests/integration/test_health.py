"""The health checks that a supervisor polls."""

import threading
import time
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper as DatabaseWrapper
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from rooms.fanout import hub
from rooms.models import Installation
from rooms.views import health
from rooms.views.health import Part
from tests.processes import eventually, quickest
from tests.services import RedisServer


@pytest.fixture(autouse=True)
def forget_earlier_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    for part in (health._database, health._layer):
        monkeypatch.setattr(part, "_answer", None)


def test_the_process_is_alive_without_asking_the_database(
    visitor: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = visitor.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_ready_when_the_database_can_be_written(transactional_db: None, client: Client) -> None:
    epoch = Installation.current().epoch
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert Installation.current().epoch == epoch, "the check changes nothing"


def test_ready_reports_how_many_events_were_left_to_the_database(
    transactional_db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = SimpleNamespace(relay=SimpleNamespace(unsent=7))
    monkeypatch.setattr(hub, "_current", here)
    assert client.get("/readyz").content == b"ok\n7 events were left to the database.\n"


def test_not_ready_when_the_database_does_not_answer(
    transactional_db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise OperationalError("could not connect to host db password=hunter2")

    with monkeypatch.context() as patch:
        patch.setattr(DatabaseWrapper, "cursor", away)
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content == b"The database does not answer.\n"


@pytest.mark.redis
def test_with_redis_the_layer_must_answer_too(
    transactional_db: None, client: Client, settings: Settings, redis_server: RedisServer
) -> None:
    settings.REDIS_URL = redis_server.url
    assert client.get("/readyz").status_code == 200
    redis_server.kill()
    eventually(lambda: client.get("/readyz").status_code == 503)
    response = client.get("/readyz")
    assert response.content == b"The channel layer (Redis) does not answer.\n"
    redis_server.start()
    eventually(lambda: client.get("/readyz").status_code == 200)


def test_frequent_checks_cost_one_query() -> None:
    asked: list[float] = []

    def question() -> None:
        asked.append(time.monotonic())

    part = Part(question, "silent")
    for _ in range(100):
        assert part.ask()() is None
    assert len(asked) == 1


def test_a_hanging_part_is_given_up_and_not_asked_again() -> None:
    resumed, asked = threading.Event(), []

    def question() -> None:
        asked.append(True)
        resumed.wait(10)

    part = Part(question, "It does not answer.")
    begin = time.monotonic()
    assert part.ask()() == "It does not answer."
    assert time.monotonic() - begin < 6
    assert quickest(lambda: part.ask()()) < 0.2, "the second check doesn't wait again"
    assert part.ask()() == "It does not answer."
    assert len(asked) == 1
    resumed.set()
    eventually(lambda: part.ask()() is None)
