"""The production server: everything from an empty folder to a running site."""

import errno
import os
import re
import socket
import sys
from argparse import SUPPRESS
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.urls import reverse
from django.utils.module_loading import import_string

from rooms.management.startup import alone, collect_static, migrate
from rooms.server import Limits, Server, listen, raise_descriptor_limit
from rooms.server.workers import Workers, inherit
from rooms.storage.threads import close_connections

# Names of the URLs whose forms accept files.
UPLOADS = ("profile", "setup", "site_emoji", "site_settings")
PARTS = re.compile(r"/files/[-\w]{22}", re.ASCII)  # `file`: a part of up to 8 MiB


class Command(BaseCommand):
    help = "Serve the site, after bringing the database and the static files up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        # As text: argparse would print its usage for a bad number, and exit with its own status.
        parser.add_argument("--host", default=settings.HOST, help="address (default: %(default)s)")
        parser.add_argument("--port", default=str(settings.PORT), help="default: %(default)s")
        parser.add_argument("--workers", default="1", help="processes; more than one needs Redis")
        parser.add_argument("--inherited", type=int, help=SUPPRESS)  # marks a worker

    def handle(self, *, host: str, port: str, workers: str, **options: Any) -> None:
        os.umask(0o027)  # other users of this machine can't read what the site writes
        if options["inherited"] is not None:
            sys.exit(self._work(inherit(options["inherited"])))
        number = whole("--port", port, 1, 65535)
        count = whole("--workers", workers, 1, 64)
        if count > 1 and not settings.REDIS_URL:
            raise CommandError(
                f"--workers={count} needs REDIS_URL: without Redis, the workers couldn't pass "
                "messages to each other."
            )
        listener = take_port(host, number)
        with alone():
            migrate(self._say)
            collect_static(self._say)
        self._greet(host, number)
        if count == 1:
            sys.exit(serve(listener))
        # Closed before the workers start: each opens its own.
        connection.close()
        sys.exit(Workers([sys.executable, *worker_command()], listener, count).run())

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()

    def _greet(self, host: str, port: int) -> None:
        # Imported late: `serve --help` doesn't need the operations.
        from rooms.actions.accounts.setup import setup_link

        address = address_of(host, port)
        self.stdout.write(f"Chatsite is at {address} (end it with Ctrl+C)")
        # Behind a proxy, the link must lead to the proxy's address.
        link = setup_link(settings.SITE_URL or address)
        if link:
            self.stdout.write(
                f"There is no account yet. Open this link to set up the site:\n{link}"
            )
        self.stdout.flush()

    def _work(self, listener: socket.socket) -> int:
        return serve(listener, lifeline=sys.stdin.fileno())


def serve(listener: socket.socket, *, lifeline: int | None = None) -> int:
    """Serve in this process until a signal or the end of the lifeline. Return the exit status."""
    from rooms.realtime import worker

    async def start() -> None:
        if lifeline is not None:
            server.stop_without(lifeline)
        await worker.start()

    raise_descriptor_limit()
    # The actual address: the command's arguments override the settings.
    settings.HOST, settings.PORT, *_ = listener.getsockname()
    server = Server(
        # Imported only now: it scans the collected static files once.
        import_string(settings.ASGI_APPLICATION),
        listener,
        limits=Limits() if settings.RATE_LIMITS else Limits.without_rates(),
        trusted_proxies=settings.TRUSTED_PROXIES,
        takes_files=takes_files(),
        on_start=start,
        on_drain=worker.drain,
    )
    status = server.run()
    close_connections()
    connection.close()
    return status


def takes_files() -> Callable[[str], bool]:
    """Build the function that says whether a path accepts files."""
    forms = {reverse(name) for name in UPLOADS}
    return lambda path: path in forms or PARTS.fullmatch(path) is not None


def worker_command() -> list[str]:
    """The command that starts this program as a worker."""
    return [sys.argv[0], "serve", "--inherited"]


# -- the arguments ---------------------------------------------------------------------------


def whole(name: str, value: str, low: int, high: int) -> int:
    if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
        raise CommandError(f"{name}={value} is not valid: use a whole number from {low} to {high}.")
    return int(value)


def take_port(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = "the port is in use. Choose another with --port."
        elif error.errno == errno.EACCES:
            why = "ports below 1024 are reserved for the system administrator."
        else:
            why = f"{error.strerror}."
        raise CommandError(f"Can't listen on {host}, port {port}: {why}") from error


def address_of(host: str, port: int) -> str:
    """The URL at which a browser on this machine reaches the site."""
    if host in {"0.0.0.0", "", "::"}:  # noqa: S104 -- only displayed, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
