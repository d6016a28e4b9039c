"""Post: a batch of drafts in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import durations, events, markup, posting, protocol, ratelimit
from rooms.actions import held, rulebook, waiting
from rooms.actions.rulebook import Finding, Rulebook, Verdict
from rooms.broadcast import publish_on_commit, room_group
from rooms.db import confirmed
from rooms.envelopes import Envelope
from rooms.errors import ChatError, NotFound, SlowMode, TooLarge
from rooms.models import User
from rooms.policy import no_such_room
from rooms.posting import Author, Place, Row
from rooms.rules import Action
from rooms.statements import Straight, straight


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that somebody wants to post. `room` is a slug, `reply_to` a number. An `approved`
    one was kept back, and a moderator has read it."""

    actor: User
    room: str
    nonce: str
    body: str
    reply_to: int | None = None
    approved: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """A stored message, encoded: everybody is sent the same bytes."""

    room: str
    number: int
    message: msgspec.Raw


@dataclass(frozen=True, slots=True)
class _Written:
    """What can be done with a draft before there is a lock."""

    draft: Draft
    body: str
    html: str
    book: Rulebook
    finding: Finding


def post_message(draft: Draft) -> Posted:
    """A batch of one. Raises the draft's refusal."""
    outcome = post_messages([draft])[0]
    if isinstance(outcome, ChatError):
        raise outcome
    return outcome


