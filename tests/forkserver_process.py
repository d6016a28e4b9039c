"""What `tests.forkserver` runs: it imports the libraries, and forks for each request on its socket.

A request is a command with its environment. It comes with four descriptors: the child's stdin,
stdout and stderr, and a pipe for its exit status.
"""

import gc
import importlib
import json
import os
import runpy
import select
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.run_folder import made_once

OWN = {"chatsite", "rooms", "tests", "__main__", "__mp_main__"}
# A reactor has descriptors and belongs to one process; Daphne's server makes it when imported.
NEVER = ("twisted.internet.reactor", "daphne.server")
LISTS_MODULES = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "chatsite.settings"
import chatsite.asgi, chatsite.urls, rooms.management.commands.serve
print(*sys.modules)
"""


@dataclass
class Request:
    command: list[str]
    env: dict[str, str]
    standard: list[int]  # descriptors: its stdin, stdout and stderr

    def become(self) -> None:
        """From now on this process is the one that was asked for."""
        for number, descriptor in enumerate(self.standard):
            os.dup2(descriptor, number)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.environ.clear()
        os.environ.update(self.env)

    def run(self) -> None:
        match self.command:
            case ["-m", module, *arguments]:
                sys.argv = [module, *arguments]
                runpy.run_module(module, run_name="__main__", alter_sys=True)
            case [script, *arguments]:
                sys.argv = [script, *arguments]
                runpy.run_path(script, run_name="__main__")


def import_libraries() -> None:
    """As far as they can be without the site's settings, which differ from server to server."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)  # pytest's own
    for name in NEVER:
        sys.modules[name] = None  # type: ignore[assignment]  # whatever imports it fails
    for name in modules_of_a_site():
        if name.partition(".")[0] not in OWN:
            with suppress(Exception):
                importlib.import_module(name)
    for name in NEVER:
        del sys.modules[name]
    assert len([*Path("/proc/self/task").iterdir()]) == 1, "a library started a thread"
    # 0 to 2, the line to the tests, and the one that reads this folder.
    assert len([*Path("/proc/self/fd").iterdir()]) == 5, "a library opened a file"


def modules_of_a_site() -> list[str]:
    """What a site imports until it serves."""
    with made_once("modules") as listed:
        if not listed.exists():
            with TemporaryDirectory() as data:
                command = [sys.executable, "-c", LISTS_MODULES]
                env = {**os.environ, "CHATSITE_DATA": data}
                listed.write_text(subprocess.check_output(command, env=env, text=True))
    return listed.read_text().split()


def requested(line: socket.socket) -> Request | None:
    """Fork for each request. Returns it in the child, and None in the parent at the end."""
    news = select.poll()
    news.register(line, select.POLLIN)
    living: dict[int, tuple[int, int]] = {}
    while True:
        for ready, _ in news.poll():
            if ready in living:
                news.unregister(ready)
                bury(ready, *living.pop(ready))
                continue
            data, descriptors, *_ = socket.recv_fds(line, 2**20, 4)
            if not data:
                return None
            *standard, status = descriptors
            pid = os.fork()
            if not pid:
                line.detach()
                return Request(**json.loads(data), standard=standard)
            for descriptor in standard:
                os.close(descriptor)
            line.send(str(pid).encode())
            watch = os.pidfd_open(pid)
            news.register(watch, select.POLLIN)
            living[watch] = (pid, status)


def bury(watch: int, pid: int, status: int) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with suppress(BrokenPipeError):  # nobody waits for it any more
        os.write(status, str(code).encode())
    os.close(status)
    os.close(watch)


def main(descriptor: str) -> None:
    import_libraries()
    gc.collect()
    gc.freeze()  # so that no collection in a child touches, and copies, what they share
    request = requested(socket.socket(fileno=int(descriptor)))
    if request:
        request.become()
        request.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
