"""Viruses: files are shown to ClamAV before anybody is served them, if `CLAMAV_URL` names it."""

import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

CHUNK = 64 * 1024
SECONDS = 120.0  # for the answer, which is about the whole file
CONNECT_SECONDS = 3.0
MAX_ANSWER = 4096
TOO_LONG = b"size limit exceeded"


class Infected(Exception):
    """The scanner has found something, or the file is longer than it scans."""


class Away(Exception):
    """The scanner doesn't answer, or can't say."""


def scan(path: Path) -> None:
    """Have a file scanned, if there is a scanner. Blocks. Raises Infected, and Away when the file
    can't be called clean."""
    if not settings.CLAMAV_URL:
        return
    try:
        answer = _ask(path)
    except OSError as error:
        raise Away from error
    if answer.endswith(b" FOUND") or TOO_LONG in answer:
        raise Infected
    if not answer.endswith(b": OK"):
        raise Away


def _ask(path: Path) -> bytes:
    """Send the file by the command INSTREAM: pieces with their lengths, and an empty one."""
    with _connected() as scanner, path.open("rb") as file:
        with suppress(BrokenPipeError, ConnectionResetError):  # it answers before it has all of it
            scanner.sendall(b"zINSTREAM\0")
            while piece := file.read(CHUNK):
                scanner.sendall(len(piece).to_bytes(4, "big") + piece)
            scanner.sendall(bytes(4))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < MAX_ANSWER:
            some = scanner.recv(MAX_ANSWER)
            if not some:
                break
            answer += some
    return answer.rstrip(b"\0\n")


def _connected() -> socket.socket:
    parts = urlsplit(settings.CLAMAV_URL)
    if parts.scheme == "unix":
        scanner = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            scanner.settimeout(CONNECT_SECONDS)
            scanner.connect(parts.path)
        except OSError:
            scanner.close()
            raise
    else:
        scanner = socket.create_connection((parts.hostname, parts.port), CONNECT_SECONDS)
    scanner.settimeout(SECONDS)
    return scanner
