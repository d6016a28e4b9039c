"""Files that people send for a room, in parts: begin one, add a part, take it back.

Nobody else knows of an upload before it is posted. Whether its sender may write in the room is
looked up again for each part.
"""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.actions.files import discarding, processing
from rooms.errors import ChatError, Conflict, Invalid, NotFound, TooLarge, Unavailable
from rooms.files import incoming, inspection, storage
from rooms.files.storage import Readable
from rooms.models import Installation, Room, Upload, User
from rooms.policy import blocks
from rooms.policy.standing import Standing, no_such_room
from rooms.protocol.limits import MAX_PART
from rooms.queries import visitor
from rooms.queries.jobs import enqueue
from rooms.text import descriptions
from rooms.text.filenames import clean_file_name

MIB = 1024 * 1024
MAX_UNFINISHED = 30  # uploads of one person at once
STALE = timedelta(hours=1)  # an unfinished upload may make room for others after that
SPARE_BYTES = 256 * MIB  # of the disk, which the database needs
MAX_SECONDS = 24 * 3600.0
MAX_PEAKS = 200

State = Upload.State


class Busy(Conflict):
    """Another request is adding to the upload right now."""


# -- begin -----------------------------------------------------------------------------------


def create(*, actor: User, length: int, given: Mapping[str, str]) -> Upload:
    """Begin an upload of `length` bytes. `given` are the texts of its `Upload-Metadata`: `filename`
    and `room`, and if they apply `alt`, `kind` (`voice`), `duration` (seconds), `peaks` (JSON) and
    `poster` (the id of an uploaded picture, for a video).

    Raises NotFound for a room that the actor doesn't see, the refusal of a post that they couldn't
    write, TooLarge for what is over a limit, and Invalid.
    """
    ratelimit.consume("file", actor.pk)
    given = {key: text.replace("\0", "") for key, text in given.items()}  # PostgreSQL takes none
    upload = _announced(actor, length, given)
    with transaction.atomic():
        upload.room = _writable(actor, given.get("room", ""))
        _require_place(actor, length)
        if given.get("poster"):
            upload.poster = _poster(upload, given["poster"])
        upload.save(force_insert=True)
    if length == 0:
        _take(actor, upload.pk, 0, None, 0)
        upload.refresh_from_db()
    return upload


def _announced(actor: User, length: int, given: Mapping[str, str]) -> Upload:
    """The upload, without its room and poster. Raises Invalid."""
    if not given.get("filename"):
        raise Invalid(_("A file needs a name."))
    if given.get("kind", "") not in {"", Upload.Kind.VOICE}:
        raise Invalid(_("The only kind that can be asked for is “voice”."))
    return Upload(
        user=actor,
        name=clean_file_name(given["filename"]),
        kind=given.get("kind") or Upload.Kind.FILE,
        length=length,
        stored=length,
        alt=descriptions.clean_alt(given.get("alt", "")),
        duration=_duration(given.get("duration", "")),
        peaks=_peaks(given.get("peaks", "")),
    )


def _duration(text: str) -> float | None:
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= MAX_SECONDS:
        raise Invalid(_("A duration is a number of seconds, at most a day."))
    return round(seconds, 3)


def _peaks(text: str) -> str:
    if not text:
        return ""
    try:
        peaks = json.loads(text)
    except (ValueError, RecursionError):
        peaks = None
    is_list = isinstance(peaks, list) and len(peaks) <= MAX_PEAKS
    if not is_list or not all(type(one) is int and 0 <= one <= 100 for one in peaks):
        raise Invalid(
            _("`peaks` is a JSON list of at most %(most)d whole numbers up to 100."), most=MAX_PEAKS
        )
    return json.dumps(peaks, separators=(",", ":"))


def _poster(video: Upload, poster_id: str) -> Upload:
    """The picture of a video, locked: one of the same sender for the same room, used once."""
    rows = Upload.objects.filter(pk=poster_id, user=video.user, room=video.room)
    free = rows.filter(message=None, held=None, kind=Upload.Kind.IMAGE, poster_of=None)
    poster = free.exclude(state__in=(State.RECEIVING, State.REFUSED)).first()
    if poster is None:
        raise NotFound(_("There is no such picture for the video."))
    return poster


# -- limits ----------------------------------------------------------------------------------


