"""The lobby: rooms to browse and join, and what makes new ones."""

import re

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms.actions import arrivals, directory, rooms
from rooms.errors import ChatError
from rooms.forms import DirectForm, RoomForm
from rooms.views.bootstrap import bootstrap
from rooms.views.door import Request, signed_in, words

SHOWN = 50  # rooms on a page


@require_safe
@signed_in
def lobby(request: Request) -> HttpResponse:
    return _lobby(request)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def room_create(request: Request) -> HttpResponse:
    """The lobby with its form for a new room open, or the room that it makes."""
    if request.method != "POST":
        return _lobby(request, room_form=RoomForm(), opened="room")
    form = RoomForm(request.POST)
    if form.is_valid():
        try:
            room = rooms.create_room(actor=request.user, **form.cleaned_data)
        except ChatError as error:
            form.refuse(error)
        else:
            return redirect("room", slug=room.slug)
    return _lobby(request, room_form=form, opened="room")


@require_POST
@signed_in
def direct(request: Request) -> HttpResponse:
    """The direct room of these people: usernames in one field or several."""
    form = DirectForm(request.POST)
    if form.is_valid():
        people = re.split(r"[\s,;]+", " ".join(request.POST.getlist("people")))
        try:
            room = rooms.direct_room(
                actor=request.user, people=[name.removeprefix("@") for name in people if name]
            )
        except ChatError as error:
            form.refuse(error)
        else:
            return redirect("room", slug=room.slug)
    return _lobby(request, direct_form=form, opened="direct")


def _lobby(
    request: Request,
    *,
    room_form: RoomForm | None = None,
    direct_form: DirectForm | None = None,
    opened: str = "",
) -> HttpResponse:
    query = words(request, "q")
    page = words(request, "page")
    public = directory.public_rooms(
        actor=request.user,
        matching=query,
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
        limit=SHOWN,
    )
    arrived = arrivals.arrival(user=request.user)
    context = {
        "bootstrap": bootstrap(arrived.welcome, staff=request.user.moderates_site),
        "rooms": arrived.welcome.rooms,
        "room": None,
        "query": query,
        "found": public.found,
        "public": public,
        "archived": arrived.archived[:SHOWN],
        "archived_left": len(arrived.archived[SHOWN:]),
        "room_form": room_form or RoomForm(),
        "direct_form": direct_form or DirectForm(),
        "opened": opened,
    }
    refused = any(form is not None and form.errors for form in (room_form, direct_form))
    return render(request, "rooms/lobby.html", context, status=422 if refused else 200)
