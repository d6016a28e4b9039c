"""Export a user's data: a ZIP of JSON files, their picture and the files that they sent. It is made
piece by piece, so that a hundred thousand messages need no more memory than five hundred."""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

import msgspec
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import Model, QuerySet

from rooms.files.storage import content_key, storage
from rooms.models import (
    AuditEntry,
    Ban,
    CustomEmoji,
    Held,
    Ignore,
    InboxItem,
    Invite,
    Membership,
    Message,
    Mute,
    Reaction,
    Report,
    Upload,
    User,
)

BATCH = 500  # rows read at a time
PIECE = 64 * 1024  # bytes, the least that is worth sending

Rows = Iterator[list[dict[str, Any]]]

README = """Your data on this site, in JSON (https://www.json.org/). Times are in UTC.

account.json      your account, and how you log in
messages.json     what you wrote, by time, including messages that were deleted
reactions.json    your reactions
rooms.json        the rooms that you are in, how far you have read, and of what you are told
inbox.json        the messages that were in your inbox within the last year
sessions.json     where you are logged in
invites.json      the invitations that you created
emoji.json        the emoji that you added to the site
moderation.json   your bans and mutes, the messages you reported, the people you ignore, and your
                  messages that are waiting for a moderator
measures.json     what was done to your account
deeds.json        what you did as a moderator, or to your rooms
files.json        the files that you sent, and what you said of them
files/            the files themselves, each in a folder of its id
avatar.webp       your picture, if you have one
"""


def export(*, actor: User) -> Iterator[bytes]:
    """Yield the file in pieces. Each is made on demand, in any thread."""
    pipe = Pipe()
    file_like: Any = pipe  # all of a file that a write-only archive needs
    with zipfile.ZipFile(file_like, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        archive.writestr("account.json", _json(_account(actor)))
        for name, rows in _TABLES.items():
            # A prolific author's file may exceed 2 GB.
            with archive.open(f"{name}.json", "w", force_zip64=True) as file:
                for _ in _write(file, rows(actor)):
                    yield from pipe.pieces()
        archive.writestr("moderation.json", _json(_moderation(actor)))
        if actor.avatar:
            with actor.avatar.open("rb") as picture:
                archive.writestr("avatar.webp", picture.read())
        for upload in _files(actor):
            for _ in _copy(archive, upload):
                yield from pipe.pieces()
    yield from pipe.pieces(everything=True)


class Pipe:
    """A buffer that is written like a file, and read in pieces."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def write(self, data: bytes) -> int:
        self._buffer += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: `pieces` empties the buffer."""

    def pieces(self, *, everything: bool = False) -> Iterator[bytes]:
        if len(self._buffer) >= PIECE or everything:
            piece = bytes(self._buffer)
            self._buffer.clear()
            yield piece


def _write(file: IO[bytes], batches: Rows) -> Iterator[None]:
    """Write a JSON array, one object per line, and yield after each batch."""
    file.write(b"[")
    separator = b"\n"
    for batch in batches:
        for row in batch:
            file.write(separator + msgspec.json.encode(row))
            separator = b",\n"
        yield
    file.write(b"\n]\n")


def _files(actor: User) -> Iterator[Upload]:
    """Yield what is stored of the files that somebody sent."""
    rows = Upload.objects.filter(user=actor, state=Upload.State.READY).order_by("pk")
    last = ""
    while batch := [*rows.filter(pk__gt=last)[:BATCH]]:
        last = batch[-1].pk
        yield from batch


def _copy(archive: zipfile.ZipFile, upload: Upload) -> Iterator[None]:
    """Copy a file's content, and yield after each piece. One that was deleted meanwhile is left
    out. Media are compressed already."""
    try:
        content = storage().open(content_key(upload.pk))
    except FileNotFoundError:
        return
    entry = zipfile.ZipInfo(f"files/{upload.pk}/{upload.name}", upload.created_at.timetuple()[:6])
    with content, archive.open(entry, "w", force_zip64=True) as file:
        while piece := content.read(PIECE):
            file.write(piece)
            yield


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value)) + b"\n"


