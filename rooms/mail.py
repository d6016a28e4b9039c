"""Mail on its way out: nobody who asks for it waits for another machine, or can tell by the time
that it took whether there was an account to write to."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from smtplib import SMTPException
from threading import BoundedSemaphore
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

logger = logging.getLogger(__name__)

WAITING = 500  # mails; a server that is away for long must not fill the memory

_thread = ThreadPoolExecutor(1, thread_name_prefix="mail")
_places = BoundedSemaphore(WAITING)


class Queued(BaseEmailBackend):
    """Hands mails to the one thread that speaks with the mail server. What can't be sent is said in
    the log, without whom it was for; the person asks for it again."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if not _places.acquire(blocking=False):
            logger.error("A mail was dropped: %d are waiting for the mail server.", WAITING)
            return 0
        _thread.submit(_send, list(email_messages))
        return len(email_messages)


def _send(messages: list[EmailMessage]) -> None:
    try:
        connection: Any = EmailBackend()
        connection.send_messages(messages)
    except (SMTPException, OSError) as error:
        logger.error("A mail was not sent: %s", type(error).__name__)
    finally:
        _places.release()
