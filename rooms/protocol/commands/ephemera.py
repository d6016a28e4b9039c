"""What is said and not stored."""

from rooms.protocol.commands.command import Command
from rooms.protocol.values import Slug


class StartTyping(Command, frozen=True, kw_only=True, tag="typing.start"):
    """Say that you are typing; repeat every 3 s while you are. No reply."""

    room: Slug


class StopTyping(Command, frozen=True, kw_only=True, tag="typing.stop"):
    """Say that you have stopped typing. No reply."""

    room: Slug


class Ping(Command, frozen=True, kw_only=True, tag="ping"):
    """Check the connection, as a page does that wakes from sleep."""

    replies = "time"
