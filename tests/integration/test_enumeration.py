"""Nobody can find out who has an account: known and unknown names get the same answer in the same
time."""

import re
import time
from collections.abc import Callable
from math import erfc, sqrt

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from rooms.forms.accounts import ResetPasswordForm
from rooms.models import User
from tests.conftest import Measure
from tests.factories import confirm, make_user
from tests.mail import delivered

pytestmark = pytest.mark.thorough

ROUNDS = 40
# By chance one comparison in a million falls below; an answer without a hash scores 1e-12.
UNLIKELY = 1e-6


class Quick(PBKDF2PasswordHasher):
    """A hasher that takes 5 ms: far more than anything else that differs, and quick enough for
    forty runs."""

    iterations = 15_000


def mann_whitney(first: list[float], second: list[float]) -> float:
    """Return the probability that samples this far apart come from one distribution (no ties)."""
    both = sorted([(one, True) for one in first] + [(one, False) for one in second])
    ranks = sum(rank for rank, (_, is_first) in enumerate(both, start=1) if is_first)
    n, m = len(first), len(second)
    u = ranks - n * (n + 1) / 2
    z = (u - n * m / 2) / sqrt(n * m * (n + m + 1) / 12)
    return erfc(abs(z) / sqrt(2))


def timed(
    ask: Callable[[str], object],
    known: str,
    unknown: str,
    clock: Callable[[], float] = time.thread_time,
) -> tuple[float, float]:
    """Return how alike the times are, and by how many ms the known name's median is longer."""
    times: dict[str, list[float]] = {known: [], unknown: []}
    for name in (known, unknown):
        ask(name)
    for _ in range(ROUNDS):
        for name, taken in times.items():
            # Alternating, and counting only this thread's time unless it waits, so that other load
            # on the machine doesn't matter.
            start = clock()
            ask(name)
            taken.append(clock() - start)
    middle = [sorted(taken)[ROUNDS // 2] for taken in times.values()]
    return mann_whitney(times[known], times[unknown]), (middle[0] - middle[1]) * 1000


@pytest.fixture
def hashing(settings: Settings, no_limits: None) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Quick"]


def log_in(login: str) -> None:
    Client().post(reverse("account_login"), {"login": login, "password": "wrong"})


def reset(address: str) -> None:
    Client().post(reverse("account_reset_password"), {"email": address})


@pytest.mark.usefixtures("hashing")
def test_a_log_in_takes_as_long_for_an_unknown_name(db: None, measure: Measure) -> None:
    confirm(make_user("erin", email="erin@example.com"))
    make_user("frank", email="frank@example.com")
    unusable = make_user("oidc_only")
    unusable.set_unusable_password()
    unusable.save()
    for known, unknown in (
        ("erin", "nemo"),
        ("erin@example.com", "nemo@example.com"),
        ("frank@example.com", "nemo@example.com"),
        ("oidc_only", "nemo"),
    ):
        alike, apart = timed(log_in, known, unknown)
        measure(f"log-in as {known} or {unknown}: p = {alike:.3f}, {apart:+.2f} ms")
        # Or too close to tell apart over a network: the queries differ, and the machine is busy.
        assert alike > UNLIKELY or abs(apart) < 1.5


@pytest.mark.usefixtures("no_limits")
def test_a_reset_takes_as_long_for_an_unknown_address(
    db: None, monkeypatch: pytest.MonkeyPatch, measure: Measure
) -> None:
    monkeypatch.setattr(ResetPasswordForm, "seconds", 0.06)
    make_user("erin", email="erin@example.com")
    alike, apart = timed(reset, "erin@example.com", "nemo@example.com", clock=time.perf_counter)
    measure(f"reset of a known or unknown address: p = {alike:.3f}, {apart:+.2f} ms")
    assert alike > UNLIKELY or abs(apart) < 5


def test_the_measure_notices_an_answer_without_a_hash(
    db: None, hashing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "allauth.account.auth_backends.AuthenticationBackend._mitigate_timing_attack",
        lambda self, password: None,
    )
    make_user("erin")
    alike, apart = timed(log_in, "erin", "nemo")
    assert alike <= UNLIKELY
    assert apart >= 1.5


def test_a_reset_says_and_sends_as_much_for_an_unknown_address(no_limits: None, db: None) -> None:
    make_user("erin", email="erin@example.com")
    pages = []
    for address in ("erin@example.com", "nemo@example.com"):
        page = Client().post(reverse("account_reset_password"), {"email": address}, follow=True)
        pages.append(re.sub(r'value="[^"]{64}"', "", page.content.decode()))
    assert pages[0] == pages[1]
    # One mail each, sent later by a job, so neither response comes sooner.
    assert len(delivered()) == 2


@pytest.mark.parametrize("sign_up", [True, False])
def test_strangers_forms_are_limited_by_address(visitor: Client, bob: User, sign_up: bool) -> None:
    """The form has to say that a username is taken, so it says so only twenty times a minute."""
    name, fields = "account_reset_password", {"email": "nemo{}@example.com"}
    if sign_up:
        name, fields = "account_signup", {"username": "bob", "password1": "x", "password2": "y"}
    codes = [
        visitor.post(reverse(name), {key: value.format(n) for key, value in fields.items()})
        for n in range(21)
    ]
    assert [answer.status_code for answer in codes][-1] == 429
    assert {answer.status_code for answer in codes[:-1]} <= {200, 302}
    assert not get_user(visitor).is_authenticated
    elsewhere = Client(REMOTE_ADDR="203.0.113.77").post(reverse(name), fields)
    assert elsewhere.status_code != 429
