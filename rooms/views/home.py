"""`/`: back to the room that the user was in last."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from rooms.actions.rooms import lookup
from rooms.errors import NotFound
from rooms.views.decorators import Request, signed_in


def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("account_login")
    return _last_room(request)  # type: ignore[return-value]


@signed_in
def _last_room(request: Request) -> HttpResponse:
    room = request.user.last_room
    if room is None:
        return redirect("lobby")
    try:
        membership = lookup.find_room(actor=request.user, slug=room.slug).membership
    except NotFound:
        return redirect("lobby")
    if membership is not None and membership.is_hidden:
        return redirect("lobby")
    return redirect("room", slug=room.slug)
