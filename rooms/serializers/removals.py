"""Removals: what one would remove, and what it has."""

from collections.abc import Iterable

from rooms.models import Message, Removal
from rooms.protocol import codec, limits, shapes
from rooms.serializers.messages import message


def removal(row: Removal) -> shapes.Removal:
    return shapes.Removal(row.pk, row.count, row.finished_at is not None)


def preview(count: int, more: bool, newest: Iterable[Message]) -> shapes.Preview:
    """The preview of a removal, with as many of the newest messages as fit into a reply."""
    shown: list[shapes.Message] = []
    size = 0
    for row in newest:
        shown.append(message(row))
        size += len(codec.encode(shown[-1]))
        if size > limits.PAGE_BYTES:
            break
    return shapes.Preview(count, more, shown)
