"""Remove what a page says of itself, and its picture, from every message that links to it."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from rooms.actions import audit
from rooms.actions.audit import clean_reason
from rooms.actions.messages.previews import locked_rooms, settle
from rooms.models import LinkPreview, Message, MessageLink, User
from rooms.policy.site import require_admin

CHUNK = 50  # messages in one transaction, so that people can post in between


def remove_everywhere(*, actor: User, previews: Iterable[LinkPreview], reason: str = "") -> int:
    """Remove previews from all messages for good; return how many. Messages that link there from
    now on show nothing before the page is fetched again, a day later. Raises Forbidden."""
    reason = clean_reason(reason)
    count = 0
    for preview in previews:
        require_admin(actor)
        while _hide_some(preview):
            pass
        count += _empty(actor, preview, reason)
    return count


def _hide_some(preview: LinkPreview) -> bool:
    """Remove a preview from the newest messages that show it; return whether there were any. Uses
    the index of MessageLink.preview."""
    links = MessageLink.objects.filter(preview=preview, removed=False).order_by("-pk")
    rows = [*links.values_list("pk", "message", "message__room")[:CHUNK]]
    with transaction.atomic():
        rooms = locked_rooms({room_id for _pk, _message, room_id in rows})
        MessageLink.objects.filter(pk__in=[pk for pk, _message, _room in rows]).update(removed=True)
        shown = Message.objects.whole().filter(pk__in=[message for _pk, message, _room in rows])
        settle([*shown.order_by("number")], rooms)
    return bool(rows)


def _empty(actor: User, preview: LinkPreview, reason: str) -> bool:
    """Forget what the page said. Its picture goes with those that no preview has."""
    with transaction.atomic():
        row = LinkPreview.objects.select_for_update().filter(pk=preview.pk).first()
        if row is None:
            return False
        row.title = row.description = row.site = row.picture = ""
        row.width = row.height = None
        row.fetched_at = timezone.now()
        row.save()
        audit.record("preview.removed", actor=actor, detail=reason, before=row.url)
    return True
