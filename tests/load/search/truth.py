"""What a search has to find, by looking at every message: the same rules, without any index."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from rooms.models import Membership, Message, Reaction, User
from rooms.text.search.folding import fold
from rooms.text.search.query import Filter, Period, Query


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    slug: str
    author: str
    written: datetime
    body: str
    folded: str
    html: str


class Truth:
    """Every message that somebody may read, newest first, as of the first look."""

    def __init__(self, actor: User) -> None:
        self._actor = actor

    @cached_property
    def _rows(self) -> list[Row]:
        rooms = Membership.objects.filter(user=self._actor).values("room")
        rows = Message.objects.filter(deleted_at=None, room__in=rooms).order_by("-pk")
        columns = "pk", "room__slug", "author__username", "created_at", "body", "html"
        return [
            Row(pk, slug, author, written, body, fold(body), html)
            for pk, slug, author, written, body, html in rows.values_list(*columns).iterator()
        ]

    @cached_property
    def _reacted(self) -> set[int]:
        return {*Reaction.objects.values_list("message", flat=True)}

    def hits(self, query: Query) -> Iterator[int]:
        """Yield the ids of what they should find, newest first."""
        for row in self._rows:
            if query.matches(row.folded) and all(
                self._meets(row, one) != one.negated for one in query.filters
            ):
                yield row.id

    def _meets(self, row: Row, asked: Filter) -> bool:
        match asked.name, asked.value:
            case "from", author:
                return row.author == author
            case "in", slug:
                return row.slug == slug
            case _, Period(start=start, end=end):
                latest = datetime.max.replace(tzinfo=UTC)
                return (start or row.written) <= row.written < (end or latest)
            case "has", "link":
                return '<a href="' in row.html
            case "has", "code":
                return "<code" in row.html
            case "has", "reaction":
                return row.id in self._reacted
            case "is", "mine":
                return row.author == self._actor.username
        raise NotImplementedError(asked)
