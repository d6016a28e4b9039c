"""One browser of each engine, and one server for both. A missing program skips its tests; with
CI=true it fails them."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.browser.site import Site
from tests.engines.drivers import Driver, firefox, webkit
from tests.engines.reader import Reader
from tests.site import PASSWORD, Visitor

HERE = Path(__file__).parent
ENGINES: dict[str, Callable[[Path], AbstractContextManager[Driver]]] = {
    "firefox": firefox,
    "webkit": webkit,
}
_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("engines-site"))
    site.clerk.make_person("first", "First")  # nobody can sign up on an empty site
    yield site
    site.close()


@pytest.fixture(scope="package", params=ENGINES)
def driver(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Driver]:
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as driver:
        yield driver


class Bob:
    """Someone elsewhere, who has only a socket."""

    username = "bob"

    def __init__(self, site: Site) -> None:
        self._address = site.address
        self._visitor = Visitor(site.address).signs_up(self.username)

    def posts(self, room: str, body: str) -> None:
        headers = self._visitor.headers
        url = self._address.replace("http", "ws", 1) + "/ws/"
        command = {"type": "message.post", "ref": "1", "room": room, "body": body, "nonce": body}
        with connect(url, additional_headers=headers, compression=None) as line:
            line.send(json.dumps(command))
            for said in map(json.loads, line):
                assert said["type"] != "error", said
                if said.get("ref") == "1":
                    return


@pytest.fixture(scope="package")
def bob(shared_site: Site) -> Bob:
    return Bob(shared_site)


@pytest.fixture(scope="package")
def logged_in(driver: Driver, shared_site: Site) -> str:
    """The username of the person who has logged in, by the form, in this browser."""
    username = f"alice_{type(driver).__name__.lower()}_{next(_numbers)}"  # a browser may start anew
    Visitor(shared_site.address).signs_up(username)
    alice = Reader(driver, shared_site.address)
    alice.goes_to("/accounts/login/")
    alice.fills(login=username, password=PASSWORD)
    alice.presses("Enter")
    alice.is_connected()
    return username


@pytest.fixture
def site(shared_site: Site) -> Site:
    if not shared_site.is_running:
        shared_site.start()
    return shared_site


@pytest.fixture
def alice(driver: Driver, site: Site, logged_in: str) -> Iterator[Reader]:
    yield Reader(driver, site.address)
    assert driver.complaints == []
    driver.complaints.clear()


@pytest.fixture
def room(site: Site, logged_in: str, bob: Bob) -> str:
    """A room of alice and bob with more messages than a screen shows, all of which she has read."""
    room = site.clerk.make_room(
        f"Lounge {next(_numbers)}", logged_in, [bob.username], topic="Tea", kind="public"
    )
    site.clerk.fill(room, logged_in, bob.username, count=121, days=3)
    site.clerk.has_read(room, logged_in, 121)
    return room
