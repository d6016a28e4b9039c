"""What the scripts of a page start from, so that they ask nothing before they draw."""

from typing import Any

import msgspec
from django.urls import reverse

from rooms import protocol
from rooms.actions.reading import OpenedRoom


def bootstrap(
    welcome: protocol.Welcome, opened: OpenedRoom | None = None, *, around: int | None = None
) -> dict[str, Any]:
    """The page's `bootstrap` as plain values. Without `opened`: a page outside of any room."""
    slug = opened.room.slug if opened else None
    page = opened.page if opened else None
    return {
        "user": protocol.builtins(welcome.user),
        "epoch": welcome.epoch,
        "limits": welcome.limits,
        "room": protocol.builtins(opened.room) if opened else None,
        "messages": [msgspec.json.decode(raw) for raw in page.messages] if page else [],
        "has_before": page.has_before if page else False,
        "has_after": page.has_after if page else False,
        "around": around,
        "rooms": protocol.builtins(welcome.rooms),
        "urls": {
            "socket": "/ws/",
            "room": reverse("lobby"),  # and the slug
            "lobby": reverse("lobby"),
            "members": reverse("room_members", args=[slug]) if slug else None,
            "settings": reverse("room_settings", args=[slug]) if slug else None,
            "login": reverse("account_login"),
            "people": reverse("people"),
        },
    }
