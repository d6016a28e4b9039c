"""The inbox: what concerns somebody, and everything that they haven't read, room by room."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from rooms.actions.messages import backlog
from rooms.actions.notifications import entries, inboxes
from rooms.actions.rooms import reading
from rooms.views.bootstrap import shell
from rooms.views.decorators import Request, number, signed_in, telling, words

MOST_ROOMS = 100


@dataclass(frozen=True, slots=True)
class Filter:
    """What the inbox is narrowed to. `value` is in the address."""

    value: str | None
    label: Promise
    reasons: tuple[str, ...]


FILTERS = (
    Filter(None, pgettext_lazy("inbox", "Everything"), ()),
    Filter("mention", _("Mentions"), ("mention", "room")),
    Filter("reply", _("Replies"), ("reply",)),
    Filter("direct", _("Direct messages"), ("direct",)),
    Filter("keyword", _("Keywords"), ("keyword",)),
)


@require_safe
@signed_in
def inbox(request: Request) -> HttpResponse:
    """What concerns the reader, newest first: a page of it `before` an item, perhaps only what is
    `unread`, or there for one `reason`."""
    before = number(request, "before", most=18)
    only_unread = words(request, "unread") == "1"
    chosen = next((one for one in FILTERS if one.value == words(request, "reason")), FILTERS[0])
    page = entries.page(
        actor=request.user,
        before=str(before) if before else None,
        unread=only_unread,
        reasons=chosen.reasons,
    )
    context = {
        **shell(request),
        "room": None,
        "inbox_view": "inbox",
        "page": page,
        "filters": FILTERS,
        "filter": chosen,
        "only_unread": only_unread,
        "before": before,
    }
    return render(request, "rooms/inbox.html", context)


@require_POST
@signed_in
def inbox_read(request: Request) -> HttpResponse:
    """Mark an item of the inbox as read, or all of them, without scripts."""
    item = number(request, "id", most=18)
    with telling(request):
        if item:
            inboxes.read_items(actor=request.user, ids=[str(item)])
        else:
            inboxes.read_items(actor=request.user, everything=True)
    return redirect("inbox")


@require_safe
@signed_in
def unread(request: Request) -> HttpResponse:
    """Everything unread, room by room. `most` says how many rooms are listed, `room` names those of
    which more is shown."""
    most = min(number(request, "most", most=3) or backlog.ROOMS, MOST_ROOMS)
    whole = request.GET.getlist("room")[:MOST_ROOMS]
    overview = backlog.overview(actor=request.user, most=most, whole=whole)
    context = {
        **shell(request),
        "room": None,
        "inbox_view": "unread",
        "backlogs": [(one, _address(request, one.room.slug)) for one in overview.rooms],
        "rooms_left": overview.left if most < MOST_ROOMS else 0,
        "most": most + backlog.ROOMS,
    }
    return render(request, "rooms/unread.html", context)


def _address(request: Request, slug: str) -> str:
    """Return where more of a room is shown, in the same place; empty if it is already."""
    query = request.GET.copy()
    if slug in query.getlist("room"):
        return ""
    query.appendlist("room", slug)
    return f"?{query.urlencode()}"


@require_POST
@signed_in
def unread_read(request: Request) -> HttpResponse:
    """Mark a room as read up to a message, or all rooms, without scripts."""
    slug, upto = words(request, "room"), number(request, "number", most=18)
    with telling(request):
        if slug and upto is not None:
            reading.mark_read(actor=request.user, slug=slug, number=upto)
        else:
            reading.mark_all_read(actor=request.user)
    return redirect("unread")
