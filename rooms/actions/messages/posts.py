"""Post messages: a batch of drafts in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit, serializers
from rooms.actions.messages import concerns, indexing, links
from rooms.actions.messages.concerns import Circle
from rooms.actions.messages.rendering import marked
from rooms.actions.notifications import inboxes, keywords
from rooms.actions.notifications.keywords import Watchlist
from rooms.actions.rooms import hiding
from rooms.actions.screening import held, rulebook, waiting
from rooms.actions.screening.rulebook import Finding, Rulebook, Verdict
from rooms.broadcast import publish_on_commit, room_group
from rooms.errors import ChatError, Invalid, NotFound, SlowMode, TooLarge
from rooms.fanout.envelopes import Envelope
from rooms.models import Room, Upload, User
from rooms.policy import blocks
from rooms.policy.standing import no_such_room
from rooms.protocol import codec, limits
from rooms.queries import inbox, naming, posting, uploads
from rooms.queries.inbox import Place
from rooms.queries.posting import Author, LockedRoom, Row
from rooms.storage.sql import Straight, straight
from rooms.storage.threads import confirmed
from rooms.text import bodies, durations, markup
from rooms.text.matcher import Action
from rooms.text.mentions import Marked


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be posted in the room `slug`; `reply_to` is a message's number, `attachments`
    are the ids of uploads. An `approved` draft was held, and a moderator has let it through."""

    actor: User
    slug: str
    nonce: str
    body: str
    reply_to: int | None = None
    approved: bool = False
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Posted:
    """A stored message, encoded once: everybody gets the same bytes."""

    slug: str
    number: int
    message: msgspec.Raw


@dataclass(frozen=True, slots=True)
class _Written:
    """A draft with all the work done that needs no lock."""

    draft: Draft
    body: str
    text: Marked
    book: Rulebook
    finding: Finding
    watchlist: Watchlist
    watching: frozenset[int]  # whose keywords it has


def post_message(draft: Draft) -> Posted:
    """Post one message. Raises its refusal."""
    outcome = post_messages([draft])[0]
    if isinstance(outcome, ChatError):
        raise outcome
    return outcome


def post_messages(drafts: Sequence[Draft], *, again: bool = False) -> list[Posted | ChatError]:
    """Post a batch in one transaction; return each draft's outcome, in order.

    A nonce that its author has already used in the room returns the stored message and posts
    nothing. Raises Unconfirmed if the database's answer to the commit was lost: then post the batch
    `again`, which consumes no rate limit, to learn the outcome.
    """
    outcomes: dict[int, Posted | ChatError] = {}
    written: dict[int, _Written] = {}
    for index, draft in enumerate(drafts):
        try:
            if not again:
                ratelimit.consume("message.post", draft.actor.pk)
            written[index] = _write(draft)
        except ChatError as error:
            outcomes[index] = error
    if written:
        with confirmed(), straight() as cursor:
            placed = _Batch(cursor).place([*written.values()])
            outcomes.update(zip(written, placed, strict=True))
    return [outcomes[index] for index in range(len(drafts))]


def _write(draft: Draft) -> _Written:
    body = clean_body(draft.body, may_be_empty=bool(draft.attachments))
    book, watchlist = rulebook.known(), keywords.known()
    text = marked(body)
    found, watching = book.find(text.plain), watchlist.find(text.plain)
    return _Written(draft, body, text, book, found, watchlist, watching)


def clean_body(body: str, *, may_be_empty: bool = False) -> str:
    """Return the body as it is stored. Raises TooLarge or Invalid."""
    if len(body) > limits.MAX_BODY:
        raise TooLarge(
            _("A message can have at most %(most)d characters; this one has %(count)d."),
            most=limits.MAX_BODY,
            count=len(body),
        )
    return bodies.clean_text(body) if may_be_empty else bodies.clean_body(body)


