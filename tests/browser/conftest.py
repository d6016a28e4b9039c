"""One Chromium and one server for all of these tests, and another server for tests that stop it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.axe import Inspector, inspecting
from tests.browser.person import Person
from tests.browser.site import EmptySite, Site
from tests.services import chromium_program, need

HERE = Path(__file__).parent
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--log-level=3",
    "--use-fake-device-for-media-stream",  # a microphone that beeps,
    "--use-fake-ui-for-media-stream",  # and that pages may use
]
PATIENCE = 10_000  # ms to wait for something that must be seen


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


# Scoped to the package and not to the session: while Playwright's event loop exists, the
# asynchronous tests of other packages can't have their own.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    program = need("Chromium", chromium_program())
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def shared_site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("shared-site"), chromium)
    yield site
    site.close()


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    """The shared site. At the end, nobody's console may hold an error."""
    yield from _visited(shared_site)


@pytest.fixture(scope="package")
def shared_mortal_site(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("mortal-site"), chromium)
    yield site
    site.close()


@pytest.fixture
def mortal_site(shared_mortal_site: Site) -> Iterator[Site]:
    """A site whose server a test may stop; it is started again for the next one."""
    if not shared_mortal_site.is_running:
        shared_mortal_site.start()
    yield from _visited(shared_mortal_site)


@pytest.fixture
def own_site(chromium: Browser, tmp_path: Path) -> Iterator[Site]:
    """A new site, for a test that needs it empty. It takes a second to start."""
    site = EmptySite(tmp_path, chromium)
    try:
        yield from _visited(site)
    finally:
        site.close()


def _visited(site: Site) -> Iterator[Site]:
    yield site
    assert site.goodbye() == []


@pytest.fixture
def alice(site: Site) -> Person:
    return site.regular("Alice Adams")


@pytest.fixture
def bob(site: Site) -> Person:
    return site.regular("Bob Brown")


@pytest.fixture
def room(site: Site, alice: Person, bob: Person) -> str:
    """The slug of a public room that alice owns and bob has joined."""
    return site.room(alice, bob)


@pytest.fixture
def inspector() -> Iterator[Inspector]:
    """Checks pages with axe. At the end, it must have found nothing."""
    yield from inspecting(set())
