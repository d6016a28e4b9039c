"""The data a page's scripts start from, so they can draw without a request."""

import functools
from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse

from rooms import serializers
from rooms.actions.accounts.welcome import Greeting, greet
from rooms.actions.messages.history import OpenedRoom
from rooms.models import User
from rooms.protocol import codec, events
from rooms.queries import visitor

PART = "X-Part"  # the header by which a page in its frame asks for the part that changes: main


def is_part(request: HttpRequest) -> bool:
    """Whether only the part in the frame is asked for, by a page that has the frame."""
    return request.headers.get(PART) == "main"


def shell(
    request: HttpRequest, opened: OpenedRoom | None = None, greeting: Greeting | None = None
) -> dict[str, Any]:
    """The context of `rooms/_app.html`. A visit from another page of the frame needs neither the
    list of rooms nor anything else that the frame has already: what it costs doesn't grow with the
    number of rooms."""
    user = cast(User, request.user)
    if is_part(request):
        here = _here(user, visitor.facts(user.pk).epoch, opened)
        return {"bootstrap": here, "rooms": (), "is_part": True}
    known = greeting or greet(user=user, here=opened.room.slug if opened else None)
    here = _here(user, known.welcome.epoch, opened)
    frame = _frame(known.welcome, user)
    return {"bootstrap": {**here, **frame}, "rooms": known.welcome.rooms}


def _here(user: User, epoch: str, opened: OpenedRoom | None) -> dict[str, Any]:
    """What scripts need to draw the page that is in the frame. Messages stay the JSON that was
    read. Without `opened`, it is a page outside any room."""
    slug = opened.room.slug if opened else None
    page = opened.page if opened else None
    people = (opened.room.people or ()) if opened else ()
    return {
        "user": codec.builtins(serializers.person(user)),
        "epoch": epoch,
        "room": codec.builtins(opened.room) if opened else None,
        "messages": page.messages if page else [],
        "has_before": page.has_before if page else False,
        "has_after": page.has_after if page else False,
        "around": opened.around if opened else None,
        "people": codec.builtins(people),
        "named": codec.builtins(page.people) if page else [],
        "here": page.here if page else (),
        "urls": {
            **_addresses(),
            "members": reverse("room_members", args=[slug]) if slug else None,
            "settings": reverse("room_settings", args=[slug]) if slug else None,
        },
    }


def _frame(welcome: events.Welcome, user: User) -> dict[str, Any]:
    """What they need besides for the frame itself, before the first welcome."""
    return {
        "limits": welcome.limits,
        "rooms": codec.builtins(welcome.rooms),
        "rooms_next": welcome.rooms_next,
        "unread_total": welcome.unread_total,
        "sidebar": codec.builtins(welcome.sidebar),
        "appearance": codec.builtins(welcome.appearance),
        "muted": codec.builtins(welcome.muted),
        "ignored": codec.builtins(welcome.ignored),
        "staff": user.moderates_site,
        "site": codec.builtins(welcome.site),
        "waiting": welcome.waiting,
        "emoji": welcome.emoji,
        "zone": user.browser_zone,  # as the site knows it
    }


@functools.cache
def _addresses() -> dict[str, str]:
    return {
        "socket": "/ws/",
        "room": reverse("lobby"),  # the slug is appended
        "lobby": reverse("lobby"),
        "login": reverse("account_login"),
        "people": reverse("people"),
        "emoji": reverse("emoji_table"),
        "inbox": reverse("inbox"),
        "search": reverse("search"),
        "unread": reverse("unread"),
        "profile": reverse("profile"),
        "account": reverse("settings"),  # below these two are the pages of the settings
        "site": "/settings/",
    }
