"""People, rooms and messages for tests, made by the operations that make them on a site.

Limits on rates are lifted meanwhile: what a test sets up doesn't count.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from allauth.account.models import EmailAddress
from django.db import transaction
from django.test import override_settings

from rooms.actions import memberships, posts, rooms, sanctions
from rooms.models import Ban, Membership, Message, Room, User

PASSWORD = "violet-tandem-42"

_nonces = itertools.count()


@contextmanager
def unlimited() -> Iterator[None]:
    with override_settings(RATE_LIMITS=False):
        yield


def make_user(username: str, **fields: object) -> User:
    """Somebody with an account, whose password is PASSWORD."""
    return User.objects.create_user(username, password=PASSWORD, **fields)  # type: ignore[arg-type]


def confirm(user: User, address: str = "") -> EmailAddress:
    """They have opened the link that was sent to this address, or to the one of the account."""
    return EmailAddress.objects.create(
        user=user, email=address or user.email, verified=True, primary=True
    )


def make_room(
    name: str = "Lounge",
    *,
    owner: User,
    kind: str = Room.Kind.PUBLIC,
    topic: str = "",
    members: Sequence[User] = (),
) -> Room:
    """A public (or private) room that `owner` owns."""
    with unlimited():
        room = rooms.create_room(actor=owner, name=name, kind=kind, topic=topic)
    for user in members:
        add_member(room, user)
    return room


def make_direct(*people: User) -> Room:
    """The direct room of these people."""
    first, *others = people
    with unlimited():
        return rooms.direct_room(actor=first, people=[user.username for user in others])


def add_member(room: Room, user: User, role: str = Membership.Role.MEMBER) -> Membership:
    with transaction.atomic():  # as operations have one, which PostgreSQL insists on
        memberships.add_member(room=room, user=user, role=role)
    return Membership.objects.get(room=room, user=user)


def make_invite(
    room: Room | None, *, by: User, days: int | None = 7, max_uses: int | None = None
) -> str:
    """An invite's token."""
    with unlimited():
        return memberships.create_invite(actor=by, room=room, days=days, max_uses=max_uses)[1]


def ban(user: User, *, room: Room | None = None, by: User, reason: str = "") -> Ban:
    return sanctions.ban_user(actor=by, user=user, room=room, reason=reason)


def post(room: Room, author: User, body: str = "Hello.", *, reply_to: int | None = None) -> Message:
    return post_many(room, author, [body], reply_to=reply_to)[0]


def post_many(
    room: Room, author: User, bodies: Sequence[str], *, reply_to: int | None = None
) -> list[Message]:
    drafts = [
        posts.Draft(
            actor=author,
            room=room.slug,
            nonce=f"factory-{next(_nonces)}",
            body=body,
            reply_to=reply_to,
        )
        for body in bodies
    ]
    with unlimited():
        outcomes = posts.post_messages(drafts)
    numbers = [outcome.number for outcome in outcomes if isinstance(outcome, posts.Posted)]
    assert len(numbers) == len(bodies), outcomes
    room.refresh_from_db()
    return list(Message.objects.filter(room=room, number__in=numbers).order_by("number"))
