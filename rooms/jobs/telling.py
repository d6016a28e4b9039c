"""People are told of messages that concern them."""

from rooms.actions.notifications import telling
from rooms.actions.notifications.orders import Tell
from rooms.jobs.kinds import Attempt
from rooms.storage.threads import in_change_thread


async def tell(work: Tell, attempt: Attempt) -> None:
    """Twice is once for what is stored: an item is written once. A process that dies in between
    leaves people told twice, which pages and devices recognise by the message."""
    await in_change_thread(telling.carry_out)(work)
