"""Make of an upload that is complete what is served: scanned for viruses, without metadata, with a
thumbnail. Before that nobody is served it, not even its sender."""

from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, ClassVar

from rooms.files import cleaning, incoming, scanning, working
from rooms.files.inspection import Inspected
from rooms.files.storage import content_key, storage, thumbnail_key
from rooms.models import Room, Upload
from rooms.queries import uploads
from rooms.queries.jobs import Work

State, Kind = Upload.State, Upload.Kind


class Process(Work, frozen=True):
    """Process an upload whose bytes are all here. Queued in the transaction that takes the last
    ones."""

    kind: ClassVar[str] = "files.process"

    upload: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of an upload."""

    state: str
    changes: dict[str, Any] = field(default_factory=dict)


REFUSED = Outcome(State.REFUSED, {"size": 0, "stored": 0})


def waiting(upload_id: str) -> Upload | None:
    """Return an upload that has to be processed, None if that is done or it is gone."""
    return Upload.objects.filter(pk=upload_id, state=State.RECEIVED).first()


def make(upload: Upload) -> Outcome:
    """Scan and clean an upload's file, and store what is served. Blocks for some seconds, and reads
    nothing from the database.

    Raises scanning.Away and decoder.Closed when that can't be done now, and OSError or Unavailable
    when the storage is away.
    """
    try:
        with incoming.local(upload.pk, upload.length) as path, working.folder() as folder:
            scanning.scan(path)
            inspected = Inspected(upload.type, upload.kind)
            cleaned = cleaning.clean(path, inspected, folder)
            return Outcome(State.READY, _stored(upload, cleaned, path))
    except (scanning.Infected, cleaning.Damaged, incoming.Missing):
        return REFUSED


def _stored(upload: Upload, cleaned: cleaning.Cleaned, sent: Path) -> dict[str, Any]:
    """Store what was made, and return what the row says of it. What was sent stays where it is, for
    another attempt."""
    store, stored = storage(), cleaned.size
    if cleaned.path == sent:
        store.copy(content_key(upload.pk), sent)
    else:
        store.adopt(content_key(upload.pk), cleaned.path)
    if cleaned.thumbnail_path is not None:
        stored += cleaned.thumbnail_path.stat().st_size
        store.adopt(thumbnail_key(upload.pk), cleaned.thumbnail_path)
    return {
        "type": cleaned.type,
        "kind": _kind(upload, cleaned),
        "name": _name(upload, cleaned),
        "size": cleaned.size,
        "stored": stored,
        "width": cleaned.width,
        "height": cleaned.height,
        "animated": cleaned.animated,
        "duration": upload.duration if cleaned.duration is None else round(cleaned.duration, 3),
        "has_thumbnail": cleaned.thumbnail_path is not None,
    }


def _kind(upload: Upload, cleaned: cleaning.Cleaned) -> str:
    is_voice = upload.kind == Kind.VOICE and cleaned.kind in {Kind.AUDIO, Kind.VIDEO}
    return Kind.VOICE if is_voice else cleaned.kind


def _name(upload: Upload, cleaned: cleaning.Cleaned) -> str:
    """A picture of an iPhone is a JPEG by now."""
    name = PurePath(upload.name)
    is_converted = cleaned.type == "image/jpeg" != upload.type
    if is_converted and name.suffix.lower() in {".heic", ".heif"}:
        return str(name.with_suffix(".jpg"))
    return upload.name


def settle(upload_id: str, outcome: Outcome) -> list[int]:
    """Store what became of an upload; return the messages that show it, which have to be announced.
    Needs a transaction, and locks the upload's room first, as posts do."""
    rows = Upload.objects.filter(pk=upload_id)
    Room.objects.locked(rows.values_list("room__slug", flat=True))
    changed = rows.filter(state=State.RECEIVED).update(state=outcome.state, **outcome.changes)
    if not changed:
        return []
    shown = uploads.shown_by(upload_id)
    if outcome.changes.get("kind") != Kind.IMAGE:
        # What can't be decoded is no picture of a video.
        Upload.objects.filter(poster=upload_id).update(poster=None)
    return shown


def tidy(upload_id: str) -> None:
    """Delete the bytes that an upload doesn't need any more: those that were sent, and what was
    stored if it is gone or refused. Twice is once. Raises OSError or Unavailable when the storage
    is away."""
    state = Upload.objects.filter(pk=upload_id).values_list("state", flat=True).first()
    if state in {State.RECEIVING, State.RECEIVED}:
        return
    incoming.remove(upload_id)
    if state != State.READY:
        store = storage()
        store.delete(content_key(upload_id))
        store.delete(thumbnail_key(upload_id))
