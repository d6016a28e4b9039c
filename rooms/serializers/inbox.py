"""Lines of the inbox."""

from collections.abc import Sequence

from rooms.protocol import shapes
from rooms.queries import inbox, naming, uploads
from rooms.serializers import excerpts
from rooms.serializers.people import person_from


def inbox_items(lines: Sequence[inbox.Line]) -> list[shapes.InboxItem]:
    """Serialize a page of the inbox. One query if messages on it have files."""
    said = naming.excerpts([(line.body, line.html) for line in lines])
    files = uploads.of_each([line.message_id for line in lines if line.attached])
    return [
        _inbox_item(line, excerpts.joined(text, files.get(line.message_id, ())))
        for line, text in zip(lines, said, strict=True)
    ]


def _inbox_item(line: inbox.Line, excerpt: str) -> shapes.InboxItem:
    return shapes.InboxItem(
        id=str(line.id),
        room=line.slug,
        number=line.number,
        reason=line.reason,  # type: ignore[arg-type]
        author=person_from(*line.author[:4]),
        excerpt=excerpt,
        created_at=line.created_at,
        read=line.is_read,
    )
