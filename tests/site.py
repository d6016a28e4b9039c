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
OWNER = "site_owner"  # whose account makes it possible to sign up
FRESH = "CHATSITE_TEST_FRESH"  # names the folder of the run in which `fresh` makes its own
DEFAULTS = {
    "REDIS_URL": "", "DATABASE_URL": "", "DEBUG": "", "HOST": "", "CSRF_TRUSTED_ORIGINS": "",
    "SITE_URL": "", "SIGNUP": "", "RATE_LIMITS": "off", "PYTHONUNBUFFERED": "1",
}  # fmt: skip


class Site:
    """One `manage.py serve` on a port of its own."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.address = f"http://127.0.0.1:{server.port}"

    def visitor(self) -> "Visitor":
        return Visitor(self.address)


@functools.cache
def fresh(*, empty: bool = False) -> Path:
    """A data folder after its first start, to copy: collecting and migrating takes seconds. It has
    the owner's account, so that others can sign up, unless it is to be empty. The processes that
    share the tests share it, too."""
    folder = Path(os.environ[FRESH])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
        if not (folder / "data").exists():
            _start_once(folder / "first")
            shutil.copytree(folder / "first", folder / "empty")
            _start_once(folder / "first", opened=True)
            (folder / "first").rename(folder / "data")
    return folder / ("empty" if empty else "data")


def _start_once(data: Path, *, opened: bool = False) -> None:
    port = free_port()
    env = {**DEFAULTS, "CHATSITE_DATA": str(data)}
    with running("manage.py", "serve", "--port", str(port), port=port, env=env) as server:
        assert server.get("/healthz").status == 200, server.output
        if opened:
            open_site(server)


def open_site(server: ServerProcess) -> None:
    """Make the owner's account on a site that has none, through the link that it printed."""
    link = server.wait_for_line("/setup/?token=")
    page = link[link.index("/setup/") :]
    fields = {"username": OWNER, "password1": PASSWORD, "password2": PASSWORD}
    token = page.partition("token=")[2]
    Visitor(f"http://127.0.0.1:{server.port}").post("/setup/", page=page, token=token, **fields)


@contextmanager
def serving(
    data: Path,
    *arguments: str,
    port: int = 0,
    empty: bool = False,
    env: dict[str, str] | None = None,
) -> Iterator[Site]:
    """Serve the site of a data folder, with the owner's account unless it is to be `empty`; `env`
    are settings beside those of every test."""
    if not data.exists() or not any(data.iterdir()):
        shutil.copytree(fresh(empty=empty), data, dirs_exist_ok=True)
    port = port or free_port()
    command = ["manage.py", "serve", "--port", str(port), *arguments]
    settings = {**DEFAULTS, "CHATSITE_DATA": str(data), **(env or {})}
    with running(*command, port=port, env=settings) as server:
        if settings["DATABASE_URL"] and not empty and _has_nobody(server):
            open_site(server)
        yield Site(server)


def _has_nobody(server: ServerProcess) -> bool:
    return b"set-up link" in server.get("/accounts/login/").body


class Visitor:
    """A browser without a screen: cookies and forms."""

    def __init__(self, address: str, cookies: CookieJar | None = None) -> None:
        self.address = address
        self.cookies = CookieJar() if cookies is None else cookies
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
