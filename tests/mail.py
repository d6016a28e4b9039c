"""What a mail server gets."""

import math
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import Message
from email.policy import default
from threading import Condition, Thread

from django.core import mail as outgoing
from django.core.mail import EmailMessage

from rooms.jobs import mail
from rooms.jobs.kinds import Kind
from rooms.letters import Letter
from rooms.queries import jobs
from tests.processes import PATIENCE


def delivered() -> list[EmailMessage]:
    """Send the mails that wait, as a server would at once; return all of the test's mails."""
    for job in jobs.claim(Letter.kind, most=1000, seconds=60):
        for letter in Kind(Letter, mail.deliver).read(job.arguments):
            message = mail.composed(letter)
            if message is not None:
                message.send()
        jobs.finish([job])
    return list(outgoing.outbox)


class MailServer:
    """As much of an SMTP server as one needs. `refuses` maps what is in an address to the line with
    which it is refused."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.refuses: dict[str, str] = {}
        self.most = math.inf  # mails that it takes; it lets the others wait
        self.port = 0
        self._news = Condition()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=chat@example.com"

    def reply(self, line: str) -> str:
        if line[:4].upper() != "RCPT":
            return "250 fine"
        return next((said for part, said in self.refuses.items() if part in line), "250 fine")

    def keep(self, data: bytes) -> None:
        with self._news:
            self._news.wait_for(lambda: len(self.mails) < self.most)
            self.mails.append(message_from_bytes(data, policy=default))
            self._news.notify_all()

    def has(self, count: int) -> list[Message]:
        """Wait for so many different mails, told apart as a mail program does."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.different) >= count, PATIENCE), self.mails
        return self.mails

    def take(self, most: float) -> None:
        with self._news:
            self.most = most
            self._news.notify_all()

    @property
    def different(self) -> set[str]:
        return {str(one["Message-ID"]) for one in self.mails}


@contextmanager
def mail_server() -> Iterator[MailServer]:
    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(ConnectionError):  # whoever sends is killed
                self._talk()

        def _talk(self) -> None:
            self._say("220 here")
            for line in self.rfile:
                word = line[:4].upper().strip()
                if word == b"DATA":
                    self._say("354 go on")
                    server.keep(b"".join(iter(self.rfile.readline, b".\r\n")))
                elif word == b"QUIT":
                    return self._say("221 bye")
                self._say(server.reply(line.decode()))
            return None

        def _say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    server = MailServer()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as sockets:
        sockets.daemon_threads = True
        server.port = sockets.server_address[1]
        Thread(target=sockets.serve_forever, daemon=True).start()
        yield server
        sockets.shutdown()