class _Batch:
    """The messages of one transaction, written in a constant number of statements."""

    def __init__(self, cursor: Straight) -> None:
        self.cursor = cursor
        self.rows: list[Row] = []
        self.read: dict[int, int] = {}  # membership's id → number
        self.envelopes: list[Envelope] = []
        # By room, author and nonce, which may occur twice in a batch.
        self.known: dict[tuple[int, int, str], Posted | ChatError] = {}
        self.flagged: list[tuple[Row, str]] = []  # with the rule's pattern
        self.attached: list[tuple[int, int, list[Upload]]] = []  # by room and number
        self.has_held = False
        self.watching: dict[tuple[int, int], frozenset[int]] = {}  # by room and number
        self.items: dict[int, list[Place]] = {}  # what authors read by posting, by their ids

    def place(self, items: Sequence[_Written]) -> list[Posted | ChatError]:
        """Give each message its number and revision, unless it is refused or already stored, and
        store them."""
        rooms = posting.lock_rooms(self.cursor, {item.draft.slug for item in items})
        # Taken under the locks, so that times are in the order of the numbers.
        self.now = timezone.now()
        authors = self._authors(items, rooms)
        wanted = {pk for item in items for pk in item.draft.attachments}
        self.uploads = uploads.locked(wanted) if wanted else {}  # those that nobody has taken
        there = [item for item in items if item.draft.slug in rooms]
        self.circle = Circle.of(
            (rooms[item.draft.slug], item.text, item.draft.reply_to) for item in there
        )
        outcomes: list[Posted | ChatError] = []
        for item, author in zip(items, authors, strict=True):
            try:
                outcomes.append(self._posted(item, author))
            except ChatError as error:
                outcomes.append(error)
        if self.rows:
            changed = {row.room_id for row in self.rows}
            written = [room for room in rooms.values() if room.id in changed]
            posting.write(self.cursor, self.rows, self.read, written)
            uploads.attach(self.cursor, self.attached)
            held.flag(self.flagged)
            concerns.announce(self.cursor, self.circle, self.rows, written, self.watching)
            for author_id, places in self.items.items():
                inboxes.announce(author_id, places)
            publish_on_commit(*self.envelopes)
            hiding.resurface(self._said_in(written))
            indexing.expect(changed)
            links.expect((row.room_id, row.number, row.html) for row in self.rows)
        if self.flagged or self.has_held:
            waiting.announce()
        return outcomes

    def _said_in(self, rooms: Iterable[LockedRoom]) -> dict[int, set[int]]:
        """Return who has written in the direct rooms among these, by room."""
        direct = {room.id for room in rooms if room.kind == Room.Kind.DIRECT}
        said: dict[int, set[int]] = {room_id: set() for room_id in direct}
        for row in self.rows:
            if row.room_id in direct:
                said[row.room_id].add(row.author_id)
        return said

    def _authors(
        self, items: Sequence[_Written], rooms: dict[str, LockedRoom]
    ) -> list[Author | None]:
        """Load each draft's author; None if the room or the person doesn't exist."""
        drafts = [item.draft for item in items]
        there = [
            (draft.actor.pk, rooms[draft.slug], draft.nonce)
            for draft in drafts
            if draft.slug in rooms
        ]
        found = iter(posting.authors(self.cursor, there) if there else ())
        authors = [next(found) if draft.slug in rooms else None for draft in drafts]
        before = [author.row.stored_id for author in authors if author and author.row.stored_id]
        self.stored = posting.stored(before) if before else {}
        return authors

    def _posted(self, item: _Written, author: Author | None) -> Posted:
        """Return what a draft becomes. Raises its refusal."""
        if author is None:
            raise no_such_room()
        author.require_membership()
        draft, room = item.draft, author.room
        if author.row.stored_id is not None:
            message = self.stored[author.row.stored_id]
            shown = serializers.reply(message, draft.actor)
            return Posted(room.slug, message.number, serializers.raw(shown))
        key = (room.id, author.id, draft.nonce)
        if key not in self.known:
            self.known[key] = self._new(item, author)
        outcome = self.known[key]
        if isinstance(outcome, ChatError):
            raise outcome
        return outcome

    def _new(self, item: _Written, author: Author) -> Posted | ChatError:
        """Store a message, or hold it for a moderator, which returns the refusal for its author.
        Raises any other refusal."""
        draft = item.draft
        if not draft.approved and author.row.held_id is not None:
            before = held.answer(author.row.held_id)
            if before is not None:
                return before
        author.require_post()
        blocks.require_reader(author)
        if draft.reply_to is not None and draft.reply_to > author.room.last_number:
            raise NotFound(_("The message you are replying to doesn't exist."))
        files = self._files(draft, author)
        if draft.approved:
            return self._append(item, author, files)
        self._require_pause(author)
        verdict = self._verdict(item, author, files)
        if verdict is not None and verdict.action == Action.REFUSE:
            raise verdict.refusal()
        if verdict is not None and verdict.action == Action.HOLD:
            waits = held.hold(
                author, verdict, nonce=draft.nonce, body=item.body, reply_to=draft.reply_to
            )
            uploads.hold(waits, self._taken(files))
            self.has_held = True
            return verdict.refusal()
        posted = self._append(item, author, files)
        if verdict is not None:
            self.flagged.append((self.rows[-1], verdict.why))
        return posted

    def _files(self, draft: Draft, author: Author) -> list[Upload]:
        """Return the uploads that a draft is posted with. Raises NotFound unless its author may
        still post each of them in its room, and Invalid for one that was refused meanwhile."""
        files = [self.uploads.get(pk) for pk in draft.attachments]
        for one in files:
            if one is not None and _is_refused(one, author):
                words = _("“%(name)s” is damaged or unsafe. Remove it to send the message.")
                raise Invalid(words, name=one.name)
        found = [one for one in files if one is not None and _is_free(one, draft, author)]
        if len(found) < len(files) or len({one.pk for one in found}) < len(files):
            raise NotFound(_("One of the files can't be posted here, or was posted already."))
        return found

    def _taken(self, files: Sequence[Upload]) -> Sequence[Upload]:
        """Take uploads, so that no other draft of the batch has them as well."""
        for one in files:
            del self.uploads[one.pk]
        return files

    @staticmethod
    def _book(author: Author) -> Rulebook:
        """The rules of this moment."""
        return rulebook.of_revision(author.row.rules_revision)

    @staticmethod
    def _verdict(item: _Written, author: Author, files: Sequence[Upload]) -> Verdict | None:
        """Judge a draft by the rules of this moment, with what is said of its files. Moderators are
        exempt."""
        if author.moderates:
            return None
        book = _Batch._book(author)
        finding = item.finding if book is item.book else book.find(item.text.plain)
        if files:
            finding = book.find_also(finding, uploads.words(files))
        return book.judge(finding, author, author.room.id)

    def _require_pause(self, author: Author) -> None:
        """Enforce slow mode, also between two messages of one batch."""
        room = author.room
        again = posting.next_post_at(author, room)
        if again is None and room.slow_mode and not author.moderates:
            mine = (
                row for row in self.rows if (row.author_id, row.room_id) == (author.id, room.id)
            )
            again = next((row.created_at + timedelta(seconds=room.slow_mode) for row in mine), None)
        if again is not None:
            wait = max(0.1, (again - timezone.now()).total_seconds())
            raise SlowMode(
                _("This room is in slow mode. You can write again in %(wait)s."),
                wait=durations.words(wait),
                retry_after=round(wait, 1),
            )

    def _append(self, item: _Written, author: Author, files: Sequence[Upload]) -> Posted:
        draft, room = item.draft, author.room
        text = item.text
        addressed = concerns.keywords(text, room, author, author, self._book(author))
        drawn = self.circle.drawn(room, text, addressed)
        room.last_number += 1
        room.revision += 1
        # Distinct, so that the order by time is the order by number.
        self.now += timedelta.resolution
        row = Row(
            room.id, author.id, room.last_number, room.revision, draft.nonce,
            item.body, drawn.html, markup.RENDERER_VERSION, draft.reply_to,
            naming.packed_ids(drawn.ids), drawn.addressed, self.now,
        )  # fmt: skip
        self.rows.append(row)
        if files:
            self.attached.append((room.id, row.number, [*self._taken(files)]))
        self._watch(item, author, row)
        if author.row.membership_id is not None and not draft.approved:
            self._read(author, row)
        message = serializers.raw(serializers.new_message(row, author, files))
        self.envelopes.append(
            Envelope(
                group=room_group(room.id),
                frame=codec.encode(
                    serializers.posted(
                        *(room.slug, row.revision, message),
                        people=self.circle.named(room.id, drawn.ids),
                        approved=draft.approved,
                    )
                ),
                revision=row.revision,
                aside=codec.encode(serializers.activity(room.slug, row, approved=draft.approved)),
                number=row.number,
            )
        )
        return Posted(room.slug, row.number, message)

    def _watch(self, item: _Written, author: Author, row: Row) -> None:
        """Note whose keywords of this moment a message has."""
        watchlist = keywords.of_revision(author.row.keywords_revision)
        is_known = watchlist is item.watchlist
        watching = item.watching if is_known else watchlist.find(item.text.plain)
        if watching - {author.id}:
            self.watching[row.room_id, row.number] = watching - {author.id}

    def _read(self, author: Author, row: Row) -> None:
        """Posting marks the room as read: nothing newer exists while its row is locked."""
        assert author.row.membership_id is not None  # noqa: S101  for members
        if author.row.has_items and author.row.membership_id not in self.read:
            self.items.setdefault(author.id, []).extend(
                inbox.unread_places(author.id, [row.room_id])
            )
        self.read[author.row.membership_id] = row.number


def _is_refused(one: Upload, author: Author) -> bool:
    """Whether a file that an author sent for this room can't be served to anyone."""
    mine = one.user_id == author.id and one.room_id == author.room.id
    return mine and one.state == Upload.State.REFUSED


def _is_free(one: Upload, draft: Draft, author: Author) -> bool:
    """Whether an author may post an upload. What was held with a message is free for this one."""
    held_id = author.row.held_id if draft.approved else None
    mine = one.user_id == author.id and one.room_id == author.room.id
    unused = one.message_id is None and one.held_id in (None, held_id)
    return mine and unused and one.state in uploads.COMPLETE
