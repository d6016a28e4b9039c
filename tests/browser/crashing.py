"""Tabs and browsers that end without warning the page."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import BrowserContext, Error

from tests.browser.conftest import QUIET
from tests.browser.person import Person, Trouble
from tests.browser.site import Site
from tests.services import chromium_program, need


def crash(person: Person) -> None:
    """Kill the tab's process."""
    with person.page.expect_event("crash"), suppress(Error):
        person.page.goto("chrome://crash")


class Home:
    """A browser that keeps its data on disk, like anyone's at home."""

    def __init__(self, site: Site, username: str, folder: Path) -> None:
        self._site = site
        self._username = username
        self._folder = folder

    @contextmanager
    def browser(self, *scripts: str) -> Iterator[Person]:
        """Yield its owner, signed in. `scripts` run in each page before its own."""
        site = self._site
        program = need("Chromium", chromium_program())
        context: BrowserContext = site.browser.browser_type.launch_persistent_context(
            self._folder, executable_path=program, args=QUIET
        )
        key = site.clerk.session(self._username)
        context.add_cookies([{"name": "sessionid", "value": key, "url": site.address}])
        for script in scripts:
            context.add_init_script(script)
        yield Person(context, site.address, self._username, Trouble(context))
        with suppress(Error):  # of a killed browser
            context.close()

    def kill(self) -> None:
        """Kill all of its processes at once, as in a power failure."""
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _processes(self) -> list[int]:
        mine = f"--user-data-dir={self._folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and mine in (entry / "cmdline").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return found
