"""Limit how many rooms a new account may create per day. Counted from the rooms themselves, which
all workers share and which are never deleted."""

from datetime import timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import ngettext_lazy

from rooms.actions.screening import rulebook
from rooms.actions.screening.rulebook import Rulebook
from rooms.errors import RateLimited
from rooms.models import Room, User
from rooms.text import durations

DAY = timedelta(days=1)
ROOMS = ngettext_lazy(
    "A new account can create %(count)d room per day. You can create the next one in %(wait)s.",
    "A new account can create %(count)d rooms per day. You can create the next one in %(wait)s.",
    "count",
)
DIRECTS = ngettext_lazy(
    "A new account can start %(count)d direct room per day."
    " You can start the next one in %(wait)s.",
    "A new account can start %(count)d direct rooms per day."
    " You can start the next one in %(wait)s.",
    "count",
)


def require_room(actor: User) -> None:
    """Check the limit for public and private rooms, in the transaction that creates one. Raises
    RateLimited."""
    book = rulebook.current()
    _require(book, actor, [Room.Kind.PUBLIC, Room.Kind.PRIVATE], book.newcomer_rooms, ROOMS)


def require_direct(actor: User) -> None:
    """Check the limit for direct rooms, in the transaction that creates one. Raises RateLimited."""
    book = rulebook.current()
    _require(book, actor, [Room.Kind.DIRECT], book.newcomer_directs, DIRECTS)


def _require(
    book: Rulebook, actor: User, kinds: list[Room.Kind], most: int, words: Promise
) -> None:
    if not book.newcomer_hours:
        return
    # Read again, and locked, so that two simultaneous creations count each other.
    until = book.newcomer_until(User.objects.select_for_update(no_key=True).get(pk=actor.pk))
    now = timezone.now()
    if until is None:
        return
    made = Room.objects.filter(created_by=actor, kind__in=kinds, created_at__gt=now - DAY)
    newest = [*made.order_by("-created_at").values_list("created_at", flat=True)[:most]]
    if len(newest) < most:
        return
    again = min(until, newest[-1] + DAY) if newest else until
    wait = max(0.1, (again - now).total_seconds())
    raise RateLimited(words, count=most, wait=durations.words(wait), retry_after=round(wait, 1))
