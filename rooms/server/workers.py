"""Several processes on one listening socket: started, restarted and stopped together."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
from asyncio.subprocess import Process
from collections import deque

logger = logging.getLogger(__name__)

MAX_RESTARTS = 5
WITHIN_SECONDS = 60.0  # if workers die more often than that, restarting won't help
PATIENCE_SECONDS = 12.0  # a worker drains within 10


class Workers:
    """Keeps `count` processes running. Each is `command` with the socket's descriptor appended.

    Each has a pipe from us as its standard input; when that is closed, the parent is gone.
    """

    def __init__(self, command: list[str], listener: socket.socket, count: int) -> None:
        self.command = [*command, str(listener.fileno())]
        self.listener = listener
        self.count = count
        self._processes: set[Process] = set()
        self._deaths: deque[float] = deque(maxlen=MAX_RESTARTS + 1)
        self._is_stopping = False
        self._status = 0

    def run(self) -> int:
        """Run until SIGTERM or SIGINT, or until restarting is pointless; return the exit status."""
        return asyncio.run(self._run())

    async def _run(self) -> int:
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self._stop)
        await asyncio.gather(*(self._keep() for _ in range(self.count)))
        return self._status

    async def _keep(self) -> None:
        """Run one worker and its successors."""
        while not self._is_stopping:
            process = await self._spawn()
            self._processes.add(process)
            status = await process.wait()
            self._processes.discard(process)
            if not self._is_stopping:
                self._judge(process.pid, status)

    async def _spawn(self) -> Process:
        return await asyncio.create_subprocess_exec(
            *self.command,
            pass_fds=(self.listener.fileno(),),
            stdin=subprocess.PIPE,
            # Ctrl-C reaches the whole process group: workers would get it twice, from the terminal
            # and from us, and a second signal means: don't wait.
            process_group=0,
        )

    def _judge(self, pid: int, status: int) -> None:
        now = asyncio.get_running_loop().time()
        self._deaths.append(now)
        if len(self._deaths) > MAX_RESTARTS and now - self._deaths[0] < WITHIN_SECONDS:
            logger.error(
                "Worker %d ended with status %d, the %dth to end within %d s: giving up",
                *(pid, status, len(self._deaths), WITHIN_SECONDS),
            )
            self._status = 1
            self._stop()
        else:
            logger.error("Worker %d ended with status %d and is replaced", pid, status)

    def _stop(self) -> None:
        """Stop the workers; calling it again tells them not to wait."""
        self._is_stopping = True
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._kill)

    def _kill(self) -> None:
        for process in self._processes:
            logger.error("Worker %d did not end in time", process.pid)
            process.kill()


def inherit(descriptor: int) -> socket.socket:
    """The listening socket, in a worker. Raises OSError if the descriptor isn't a socket."""
    listener = socket.socket(fileno=os.dup(descriptor))
    listener.setblocking(False)
    return listener
