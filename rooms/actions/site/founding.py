"""Set up a new site: its owner, its name and look, and the room that everyone joins."""

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext

from rooms.actions.accounts import setup
from rooms.actions.rooms import creation
from rooms.actions.site import settings
from rooms.models import Installation, Room, User


def found(
    *,
    token: str,
    username: str,
    password: str,
    email: str = "",
    own_language: str = "",
    name: str = "",
    logo: File | None = None,  # type: ignore[type-arg]
    language: str = "",
    signup: str = "",
    first_room: str = "",
) -> User:
    """Create the owner's account and the site's settings: all of it, or nothing. `first_room` is
    the name of a public room that everyone joins; empty: there is none."""
    with transaction.atomic():
        owner = setup.create_owner(
            token=token, username=username, password=password, email=email, language=own_language
        )
        settings.change(
            actor=owner,
            name=name,
            language=language,
            signup=signup or Installation.Signup.OPEN,
        )
        if first_room:
            room = creation.create_room(
                actor=owner,
                name=first_room,
                kind=Room.Kind.PUBLIC,
                topic=gettext("For everyone on this site"),
            )
            settings.set_default(actor=owner, room=room, default=True)
        if logo is not None:
            settings.set_logo(actor=owner, upload=logo)
    return owner