def post_messages(drafts: Sequence[Draft], *, again: bool = False) -> list[Posted | ChatError]:
    """Post a batch in one transaction; what became of each draft, in order.

    A nonce that its author used in the room already gives the stored message and creates nothing.
    Raises Unconfirmed when the answer to the commit was lost: then post it `again`, which counts
    against nobody's limit, to find out.
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
    body, book = clean_body(draft.body), rulebook.known()
    html = markup.render(body)
    return _Written(draft, body, html, book, book.find(html))


def clean_body(body: str) -> str:
    """Raises TooLarge or Invalid with the reason."""
    if len(body) > protocol.MAX_BODY:
        raise TooLarge(
            _("A message has at most %(most)d characters; this one has %(count)d."),
            most=protocol.MAX_BODY,
            count=len(body),
        )
    return markup.clean_body(body)


class _Batch:
    """The messages of one transaction, in a number of statements that doesn't depend on theirs."""

    def __init__(self, cursor: Straight) -> None:
        self.cursor = cursor
        self.rows: list[Row] = []
        self.read: dict[int, int] = {}  # membership's id → number
        self.envelopes: list[Envelope] = []
        # By room, author and nonce: somebody may send one twice in a batch.
        self.known: dict[tuple[int, int, str], Posted | ChatError] = {}
        self.flagged: list[tuple[Row, str]] = []  # with the pattern that was found
        self.has_held = False

    def place(self, items: Sequence[_Written]) -> list[Posted | ChatError]:
        """Give each its number and revision, unless it is refused or known, and store them."""
        rooms = posting.lock_rooms(self.cursor, {item.draft.room for item in items})
        # Now that nobody else posts there: times are in the order of the numbers.
        self.now = timezone.now()
        authors = self._authors(items, rooms)
        outcomes: list[Posted | ChatError] = []
        for item, author in zip(items, authors, strict=True):
            try:
                outcomes.append(self._posted(item, author))
            except ChatError as error:
                outcomes.append(error)
        if self.rows:
            changed = {row.room_id for row in self.rows}
            places = [place for place in rooms.values() if place.id in changed]
            posting.write(self.cursor, self.rows, self.read, places)
            held.flag(self.flagged)
            publish_on_commit(*self.envelopes)
        if self.flagged or self.has_held:
            waiting.announce()
        return outcomes

    def _authors(self, items: Sequence[_Written], rooms: dict[str, Place]) -> list[Author | None]:
        """Who wants to post each; None where the room or the person doesn't exist."""
        drafts = [item.draft for item in items]
        there = [
            (draft.actor.pk, rooms[draft.room], draft.nonce)
            for draft in drafts
            if draft.room in rooms
        ]
        found = iter(posting.authors(self.cursor, there) if there else ())
        authors = [next(found) if draft.room in rooms else None for draft in drafts]
        before = [
            author.person.stored_id for author in authors if author and author.person.stored_id
        ]
        self.stored = posting.stored(before) if before else {}
        return authors

    def _posted(self, item: _Written, author: Author | None) -> Posted:
        """Raises the refusal."""
        if author is None:
            raise no_such_room()
        author.require_membership()
        draft, place = item.draft, author.place
        if author.person.stored_id is not None:
            message = self.stored[author.person.stored_id]
            shown = events.reply(message, draft.actor)
            return Posted(place.slug, message.number, events.raw(shown))
        key = (place.id, author.id, draft.nonce)
        if key not in self.known:
            self.known[key] = self._new(item, author)
        outcome = self.known[key]
        if isinstance(outcome, ChatError):
            raise outcome
        return outcome

    def _new(self, item: _Written, author: Author) -> Posted | ChatError:
        """What becomes of a message that isn't stored yet; raises the refusal of one that is not
        kept back either."""
        draft = item.draft
        if not draft.approved and author.person.held_id is not None:
            before = held.answer(author.person.held_id)
            if before is not None:
                return before
        author.require_post()
        posting.require_reader(author)
        if draft.reply_to is not None and draft.reply_to > author.place.last_number:
            raise NotFound(_("The message that this one replies to does not exist."))
        if draft.approved:
            return self._append(item, author)
        self._require_pause(author)
        verdict = self._verdict(item, author)
        if verdict is not None and verdict.action == Action.REFUSE:
            raise verdict.refusal()
        if verdict is not None and verdict.action == Action.HOLD:
            held.hold(author, verdict, nonce=draft.nonce, body=item.body, reply_to=draft.reply_to)
            self.has_held = True
            return verdict.refusal()
        posted = self._append(item, author)
        if verdict is not None:
            self.flagged.append((self.rows[-1], verdict.why))
        return posted

    @staticmethod
    def _verdict(item: _Written, author: Author) -> Verdict | None:
        """By the rules as of this statement; moderators are above them."""
        if author.moderates:
            return None
        book = rulebook.of_revision(author.person.rules_revision)
        finding = item.finding if book is item.book else book.find(item.html)
        return book.judge(finding, author, author.place.id)

    def _require_pause(self, author: Author) -> None:
        """In slow mode, also between two messages of one batch."""
        place = author.place
        again = posting.next_post_at(author, place)
        if again is None and place.slow_mode and not author.moderates:
            mine = (
                row for row in self.rows if (row.author_id, row.room_id) == (author.id, place.id)
            )
            again = next(
                (row.created_at + timedelta(seconds=place.slow_mode) for row in mine), None
            )
        if again is not None:
            wait = max(0.1, (again - timezone.now()).total_seconds())
            raise SlowMode(
                _("This room is in slow mode. You can write again in %(wait)s."),
                wait=durations.words(wait),
                retry_after=round(wait, 1),
            )

    def _append(self, item: _Written, author: Author) -> Posted:
        draft, place = item.draft, author.place
        place.last_number += 1
        place.revision += 1
        # Apart from each other, so that a list by time is one by number.
        self.now += timedelta.resolution
        row = Row(
            place.id, author.id, place.last_number, place.revision, draft.nonce,
            item.body, item.html, markup.RENDERER_VERSION, draft.reply_to, self.now,
        )  # fmt: skip
        self.rows.append(row)
        if author.person.membership_id is not None and not draft.approved:
            # Who posts has read the room; nobody can have read further, the row is locked.
            self.read[author.person.membership_id] = row.number
        message = events.raw(events.new_message(row, author))
        self.envelopes.append(
            Envelope(
                group=room_group(place.id),
                frame=protocol.encode(
                    events.posted(place.slug, row.revision, message, approved=draft.approved)
                ),
                revision=row.revision,
                aside=protocol.encode(events.activity(place.slug, row, approved=draft.approved)),
                number=row.number,
            )
        )
        return Posted(place.slug, row.number, message)
