"""People, rooms and messages for tests, made by the same operations as on a site.

Rate limits are lifted meanwhile: what a test sets up doesn't count.
"""

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from allauth.account.models import EmailAddress
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from rooms.actions.messages import posts
from rooms.actions.moderation import sanctions
from rooms.actions.rooms import creation, invites, memberships
from rooms.models import Ban, LinkPreview, Membership, Message, MessageLink, Room, Upload, User

PASSWORD = "violet-tandem-42"

_nonces = itertools.count()


@contextmanager
def unlimited() -> Iterator[None]:
    with override_settings(RATE_LIMITS=False):
        yield


def make_user(username: str, **fields: object) -> User:
    """A person with an account, whose password is PASSWORD."""
    return User.objects.create_user(username, password=PASSWORD, **fields)  # type: ignore[arg-type]


def confirm(user: User, address: str = "") -> EmailAddress:
    """Confirm this email address, or the account's own, as if they had opened the link."""
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
    """A room that `owner` owns, public unless `kind` says otherwise."""
    with unlimited():
        room = creation.create_room(actor=owner, name=name, kind=kind, topic=topic)
    for user in members:
        add_member(room, user)
    return room


def make_direct(*people: User) -> Room:
    """The direct room between these people."""
    first, *others = people
    with unlimited():
        room = creation.direct_room(actor=first, people=[user.username for user in others])
    Membership.objects.filter(room=room).update(hidden_to=None)  # as if something had been said
    return room


def add_member(room: Room, user: User, role: str = Membership.Role.MEMBER) -> Membership:
    with transaction.atomic():  # as in an operation; PostgreSQL insists on one
        memberships.add_member(room=room, user=user, role=role)
    return Membership.objects.get(room=room, user=user)


def make_invite(
    room: Room | None, *, by: User, days: int | None = 7, max_uses: int | None = None
) -> str:
    """Make an invite, and return its token."""
    with unlimited():
        return invites.create_invite(actor=by, room=room, days=days, max_uses=max_uses)[1]


def ban(user: User, *, room: Room | None = None, by: User, reason: str = "") -> Ban:
    return sanctions.ban_user(actor=by, user=user, room=room, reason=reason)


def make_upload(
    room: Room,
    user: User,
    name: str = "plan.pdf",
    *,
    state: str = Upload.State.READY,
    **fields: object,
) -> Upload:
    """A file that somebody has sent for a room and not posted yet, without its bytes."""
    size = 1000
    given = {"length": size, "received": size, "size": size, "stored": size, **fields}
    return Upload.objects.create(room=room, user=user, name=name, state=state, **given)


def make_preview(
    message: Message, url: str = "https://a.example/", **fields: object
) -> LinkPreview:
    """A preview that a message shows, without the bytes of its picture."""
    said = {"title": "Story", "site": "a.example", "fetched_at": timezone.now(), **fields}
    digest = hashlib.sha256(url.encode()).hexdigest()
    row, _ = LinkPreview.objects.get_or_create(digest=digest, defaults={"url": url, **said})
    MessageLink.objects.create(message=message, position=0, preview=row)
    Message.objects.filter(pk=message.pk).update(linked=1)
    return row


def make_picture(room: Room, user: User, name: str = "cat.jpg", **fields: object) -> Upload:
    sizes = {"width": 1200, "height": 800, "has_thumbnail": True}
    kind = {"kind": Upload.Kind.IMAGE, "type": "image/jpeg"}
    return make_upload(room, user, name, **{**kind, **sizes, **fields})  # type: ignore[arg-type]


def post(
    room: Room,
    author: User,
    body: str = "Hello.",
    *,
    reply_to: int | None = None,
    files: Sequence[Upload] = (),
) -> Message:
    return post_many(room, author, [body], reply_to=reply_to, files=files)[0]


def post_many(
    room: Room,
    author: User,
    bodies: Sequence[str],
    *,
    reply_to: int | None = None,
    files: Sequence[Upload] = (),
) -> list[Message]:
    drafts = [
        posts.Draft(
            actor=author,
            slug=room.slug,
            nonce=f"factory-{next(_nonces)}",
            body=body,
            reply_to=reply_to,
            attachments=tuple(one.pk for one in files),
        )
        for body in bodies
    ]
    with unlimited():
        outcomes = posts.post_messages(drafts)
    numbers = [outcome.number for outcome in outcomes if isinstance(outcome, posts.Posted)]
    assert len(numbers) == len(bodies), outcomes
    room.refresh_from_db()
    return list(Message.objects.filter(room=room, number__in=numbers).order_by("number"))
