"""What all events have."""

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened."""

    sent_to: ClassVar[str] = "sockets that have the room open"
