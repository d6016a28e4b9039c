"""The whole site in a process of its own, and visitors who know only its pages and its socket."""

import fcntl
import functools
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.chat_client import ChatClient, Network
from tests.processes import ServerProcess, free_port, running

PASSWORD = "violet-tandem-42"
FRESH = "CHATSITE_TEST_FRESH"  # names the folder of the run in which `fresh` makes its own
DEFAULTS = {
    "REDIS_URL": "", "DATABASE_URL": "", "DEBUG": "", "HOST": "", "CSRF_TRUSTED_ORIGINS": "",
    "SIGNUP": "", "RATE_LIMITS": "off", "PYTHONUNBUFFERED": "1",
}  # fmt: skip


class Site:
    """One `manage.py serve` on a port of its own."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.address = f"http://127.0.0.1:{server.port}"

    def visitor(self) -> "Visitor":
        return Visitor(self.address)


@functools.cache
def fresh() -> Path:
    """A data folder after its first start, to copy: collecting and migrating takes seconds. The
    processes that share the tests share it, too."""
    folder = Path(os.environ[FRESH])
    data = folder / "data"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
        if not data.exists():
            _start_once(folder / "first")
            (folder / "first").rename(data)
    return data


def _start_once(data: Path) -> None:
    port = free_port()
    env = {**DEFAULTS, "CHATSITE_DATA": str(data)}
    with running("manage.py", "serve", "--port", str(port), port=port, env=env) as server:
        assert server.get("/healthz").status == 200, server.output


@contextmanager
def serving(
    data: Path, *arguments: str, port: int = 0, env: dict[str, str] | None = None
) -> Iterator[Site]:
    """Serve the site of a data folder; `env` are settings beside those of every test."""
    if not data.exists() or not any(data.iterdir()):
        shutil.copytree(fresh(), data, dirs_exist_ok=True)
    port = port or free_port()
    command = ["manage.py", "serve", "--port", str(port), *arguments]
    settings = {**DEFAULTS, "CHATSITE_DATA": str(data), **(env or {})}
    with running(*command, port=port, env=settings) as server:
        yield Site(server)


class Visitor:
    """A browser without a screen: cookies and forms."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies = CookieJar()
        self._browser = build_opener(HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> str:
        page: bytes = self._browser.open(self.address + path, timeout=20).read()
        return page.decode()

    def post(self, path: str, *, page: str = "", **fields: str) -> str:
        """Submit a form; `page` is the page that it is on, when that isn't where it goes to."""
        found = re.search('name="csrfmiddlewaretoken" value="(.+?)"', self.get(page or path))
        assert found, f"{page or path} has no form"
        form = urlencode({**fields, "csrfmiddlewaretoken": found[1]}).encode()
        request = Request(self.address + path, form, {"Referer": self.address})  # noqa: S310
        answer: bytes = self._browser.open(request, timeout=20).read()
        return answer.decode()

    def signs_up(self, username: str) -> "Visitor":
        self.post("/accounts/signup/", username=username, password1=PASSWORD, password2=PASSWORD)
        return self

    def logs_in(self, username: str, password: str = PASSWORD) -> "Visitor":
        self.post("/accounts/login/", login=username, password=password)
        return self

    @property
    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)
        return {"Cookie": cookies, "Origin": self.address}

    async def connects(self, *, room: str | None = None, to: str | None = None) -> ChatClient:
        """A tab; with `to`, on another worker of the same site."""
        address = to or self.address
        url = address.replace("http", "ws", 1) + "/ws/"
        headers = {**self.headers, "Origin": address}
        client = await ChatClient(await Network.open(url, headers)).arrives()
        if room is not None:
            await client.opens(room)
        return client
