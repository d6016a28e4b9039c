"""Mail leaves by a thread of its own, and a server that is away harms nobody but the mail."""

import logging
import socketserver
import time
from collections.abc import Iterator
from queue import Queue
from threading import Thread

import pytest
from django.core.mail import send_mail
from pytest_django import Settings

from chatsite.environment import Mail, mail
from tests.processes import free_port

Box = Queue[str]


class Postman(socketserver.StreamRequestHandler):
    """As much of a mail server as one mail needs."""

    def handle(self) -> None:
        self._say("220 here")
        for line in self.rfile:
            word = line[:4].upper().strip()
            if word == b"DATA":
                self._say("354 go on")
                self._keep()
            elif word == b"QUIT":
                return self._say("221 bye")
            self._say("250 fine")
        return None

    def _keep(self) -> None:
        lines = iter(self.rfile.readline, b".\r\n")
        self.server.box.put(b"".join(lines).decode())  # type: ignore[attr-defined]

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def box(settings: Settings) -> Iterator[Box]:
    """What a mail server on this machine was given."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Postman) as server:
        server.daemon_threads = True
        server.box = Queue()  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "rooms.mail.Queued"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address[:2]
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server.box  # type: ignore[attr-defined]
        server.shutdown()


def test_a_mail_arrives_at_the_server(box: Box) -> None:
    send_mail("Tea", "at five", "chat@example.com", ["bob@example.com"])
    message = box.get(timeout=20)
    assert "Subject: Tea" in message
    assert "at five" in message


def test_a_server_that_is_away_is_a_line_in_the_log_that_names_nobody(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "rooms.mail.Queued"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with caplog.at_level(logging.ERROR, logger="rooms.mail"):
        assert send_mail("Tea", "at five", "chat@example.com", ["bob@example.com"]) == 1
        deadline = time.monotonic() + 20
        while not caplog.records and time.monotonic() < deadline:
            time.sleep(0.01)
    (record,) = caplog.records
    assert record.getMessage() == "A mail was not sent: ConnectionRefusedError"


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("", Mail()),
        ("smtp://localhost", Mail("localhost", 25, "", "", "", "chatsite@localhost")),
        (
            "smtp://me%40x.org:p%3Aw@mail.x.org",
            Mail("mail.x.org", 587, "me@x.org", "p:w", "asked for", "me@x.org"),
        ),
        (
            "smtps://me:pw@mail.x.org:1465?from=chat@x.org",
            Mail("mail.x.org", 1465, "me", "pw", "at once", "chat@x.org"),
        ),
    ],
)
def test_a_password_never_travels_without_tls(
    monkeypatch: pytest.MonkeyPatch, url: str, read: Mail
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    assert mail("EMAIL_URL") == read
