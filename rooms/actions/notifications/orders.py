"""What every process is asked for, so that its people are told what concerns them."""

from typing import ClassVar

import msgspec

from rooms.broadcast import envelope
from rooms.fanout.envelopes import Envelope
from rooms.queries.jobs import Work

GROUP = "telling"  # the teller of each process


class Tell(Work, frozen=True):
    """A message that concerns somebody: because it has items in the inbox, addresses the room, has
    keywords, or somebody wants to be told of every message there. `here` are those who were online
    when it said `@here`, `keywords` are those of whose words it has one. If it was `edited`, only
    those named in `only` are told, and those whose items have a higher id than `latest`; and unless
    it addresses others than before, `addressed` is false."""

    kind: ClassVar[str] = "tell"
    room: int
    number: int
    here: list[int] = []
    keywords: list[int] = []
    edited: bool = False
    addressed: bool = True
    only: list[int] = []
    latest: int = 0


class Recount(msgspec.Struct, frozen=True, kw_only=True):
    """Other items are unread for some people: those in whose inbox the messages with these
    `numbers` are, and these `people`. With `whole` also everyone else in the room has other
    mentions. With `withdrawn`, the items of these messages are no longer unread, and with `gone`
    some (a person, an item, a number) are no longer there."""

    room: int
    numbers: list[int] = []
    people: list[int] = []
    whole: bool = False
    withdrawn: bool = False
    gone: list[tuple[int, int, int]] = []


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a process is asked for, one of these; `keywords` were changed, and are to be read;
    orders may have been `lost`, so that everyone is to be told the numbers again."""

    tell: Tell | None = None
    recount: Recount | None = None
    keywords: bool = False
    lost: bool = False


def ask(order: Order) -> Envelope:
    """Build the envelope that brings an order to every process."""
    return envelope(GROUP, order=msgspec.to_builtins(order))
