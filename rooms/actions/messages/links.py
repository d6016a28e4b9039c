"""Where messages link to: to other sites, which have previews, and to messages of this one."""

import hashlib
from collections.abc import Iterable
from itertools import islice
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from rooms import address, ratelimit, serializers
from rooms.actions.messages import rendering
from rooms.actions.rooms.lookup import find_room
from rooms.errors import NotFound
from rooms.models import Membership, Message, MessageLink, Room, User
from rooms.protocol import shapes
from rooms.queries import previews
from rooms.queries import site as sites
from rooms.queries.jobs import Work, enqueue
from rooms.text import markup

LINKS = 3  # of a message that are looked at


class Unfurl(Work, frozen=True):
    """Find out what the links of some messages lead to: `messages` are rooms' ids and numbers."""

    kind: ClassVar[str] = "unfurl"
    messages: list[tuple[int, int]]


def links_of(html: str) -> list[str]:
    """Return where a rendered message links to, each address once: the first few that lead to
    other sites. Code and mentions have no links."""
    if '<a href="http' not in html:
        return []
    web = (url for url in markup.links(html) if url.startswith(("http://", "https://")))
    return [*islice((url for url in dict.fromkeys(web) if not address.is_ours(url)), LINKS)]


def digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def expect(written: Iterable[tuple[int, int, str]]) -> None:
    """Have the links of new messages looked at: of each, its room's id, its number and its HTML.
    Costs one statement, and none without links."""
    linked = [(room_id, number) for room_id, number, html in written if links_of(html)]
    if linked and sites.current().link_previews:
        enqueue(Unfurl(messages=linked))


def reconsider(message: Message, before: str) -> None:
    """Look again at the links of a message that is being edited, whose HTML was `before`; its room
    is locked. Previews of links that stay, stay, and so do removals. The caller stores `linked`."""
    had, has = links_of(before), links_of(message.html)
    if had == has:
        return
    old = MessageLink.objects.filter(message=message).select_related("preview")
    kept = {row.preview.url: row for row in old if row.preview.url in has}
    old.delete()
    MessageLink.objects.bulk_create(
        MessageLink(
            message=message,
            position=has.index(url),
            preview=row.preview,
            removed=row.removed,
        )
        for url, row in kept.items()
    )
    message.linked = previews.counts([message.pk]).get(message.pk, 0)
    message.previews = None
    if has and sites.current().link_previews:
        enqueue(Unfurl(messages=[(message.room_id, message.number)]))


def open_link(*, actor: User, slug: str, number: int) -> tuple[shapes.LinkedRoom, Message]:
    """Return the message that a link to this site leads to, and its room. Raises NotFound for a
    message that doesn't exist, was deleted, or is in a room that the actor doesn't see."""
    ratelimit.consume("link.open", actor.pk)
    standing = find_room(actor=actor, slug=slug)
    rows = Message.objects.whole().filter(room=standing.room, number=number, deleted_at=None)
    message = rows.first()
    if message is None:
        raise NotFound(_("There is no such message."))
    rendering.freshen([message])
    message.room = room = standing.room
    is_direct = room.kind == Room.Kind.DIRECT
    people = Membership.objects.people_by_room([room.pk])[room.pk] if is_direct else ()
    name = serializers.title(room, actor.pk, people)
    return shapes.LinkedRoom(room.slug, name, room.kind), message  # type: ignore[arg-type]
