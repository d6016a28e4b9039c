"""What the index holds of a message: the grams of all that is searched in it.

That is its body, and what people say of its files. More (cards, polls) comes into `extras_of`; when
it changes, `rooms/actions/messages/indexing.py` has to be told.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from rooms.models import Message, Upload
from rooms.queries import uploads
from rooms.storage.sql import per_row, select
from rooms.text.search import grams as pieces
from rooms.text.search.folding import SEPARATOR, fold_all

# At least what is drawn as a link or as code.
_LINKS = ("://", "www.", "mailto:", "](http")
_CODE = "`"


class Extra(NamedTuple):
    """What is searched of a message besides its body: texts, and the marks of what it has."""

    text: str = ""
    marks: tuple[str, ...] = ()


NOTHING = Extra()


class Entry(NamedTuple):
    """A message as the index sees it."""

    id: int
    room_id: int
    number: int
    author_id: int
    body: str
    extra: Extra = NOTHING

    @property
    def folded(self) -> str:
        """All its texts, as searches compare them."""
        return fold_all([self.body, self.extra.text] if self.extra.text else [self.body])

    def grams(self) -> set[str]:
        """Return its grams. The same entry always has the same, as long as `VERSION` stays."""
        found = pieces.grams(self.folded)
        found.update(self.extra.marks)
        lowered = self.body.lower()
        if any(sign in lowered for sign in _LINKS):
            found.add(pieces.LINK)
        if _CODE in lowered:
            found.add(pieces.CODE)
        return found


class Stretch(NamedTuple):
    """The messages of a room after one number, up to another."""

    room_id: int
    after: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.after


def extras_of(message_ids: Collection[int]) -> dict[int, Extra]:
    """Return what is searched of these messages besides their bodies; those with nothing are left
    out. Uses index: upload_message."""
    return {pk: _extra(files) for pk, files in uploads.of_each(message_ids).items()}


def _extra(files: Sequence[Upload]) -> Extra:
    texts = [text for one in files for text in (one.name, one.alt, one.transcript) if text]
    has_image = any(one.kind == Upload.Kind.IMAGE for one in files)
    return Extra(
        SEPARATOR.join(texts), (pieces.FILE, pieces.IMAGE) if has_image else (pieces.FILE,)
    )


def read(stretches: Sequence[Stretch]) -> list[Entry]:
    """Read the messages of these stretches, by id. Tombstones are among them, since they may be
    restored, unless they are erased. Uses index: message_room_number."""
    of, given = per_row("k", {"room_id": "bigint", "after": "bigint", "last": "bigint"}, stretches)
    rows = select(
        "SELECT m.id, m.room_id, m.number, m.author_id, m.body, m.attached"  # noqa: S608  names of columns
        f" FROM {of} CROSS JOIN rooms_message m WHERE m.room_id = k.room_id"
        " AND m.number > k.after AND m.number <= k.last ORDER BY m.id",
        [given],
    )
    extras = extras_of([row[0] for row in rows if row[5]])
    return [
        Entry(pk, room_id, number, author_id, body, extras.get(pk, NOTHING))
        for pk, room_id, number, author_id, body, _attached in rows
        if body or pk in extras
    ]


def of(messages: Iterable[Message]) -> list[Entry]:
    """Return what these messages say now."""
    messages = [*messages]
    extras = extras_of([one.pk for one in messages if one.attached])
    return [
        Entry(one.pk, one.room_id, one.number, one.author_id, one.body, extras.get(one.pk, NOTHING))
        for one in messages
    ]


def by_room(entries: Iterable[Entry]) -> Mapping[int, list[Entry]]:
    """Sort entries into rooms."""
    found: dict[int, list[Entry]] = defaultdict(list)
    for one in entries:
        found[one.room_id].append(one)
    return found
