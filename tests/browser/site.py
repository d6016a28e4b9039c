"""A site with a server process, its database and its visitors."""

import os
import shutil
import signal
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from tests.browser.clerk import Clerk
from tests.browser.person import Person, Trouble
from tests.processes import ServerProcess, free_port, running
from tests.site import fresh

CLEAN = dict.fromkeys(
    ["REDIS_URL", "DATABASE_URL", "DEBUG", "HOST", "CSRF_TRUSTED_ORIGINS", "SITE_URL"], ""
)
# What a console says of a server that is gone, or was killed in the middle of an answer.
AWAY = (
    "ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET|ERR_FAILED|ERR_CONTENT_LENGTH_MISMATCH"
    "|ERR_INCOMPLETE_CHUNKED|WebSocket (is|connection)|Failed to fetch"
)
_numbers = count(1)


def distinct() -> str:
    """A number that no other one begins with: whoever looks for bob0002 doesn't find bob0021."""
    return f"{next(_numbers):04}"


class Site:
    server: ServerProcess
    data: Path

    is_empty = False  # without the first account, which lets others sign up
    is_new = False  # without a database, too

    def __init__(self, data: Path, browser: Browser | None = None, **settings: str) -> None:
        if not self.is_new:
            shutil.copytree(fresh(empty=self.is_empty), data, dirs_exist_ok=True)
        self.data = data
        self._browser = browser
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.env = {
            **os.environ,
            **CLEAN,
            "CHATSITE_DATA": str(data),
            "RATE_LIMITS": "off",
            "PYTHONUNBUFFERED": "1",
            **settings,
        }
        self._stack = ExitStack()
        self._visits: dict[BrowserContext, Trouble] = {}
        self._regulars: dict[str, Person] = {}
        self.clerk = Clerk(self.env)
        self._stack.callback(self.clerk.leave)
        self.start()

    # -- the server --

    def start(self) -> None:
        command = ["manage.py", "serve", "--port", str(self.port)]
        server = running(*command, port=self.port, env=self.env, forked=True)
        self.server = self._stack.enter_context(server)
        self.server.wait_for_line(self.address)  # the port is taken before the tables are created

    @property
    def is_running(self) -> bool:
        return self.server.process.poll() is None

    def end_server(self, signum: int) -> None:
        self.server.signal(signum)
        self.server.wait()

    def kill(self) -> None:
        self.end_server(signal.SIGKILL)

    def close(self) -> None:
        self._stack.close()

    # -- visitors --

    @property
    def browser(self) -> Browser:
        assert self._browser, "whoever visits this site brings a browser of their own"
        return self._browser

    def visitor(self, username: str = "", **browser: object) -> Person:
        """Return a person with their own browser who isn't signed in."""
        settings = {
            "locale": "en-GB",
            "viewport": {"width": 1280, "height": 800},
            "service_workers": "block",  # each would cost its browser another process
            **browser,
        }
        context = self.browser.new_context(**settings)  # type: ignore[arg-type]
        trouble = Trouble(context)
        self._visits[context] = trouble
        return Person(context, self.address, username, trouble)

    def person(self, name: str, *, staff: bool = False, **browser: object) -> Person:
        """Return a signed-in person with a new account, whose username no other test shares."""
        username = f"{name.split()[0].lower()}{distinct()}"
        key = self.clerk.make_person(username, name, staff=staff)
        return self.lets_in(self.visitor(username, **browser), key)

    def lets_in(self, person: Person, key: str) -> Person:
        """Put the session with this key into their browser."""
        person.context.add_cookies([{"name": "sessionid", "value": key, "url": self.address}])
        return person

    def regular(self, name: str) -> Person:
        """Return a person shared by many tests: a browser that has the scripts already opens a room
        in half the time."""
        if name not in self._regulars:
            self._regulars[name] = self.person(name)
        known = self._regulars[name]
        return known if not known.page.is_closed() else known.another_tab()

    def room(
        self,
        owner: Person,
        *members: Person,
        name: str = "Lounge",
        topic: str = "Tea and talk",
        kind: str = "public",
    ) -> str:
        """Create a room; return its slug."""
        full_name = f"{name} {distinct()}"
        usernames = [member.username for member in members]
        return self.clerk.make_room(full_name, owner.username, usernames, topic=topic, kind=kind)

    def goodbye(self) -> list[str]:
        """Close everyone's browser, and the regulars' tabs; return what their consoles said."""
        regulars = {person.context for person in self._regulars.values()}
        said: list[str] = []
        for context, trouble in list(self._visits.items()):
            said += trouble
            trouble.forget()
            if context in regulars:
                for page in context.pages:
                    page.close()
            else:
                context.close()
                del self._visits[context]
        return said


class EmptySite(Site):
    """A site whose set-up link hasn't been opened yet."""

    is_empty = True


class NewSite(Site):
    """A folder in which nothing was ever started."""

    is_new = True
