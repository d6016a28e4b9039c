"""The previews that messages show of their links, a page of messages at a time. Only messages that
show any are looked up."""

from collections.abc import Iterable, Sequence

from django.db.models import Count, Q

from rooms.models import LinkPreview, Message, MessageLink

# A page that couldn't be fetched, or says nothing, has neither.
SAYS_SOMETHING = ~Q(title="") | ~Q(picture="")
SHOWN = Q(removed=False) & (~Q(preview__title="") | ~Q(preview__picture=""))


def load(messages: Sequence[Message]) -> None:
    """Read the previews of several messages at once. Uses index: link_position."""
    ids = [message.pk for message in messages if message.linked and not message.deleted]
    found: dict[int, list[LinkPreview]] = {}
    if ids:
        rows = MessageLink.objects.filter(SHOWN, message__in=ids).select_related("preview")
        for row in rows.order_by("message", "position"):
            found.setdefault(row.message_id, []).append(row.preview)
    for message in messages:
        message.previews = found.get(message.pk, [])


def of(message: Message) -> list[LinkPreview]:
    """Return the previews that a message shows, in the order of its links."""
    if message.previews is None and not message._state.adding:
        load([message])
    return message.previews or []


def counts(message_ids: Iterable[int]) -> dict[int, int]:
    """Return how many previews these messages have to show; those with none are left out. Uses
    index: link_position."""
    rows = MessageLink.objects.filter(SHOWN, message__in=[*message_ids])
    return dict(rows.values_list("message").annotate(count=Count("pk")).order_by())
