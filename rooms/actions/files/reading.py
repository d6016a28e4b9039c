"""Who may read a file: whoever may read its message. Asked at every download, whole or in part."""

from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.errors import NotFound
from rooms.models import Upload, User
from rooms.policy import secrecy
from rooms.queries import visitor

_SHOWN = ("room", "message", "held", "poster_of__room", "poster_of__message", "poster_of__held")


def readable(*, actor: User, upload_id: str) -> Upload:
    """Return an upload that the actor may read.

    Before it is posted, that is its sender alone; while its message is held, also those who
    moderate the room; afterwards whoever sees the room, until the message is deleted. Those who
    moderate the site read it where the admin shows them the message, deleted or not. The picture of
    a video is read by whoever reads the video. Raises NotFound for everyone else.
    """
    ratelimit.consume("file.read", actor.pk)
    upload = Upload.objects.select_related(*_SHOWN).filter(pk=upload_id).first()
    if upload is None or not _reads(actor, getattr(upload, "poster_of", upload)):
        raise NotFound(_("There is no such file."))
    return upload


def _reads(actor: User, upload: Upload) -> bool:
    standing = visitor.standing(actor.pk, upload.room.slug)
    if standing is None:
        return False
    if upload.message is not None:
        is_there = standing.sees and not upload.message.deleted
        return is_there or (standing.moderates and secrecy.is_shown(upload.message, actor))
    is_sender = upload.user_id == actor.pk and standing.sees
    return is_sender or (upload.held is not None and standing.moderates)


def state_of(upload_id: str) -> str:
    """The state of an upload; "" if it is gone."""
    return Upload.objects.filter(pk=upload_id).values_list("state", flat=True).first() or ""
