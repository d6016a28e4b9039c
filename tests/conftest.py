"""Who is who: alice owns the room, bob is a member, charlie has an account but is outside, mallory
is banned from it."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import translation
from pytest_django import Settings

from rooms import broadcast, ratelimit
from rooms.actions.pages import recent_pages
from rooms.envelopes import Envelope
from rooms.models import Room, User
from tests import factories
from tests.services import postgres_server, redis_server  # noqa: F401  fixtures
from tests.site import FRESH


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults", "the fault suite, tests/faults")
    group.addoption(
        "--fault-seconds", type=float, default=10, help="how long the random mix of faults lasts"
    )
    group.addoption(
        "--fault-seed",
        type=int,
        default=secrets.randbelow(10**6),
        help="repeats the choices of a run that printed this seed",
    )


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="chatsite-fresh-")
        os.environ[FRESH] = folder  # the workers inherit it
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


Measure = Callable[[str], None]
MEASURED = "measured"


@pytest.fixture
def measure(record_property: Callable[[str, object], None]) -> Measure:
    """Tells at the end of the run what was measured: times are told, seldom asserted."""
    return lambda words: record_property(MEASURED, words)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    told = [
        str(words)
        for report in reports
        for name, words in getattr(report, "user_properties", ())
        if name == MEASURED and report.when == "call"
    ]
    if told:
        terminalreporter.section("measured")
        terminalreporter.write_line("\n".join(told))


def pytest_report_header(config: pytest.Config) -> str:
    return f"fault seed: {config.getoption('fault_seed')}"


@pytest.fixture(scope="session", autouse=True)
def _test_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Static files by their plain names, uploads in a folder of their own, a hasher that costs
    nothing."""
    media: Path = tmp_path_factory.mktemp("media")
    with override_settings(
        SITE_URL="http://testserver",
        MEDIA_ROOT=media,
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
    ):
        yield


@pytest.fixture(autouse=True)
def _fresh() -> None:
    """No test inherits what another has used up, read, or spoken; the limits themselves are on."""
    translation.deactivate()
    ratelimit.reset()
    recent_pages.clear()
    cache.clear()


@pytest.fixture
def no_limits(settings: Settings) -> None:
    """Lifts every limit on rates, for tests that do more than a person would."""
    settings.RATE_LIMITS = False
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def alice(db: None) -> User:
    return factories.make_user("alice", display_name="Alice Adams")


@pytest.fixture
def bob(db: None) -> User:
    return factories.make_user("bob", display_name="Bob")


@pytest.fixture
def charlie(db: None) -> User:
    return factories.make_user("charlie")


@pytest.fixture
def mallory(db: None) -> User:
    return factories.make_user("mallory")


@pytest.fixture
def staff(db: None) -> User:
    return factories.make_user("staff_person", is_staff=True, is_superuser=True)


@pytest.fixture
def room(alice: User, bob: User, mallory: User) -> Room:
    """Public. alice owns it, bob is a member, mallory is banned; charlie may look in and join."""
    room = factories.make_room("Lounge", owner=alice, topic="Tea and talk", members=[bob])
    factories.ban(mallory, room=room, by=alice, reason="Spam.")
    return room


@pytest.fixture
def private_room(alice: User, bob: User, mallory: User) -> Room:
    """Private, with the same people: charlie must not learn that it exists."""
    room = factories.make_room(
        "Back office", owner=alice, kind=Room.Kind.PRIVATE, topic="Plans", members=[bob]
    )
    factories.ban(mallory, room=room, by=alice, reason="Spam.")
    return room


def signed_in(user: User) -> Client:
    """A browser that this person has signed in with."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_alice(alice: User) -> Client:
    return signed_in(alice)


@pytest.fixture
def as_bob(bob: User) -> Client:
    return signed_in(bob)


@pytest.fixture
def as_charlie(charlie: User) -> Client:
    return signed_in(charlie)


@pytest.fixture
def as_mallory(mallory: User) -> Client:
    return signed_in(mallory)


@pytest.fixture
def as_staff(staff: User) -> Client:
    return signed_in(staff)


@pytest.fixture
def visitor(db: None) -> Client:
    """A browser in which nobody has signed in."""
    return Client()


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[Envelope]:
    """What operations send out. What waits for a commit comes only under
    `django_capture_on_commit_callbacks(execute=True)`."""
    sent: list[Envelope] = []

    def publish(envelopes: Sequence[Envelope]) -> None:
        sent.extend(envelopes)

    monkeypatch.setattr(broadcast, "_publish", publish)
    return sent
