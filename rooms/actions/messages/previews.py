"""The previews of links that messages show.

Whoever posts waits for none of it: a message with links leaves a job. That one notes where the
message links to, and asks for what isn't known yet, once for each address, however many messages
link there. What was found belongs to all of them.
"""

import io
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import ClassVar

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.actions import audit
from rooms.actions.messages.changes import change, locked_message
from rooms.actions.messages.links import Unfurl, digest, links_of
from rooms.errors import Forbidden, RateLimited
from rooms.files.shrinking import Picture
from rooms.files.storage import storage
from rooms.models import LinkPreview, Message, MessageLink, Room, User
from rooms.protocol import events
from rooms.queries import previews
from rooms.queries import site as sites
from rooms.queries.jobs import Work, enqueue_each
from rooms.text.pages import Page

KEPT = timedelta(days=1)  # what was found, or that nothing was
# What must not be kept (`Cache-Control: no-store`) still serves those who post it together.
KEPT_SHORTLY = timedelta(minutes=1)
LATEST = 10 * 60.0  # seconds after which nobody is interested in what a link leads to
CHUNK = 200  # messages, or previews, in one transaction
FOLDER = "previews"  # of their pictures, in the store


class Fetch(Work, frozen=True):
    """Fetch what a link leads to."""

    kind: ClassVar[str] = "fetch"
    preview: int
    asked_at: float  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Found:
    """What an address leads to. `keeps`: whether it may be kept for the next who link there."""

    page: Page
    picture: Picture | None = None
    keeps: bool = True


NOTHING = Found(Page())


# -- messages --------------------------------------------------------------------------------


def unfurl(work: Unfurl) -> None:
    """Note where messages link to, show what is known of it, and ask for the rest. Twice is once.
    What was deleted or edited meanwhile is looked at as it is now."""
    if not sites.current().link_previews:
        return
    rooms, numbers = {room for room, _ in work.messages}, {number for _, number in work.messages}
    with transaction.atomic():
        locked = locked_rooms(rooms)
        wanted = {*work.messages}
        found = Message.objects.whole().filter(room__in=rooms, number__in=numbers, deleted_at=None)
        rows = [row for row in found if (row.room_id, row.number) in wanted]
        links = {row.pk: links_of(row.html) for row in rows}
        known = _known({url for urls in links.values() for url in urls})
        MessageLink.objects.bulk_create(
            [
                MessageLink(message=row, position=position, preview=known[url])
                for row in rows
                for position, url in enumerate(links[row.pk])
            ],
            ignore_conflicts=True,
        )
        asked = _ask(rows, links, known)
        # What was said long ago is asked for again first: nobody is told of it twice.
        old = {row.url for row in known.values() if row.pk in asked and (row.title or row.picture)}
        settle([row for row in rows if not old & {*links[row.pk]}], locked)


def _known(urls: Collection[str]) -> dict[str, LinkPreview]:
    """Return the row of each address, made if there is none."""
    by_digest = {digest(url): url for url in sorted(urls)}
    rows = LinkPreview.objects.filter(digest__in=by_digest)
    known = {row.url: row for row in rows}
    if len(known) < len(by_digest):
        LinkPreview.objects.bulk_create(
            [
                LinkPreview(digest=key, url=url)
                for key, url in sorted(by_digest.items())
                if url not in known
            ],
            ignore_conflicts=True,
        )
        known = {row.url: row for row in rows.all()}
    return known


def _ask(
    messages: Sequence[Message], links: dict[int, list[str]], known: dict[str, LinkPreview]
) -> set[int]:
    """Ask for what isn't known, or no longer; return the ids of what is asked for. Nobody can have
    more than so many links looked at."""
    now = time.time()
    wanted: dict[str, Fetch] = {}
    for message in messages:
        for url in links[message.pk]:
            row = known[url]
            if is_fresh(row) or row.digest in wanted:
                continue
            try:
                ratelimit.consume("preview", message.author_id)
            except RateLimited:
                break
            wanted[row.digest] = Fetch(preview=row.pk, asked_at=now)
    enqueue_each(wanted)
    return {one.preview for one in wanted.values()}


def is_fresh(row: LinkPreview) -> bool:
    return row.fetched_at is not None and row.fetched_at > timezone.now() - KEPT


def locked_rooms(ids: Collection[int]) -> dict[int, Room]:
    slugs = [*Room.objects.filter(pk__in=ids).values_list("slug", flat=True)]
    return {room.pk: room for room in Room.objects.locked(slugs)}


def settle(messages: Sequence[Message], rooms: dict[int, Room]) -> bool:
    """Announce the messages that have more to show than before, or less; return whether there were
    any. Their rooms are locked. A deleted one shows it when it is restored."""
    counts = previews.counts([message.pk for message in messages])
    changed: dict[int, list[Message]] = {}
    gone: list[Message] = []
    for message in messages:
        count = counts.get(message.pk, 0)
        if message.linked != count:
            message.linked = count
            message.room = rooms[message.room_id]
            (gone if message.deleted else changed.setdefault(message.room_id, [])).append(message)
    for rows in changed.values():
        change(rows, events.MessageUpdated, "linked")
    Message.objects.bulk_update(gone, ["linked"])
    return bool(changed or gone)


# -- addresses -------------------------------------------------------------------------------


def due(work: Fetch) -> str | None:
    """Return the address to fetch; None if it was fetched since, nothing links there any longer, or
    it is too late."""
    row = LinkPreview.objects.filter(pk=work.preview).first()
    is_late = time.time() > work.asked_at + LATEST
    if row is None or is_fresh(row) or is_late or not sites.current().link_previews:
        return None
    return row.url if row.links.filter(removed=False).exists() else None