def _require_place(actor: User, length: int) -> None:
    """Check every limit on size. The row of the person is locked, and that of the site if it has a
    limit, so that two uploads at once don't take the same space. Raises TooLarge."""
    list(User.objects.filter(pk=actor.pk).select_for_update(no_key=True).values_list("pk"))
    site = Installation.current()
    if site.site_files_mb:
        site = Installation.objects.select_for_update(no_key=True).get(pk=1)
    if site.file_mb and length > site.file_mb * MIB:
        raise TooLarge(
            _("A file can have at most %(most)d MB; this one has %(size)s MB."),
            most=site.file_mb,
            size=f"{length / MIB:.1f}",
        )
    _require_few_unfinished(actor)
    mine = Upload.objects.filter(user=actor)
    if site.person_files_mb and _stored(mine) + length > site.person_files_mb * MIB:
        raise TooLarge(
            _("Your files can take up %(most)d MB together, and this one doesn't fit any more."),
            most=site.person_files_mb,
        )
    if site.site_files_mb and _stored(Upload.objects.all()) + length > site.site_files_mb * MIB:
        raise TooLarge(_("All the space that this site has for files is taken."))
    free = storage.free_bytes()
    if free is not None and free - _outstanding() - length < SPARE_BYTES:
        raise TooLarge(_("The site's disk doesn't have enough space for this file."))


def _stored(uploads: Any) -> int:
    return uploads.aggregate(total=Sum("stored"))["total"] or 0


def _outstanding() -> int:
    """Bytes that were announced and haven't come yet. Uses index: upload_unposted."""
    rows = Upload.objects.filter(message=None, held=None, state=State.RECEIVING)
    return rows.aggregate(total=Sum(F("length") - F("received")))["total"] or 0


def _require_few_unfinished(actor: User) -> None:
    """Raises Conflict if too many of the actor's uploads are unfinished. Those that haven't moved
    for an hour make room for new ones."""
    rows = Upload.objects.filter(user=actor, state=State.RECEIVING).order_by("touched_at")
    unfinished = [*rows.values_list("pk", "touched_at")]
    excess = len(unfinished) + 1 - MAX_UNFINISHED
    if excess <= 0:
        return
    before = timezone.now() - STALE
    stale = [pk for pk, touched_at in unfinished[:excess] if touched_at < before]
    if len(stale) < excess:
        raise Conflict(
            _("%(most)d of your files are still being sent. Wait for one of them."),
            most=MAX_UNFINISHED,
        )
    discarding.discard(stale)


# -- go on -----------------------------------------------------------------------------------


def append(*, actor: User, upload_id: str, offset: int, part: Readable, size: int) -> Upload:
    """Add a part of `size` bytes, which begins at `offset`. With the last one, what the file is
    becomes known. Of several requests at once, one succeeds.

    Raises NotFound for what isn't the actor's, Conflict for a wrong offset, Busy while another
    request adds to it, TooLarge for more than was announced, the refusal of a post, and what
    `inspect` raises for a file that isn't accepted.
    """
    ratelimit.consume("file.part", actor.pk)
    # First, so that somebody else's upload takes no lock.
    _require_part(mine(actor=actor, upload_id=upload_id), offset, size)
    try:
        refusal = _take(actor, upload_id, offset, part, size)
    except incoming.Missing as missing:
        rows = Upload.objects.filter(pk=upload_id, received=offset)
        rows.update(received=missing.left if missing.left < offset else 0)
        raise Conflict(_("Some of the file is missing here. Send the rest again.")) from missing
    if refusal is not None:
        raise refusal
    return mine(actor=actor, upload_id=upload_id)


def _take(
    actor: User, upload_id: str, offset: int, part: Readable | None, size: int
) -> ChatError | None:
    """Store a part; return why the file isn't accepted, if it is complete and isn't."""
    refusal = None
    with _alone(upload_id):
        upload = mine(actor=actor, upload_id=upload_id)
        _require_part(upload, offset, size)
        _writable(actor, upload.room.slug)
        if part is not None and size:
            incoming.append(upload_id, offset, part, size)
        changes: dict[str, Any] = {"received": offset + size, "touched_at": timezone.now()}
        if offset + size == upload.length:
            try:
                changes |= _complete(upload)
            except ChatError as error:
                refusal = error
                changes |= {"state": State.REFUSED, "stored": 0}
        with transaction.atomic():
            rows = Upload.objects.filter(pk=upload_id, state=State.RECEIVING, received=offset)
            if not rows.update(**changes):
                raise NotFound(NO_SUCH_FILE)  # taken back meanwhile
            if changes.get("state") == State.RECEIVED:
                enqueue(processing.Process(upload=upload_id), key=upload_id)
    if refusal is not None:
        incoming.remove(upload_id)
    return refusal


