"""Pages that messages link to are fetched, to say what the links lead to.

A page is somebody else's, and so is its server: both get a bounded time and a bounded place. A
host that is slow makes its own links wait, and one that doesn't answer isn't asked again for a
while, however many link there.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings

from rooms import address
from rooms.actions.messages import previews
from rooms.actions.messages.links import Unfurl
from rooms.actions.messages.previews import NOTHING, Fetch, Found
from rooms.files import shrinking
from rooms.files.shrinking import Picture
from rooms.jobs.kinds import Attempt, Later
from rooms.outgoing import Answer, Client, Refused, Unreachable
from rooms.outgoing.client import Wanted
from rooms.queries.jobs import Work
from rooms.storage.threads import in_change_thread, in_db_thread
from rooms.text import pages
from rooms.text.pages import Page

PLACES = 16  # of jobs, in each process
AT_ONCE = 3  # of them, for one host: the links of one message
SECONDS = 6.0  # for a page, redirects included, and again for its picture
REDIRECTS = 5
MOST_PAGE = 512 * 1024  # bytes; what a page says of itself is at its beginning
MOST_PICTURE = 5 * 1024 * 1024
SOON = 3.0  # seconds until a job is tried again whose host has no place
REST = 60.0  # seconds for which a host that didn't answer isn't asked again
HOSTS = 1000  # that are remembered
ACCEPT = "text/html, application/xhtml+xml, image/*;q=0.9"

# The loop's own threads must not wait for pictures.
_readers = ThreadPoolExecutor(2, thread_name_prefix="preview")

PAGES = {"text/html", "application/xhtml+xml"}
PICTURES = {"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"}


class Prune(Work, frozen=True):
    kind: ClassVar[str] = "previews"


async def unfurl(work: Unfurl, attempt: Attempt) -> None:
    """Twice is once: what was noted is there already."""
    await in_change_thread(previews.unfurl)(work)


async def fetch(work: Fetch, attempt: Attempt) -> None:
    """Twice is once: what was fetched within a day isn't fetched again."""
    url = await in_db_thread(previews.due)(work)
    if url is not None:
        await in_change_thread(previews.store)(work, await Fetcher.here().fetch(url))
    await in_change_thread(previews.show)(work)


async def prune(work: Prune, attempt: Attempt) -> None:
    """Twice is once: what is gone isn't found again."""
    await in_change_thread(previews.prune)()


class Host:
    """A host, as this process knows it."""

    def __init__(self) -> None:
        self.jobs = 0
        self.rests_until = 0.0


class Fetcher:
    """The connections of one process to linked pages. It belongs to the loop it was made in."""

    _here: "Fetcher | None" = None

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._client = Client(allow=settings.OUTGOING_ALLOW, plain=True, connections=PLACES)
        self._hosts: dict[str, Host] = {}

    @classmethod
    def here(cls) -> "Fetcher":
        if cls._here is None or cls._here.loop is not asyncio.get_running_loop():
            cls._here = cls()
        return cls._here

    @classmethod
    async def close(cls) -> None:
        here, cls._here = cls._here, None
        if here is not None and here.loop is asyncio.get_running_loop():
            await here._client.close()

    async def fetch(self, url: str) -> Found:
        """Return what an address leads to; nothing if that can't be found out. Raises Later while
        its host has no place."""
        with self._place(urlsplit(url).hostname or "") as host:
            if host.rests_until > time.monotonic():
                return Found(Page(), keeps=False)
            try:
                return await self._found(url)
            except Refused:
                return NOTHING
            except Unreachable:
                host.rests_until = time.monotonic() + REST
                return NOTHING

    @contextmanager
    def _place(self, name: str) -> Iterator[Host]:
        if len(self._hosts) >= HOSTS:
            now, known = time.monotonic(), self._hosts.items()
            self._hosts = {name: one for name, one in known if one.jobs or one.rests_until > now}
        host = self._hosts.setdefault(name, Host())
        if host.jobs >= AT_ONCE:
            raise Later(SOON)
        host.jobs += 1
        try:
            yield host
        finally:
            host.jobs -= 1

    async def _found(self, url: str) -> Found:
        answer = await self._get(url, _wanted)
        kind = _kind(answer.headers)
        if answer.status != 200 or kind not in PAGES | PICTURES:
            return NOTHING
        keeps = "no-store" not in answer.headers.get("cache-control", "").lower()
        if kind in PICTURES:
            page = Page(site=pages.host(answer.url))
            return Found(page, await _decoded(answer), keeps)
        charset = _parameter(answer.headers, "charset")
        page = await asyncio.get_running_loop().run_in_executor(
            _readers, partial(pages.read, answer.body, charset=charset, url=answer.url)
        )
        picture = await self._picture(page.picture) if page.title and page.picture else None
        return Found(page, picture, keeps)

    async def _picture(self, url: str) -> Picture | None:
        """A page without its picture is better than none."""
        try:
            answer = await self._get(url, _wanted_picture)
        except (Refused, Unreachable):
            return None
        is_picture = answer.status == 200 and _kind(answer.headers) in PICTURES
        return await _decoded(answer) if is_picture else None

    async def _get(self, url: str, wanted: Wanted) -> Answer:
        return await self._client.get(
            url,
            {"User-Agent": agent(), "Accept": ACCEPT, "Accept-Encoding": "gzip"},
            redirects=REDIRECTS,
            seconds=SECONDS,
            most=wanted,
        )


def agent() -> str:
    """How this site names itself to others, with its address for those who wonder who asks."""
    return f"Mozilla/5.0 (compatible; Chatsite; +{address.origin()}/)"


async def _decoded(answer: Answer) -> Picture | None:
    if answer.cut:
        return None
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_readers, shrinking.shrink, answer.body)


def _wanted(status: int, headers: Mapping[str, str]) -> int:
    """How much of an answer is read: of what is neither a page nor a picture, nothing."""
    if status == 200 and _kind(headers) in PAGES:
        return MOST_PAGE
    return _wanted_picture(status, headers)


def _wanted_picture(status: int, headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "0")
    fits = length.isdecimal() and int(length[:12]) <= MOST_PICTURE
    return MOST_PICTURE if status == 200 and _kind(headers) in PICTURES and fits else 0


def _kind(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _parameter(headers: Mapping[str, str], name: str) -> str:
    for part in headers.get("content-type", "").split(";")[1:]:
        key, _, value = part.partition("=")
        if key.strip().lower() == name:
            return value.strip().strip("\"'")
    return ""
