"""`/`: back to where one was."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from rooms.actions import sight
from rooms.errors import NotFound
from rooms.views.door import Request, signed_in


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
        sight.find_room(actor=request.user, slug=room.slug)
    except NotFound:
        return redirect("lobby")
    return redirect("room", slug=room.slug)
