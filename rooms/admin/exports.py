"""The audit log as a file: made while it is sent, some rows at a time."""

import codecs
import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Sequence

from rooms.db import in_db_thread
from rooms.models import AuditEntry

MAX_EXPORTED = 100_000  # entries, the newest; dates reach those before them
CHUNK = 1_000  # entries that are read at a time
KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
COLUMNS = (
    *("time", "actor", "action", "user", "room", "message"),
    *("detail", "before", "after"),
)
# What a spreadsheet takes for the beginning of a formula, the last four as they are written among
# Chinese characters.
FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")

Row = dict[str, str | None]


async def export(kind: str, ids: Sequence[int]) -> AsyncIterator[bytes]:
    """Entries in the order of their ids, in one of KINDS."""
    is_csv = kind == "csv"
    # Excel takes a file without the mark for one in the machine's old encoding.
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
    """Text that a spreadsheet doesn't calculate: reasons are written by anybody who moderates."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
