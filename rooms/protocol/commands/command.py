"""What all commands have."""

from typing import ClassVar

import msgspec

from rooms.protocol.values import Ref


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A request. Its reply, at most one, carries the same `ref`."""

    replies: ClassVar[str] = ""

    ref: Ref | None = None