def _complete(upload: Upload) -> dict[str, Any]:
    """What a file is, by its content."""
    with incoming.local(upload.pk, upload.length) as path:
        is_voice = upload.kind == Upload.Kind.VOICE
        found = inspection.inspect(path, upload.name, voice=is_voice)
    return {
        "state": State.RECEIVED,
        "type": found.type,
        "kind": found.kind,
        "width": found.width,
        "height": found.height,
        "animated": found.animated,
        "duration": upload.duration if found.duration is None else found.duration,
        "size": upload.length,
    }


def _require_part(upload: Upload, offset: int, size: int) -> None:
    if size > MAX_PART:
        raise TooLarge(_("A part can have at most %(most)d MB."), most=MAX_PART // MIB)
    if upload.state != State.RECEIVING or offset != upload.received:
        raise Conflict(
            _("The next part of this file begins at %(offset)d."), offset=upload.received
        )
    if offset + size > upload.length:
        raise TooLarge(_("That is more than was announced."))
    free = storage.free_bytes()
    if free is not None and free - size < SPARE_BYTES // 2:
        raise Unavailable(_("The site's disk is full. Nothing was changed."), retry_after=60)


@contextmanager
def _alone(upload_id: str) -> Iterator[None]:
    """Have an upload to oneself while its bytes are written: among this machine's processes, and on
    PostgreSQL among all machines. SQLite's lock would stop everyone else. Raises Busy."""
    with ExitStack() as stack:
        try:
            stack.enter_context(incoming.turn(upload_id))
        except incoming.Busy:
            raise Busy(_BUSY) from None
        if connection.vendor == "postgresql":
            stack.enter_context(transaction.atomic())
            rows = Upload.objects.select_for_update(no_key=True, skip_locked=True)
            if not rows.filter(pk=upload_id).values_list("pk"):
                raise Busy(_BUSY)
        yield


_BUSY = _("Another part of this file is being stored right now.")


# -- look at it, and take it back ------------------------------------------------------------

NO_SUCH_FILE = _("There is no such file.")


def mine(*, actor: User, upload_id: str) -> Upload:
    """Return an upload of the actor, with its room. Raises NotFound for anyone else's."""
    rows = Upload.objects.select_related("room", "poster")
    upload = rows.filter(pk=upload_id, user=actor.pk).first()
    if upload is None:
        raise NotFound(NO_SUCH_FILE)
    return upload


def look(*, actor: User, upload_id: str) -> Upload:
    """Do the same for someone who asks how far it is."""
    ratelimit.consume("file.part", actor.pk)
    return mine(actor=actor, upload_id=upload_id)


def about(*, actor: User, upload_id: str) -> Upload:
    """Return an upload of the actor that is complete. Raises Conflict before it is, and NotFound
    for anyone else's and for a file that was refused."""
    ratelimit.consume("file.read", actor.pk)
    upload = mine(actor=actor, upload_id=upload_id)
    if upload.state == State.RECEIVING:
        raise Conflict(_("This file isn't complete yet."))
    if upload.state == State.REFUSED:
        raise NotFound(NO_SUCH_FILE)
    return upload


def remove(*, actor: User, upload_id: str) -> None:
    """Take back an upload, complete or not. Raises NotFound for anyone else's, and Conflict for one
    that is part of a message or the picture of a video."""
    ratelimit.consume("file.part", actor.pk)
    with transaction.atomic():
        upload = mine(actor=actor, upload_id=upload_id)
        locked = Upload.objects.select_for_update(no_key=True).filter(pk=upload.pk)
        upload = locked.first() or upload
        if upload.message_id or upload.held_id or Upload.objects.filter(poster=upload).exists():
            raise Conflict(_("This file has been posted. Delete the message instead."))
        discarding.discard([upload.pk])


def _writable(actor: User, slug: str) -> Room:
    """Return a room in which the actor may post now. Raises NotFound, or the refusal of a post."""
    standing: Standing | None = visitor.standing(actor.pk, slug)
    if standing is None:
        raise no_such_room()
    standing.require_post()
    blocks.require_not_blocked(standing)
    return standing.room
