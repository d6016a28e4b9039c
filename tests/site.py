"""The whole site in its own process, and visitors who know only its pages and its socket."""

import functools
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.chat_client import ChatClient, Network
from tests.processes import ServerProcess, free_port, running
from tests.run_folder import made_once
from tests.services import PostgresServer

PASSWORD = "violet-tandem-42"
OWNER = "site_owner"  # until the owner has an account, nobody can sign up
DEFAULTS = {
    "REDIS_URL": "", "DATABASE_URL": "", "DEBUG": "", "HOST": "", "CSRF_TRUSTED_ORIGINS": "",
    "SITE_URL": "", "SIGNUP": "", "RATE_LIMITS": "off", "PYTHONUNBUFFERED": "1",
}  # fmt: skip

QUICK = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
AS_DEPLOYED = {"DJANGO_SETTINGS_MODULE": "chatsite.settings"}


class Site:
    """One `manage.py serve` on its own port."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.address = f"http://127.0.0.1:{server.port}"

    def visitor(self) -> "Visitor":
        return Visitor(self.address)


@functools.cache
def fresh(*, empty: bool = False) -> Path:
    """A data folder after its first start, to be copied: collecting and migrating takes seconds.
    Unless it is `empty`, it has the owner's account, so that others can sign up. All processes of
    the run share it."""
    with made_once("sites") as sites:
        if not sites.exists():
            begun = sites.with_name("sites-begun")
            _start(begun / "data")
            shutil.copytree(begun / "data", begun / "empty")
            _start(begun / "data", opened=True)
            begun.rename(sites)
    return sites / ("empty" if empty else "data")


def _start(data: Path, *, opened: bool = False) -> None:
    port = free_port()
    command = ["manage.py", "serve", "--port", str(port)]
    env = {**DEFAULTS, "CHATSITE_DATA": str(data)}
    with running(*command, port=port, env=env, forked=opened) as server:
        assert server.get("/healthz").status == 200, server.output
        if opened:
            open_site(server)


def open_site(server: ServerProcess) -> None:
    """Make the owner's account, through the link that the server printed."""
    link = server.wait_for_line("/setup/?token=")
    page = link[link.index("/setup/") :]
    fields = {"username": OWNER, "password1": PASSWORD, "password2": PASSWORD}
    token = page.partition("token=")[2]
    Visitor(f"http://127.0.0.1:{server.port}").post("/setup/", page=page, token=token, **fields)


def furnished(postgres: PostgresServer) -> str:
    """Make a database as it is after a site's first start, with the owner's account, and return its
    address. It is a copy: migrating takes minutes on a busy machine, so it is done once per run."""
    if not postgres.furnished:
        database = postgres.database()
        with made_once("site.sql") as made:
            if made.exists():
                postgres.load(made, database)
            else:
                with (
                    TemporaryDirectory() as data,
                    serving(Path(data), env={"DATABASE_URL": database}),
                ):
                    pass
                postgres.dump(database, made)
        postgres.furnished = database
    return postgres.database(copied_from=postgres.furnished)


@contextmanager
def serving(
    data: Path,
    *arguments: str,
    port: int = 0,
    empty: bool = False,
    env: dict[str, str] | None = None,
) -> Iterator[Site]:
    """Serve the site in a data folder, with the owner's account unless it is `empty`. `env` adds to
    the settings that all tests have."""
    if not data.exists() or not any(data.iterdir()):
        shutil.copytree(fresh(empty=empty), data, dirs_exist_ok=True)
    port = port or free_port()
    command = ["manage.py", "serve", "--port", str(port), *arguments]
    settings = {**DEFAULTS, **QUICK, "CHATSITE_DATA": str(data), **(env or {})}
    with running(*command, port=port, env=settings, forked=True) as server:
        if settings["DATABASE_URL"] and not empty and _has_nobody(server):
            open_site(server)
        yield Site(server)


def _has_nobody(server: ServerProcess) -> bool:
    return b"set-up link" in server.get("/accounts/login/").body


class Visitor:
    """A minimal browser: cookies and forms."""

    def __init__(self, address: str, cookies: CookieJar | None = None) -> None:
        self.address = address
        self.cookies = CookieJar() if cookies is None else cookies
        self._browser = build_opener(HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> str:
        page: bytes = self._browser.open(self.address + path, timeout=20).read()
        return page.decode()

    def post(self, path: str, *, page: str = "", **fields: str) -> str:
        """Submit a form. `page` is the page it is on, if that isn't the path it is sent to."""
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
        """Open a tab; with `to`, on another worker of the same site."""
        address = to or self.address
        url = address.replace("http", "ws", 1) + "/ws/"
        headers = {**self.headers, "Origin": address}
        client = await ChatClient(await Network.open(url, headers)).arrives()
        if room is not None:
            await client.opens(room)
        return client
