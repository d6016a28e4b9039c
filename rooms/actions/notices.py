"""What was committed and has no place in a room's sequence, for every process to find."""

import logging
from collections.abc import Sequence

import msgspec

from rooms.envelopes import Envelope
from rooms.models import Notice
from rooms.notices import Retention
from rooms.poll import Kept

logger = logging.getLogger(__name__)

NOTICES_AT_START = 200  # more than are written while one transaction runs


def notice_ids(settled: int | None) -> Kept:
    """The ids of the notices after one; of the last few, when that is None."""
    return Notice.objects.ids_after(settled, NOTICES_AT_START)


def notices(ids: Sequence[int]) -> list[Envelope]:
    """What the hub has to deliver, in the order in which it was written."""
    return [_notice(row) for row in Notice.objects.filter(pk__in=ids).order_by("pk")]


def _notice(row: Notice) -> Envelope:
    try:
        kept = msgspec.msgpack.decode(bytes(row.data), type=Envelope)
    except msgspec.MsgspecError:
        # Of another version, while workers are replaced one by one: for nobody.
        logger.warning("Notice %d can't be read.", row.pk)
        kept = Envelope(group="")
    return msgspec.structs.replace(kept, notice=row.pk)


def prune_notices(retention: Retention, now: float) -> None:
    """Delete those that every process has had the time to read. `now` in seconds of this process's
    clock."""
    below = retention.below(Notice.objects.newest(), now)
    if below is not None:
        Notice.objects.filter(pk__lt=below).delete()
