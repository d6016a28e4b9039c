"""The lobby: rooms to browse and join, and the forms for new ones."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from rooms.actions.accounts import welcome
from rooms.actions.rooms import creation, directory
from rooms.forms.rooms import DirectForm, RoomForm
from rooms.views.bootstrap import shell
from rooms.views.decorators import Request, signed_in, usernames, words

SHOWN = 50  # rooms on a page


@require_safe
@signed_in
def lobby(request: Request) -> HttpResponse:
    return _lobby(request)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def room_create(request: Request) -> HttpResponse:
    """Show the lobby with the form for a new room open, or create the room."""
    if request.method != "POST":
        return _lobby(request, room_form=RoomForm(), opened="room")
    form = RoomForm(request.POST)
    if form.is_valid():
        with form.refusing():
            room = creation.create_room(actor=request.user, **form.cleaned_data)
            return redirect("room", slug=room.slug)
    return _lobby(request, room_form=form, opened="room")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def direct(request: Request) -> HttpResponse:
    """Show the lobby with the form for a new message open, or open the direct room with these
    people: usernames in one field or several."""
    if request.method != "POST":
        return _lobby(request, direct_form=DirectForm(), opened="direct")
    form = DirectForm(request.POST)
    if form.is_valid():
        with form.refusing():
            room = creation.direct_room(actor=request.user, people=usernames(request))
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
    greeting = welcome.greet(user=request.user)
    context = {
        **shell(request, greeting=greeting),
        "room": None,
        "query": query,
        "found": public.found,
        "public": public,
        "archived": greeting.archived[:SHOWN],
        "archived_left": len(greeting.archived[SHOWN:]),
        "room_form": room_form or RoomForm(),
        "direct_form": direct_form or DirectForm(),
        "opened": opened,
    }
    refused = any(form is not None and form.errors for form in (room_form, direct_form))
    return render(request, "rooms/lobby.html", context, status=422 if refused else 200)
