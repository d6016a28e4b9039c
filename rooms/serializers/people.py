"""People, as others see them."""

import functools

from msgspec import UNSET, structs

from rooms.models import User
from rooms.protocol import shapes


def person(user: User) -> shapes.Person:
    return shapes.Person(user.pk, user.username, user.name, avatar(user))


def neighbour(user: User) -> shapes.Person:
    """A person in a direct room, with `active` false if their account is closed."""
    return structs.replace(person(user), active=UNSET if user.is_active else False)


@functools.lru_cache(maxsize=4096)
def person_from(id: int, username: str, display_name: str, avatar: str) -> shapes.Person:
    """Do the same as `person`, from the columns of a row."""
    user = User(id=id, username=username, display_name=display_name, avatar=avatar)
    return person(user)


def profile(user: User) -> shapes.Profile:
    """What a person's card shows to anyone: only the name if their account is closed."""
    known = user.is_active
    return shapes.Profile(
        *(user.pk, user.username, user.name, avatar(user)),
        pronouns=user.pronouns if known else "",
        about=user.about if known else "",
        zone=(user.local_zone or None) if known and user.shows_time else None,
        moderates=user.moderates_site,
        active=UNSET if known else False,
    )


def member(user: User, role: str) -> shapes.Member:
    return shapes.Member(user.pk, user.username, user.name, avatar(user), role)  # type: ignore[arg-type]


def avatar(user: User) -> str | None:
    return user.avatar.url if user.avatar else None
