"""Graceful shutdown: everyone is told, what has started is finished, and what hangs is
cancelled."""

import asyncio
import logging
from typing import TYPE_CHECKING

from rooms.server.close_codes import RESTART
from rooms.server.http import Channel
from rooms.server.websocket import Socket

if TYPE_CHECKING:
    from rooms.server import Server

logger = logging.getLogger(__name__)

BATCH = 200  # sockets closed together; ten thousand would all reconnect together
MAX_BATCHES = 30
PAUSE_SECONDS = 0.1  # between batches: 3 s for any number of sockets


async def drain(server: "Server") -> None:
    """Shut the server down, in at most `drain_seconds` and `cancel_seconds`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + server.limits.drain_seconds
    await server.stop_accepting()
    await _tell(server)
    for transport in list(server.transports):
        if isinstance(transport.protocol, Channel):
            transport.protocol.hang_up_if_idle()
    await _close_sockets(server)
    tasks = server.tasks
    if tasks:
        await asyncio.wait(tasks, timeout=max(0, deadline - loop.time()))
    await _cancel_the_rest(server)


async def _tell(server: "Server") -> None:
    try:
        async with asyncio.timeout(server.limits.hook_seconds):
            await server.on_drain()
    except TimeoutError:
        logger.warning("The application's drain hook took too long")
    except Exception:
        # Whatever it is, the sockets still have to get their 1012.
        logger.exception("The application's drain hook failed")


async def _close_sockets(server: "Server") -> None:
    sockets = [protocol for protocol in server.connections if isinstance(protocol, Socket)]
    size = max(BATCH, -(-len(sockets) // MAX_BATCHES))
    for start in range(0, len(sockets), size):
        if start:
            await asyncio.sleep(PAUSE_SECONDS)
        for socket in sockets[start : start + size]:
            if socket.state == Socket.STATE_CONNECTING:
                socket.deny(503, "Service Unavailable")
            else:
                socket.shut(RESTART, "service restart")


async def _cancel_the_rest(server: "Server") -> None:
    """Cancel every task of the loop, including those that we didn't start, and wait for them.

    A coroutine that is still suspended when the interpreter exits is closed by the last garbage
    collection. One that waits in `asyncio.Queue.get` then looks itself up in the queue's getters
    and fails, and CPython 3.11 crashes printing a Future whose type is already torn down. That is
    why stock Daphne ends with a segmentation fault: each of Channels' consumers leaves such a one.
    """
    left = server.tasks
    if left:
        logger.warning("Cancelling %d applications that did not end in time", len(left))
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    if rest:
        await asyncio.wait(rest, timeout=server.limits.cancel_seconds)
