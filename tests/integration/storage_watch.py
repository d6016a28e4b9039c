"""What the tests of storage trouble look at: a site from outside, and what it has stored."""

import re
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import Answer
from tests.site import PASSWORD, Site


def answer_to(site: Site, path: str, **headers: str) -> Answer:
    """A page that somebody without a cookie asks for."""
    return site.server.get(path, headers={"Accept": "text/html", **headers})


def ready(site: Site) -> bool:
    return answer_to(site, "/readyz").status == 200


def logs_in_at(site: Site, username: str, password: str = PASSWORD) -> int:
    """The status of the answer to the log-in form: 302 when it was right."""
    return log_in_answer(site, username, password).status


def log_in_answer(site: Site, username: str, password: str = PASSWORD) -> Answer:
    """The answer to the form, or to who asks for it when there is none."""
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
            "Host": "localhost",  # limits count for each address of the site
            "Cookie": page.headers["Set-Cookie"].partition(";")[0],
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )


def stored(data: Path) -> set[str]:
    """The bodies of the messages in a SQLite file."""
    file = sqlite3.connect(data / "chatsite.sqlite3")
    try:
        return {body for (body,) in file.execute("SELECT body FROM rooms_message")}
    finally:
        file.close()


@contextmanager
def full_disk(site: Site) -> Iterator[None]:
    """Nothing that the server writes may go beyond the first bytes of a file."""
    pid = site.server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
