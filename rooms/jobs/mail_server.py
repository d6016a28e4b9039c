"""Handing mails over to the mail server, from threads of their own: it may take its time."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.core.mail import EmailMessage

from rooms.fanout.throttled_log import ThrottledLog
from rooms.jobs.kinds import Failed, Hopeless

PLACES = 4  # connections to the mail server, of each process

_threads = ThreadPoolExecutor(PLACES, thread_name_prefix="mail")
_log = ThrottledLog(logging.getLogger(__name__))


async def hand_over(message: EmailMessage) -> None:
    """Raises Hopeless for a mail that the server refuses for good, and Failed if it may take it
    later. The log names no recipient."""
    loop = asyncio.get_running_loop()
    try:
        await loop.run_in_executor(_threads, message.send)
    except (SMTPException, OSError) as error:
        code = _refusal(error)
        if code is not None and code >= 500:
            raise Hopeless(f"The mail server refuses it: {code}") from None
        name = type(error).__name__
        _log.warn("Could not send a mail, which will be tried again: %s", name)
        raise Failed(name if code is None else f"{name}: {code}") from None


def _refusal(error: Exception) -> int | None:
    """What the server says to this mail or its recipient. That it refuses everybody, such as by an
    expired password, is no reason to give up a mail."""
    match error:
        case SMTPRecipientsRefused(recipients=refused) if refused:
            return min(int(code) for code, _words in refused.values())
        case SMTPDataError(smtp_code=int(code)):
            return code
    return None
