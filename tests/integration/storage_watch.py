"""Helpers for the tests of storage trouble: a site seen from outside, and what it has stored."""

import asyncio
import re
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chat_client import ChatClient
from tests.processes import Answer, ServerProcess
from tests.site import PASSWORD, Site, Visitor


def answer_to(site: Site, path: str, **headers: str) -> Answer:
    """Request a page without a cookie."""
    return site.server.get(path, headers={"Accept": "text/html", **headers})


def ready(site: Site) -> bool:
    return answer_to(site, "/readyz").status == 200


def logs_in_at(site: Site, username: str, password: str = PASSWORD) -> int:
    """Submit the log-in form; return the status, which is 302 on success."""
    return log_in_answer(site, username, password).status


def log_in_answer(site: Site, username: str, password: str = PASSWORD) -> Answer:
    """Return the response to the form, or to the request for it if there is none."""
    page = answer_to(site, "/accounts/login/")
    if page.status != 200:
        return page
    token = re.search(rb'name="csrfmiddlewaretoken" value="(.+?)"', page.body)
    assert token, page
    form = f"csrfmiddlewaretoken={token[1].decode()}&login={username}&password={password}"
    return site.server.get(
        "/accounts/login/",
        method="POST",
        body=form,
        headers={
            "Accept": "text/html",
            "Host": "localhost",  # limits count per address of the site
            "Cookie": page.headers["Set-Cookie"].partition(";")[0],
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )


async def alice_in(site: Site, room: str) -> tuple[Visitor, ChatClient]:
    """Log alice in and open a new room of hers, whose slug is its name in lower case."""
    visitor = await asyncio.to_thread(site.visitor().logs_in, "alice")
    alice = await visitor.connects()
    await alice.does("room.create", name=room, kind="public")
    await alice.opens(room.lower())
    return visitor, alice


def stored(data: Path) -> set[str]:
    """Return the bodies of the messages in a SQLite file."""
    file = sqlite3.connect(data / "chatsite.sqlite3")
    try:
        return {body for (body,) in file.execute("SELECT body FROM rooms_message")}
    finally:
        file.close()


@contextmanager
def full_disk(server: ServerProcess, *, room: int = 16) -> Iterator[None]:
    """Keep the server from writing beyond the first bytes of any file."""
    pid = server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
