"""The inbox: what concerns somebody, and what of it they have read."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit, serializers
from rooms.broadcast import envelope, hint_on_commit, user_group
from rooms.errors import Invalid
from rooms.models import User
from rooms.protocol import events, shapes
from rooms.queries import inbox
from rooms.queries.inbox import Place

MAX_WITHDRAWN = 200  # told one by one; the count says the rest


@dataclass(frozen=True, slots=True)
class Page:
    """Items, newest first; whether there are older ones; and how many are unread in all."""

    items: list[shapes.InboxItem]
    has_before: bool
    unread: int


def page(
    *,
    actor: User,
    before: str | None = None,
    limit: int = 50,
    unread: bool = False,
    reasons: Sequence[str] = (),
) -> Page:
    """Return a page of one's inbox: the items before the one with this id, or the newest; all, or
    what is there for some reasons."""
    ratelimit.consume("inbox", actor.pk)
    edge = None if before is None else int(before)
    found = inbox.lines(actor.pk, before=edge, limit=limit + 1, only_unread=unread, reasons=reasons)
    items = serializers.inbox_items(found[:limit])
    return Page(items, len(found) > limit, inbox.unread(actor.pk))


def read_items(*, actor: User, ids: Sequence[str] | None = None, everything: bool = False) -> int:
    """Mark these items of one's inbox as read, or all of them; return how many are unread now. No
    room's cursor moves."""
    ratelimit.consume("inbox.read", actor.pk)
    if ids is None and not everything:
        raise Invalid(_("Name the items, or say that you mean all of them."))
    with transaction.atomic():
        chosen = None if everything else [int(one) for one in ids or ()]
        announce(actor.pk, inbox.mark_read(actor.pk, chosen))
        return inbox.unread(actor.pk)


def announce(user_id: int, places: Sequence[Place]) -> None:
    """Tell somebody's pages that these items, which were unread, are so no longer. A hint may get
    lost: the next one, or the next welcome, says the number again."""
    if places:
        group, unread = user_group(user_id), inbox.unread(user_id)
        told = [withdrawn(place) for place in places[:MAX_WITHDRAWN]]
        changed = events.InboxChanged(unread=unread)
        hint_on_commit(*(envelope(group, event) for event in [*told, changed]))


def withdrawn(place: Place) -> events.NotificationWithdrawn:
    """Build the event that takes an item, which is no longer unread, from where it is shown."""
    return events.NotificationWithdrawn(id=str(place.id), room=place.slug, number=place.number)
