"""How many rooms somebody whose account is new may begin in a day. Counted in the database, which
all workers share, and from rows that are never deleted."""

from datetime import timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import ngettext_lazy

from rooms import durations
from rooms.actions import rulebook
from rooms.actions.rulebook import Rulebook
from rooms.errors import RateLimited
from rooms.models import Room, User

DAY = timedelta(days=1)
ROOMS = ngettext_lazy(
    "A new account makes %(count)d room in a day. You can make the next one in %(wait)s.",
    "A new account makes %(count)d rooms in a day. You can make the next one in %(wait)s.",
    "count",
)
DIRECTS = ngettext_lazy(
    "A new account begins %(count)d direct room in a day. You can begin the next one in %(wait)s.",
    "A new account begins %(count)d direct rooms in a day. You can begin the next one in %(wait)s.",
    "count",
)


def require_room(actor: User) -> None:
    """For a public or private room that is about to be made, in its transaction. Raises
    RateLimited."""
    book = rulebook.current()
    _require(book, actor, [Room.Kind.PUBLIC, Room.Kind.PRIVATE], book.newcomer_rooms, ROOMS)


def require_direct(actor: User) -> None:
    """The same for a direct room that there isn't yet."""
    book = rulebook.current()
    _require(book, actor, [Room.Kind.DIRECT], book.newcomer_directs, DIRECTS)


def _require(
    book: Rulebook, actor: User, kinds: list[Room.Kind], most: int, words: Promise
) -> None:
    if not book.newcomer_hours:
        return
    # Read anew, and locked, so that two at once count each other.
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
