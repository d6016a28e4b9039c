"""`python -m rooms.jobs.process_main`: what a `JobProcess` starts. It does the jobs that are apart.

It looks for them whenever a byte comes in on standard input. It ends when standard input does, or
when there has been nothing to do for a while.
"""

import asyncio
import os
import signal
import sys
from typing import Any

import django

POLITENESS = 10  # of the site's process, which people wait for, and this one, the first goes first
IDLE_SECONDS = 60.0
FINISH_SECONDS = 2.0  # for what it has begun when the site ends
# Posts wait for each transaction, so what is done is noted together.
SETTLE_SECONDS = 1.0


async def main() -> None:
    from rooms.fanout import hub
    from rooms.fanout.hub import Hub
    from rooms.jobs.pushing import Sender
    from rooms.jobs.runner import Runner
    from rooms.jobs.table import KINDS

    # It has no sockets: what it queues itself wakes its own runner, and that is all.
    here = Hub(
        recover=_nothing,
        positions=_nothing,
        notice_ids=_nothing,
        notices_of=_nothing,
        renew=_nothing,
    )
    hub.install(here)
    runner = Runner(here, [kind for kind in KINDS if kind.apart], settle_seconds=SETTLE_SECONDS)
    runner.start()
    runner.look()
    pipe = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(pipe), sys.stdin
    )
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                told = await pipe.read(1024)
        except TimeoutError:
            if runner.is_idle:
                break
            continue
        if not told:
            break
        runner.look()
    await runner.finish(FINISH_SECONDS)
    await Sender.close()


async def _nothing(*_asked: Any) -> Any:
    return {}


def run() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the site ends it
    os.nice(POLITENESS)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    django.setup()
    asyncio.run(main())


if __name__ == "__main__":
    run()
