"""Sends pushes from a process of its own.

Sealing a push and speaking HTTP take more than a millisecond of Python. For thousands of browsers
that would be seconds in which the process that people talk through is half as fast; another process
takes another core, and gives way on the same one.
"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from rooms.outgoing.addresses import Network
from rooms.outgoing.errors import Refused, Unreachable
from rooms.outgoing.parcels import Parcel, Receipt, Trouble, record, records

ROOT = Path(__file__).resolve().parents[2]
IDLE_SECONDS = 60.0  # without a push, after which the process ends


class Lost(Unreachable):
    """The process that should have sent it is gone."""


class Courier:
    """A process that sends pushes. It starts with the first and ends when there are none for a
    while. It belongs to the loop that it is used in. `allow` names addresses besides public ones;
    at most so many `connections` are used at a time."""

    def __init__(self, *, allow: Sequence[Network] = (), connections: int = 100) -> None:
        self._command = [
            *(sys.executable, "-m", "rooms.outgoing.courier_process"),
            *(str(connections), *map(str, allow)),
        ]
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Receipt]] = {}
        self._count = 0
        self._idle: asyncio.TimerHandle | None = None

    async def send(self, parcel: Parcel) -> Receipt:
        """Have one push sent; `parcel.id` is given here.

        Raises Refused if the site doesn't connect there, ValueError if it can't be sealed,
        Unreachable if there was no answer.
        """
        self._count += 1
        number = self._count
        pipe = await self._pipe()
        waiting = self._waiting  # those of this process
        receipt = waiting[number] = asyncio.get_running_loop().create_future()
        self._stay()
        try:
            pipe.write(record(msgspec.structs.replace(parcel, id=number)))
            return _checked(await receipt)
        finally:
            waiting.pop(number, None)
            self._stay()

    async def close(self) -> None:
        """End the process, whatever it is still sending."""
        if self._idle is not None:
            self._idle.cancel()
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
        if self._reading is not None:
            await self._reading

    async def _pipe(self) -> asyncio.StreamWriter:
        async with self._starting:
            if self._process is None:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    cwd=ROOT,
                    start_new_session=True,  # a Ctrl+C is for the site, which ends this one
                )
                self._waiting = {}
                self._reading = asyncio.create_task(self._read(self._process, self._waiting))
            assert self._process.stdin is not None  # noqa: S101  it was asked for
            return self._process.stdin

    async def _read(
        self, process: asyncio.subprocess.Process, receipts: dict[int, asyncio.Future[Receipt]]
    ) -> None:
        """Hand out the receipts of a process for as long as it lives."""
        assert process.stdout is not None  # noqa: S101  it was asked for
        try:
            async for receipt in records(process.stdout, Receipt):
                waiting = receipts.get(receipt.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(receipt)
        finally:
            if self._process is process:
                self._process = None
            for waiting in receipts.values():
                if not waiting.done():
                    waiting.set_exception(Lost("the process is gone"))
            await process.wait()

    def _stay(self) -> None:
        """Keep the process for a while."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._leave)

    def _leave(self) -> None:
        """It ends when there is nothing more to read."""
        if self._process is not None and not self._waiting:
            process, self._process = self._process, None
            assert process.stdin is not None  # noqa: S101  it was asked for
            process.stdin.close()


def _checked(receipt: Receipt) -> Receipt:
    if receipt.trouble == Trouble.REFUSED:
        raise Refused(receipt.detail)
    if receipt.trouble == Trouble.UNSEALED:
        raise ValueError(receipt.detail)
    if receipt.trouble == Trouble.UNREACHABLE:
        raise Unreachable(receipt.detail)
    return receipt
