"""Who there is on a server under load: people by number, each signed in already."""

from datetime import timedelta
from importlib import import_module

PEOPLE = 5000
ROOMS = 200  # of five, beside the one that the first thousand are in
HALL = 0  # the room of the first thousand people
HALL_PEOPLE = 1000
ROOM_PEOPLE = 5
ROOM_MESSAGES = 50  # a page of them in each small room


def session_key(person: int) -> str:
    return f"{person:032d}"


def room_slug(room: int) -> str:
    return f"room-{room}"


def small_rooms() -> list[tuple[int, range]]:
    """Each room after the hall, and its people."""
    return [
        (room, range((room - 1) * ROOM_PEOPLE, room * ROOM_PEOPLE)) for room in range(1, ROOMS + 1)
    ]


TALKING = small_rooms()[1]  # where somebody talks while something else is measured
CALLER = TALKING[1].stop  # who calls everybody meanwhile, and isn't told of it


def sign_everybody_up(count: int) -> None:
    """People, and a session of each, straight into the database of the project that is set up:
    through the doors it would take longer than what is measured."""
    from django.conf import settings
    from django.contrib.auth import (
        BACKEND_SESSION_KEY,
        HASH_SESSION_KEY,
        SESSION_KEY,
        get_user_model,
    )
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    User = get_user_model()
    User.objects.bulk_create(
        User(username=f"person_{person}", password=f"!{person}") for person in range(count)
    )
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    later = timezone.now() + timedelta(days=7)
    Session.objects.bulk_create(
        Session(
            session_key=session_key(int(user.get_username().removeprefix("person_"))),
            session_data=store.encode(
                {
                    SESSION_KEY: str(user.pk),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                }
            ),
            expire_date=later,
        )
        for user in User.objects.filter(username__startswith="person_")
    )
