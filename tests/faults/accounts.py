"""Who has an account, as one who holds its cookie knows it."""

from dataclasses import dataclass

from tests.chat_client import ChatClient, Network


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
