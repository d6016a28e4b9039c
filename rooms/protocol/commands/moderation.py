"""Reports, sanctions and removals."""

from typing import Literal

from rooms.protocol.commands.command import Command
from rooms.protocol.values import Number, Scope, Seconds, Slug


class ReportMessage(Command, frozen=True, kw_only=True, tag="message.report"):
    """Report a message to the moderators. Reporting it again changes nothing. Moderators see the
    message with five before and five after it, even in rooms they aren't members of."""

    room: Slug
    number: Number
    reason: Literal["spam", "abuse", "illegal", "private", "other"]
    note: str = ""


class MuteMember(Command, frozen=True, kw_only=True, tag="member.mute"):
    """As a moderator: let someone read but not write, for this many seconds or indefinitely. They
    are told the reason. It replaces an existing mute; `forbidden` if someone of a higher rank
    imposed that one."""

    room: Slug
    user: str
    seconds: Seconds | None = None
    reason: str = ""


class UnmuteMember(Command, frozen=True, kw_only=True, tag="member.unmute"):
    """As a moderator: lift a mute. `forbidden` if someone of a higher rank imposed it."""

    room: Slug
    user: str


class BanMember(Command, frozen=True, kw_only=True, tag="member.ban"):
    """As a moderator: remove someone from the room and keep them out. An existing ban is replaced
    under the same rule as a mute."""

    room: Slug
    user: str
    seconds: Seconds | None = None
    reason: str = ""


class PreviewRemoval(Command, frozen=True, kw_only=True, tag="removal.preview"):
    """As a moderator: see what `removal.make` would delete."""

    replies = "preview"

    room: Slug
    user: str
    scope: Scope


class MakeRemoval(Command, frozen=True, kw_only=True, tag="removal.make"):
    """As a moderator: delete everything that someone has posted in the room in the last hour, in
    the last day or ever. Each deletion is announced like any other."""

    replies = "removal"

    room: Slug
    user: str
    scope: Scope
    reason: str = ""


class UndoRemoval(Command, frozen=True, kw_only=True, tag="removal.undo"):
    """As a moderator: restore what a removal deleted, except what has been restored since.
    `forbidden` if someone of a higher rank made the removal."""

    replies = "removal"

    room: Slug
    removal: Number
