"""The files of messages, as they are sent."""

from collections.abc import Iterable
from urllib.parse import quote

import msgspec
from msgspec import UNSET

from rooms.models import Upload
from rooms.protocol import shapes


def attachments(files: Iterable[Upload]) -> list[shapes.Attachment]:
    return [attachment(one) for one in files]


def attachment(one: Upload) -> shapes.Attachment:
    """Serialize a file. Reads its poster: load them with `rooms.queries.uploads`."""
    return shapes.Attachment(
        id=one.pk,
        name=one.name,
        size=one.size or one.length,
        type=one.type,
        kind=one.kind,  # type: ignore[arg-type]
        width=one.width,
        height=one.height,
        duration=one.duration,
        peaks=msgspec.json.decode(one.peaks) if one.peaks else None,
        alt=one.alt,
        transcript=one.transcript,
        url=address(one),
        thumbnail=f"/files/{one.pk}/thumbnail" if one.has_thumbnail else None,
        poster=_poster(one.poster) if one.poster else None,
        ready=one.state == Upload.State.READY,
        animated=one.animated or UNSET,
        refused=one.state == Upload.State.REFUSED or UNSET,
    )


def address(one: Upload) -> str:
    """Where its content is, as in `rooms/urls.py`: a page has hundreds of these."""
    return f"/files/{one.pk}/content/{quote(one.name, safe='')}"


def _poster(picture: Upload) -> str | None:
    """Where the picture of a video is, once it is ready."""
    if picture.state != Upload.State.READY:
        return None
    return f"/files/{picture.pk}/thumbnail" if picture.has_thumbnail else address(picture)