def store(work: Fetch, found: Found) -> None:
    """Keep what was found. If the page says nothing or couldn't be fetched, keep what is known of
    it, and ask again a day later."""
    small = found.picture
    name = _saved(small) if small else ""
    with transaction.atomic():
        row = LinkPreview.objects.select_for_update().filter(pk=work.preview).first()
        if row is None:
            return
        if found.page.title or name:
            row.picture = name
            row.title, row.description = found.page.title, found.page.description
            row.site = found.page.site
            row.width = small.width if small else None
            row.height = small.height if small else None
        # Earlier than it was, if it may not be kept.
        row.fetched_at = timezone.now() - (timedelta() if found.keeps else KEPT - KEPT_SHORTLY)
        row.save()


def show(work: Fetch) -> None:
    """Show what was found in the messages that link there, the newest first, until none changes:
    older ones have had it since it was fetched before. Uses the index of MessageLink.preview."""
    links = MessageLink.objects.filter(preview=work.preview, removed=False).order_by("-pk")
    before = None
    while True:
        rest = links if before is None else links.filter(pk__lt=before)
        rows = [*rest.values_list("pk", "message", "message__room")[:CHUNK]]
        with transaction.atomic():
            rooms = locked_rooms({room_id for _pk, _message, room_id in rows})
            ids = [message for _pk, message, _room in rows]
            messages = Message.objects.whole().filter(pk__in=ids).order_by("number")
            changed = settle([*messages], rooms)
        if len(rows) < CHUNK or not changed:
            return
        before = rows[-1][0]


def _saved(small: Picture) -> str:
    """Store a picture; return its name. That is made of its content, so that a page that is fetched
    again keeps its picture, and with our secret: knowing a picture isn't enough to learn whether
    somebody here has linked to it."""
    name = salted_hmac("previews", small.content, algorithm="sha256").hexdigest()[:32] + ".webp"
    storage().save(_key(name), io.BytesIO(small.content))
    return name


def picture(name: str) -> bytes:
    """Return a picture's content. Raises FileNotFoundError."""
    return storage().read(_key(name))


def _key(name: str) -> str:
    return f"{FOLDER}/{name[:2]}/{name}"


# -- removing --------------------------------------------------------------------------------


def remove_preview(*, actor: User, slug: str, number: int, url: str) -> Message:
    """Remove the preview of a link from a message: its author may, and moderators. Removing one
    that isn't there changes nothing."""
    ratelimit.consume("message.edit", actor.pk)
    with transaction.atomic():
        standing, message = locked_message(actor=actor, slug=slug, number=number)
        standing.require_unlinking(message)
        if message.deleted:
            raise Forbidden(_("This message was deleted."))
        shown = MessageLink.objects.filter(previews.SHOWN, message=message)
        removed = [*shown.filter(preview__digest=digest(url)).values_list("pk", flat=True)]
        if MessageLink.objects.filter(pk__in=removed).update(removed=True):
            message.previews = None
            settle([message], {message.room_id: standing.room})
            if message.author_id != standing.user.pk:
                audit.record(
                    "message.preview_removed",
                    actor=standing.user,
                    room=message.room,
                    user=message.author,
                    message=message,
                    before=url,
                )
    return message


# -- pruning ---------------------------------------------------------------------------------


def prune() -> None:
    """Forget what no message shows: previews with their pictures, and which messages link to pages
    that had nothing to say."""
    last = 0
    while True:
        old = Q(fetched_at=None) | Q(fetched_at__lt=timezone.now() - KEPT)
        rows = LinkPreview.objects.filter(old, pk__gt=last).order_by("pk")
        ids = [*rows.values_list("pk", flat=True)[:CHUNK]]
        if not ids:
            break
        _prune_these(ids)
        last = ids[-1]
    _sweep()


def _prune_these(ids: Sequence[int]) -> None:
    with transaction.atomic():
        rows = [*LinkPreview.objects.filter(pk__in=ids).select_for_update()]
        shown = MessageLink.objects.filter(preview__in=rows, removed=False)
        is_new = Q(message__created_at__gt=timezone.now() - KEPT)  # its page may yet be fetched
        used = {*shown.filter(previews.SHOWN | is_new).values_list("preview", flat=True)}
        idle = [row for row in rows if row.pk not in used]
        shown.filter(preview__in=idle).delete()
        # That somebody removed it is remembered, for when the message is edited.
        removed = {*MessageLink.objects.filter(preview__in=idle).values_list("preview", flat=True)}
        emptied = LinkPreview.objects.filter(pk__in=removed)
        emptied.update(title="", description="", site="", picture="", width=None, height=None)
        LinkPreview.objects.filter(pk__in={row.pk for row in idle} - removed).delete()


def _sweep() -> None:
    """Delete the pictures that no preview has. Those of the last day stay: a picture is stored
    before its preview says so, and a process that dies in between leaves it to this."""
    store = storage()
    old = store.older(FOLDER, time.time() - KEPT.total_seconds())
    # A sixteenth at a time, since there may be many.
    for first, keys in groupby(old, key=lambda key: key.removeprefix(f"{FOLDER}/")[:1]):
        with_pictures = LinkPreview.objects.filter(picture__startswith=first)
        used = {_key(name) for name in with_pictures.values_list("picture", flat=True)}
        for key in keys:
            if key not in used:
                store.delete(key)
