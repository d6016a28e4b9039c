"""The site and its peers: how each is started, on one core, with a database of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.load.dialects import Chatsite, Dialect, SocketIO, Tutorial
from tests.load.machine import on_the_servers_core
from tests.load.people import ROOM_MESSAGES
from tests.processes import ROOT, ServerProcess, free_port, wait_for_port
from tests.site import DEFAULTS

PEERS = Path(__file__).parent / "peers"
LOAD_PYTHON = ROOT / ".venv-load" / "bin" / "python"

_folder = Path(tempfile.mkdtemp(prefix="chatsite-load-"))


def clean_up() -> None:
    """Remove every data folder."""
    shutil.rmtree(_folder, ignore_errors=True)


@dataclass(frozen=True)
class Server:
    """`command` is given the port and a data folder of its own, a copy of what `furnish` made."""

    key: str
    name: str
    dialect: Callable[[], Dialect]
    command: Callable[[int], list[str]]
    environment: Callable[[Path], dict[str, str]]
    furnish: Callable[[int], Path] | None
    needs: tuple[Path, ...] = ()

    @property
    def is_here(self) -> bool:
        return all(path.exists() for path in self.needs)

    @contextmanager
    def running(
        self, messages: int = ROOM_MESSAGES, *, ready: bool = True
    ) -> Iterator[ServerProcess]:
        """The server in a process, gone at the end; with `ready`, it takes connections."""
        with self._data(messages) as data:
            server = self._start(data)
            try:
                if ready:
                    wait_for_port(server)
                yield server
            finally:
                # It has nothing that anybody wants to keep, and nor have its children.
                os.killpg(server.process.pid, signal.SIGKILL)
                server.process.wait()
                server.stop()

    def _start(self, data: Path) -> ServerProcess:
        port = free_port()
        with on_the_servers_core():
            process = subprocess.Popen(
                self.command(port),
                cwd=ROOT,
                env={**os.environ, **self.environment(data)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        return ServerProcess(port, process)

    @contextmanager
    def _data(self, messages: int) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=_folder) as data:
            if self.furnish is not None:
                shutil.copytree(self.furnish(messages), data, dirs_exist_ok=True)
            yield Path(data)


def _nothing(data: Path) -> dict[str, str]:
    return {}


# -- the site --------------------------------------------------------------------------------


def site_environment(data: Path) -> dict[str, str]:
    return {**DEFAULTS, "CHATSITE_DATA": str(data)}


@cache
def furnished_site(messages: int) -> Path:
    data = _folder / f"site-{messages}"
    command = [sys.executable, "-m", "tests.load.furnish", str(messages)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **site_environment(data)}, check=True)
    return data


# -- the tutorial ----------------------------------------------------------------------------


def tutorial_environment(data: Path) -> dict[str, str]:
    return {
        "TUTORIAL_DATA": str(data),
        "PYTHONPATH": f"{PEERS / 'tutorial'}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "mysite.settings",
    }


@cache
def furnished_tutorial(messages: int) -> Path:
    data = _folder / "tutorial"
    data.mkdir(parents=True)
    command = [sys.executable, str(PEERS / "tutorial" / "populate.py")]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **tutorial_environment(data)}, check=True)
    return data


def plain_environment(data: Path) -> dict[str, str]:
    return {**tutorial_environment(data), "DJANGO_SETTINGS_MODULE": "mysite.plain"}


def _gunicorn(port: int) -> list[str]:
    options = (
        "--workers",
        "1",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--keep-alive",
        "60",
    )
    where = ("--bind", f"127.0.0.1:{port}", "--log-level", "warning")
    return [str(LOAD_PYTHON), "-m", "gunicorn", *options, *where, "mysite.wsgi"]


def _daphne(port: int) -> list[str]:
    # Without a line for each connection, which it would have to write.
    return [sys.executable, "-m", "daphne", "-v0", "-p", str(port), "mysite.asgi:application"]


# -- all of them -----------------------------------------------------------------------------


def _script(program: str, name: str) -> Callable[[int], list[str]]:
    return lambda port: [program, str(PEERS / name), str(port)]


node = shutil.which("node") or "/absent/node"
_modules = PEERS / "node_modules"
# What uWebSockets runs on, by apt or the like.
_libuv = () if find_library("uv") else (Path("/absent/libuv"),)

SERVERS = {
    server.key: server
    for server in (
        Server(
            "site",
            "Chatsite",
            Chatsite,
            lambda port: [sys.executable, "manage.py", "serve", "--port", str(port)],
            site_environment,
            furnished_site,
        ),
        Server(
            "tutorial",
            "Channels tutorial",
            Tutorial,
            _daphne,
            tutorial_environment,
            furnished_tutorial,
        ),
        Server(
            "python-socketio",
            "python-socketio",
            SocketIO,
            _script(str(LOAD_PYTHON), "python_socketio.py"),
            _nothing,
            None,
            (LOAD_PYTHON,),
        ),
        Server(
            "socketio",
            "Socket.IO",
            SocketIO,
            _script(node, "socketio.js"),
            _nothing,
            None,
            (Path(node), _modules / "socket.io"),
        ),
        Server(
            "ws",
            "ws",
            Tutorial,
            _script(node, "ws.js"),
            _nothing,
            None,
            (Path(node), _modules / "ws"),
        ),
        Server(
            "uwebsockets",
            "uWebSockets",
            Tutorial,
            _script(str(LOAD_PYTHON), "uwebsockets.py"),
            _nothing,
            None,
            (LOAD_PYTHON, *_libuv),
        ),
        Server(
            "django",
            "Django on gunicorn",
            Tutorial,
            _gunicorn,
            plain_environment,
            furnished_tutorial,
            (LOAD_PYTHON,),
        ),
        Server(
            "express",
            "Express",
            Tutorial,
            _script(node, "express.js"),
            tutorial_environment,
            furnished_tutorial,
            (Path(node), _modules / "express"),
        ),
        Server(
            "raw",
            "raw asyncio",
            Tutorial,
            _script(sys.executable, "raw.py"),
            _nothing,
            None,
        ),
    )
}
