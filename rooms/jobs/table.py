"""Every kind of job that this version knows."""

from typing import Any

from rooms.actions.files.discarding import DeleteFiles
from rooms.actions.files.processing import Process
from rooms.actions.messages.links import Unfurl
from rooms.actions.messages.previews import Fetch
from rooms.actions.moderation.removal_steps import CarryOut
from rooms.actions.notifications.missed import Missed, Weekly
from rooms.actions.notifications.orders import Tell
from rooms.actions.notifications.pushing import Push
from rooms.actions.notifications.testing import PushTest
from rooms.jobs import (
    files,
    indexing,
    mail,
    mail_missed,
    mail_server,
    maintenance,
    previews,
    processing,
    pushing,
    rerendering,
    telling,
)
from rooms.jobs.kinds import Kind
from rooms.letters import Letter

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR

KINDS: list[Kind[Any]] = [
    Kind(Letter, mail.deliver, places=mail_server.PLACES),
    Kind(Missed, mail_missed.send_missed),
    Kind(Weekly, mail_missed.send_weekly),
    Kind(CarryOut, maintenance.carry_out),
    Kind(Tell, telling.tell, share=16),
    Kind(Push, pushing.push, places=pushing.PLACES, attempts=4, apart=True),
    Kind(PushTest, pushing.test, attempts=2),
    Kind(Process, processing.process, places=processing.PLACES),
    Kind(DeleteFiles, files.delete),
    Kind(files.Tidy, files.tidy, every=HOUR),
    Kind(Unfurl, previews.unfurl, share=8),
    Kind(Fetch, previews.fetch, places=previews.PLACES, attempts=3),
    Kind(maintenance.Purge, maintenance.purge, every=DAY),
    Kind(previews.Prune, previews.prune, every=DAY),
    Kind(indexing.CountGrams, indexing.count_grams, every=HOUR),
    Kind(rerendering.Rerender, rerendering.rerender, every=5 * MINUTE),
]
