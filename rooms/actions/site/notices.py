"""Committed announcements outside any room's sequence, stored for every process to read."""

import logging
from collections.abc import Sequence

import msgspec

from rooms.fanout.envelopes import Envelope
from rooms.fanout.notices import Retention
from rooms.fanout.poll import Kept
from rooms.models import Notice

logger = logging.getLogger(__name__)

NOTICES_AT_START = 200  # more than are written during one transaction


def notice_ids(settled: int | None) -> Kept:
    """Return the ids of the notices after one, or, for None, of the last few."""
    return Notice.objects.ids_after(settled, NOTICES_AT_START)


def notices(ids: Sequence[int]) -> list[Envelope]:
    """Return the envelopes of these notices, in the order in which they were written."""
    return [_notice(row) for row in Notice.objects.filter(pk__in=ids).order_by("pk")]


def _notice(row: Notice) -> Envelope:
    try:
        kept = msgspec.msgpack.decode(bytes(row.data), type=Envelope)
    except msgspec.MsgspecError:
        # Written by another version during a rolling update: addressed to nobody.
        logger.warning("Notice %d can't be decoded.", row.pk)
        kept = Envelope(group="")
    return msgspec.structs.replace(kept, notice=row.pk)


def prune_notices(retention: Retention, now: float) -> None:
    """Delete the notices that every process has had time to read. `now` is in seconds of this
    process's clock."""
    below = retention.below(Notice.objects.newest(), now)
    if below is not None:
        Notice.objects.filter(pk__lt=below).delete()
