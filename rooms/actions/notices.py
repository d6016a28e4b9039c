"""What was committed and has no place in a room's sequence, for every process to find."""

import logging
from collections.abc import Sequence

import msgspec

from rooms.envelopes import Envelope
from rooms.models import Notice

logger = logging.getLogger(__name__)

NOTICES_AT_START = 200  # more than are written while one transaction runs
MAX_NOTICES = 500  # in one read; the others follow with the next poll


def notice_ids(settled: int | None) -> list[int]:
    """The ids of the notices after one; of the last few, when that is None."""
    return Notice.objects.ids_after(settled, NOTICES_AT_START)


def notices(ids: Sequence[int]) -> list[Envelope]:
    """What the hub has to deliver, in the order in which it was written."""
    rows = Notice.objects.filter(pk__in=[*ids][:MAX_NOTICES]).order_by("pk")
    return [_notice(row) for row in rows]


def _notice(row: Notice) -> Envelope:
    try:
        kept = msgspec.msgpack.decode(bytes(row.data), type=Envelope)
    except msgspec.MsgspecError:
        # Of another version, while workers are replaced one by one: for nobody.
        logger.warning("Notice %d can't be read.", row.pk)
        kept = Envelope(group="")
    return msgspec.structs.replace(kept, notice=row.pk)


def prune_notices() -> None:
    """Delete those that every process has heard of."""
    Notice.objects.prune()
