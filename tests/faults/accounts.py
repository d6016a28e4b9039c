"""An account, as the holder of its session cookie."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.chat_client import ChatClient, Network

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Account:
    name: str
    id: int
    cookie: str

    def headers(self, address: str) -> dict[str, str]:
        return {"Cookie": self.cookie, "Origin": address}

    async def connects(self, address: str) -> ChatClient:
        """A tab that does as it is told."""
        url = address.replace("http", "ws", 1) + "/ws/"
        return await ChatClient(await Network.open(url, self.headers(address))).arrives()

    @asynccontextmanager
    async def tab(self, address: str) -> AsyncIterator[ChatClient]:
        """Open a tab for one errand."""
        client = await self.connects(address)
        try:
            yield client
        finally:
            await client.leaves()

    def submits(self, address: str, path: str, page: str, **fields: str) -> str:
        """Submit a page's form; return the page shown afterwards."""
        found = re.search('name="csrfmiddlewaretoken" value="(.+?)"', self._reads(address + page))
        assert found, f"{page} has no form"
        form = urlencode({**fields, "csrfmiddlewaretoken": found[1]}).encode()
        return self._reads(address + path, form)

    def _reads(self, url: str, form: bytes | None = None) -> str:
        headers = {"Cookie": self.cookie, "Referer": url}
        request = Request(url, form, headers)  # noqa: S310
        with urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
            shown: bytes = answer.read()
        return shown.decode()
