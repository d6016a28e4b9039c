"""Who may read a file: whoever may read its message. Asked at every download, whole or in part."""

from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.errors import NotFound
from rooms.models import Message, Upload, User
from rooms.policy import secrecy
from rooms.queries import uploads, visitor
from rooms.queries.uploads import Asked


def readable(*, actor: User, upload_id: str) -> Upload:
    """Return an upload that the actor may read, with the columns that serving it needs.

    Before it is posted, that is its sender alone; while its message is held, also those who
    moderate the room; afterwards whoever sees the room, until the message is deleted. Those who
    moderate the site read it where the admin shows them the message, deleted or not. The picture of
    a video is read by whoever reads the video. Raises NotFound for everyone else.
    """
    ratelimit.consume("file.read", actor.pk)
    asked = uploads.asked(upload_id)
    if asked is None or not _reads(actor, asked):
        raise NotFound(_("There is no such file."))
    return asked.upload


def _reads(actor: User, asked: Asked) -> bool:
    standing = visitor.standing(actor.pk, asked.room)
    if standing is None:
        return False
    if asked.message is not None:
        is_there = standing.sees and not asked.is_deleted
        return is_there or (standing.moderates and _is_shown(asked.message, actor))
    is_sender = asked.sender == actor.pk and standing.sees
    return is_sender or (asked.held is not None and standing.moderates)


def _is_shown(message_id: int, actor: User) -> bool:
    message = Message.objects.filter(pk=message_id).first()
    return message is not None and secrecy.is_shown(message, actor)


def state_of(upload_id: str) -> str:
    """The state of an upload; "" if it is gone."""
    return Upload.objects.filter(pk=upload_id).values_list("state", flat=True).first() or ""
