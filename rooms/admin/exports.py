"""Exports of the audit log, streamed a chunk of rows at a time."""

import codecs
import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Sequence

from rooms.models import AuditEntry
from rooms.storage.threads import in_db_thread

MAX_EXPORTED = 100_000  # the newest entries; filter by date to get older ones
CHUNK = 1_000  # entries read at a time
KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
COLUMNS = (
    *("time", "actor", "action", "user", "room", "message"),
    *("detail", "before", "after"),
)
# Characters that begin a formula in a spreadsheet; the last four are their full-width forms.
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")

Row = dict[str, str | None]


async def export(kind: str, ids: Sequence[int]) -> AsyncIterator[bytes]:
    """Export these entries, in this order, in one of KINDS."""
    is_csv = kind == "csv"
    # Without a byte order mark, Excel assumes the machine's legacy encoding.
    yield codecs.BOM_UTF8 + _csv([COLUMNS]) if is_csv else b"["
    for start in range(0, len(ids), CHUNK):
        rows = await in_db_thread(_read)(ids[start : start + CHUNK])
        if is_csv:
            yield _csv([_inert(text or "") for text in row.values()] for row in rows)
        else:
            yield (",\n" if start else "\n").encode() + _json(rows)
    if not is_csv:
        yield b"\n]\n"


def _read(ids: Sequence[int]) -> list[Row]:
    entries = AuditEntry.objects.select_related("actor", "user", "room", "message").in_bulk([*ids])
    return [_row(entries[pk]) for pk in ids if pk in entries]


def _row(entry: AuditEntry) -> Row:
    return {
        "time": entry.created_at.isoformat(timespec="seconds"),
        "actor": entry.actor.username if entry.actor else None,
        "action": entry.action,
        "user": entry.user.username if entry.user else None,
        "room": entry.room.slug if entry.room else None,
        "message": str(entry.message.number) if entry.message else None,
        "detail": entry.detail,
        "before": entry.before,
        "after": entry.after,
    }


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def _json(rows: Iterable[Row]) -> bytes:
    return ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def _inert(text: str) -> str:
    """Quote text that a spreadsheet would run as a formula: any moderator can write a reason."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
