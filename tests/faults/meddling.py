"""A busy moderator's work in the rooms beside the conversation, and people's changes to their own
accounts: rights, names, mutes, roles. Each goes to whichever worker answers; failures are
ignored."""

import asyncio
import random
import re
from collections.abc import Callable
from urllib.error import URLError

import websockets

from tests.chat_client import Closed, Refused
from tests.faults.accounts import Account

# An unavailable worker or storage, and refusals such as joining twice.
AWAY = (OSError, URLError, TimeoutError, Closed, websockets.WebSocketException)
REFUSED = (Refused, AssertionError)
PAUSE_SECONDS = (0.02, 0.25)


class Meddler:
    """The owner of a public and a private room in which the others come and go."""

    def __init__(
        self, accounts: list[Account], addresses: Callable[[], list[str]], dice: random.Random
    ) -> None:
        self.owner, *self.others = accounts
        self._addresses = addresses
        self._dice = random.Random(dice.random())
        self.rooms: list[str] = []  # the public one, and the private one
        self._invitation = ""
        self.deeds = 0  # the number that succeeded

    async def begins(self) -> None:
        """Create the rooms, and a direct one with everyone."""
        name = f"{self._dice.getrandbits(40):x}"
        async with self.owner.tab(self._address) as tab:
            for kind in ("public", "private"):
                made = await tab.does("room.create", name=f"{kind} {name}", kind=kind)
                self.rooms.append(made["room"]["slug"])
            for other in self.others:
                await tab.does("room.direct", people=[other.name])
        for other in self.others:
            # Nobody sees a direct room that somebody else opened, until something is said there.
            async with other.tab(self._address) as tab:
                await tab.does("room.direct", people=[self.owner.name])
        private = self.rooms[1]
        page = await self._submits(
            self.owner, f"/rooms/{private}/invites/", f"/rooms/{private}/settings/", days="7"
        )
        link = re.search(r"/invite/[\w-]+/", page)
        assert link, page
        self._invitation = link[0]

    async def meddles(self) -> None:
        """Act several times a second, for ever."""
        deeds = [
            self._joins, self._joins, self._is_invited, self._is_invited, self._leaves,
            self._is_removed, self._is_removed, self._is_muted, self._is_heard, self._gets_a_role,
            self._renames_a_room, self._renames_a_room, self._renames_themselves, self._ignores,
        ]  # fmt: skip
        while True:
            await asyncio.sleep(self._dice.uniform(*PAUSE_SECONDS))
            try:
                await self._dice.choice(deeds)(self._dice.choice(self.others))
            except (*AWAY, *REFUSED):
                continue
            self.deeds += 1

    async def calls(self) -> dict[str, int]:
        """Post in each room; return the numbers."""
        async with self.owner.tab(self._address) as tab:
            said = {room: await tab.posts("anybody here?", room=room) for room in self.rooms}
        return {room: message["number"] for room, message in said.items()}

    # -- deeds --

    async def _joins(self, who: Account) -> None:
        await self._does(who, "room.join", room=self.rooms[0])

    async def _is_invited(self, who: Account) -> None:
        await self._submits(who, self._invitation, self._invitation)

    async def _leaves(self, who: Account) -> None:
        await self._does(who, "room.leave", room=self._room)

    async def _is_removed(self, who: Account) -> None:
        room = self._room
        path = f"/rooms/{room}/members/{who.id}/remove/"
        await self._submits(self.owner, path, f"/rooms/{room}/settings/", reason="")

    async def _is_muted(self, who: Account) -> None:
        await self._does(self.owner, "member.mute", room=self._room, user=who.name, seconds=None)

    async def _is_heard(self, who: Account) -> None:
        await self._does(self.owner, "member.unmute", room=self._room, user=who.name)

    async def _gets_a_role(self, who: Account) -> None:
        room, role = self._room, self._dice.choice(["member", "moderator"])
        path = f"/rooms/{room}/members/{who.id}/role/"
        await self._submits(self.owner, path, f"/rooms/{room}/settings/", role=role)

    async def _renames_a_room(self, who: Account) -> None:
        room, name = self._room, f"renamed {self._dice.getrandbits(40):x}"
        path, page = f"/rooms/{room}/update/", f"/rooms/{room}/settings/"
        await self._submits(self.owner, path, page, name=name, topic="")

    async def _renames_themselves(self, who: Account) -> None:
        name = f"called {self._dice.getrandbits(40):x}"
        path = "/accounts/profile/"
        await self._submits(who, path, path, save="name", name=name)

    async def _ignores(self, who: Account) -> None:
        other = self._dice.choice(self.others)
        if self._dice.random() < 0.5:
            await self._does(who, "person.unignore", user=other.name)
        else:
            await self._does(who, "person.ignore", user=other.name, kind="mute")

    # -- by whichever worker --

    @property
    def _room(self) -> str:
        return self._dice.choice(self.rooms)

    @property
    def _address(self) -> str:
        return self._dice.choice(self._addresses())

    async def _does(self, who: Account, type: str, **fields: object) -> None:
        async with asyncio.timeout(5):
            async with who.tab(self._address) as tab:
                await tab.does(type, **fields)

    async def _submits(self, who: Account, path: str, page: str, **fields: str) -> str:
        return await asyncio.to_thread(who.submits, self._address, path, page, **fields)
