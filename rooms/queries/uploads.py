"""The files of messages: read for a page of them at once, and taken by the posts that show them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from django.db.models import Q, QuerySet

from rooms.models import Held, Message, Upload
from rooms.storage.sql import Straight, columns, select

# What may be posted: everything of it is here.
COMPLETE = (Upload.State.RECEIVED, Upload.State.READY)
_SERVED = columns(Upload, "id", "state", "kind", "name", "type", "size", "has_thumbnail")


class Asked(NamedTuple):
    """An upload that somebody asks for, and what decides whether they may read it. The poster of a
    video is read like the video, so what follows `upload` is the video's."""

    upload: Upload
    sender: int
    room: str  # its slug
    message: int | None
    held: int | None
    is_deleted: bool  # the message is


def asked(upload_id: str) -> Asked | None:
    """Read an upload with what its download needs; None if there is none. A page of pictures asks
    for each of them, and Django's ORM takes 4 ms of processor time to build this statement."""
    rows = select(
        f"SELECT {', '.join(f'u.{name}' for name in _SERVED)},"  # noqa: S608  names of columns
        " s.user_id, r.slug, s.message_id, s.held_id, m.deleted_at FROM rooms_upload u"
        " LEFT JOIN rooms_upload v ON v.poster_id = u.id"
        " JOIN rooms_upload s ON s.id = COALESCE(v.id, u.id)"
        " JOIN rooms_room r ON r.id = s.room_id"
        " LEFT JOIN rooms_message m ON m.id = s.message_id"
        " WHERE u.id = %s",
        [upload_id],
    )
    if not rows:
        return None
    *row, sender, room, message, held, deleted_at = rows[0]
    upload = Upload.from_db("default", _SERVED, row)
    return Asked(upload, sender, room, message, held, deleted_at is not None)


def of(message: Message) -> list[Upload]:
    """Return the files of a message, in their order."""
    if message.files is None:
        load([message])
    return message.files or []


def load(messages: Sequence[Message]) -> None:
    """Read the files of several messages at once, without a query if none of them has any."""
    found = of_each([message.pk for message in messages if message.attached])
    for message in messages:
        message.files = found.get(message.pk, [])


def of_each(message_ids: Collection[int]) -> dict[int, list[Upload]]:
    """Return the files of each of these messages, by their ids. Uses index: upload_message."""
    found: dict[int, list[Upload]] = defaultdict(list)
    if message_ids:
        for row in _whole().filter(message__in=message_ids).order_by("message", "position"):
            assert row.message_id is not None  # noqa: S101  asked for
            found[row.message_id].append(row)
    return found


def of_held(held: Held) -> list[Upload]:
    """Return the files of a held message, in their order."""
    if held.files is None:
        load_held([held])
    return held.files or []


def load_held(rows: Sequence[Held]) -> None:
    """Read the files of several held messages at once."""
    found: dict[int | None, list[Upload]] = defaultdict(list)
    ids = [held.pk for held in rows]
    for row in _whole().filter(held__in=ids).order_by("held", "position") if ids else ():
        found[row.held_id].append(row)
    for held in rows:
        held.files = found.get(held.pk, [])


def shown_by(upload_id: str) -> list[int]:
    """Return the ids of the messages that show an upload: the one that it was posted with, or whose
    video it is the poster of."""
    rows = Upload.objects.filter(Q(pk=upload_id) | Q(poster=upload_id), message__isnull=False)
    return [*rows.values_list("message", flat=True)]


def locked(ids: Collection[str]) -> dict[str, Upload]:
    """Lock these uploads, always in the same order, and return those that there are. Their rooms
    are locked first.

    The posters of videos aren't returned, since they are nothing by themselves. Nor is what is
    still being sent: it is locked while parts of it are written, and a room mustn't wait for that.
    """
    rows = _whole().filter(pk__in=ids, poster_of=None).order_by("pk")
    rows = rows.exclude(state=Upload.State.RECEIVING)
    return {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}


def words(files: Iterable[Upload]) -> str:
    """What people have written about files, for the rules of words."""
    return "\n".join(text for one in files for text in (one.name, one.alt, one.transcript) if text)


def attach(cursor: Straight, posted: Iterable[tuple[int, int, Sequence[Upload]]]) -> None:
    """Make locked uploads the files of messages that were just stored, given by their rooms and
    numbers. Uses index: message_room_number."""
    for room_id, number, files in posted:
        place = (room_id, number)
        cursor.execute(
            "UPDATE rooms_message SET attached = %s WHERE room_id = %s AND number = %s",
            [len(files), *place],
        )
        cursor.executemany(
            "UPDATE rooms_upload SET held_id = NULL, position = %s, message_id ="
            " (SELECT id FROM rooms_message WHERE room_id = %s AND number = %s) WHERE id = %s",
            [(position, *place, one.pk) for position, one in enumerate(files)],
        )


def hold(held: Held, files: Iterable[Upload]) -> None:
    """Make locked uploads the files of a held message."""
    for position, one in enumerate(files):
        Upload.objects.filter(pk=one.pk).update(held=held, position=position)


def _whole() -> QuerySet[Upload]:
    return Upload.objects.select_related("poster")
