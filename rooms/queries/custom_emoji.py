"""The site's own emoji, cached in each process for as long as their revision holds."""

from collections.abc import Mapping
from dataclasses import dataclass

from rooms.models import CustomEmoji, Installation
from rooms.storage.recent import Recent
from rooms.text import shortcodes
from rooms.text.pictures import NO_PICTURES, Picture, keys_in

# A new emoji is known to every process after this time.
KNOWN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """All custom emoji at one revision, by name."""

    revision: int
    pictures: Mapping[str, Picture]
    keys: frozenset[str]


_EMPTY = Table(0, NO_PICTURES, frozenset())
_latest = _EMPTY
_revisions: Recent[Table] = Recent(size=1, seconds=KNOWN_SECONDS)


def current(wanted: int | None = None) -> Table:
    """Return the table: at most a second old, and not older than a revision that someone has heard
    of, which is `wanted`."""
    table = _revisions.get("", _read)
    if wanted is None or table.revision == wanted:
        return table
    forget()
    return _revisions.get("", _read)


def forget() -> None:
    """Read the revision anew: it was just changed here."""
    _revisions.clear()


def written_in(body: str) -> Mapping[str, Picture]:
    """Return the pictures by which to render a text; most texts need none."""
    has_code = body.count(":") > 1 and any(shortcodes.places(body))
    return current().pictures if has_code else NO_PICTURES


def has_gone(html: str) -> bool:
    """Whether rendered text shows an emoji that has been removed since."""
    keys = keys_in(html)
    return bool(keys) and not current().keys.issuperset(keys)


def of_reaction(emoji: str) -> Picture | None:
    """Return the picture of a reaction, if it is `:name:` and there is one of that name."""
    if not (emoji.startswith(":") and emoji.endswith(":")):
        return None
    return current().pictures.get(emoji[1:-1])


def _read() -> Table:
    global _latest
    revision = Installation.objects.filter(pk=1).values_list("emoji_revision", flat=True).first()
    if not revision:
        return _EMPTY
    if _latest.revision != revision:
        pictures = {row.name: row.picture for row in CustomEmoji.objects.order_by("name")}
        _latest = Table(revision, pictures, frozenset(one.key for one in pictures.values()))
    return _latest
