"""The cast: alice owns the room, bob is a member, charlie has an account but hasn't joined, mallory
is banned."""

import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pytest_django import DjangoDbBlocker, Settings

from rooms import broadcast, ratelimit
from rooms.actions.messages.history import recent_pages
from rooms.fanout.envelopes import Envelope
from rooms.models import Room, User
from rooms.queries import custom_emoji, site
from tests import factories, order
from tests.budget import Budget
from tests.database import Flush, migrated_once
from tests.reach import starts_servers
from tests.run_folder import RUN_FOLDER
from tests.services import postgres_server, redis_server  # noqa: F401  fixtures


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults", "the fault suite, tests/faults")
    group.addoption(
        "--fault-seconds", type=float, default=10, help="how long the random mix of faults lasts"
    )
    group.addoption(
        "--fault-jobs", type=int, default=100, help="how many jobs a kill meets (default: 100)"
    )
    group.addoption("--fault-kills", type=int, default=3, help="how many kills they meet")
    group.addoption(
        "--fault-seed",
        type=int,
        default=secrets.randbelow(10**6),
        help="repeats the choices of a run that printed this seed",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Budget(), "budget")
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="chatsite-run-")
        os.environ[RUN_FOLDER] = folder  # the workers inherit it
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.hookimpl(tryfirst=True)  # before `-m` looks for marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if starts_servers(item):
            item.add_marker(pytest.mark.server)
    if hasattr(config, "workerinput"):
        order.sort(items)


def pytest_collection_finish() -> None:
    gc.freeze()  # the garbage collector needn't look at six thousand tests again and again


Measure = Callable[[str], None]
MEASURED = "measured"


@pytest.fixture
def measure(record_property: Callable[[str, object], None]) -> Measure:
    """Report a measurement at the end of the run: times are reported, and seldom asserted."""
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
    """Static files under plain names, a folder for uploads, and a hasher that costs nothing."""
    media: Path = tmp_path_factory.mktemp("media")
    files: Path = tmp_path_factory.mktemp("files")
    site.FRESH_SECONDS = float("inf")
    with override_settings(
        SITE_URL="http://testserver",
        JOBS_APART=False,  # the other process would have another database
        MEDIA_ROOT=media,
        FILES_DIR=files,
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
    ):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    with migrated_once():
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """As pytest-django has it, with a quicker flush."""
    with django_db_blocker.unblock():
        flush = Flush()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: flush(case))
        yield


@pytest.fixture(autouse=True)
def _fresh() -> None:
    """No test inherits another's language, caches or used-up rate limits. The limits are on."""
    translation.deactivate()
    timezone.deactivate()
    ratelimit.reset()
    recent_pages.clear()
    custom_emoji.forget()
    cache.clear()
    # As after reading a new site, so that no page has to. Operations make it read again.
    site.learn(site.UNSET)


@pytest.fixture
def nothing_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a process knows for a moment, however slow the machine: for tests that count
    statements."""
    monkeypatch.setattr(site, "FRESH_SECONDS", 3600)
    for recent in (custom_emoji._revisions, recent_pages):
        monkeypatch.setattr(recent, "seconds", 3600)


@pytest.fixture
def django_assert_num_queries() -> Callable[[int], AbstractContextManager[CaptureQueriesContext]]:
    """Counts statements, and says which there were if the number is wrong."""

    @contextmanager
    def counted(number: int) -> Iterator[CaptureQueriesContext]:
        with CaptureQueriesContext(connection) as found:
            yield found
        assert len(found) == number, "\n".join(one["sql"] for one in found.captured_queries)

    return counted


@pytest.fixture
def no_limits(settings: Settings) -> None:
    """Lift every rate limit, for tests that do more than a person would."""
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
    """A public room. alice owns it, bob has joined, mallory is banned, charlie may read or join."""
    room = factories.make_room("Lounge", owner=alice, topic="Tea and talk", members=[bob])
    factories.ban(mallory, room=room, by=alice, reason="Spam.")
    return room


@pytest.fixture
def private_room(alice: User, bob: User, mallory: User) -> Room:
    """A private room with the same people: charlie must not learn that it exists."""
    room = factories.make_room(
        "Back office", owner=alice, kind=Room.Kind.PRIVATE, topic="Plans", members=[bob]
    )
    factories.ban(mallory, room=room, by=alice, reason="Spam.")
    return room


def signed_in(user: User) -> Client:
    """A browser in which this person is signed in."""
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
    """A browser in which nobody is signed in."""
    return Client()


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[Envelope]:
    """The envelopes that operations publish. Those that wait for a commit appear only under
    `django_capture_on_commit_callbacks(execute=True)`."""
    sent: list[Envelope] = []

    def publish(envelopes: Sequence[Envelope]) -> None:
        sent.extend(envelopes)

    monkeypatch.setattr(broadcast, "_publish", publish)
    return sent
