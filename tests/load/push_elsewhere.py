"""`python -m tests.load.push_elsewhere ORIGIN COUNT`: sends as many pushes to the service ORIGIN as
fast as a site may, and is no site. What people notice of it is what the machine has to do for any
pushes: the service, the sealing, the connections."""

import asyncio
import os
import sys
from ipaddress import ip_network

from rooms.actions.notifications.pushing import PACE, TOGETHER
from rooms.jobs.process_main import POLITENESS
from rooms.outgoing import Client, sealing
from tests.push_service import Keys


async def main(origin: str, count: int) -> None:
    client = Client(allow=[ip_network("127.0.0.0/8")], connections=TOGETHER)
    keys, loop = Keys().said, asyncio.get_running_loop()

    async def send(number: int) -> None:
        sealed = sealing.seal(b"{}", keys["p256dh"], keys["auth"], length=sealing.LENGTH)
        await client.post(f"{origin}/{number}", sealed, {"TTL": "60"})

    began = loop.time()
    for start in range(0, count, TOGETHER):
        await asyncio.sleep(began + start / PACE - loop.time())
        await asyncio.gather(*map(send, range(start, min(start + TOGETHER, count))))
    await client.close()


if __name__ == "__main__":
    os.nice(POLITENESS)
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
