"""Token buckets, without a clock."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from rooms import ratelimit
from rooms.errors import RateLimited
from tests.processes import ROOT


def test_a_burst_passes_and_the_next_one_waits_for_its_token() -> None:
    bucket = ratelimit.Bucket(burst=3, seconds=6, tokens=3, at=0)
    assert [bucket.take(0) for _ in range(3)] == [0, 0, 0]
    assert bucket.take(0) == pytest.approx(2)
    assert bucket.take(1) == pytest.approx(1)
    assert bucket.take(2) == 0
    assert not bucket.full(2)
    assert bucket.full(9)


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = ratelimit.Bucket(burst=2, seconds=2, tokens=2, at=0)
    assert [bucket.take(1000) == 0 for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    ("limit", "parsed"), [("20/10s", (20, 10)), ("10/h", (10, 3600)), ("5/2m", (5, 120))]
)
def test_limits_are_parsed_from_strings(limit: str, parsed: tuple[float, float]) -> None:
    assert ratelimit.parse(limit) == parsed


def test_every_key_has_its_own_bucket_and_the_refusal_tells_the_wait(settings: Any) -> None:
    settings.LIMITS = {"knock": "1/10s"}
    ratelimit.consume("knock", 1)
    ratelimit.consume("knock", 2)
    with pytest.raises(RateLimited) as refusal:
        ratelimit.consume("knock", 1)
    assert refusal.value.retry_after == pytest.approx(10, abs=0.5)
    assert "10 s" in refusal.value.detail


def test_limits_can_be_lifted_for_measuring(settings: Any) -> None:
    settings.LIMITS = {"knock": "1/10s"}
    settings.RATE_LIMITS = False
    for _ in range(5):
        ratelimit.consume("knock", 1)


def test_full_buckets_are_swept(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LIMITS = {"knock": "1000000/1s"}
    monkeypatch.setattr(ratelimit, "SWEEP_AT", 10)
    for key in range(100):
        ratelimit.consume("knock", key)
    assert len(ratelimit._buckets) <= 11


def test_every_limit_is_consumed_and_every_consumed_limit_is_defined() -> None:
    """A limit that nothing enforces is a broken promise."""
    sources = (path.read_text() for path in (ROOT / "rooms").rglob("*.py"))
    calls = re.compile(r"\b\w*(?:consume|bucket)\w*\(\s*\"([\w.]+)\"", re.IGNORECASE)
    consumed = {name for source in sources for name in calls.findall(source)}
    assert consumed == {*settings.LIMITS}
    assert all(ratelimit.parse(limit) for limit in settings.LIMITS.values())


def test_looking_people_up_is_limited(as_bob: Client, settings: Settings) -> None:
    settings.LIMITS = {**settings.LIMITS, "people": "3/h"}
    answers = [as_bob.get(reverse("people"), {"q": "b"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["error"]["code"] == "rate_limited"
