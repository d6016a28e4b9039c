"""`python -m rooms.outgoing.courier_process CONNECTIONS [NETWORK …]`: what a `Courier` starts. It
sends what comes in on standard input, and says on standard output what became of it; it ends when
standard input does."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from ipaddress import ip_network

from rooms.outgoing import sealing
from rooms.outgoing.client import Client
from rooms.outgoing.errors import Refused, Unreachable
from rooms.outgoing.parcels import Parcel, Receipt, Trouble, record, records

POLITENESS = 10  # of the site's process, which people wait for, and this one, the first goes first


async def main(connections: int, allow: Sequence[str]) -> None:
    loop = asyncio.get_running_loop()
    parcels = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(parcels), sys.stdin)
    receipts, _ = await loop.connect_write_pipe(asyncio.Protocol, sys.stdout)
    client = Client(allow=[ip_network(one) for one in allow], connections=connections)

    async def deliver(parcel: Parcel) -> None:
        receipts.write(record(await send(client, parcel)))

    tasks: set[asyncio.Task[None]] = set()
    async for parcel in records(parcels, Parcel):
        task = loop.create_task(deliver(parcel))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def send(client: Client, parcel: Parcel) -> Receipt:
    try:
        sealed = sealing.seal(parcel.text, parcel.p256dh, parcel.auth, length=parcel.length)
    except ValueError as error:
        return Receipt(parcel.id, trouble=Trouble.UNSEALED, detail=str(error))
    try:
        answer = await client.post(parcel.endpoint, sealed, parcel.headers, seconds=parcel.seconds)
    except Refused as error:
        return Receipt(parcel.id, trouble=Trouble.REFUSED, detail=str(error))
    except Unreachable as error:
        return Receipt(parcel.id, trouble=Trouble.UNREACHABLE, detail=str(error))
    return Receipt(parcel.id, answer.status, answer.headers.get("retry-after", ""))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the site ends it
    os.nice(POLITENESS)
    asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))