def _account(actor: User) -> dict[str, Any]:
    addresses = EmailAddress.objects.filter(user=actor)
    factors = Authenticator.objects.filter(user=actor)
    elsewhere = SocialAccount.objects.filter(user=actor)
    return {
        "username": actor.username,
        "display_name": actor.display_name,
        "pronouns": actor.pronouns,
        "about": actor.about,
        "time_zone": actor.zone,
        "browser_time_zone": actor.browser_zone,
        "shows_local_time": actor.shows_time,
        "status": {
            "emoji": actor.status_emoji,
            "text": actor.status_text,
            "until": actor.status_until,
        },
        "do_not_disturb": {
            "until": actor.quiet_until,
            "days": [day for day in range(7) if actor.quiet_days >> day & 1],  # 0: Monday
            "from": _clock(actor.quiet_from),
            "to": _clock(actor.quiet_to),
        },
        "last_seen": actor.seen_at,
        "shows_last_seen": actor.shows_seen,
        "shows_typing": actor.shows_typing,
        "language": actor.language,
        "named_on_the_web": actor.web_named,
        "email": actor.email,
        "mailed_what_was_missed": actor.mail_missed,
        "mailed_every_week": actor.mail_weekly,
        "addresses": list(addresses.values("email", "verified", "primary")),
        "is_staff": actor.is_staff,
        "is_superuser": actor.is_superuser,
        "groups": list(actor.groups.values_list("name", flat=True)),
        "date_joined": actor.date_joined,
        "last_login": actor.last_login,
        "sidebar": msgspec.json.decode(actor.sidebar) if actor.sidebar else None,
        "sections": msgspec.json.decode(actor.sections) if actor.sections else [],
        "keywords": list(actor.keywords.order_by("pk").values_list("word", flat=True)),
        "appearance": msgspec.json.decode(actor.appearance) if actor.appearance else None,
        "factors": [
            {"type": one.type, "name": one.data.get("name", ""), "created_at": one.created_at}
            for one in factors
        ],
        "accounts_elsewhere": list(elsewhere.values("provider", "uid", "date_joined")),
    }


def _clock(minutes: int) -> str:
    return "{:02}:{:02}".format(*divmod(minutes, 60))


def _messages(actor: User) -> Rows:
    """Yield the messages by time. Uses index: message_author."""
    columns = ("number", "created_at", "edited_at", "deleted_at", "reply_to", "body")
    rows = Message.objects.filter(author=actor).order_by("created_at", "pk")
    at, pk = None, 0
    while True:
        left = rows if at is None else rows.filter(created_at__gte=at)
        found = left.exclude(created_at=at, pk__lte=pk) if at is not None else left
        batch = list(found.values("pk", "room__slug", *columns)[:BATCH])
        if not batch:
            return
        at, pk = batch[-1]["created_at"], batch[-1]["pk"]
        yield [_plain(row) for row in batch]


def _by_id(rows: QuerySet[Any], *columns: str) -> Rows:
    pk: int | str = ""
    while batch := [*_after(rows, pk).values("pk", *columns)[:BATCH]]:
        pk = batch[-1]["pk"]
        yield [_plain(row) for row in batch]


def _after(rows: QuerySet[Any], pk: int | str) -> QuerySet[Any]:
    return (rows.filter(pk__gt=pk) if pk else rows).order_by("pk")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Drop our id, and turn the names of joined columns into plain words."""
    return {name.replace("__", "_"): value for name, value in row.items() if name != "pk"}


def _mine(model: type[Model], field: str, *columns: str) -> Callable[[User], Rows]:
    return lambda actor: _by_id(model._default_manager.filter(**{field: actor}), *columns)


# No `detail`: those reasons are for moderators. Bans and mutes state their own.
_MEASURES = ("action", "room__slug", "before", "after", "created_at")
_TABLES: dict[str, Callable[[User], Rows]] = {
    "messages": _messages,
    "reactions": _mine(
        Reaction, "user", "message__room__slug", "message__number", "emoji", "created_at"
    ),
    "rooms": _mine(
        *(Membership, "user", "room__slug", "room__name", "role", "joined_at", "read_number"),
        *("level", "level_until"),
    ),
    "inbox": _mine(InboxItem, "user", "room__slug", "number", "reason", "created_at", "read_at"),
    "files": _mine(
        *(Upload, "user", "id", "room__slug", "message__number", "position", "name", "type"),
        *("kind", "size", "alt", "transcript", "created_at"),
    ),
    "sessions": _mine(UserSession, "user", "ip", "user_agent", "created_at", "last_seen_at"),
    "invites": _mine(
        Invite, "created_by", "room__slug", "created_at", "expires_at", "uses", "revoked_at"
    ),
    "emoji": _mine(CustomEmoji, "created_by", "name", "created_at"),
    "measures": _mine(AuditEntry, "user", *_MEASURES),
    "deeds": _mine(AuditEntry, "actor", *_MEASURES, "detail"),
}


def _moderation(actor: User) -> dict[str, Any]:
    sanction = ("room__slug", "reason", "created_at", "expires_at", "lifted_at")
    report = ("message__room__slug", "message__number", "reason", "note", "created_at")
    return {
        "bans": _all(_mine(Ban, "user", *sanction)(actor)),
        "mutes": _all(_mine(Mute, "user", *sanction)(actor)),
        "reports": _all(_mine(Report, "reporter", *report)(actor)),
        "ignored": _all(_mine(Ignore, "user", "other__username", "kind")(actor)),
        "held": _all(_mine(Held, "author", "room__slug", "body", "note", "outcome")(actor)),
    }


def _all(batches: Iterable[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [row for batch in batches for row in batch]
