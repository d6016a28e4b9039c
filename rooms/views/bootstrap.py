"""What the scripts of a page start from, so that they ask nothing before they draw."""

import functools
from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from rooms import protocol
from rooms.actions.pages import OpenedRoom


def bootstrap(
    welcome: protocol.Welcome,
    opened: OpenedRoom | None = None,
    *,
    around: int | None = None,
    people: Sequence[protocol.Person] = (),
    staff: bool,
) -> dict[str, Any]:
    """The page's `bootstrap`; its messages are JSON already, as they were read. Without `opened`: a
    page outside of any room. `people` are the others of a direct room."""
    slug = opened.room.slug if opened else None
    page = opened.page if opened else None
    return {
        "user": protocol.builtins(welcome.user),
        "epoch": welcome.epoch,
        "limits": welcome.limits,
        "room": protocol.builtins(opened.room) if opened else None,
        "messages": page.messages if page else [],
        "has_before": page.has_before if page else False,
        "has_after": page.has_after if page else False,
        "around": around,
        "rooms": protocol.builtins(welcome.rooms),
        "rooms_next": welcome.rooms_next,
        "unread_total": welcome.unread_total,
        "sidebar": protocol.builtins(welcome.sidebar),
        "muted": protocol.builtins(welcome.muted),
        "ignored": protocol.builtins(welcome.ignored),
        "staff": staff,
        "waiting": welcome.waiting,
        "people": protocol.builtins(people),
        "urls": {
            **_addresses(),
            "members": reverse("room_members", args=[slug]) if slug else None,
            "settings": reverse("room_settings", args=[slug]) if slug else None,
        },
    }


@functools.cache
def _addresses() -> dict[str, str]:
    return {
        "socket": "/ws/",
        "room": reverse("lobby"),  # and the slug
        "lobby": reverse("lobby"),
        "login": reverse("account_login"),
        "people": reverse("people"),
    }
