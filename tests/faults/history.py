"""A record of what a conversation's clients did and saw, as plain data for the checker."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """A message as the wire shows it, or the database holds it. `body` is None once deleted."""

    number: int
    revision: int
    nonce: str
    author: int
    body: str | None
    edited: bool = False
    reactions: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def of_wire(cls, json: Json) -> "Message":
        return cls(
            number=json["number"],
            revision=json["revision"],
            nonce=json["nonce"],
            author=json["author"]["id"],
            body=json.get("body"),
            edited=json["edited_at"] is not None,
            reactions=frozenset(
                (one["emoji"], user["id"]) for one in json["reactions"] for user in one["users"]
            ),
        )


@dataclass(frozen=True)
class Ok:
    """A positive reply, with the message as it was then."""

    message: Message
    at: float  # seconds of the clients' monotonic clock


@dataclass(frozen=True)
class Refusal:
    code: str


Answer = Ok | Refusal


@dataclass
class Post:
    """One nonce of one author, however often it was sent."""

    nonce: str
    author: int
    body: str
    reply_to: int | None = None
    # Its author gives up after a refusal, instead of asking again once that may help.
    fickle: bool = False
    said_at: float = 0.0  # on the clients' monotonic clock
    # The worker of each attempt.
    sent: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    @property
    def acknowledgements(self) -> list[Ok]:
        return [answer for answer in self.answers if isinstance(answer, Ok)]

    @property
    def is_refused(self) -> bool:
        """Return whether every attempt was answered with a refusal."""
        return len(self.answers) == len(self.sent) and not self.acknowledgements


@dataclass
class Change:
    """An edit, a deletion or a reaction: sent once, and not repeated if no reply comes."""

    command: Json
    answer: Answer | None = None


@dataclass(frozen=True)
class Page:
    """The reply to `room.open`: what has changed since, or the newest messages after a `reset`."""

    since: int
    revision: int
    reset: bool
    messages: list[Message]
    at: float


@dataclass(frozen=True)
class Older:
    """The reply to `history` that completes a page after a reset."""

    messages: list[Message]


@dataclass(frozen=True)
class Event:
    kind: str
    revision: int
    message: Message
    at: float


Entry = Page | Older | Event


@dataclass
class Reading:
    """Everything that one reader was told about the room, in order of arrival."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)  # of its connections, and why
    position: int = 0  # the revision up to which the reader knows the room
    # Return what a page that believed all of it now shows, by number.
    shown: dict[int, Message] = field(default_factory=dict)

    def record(self, entry: Entry) -> None:
        self.entries.append(entry)
        if not isinstance(entry, Older):
            self.position = entry.revision
        if isinstance(entry, Page) and entry.reset:
            self.shown.clear()
        for message in [entry.message] if isinstance(entry, Event) else entry.messages:
            known = self.shown.get(message.number)
            if known is None or known.revision <= message.revision:
                self.shown[message.number] = message


@dataclass
class History:
    posts: list[Post] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    def acknowledgements(self) -> Iterator[Ok]:
        for post in self.posts:
            yield from post.acknowledgements
        for change in self.changes:
            if isinstance(change.answer, Ok):
                yield change.answer

    def slowest(self) -> float:
        """Return the longest wait of any author for an acknowledgement, in seconds."""
        waits = (
            post.acknowledgements[0].at - post.said_at
            for post in self.posts
            if post.acknowledgements
        )
        return max(waits, default=0.0)

    def latest(self) -> float:
        """Return the longest wait of any reader for an acknowledged change, in seconds.

        Counts from the acknowledgement to the moment when the reader knew that revision, from an
        event or from a page.
        """
        moments: dict[int, float] = {}
        for ok in self.acknowledgements():
            revision = ok.message.revision
            moments[revision] = min(ok.at, moments.get(revision, ok.at))
        return max((_longest_wait(reading, moments) for reading in self.readings), default=0.0)


def _longest_wait(reading: Reading, moments: dict[int, float]) -> float:
    longest = 0.0
    waited_for = sorted(moments)
    for entry in reading.entries:
        if isinstance(entry, Older):
            continue
        while waited_for and waited_for[0] <= entry.revision:
            longest = max(longest, entry.at - moments[waited_for.pop(0)])
    return longest


@dataclass(frozen=True)
class Stored:
    """A room as the database holds it, messages by number."""

    revision: int
    last_number: int
    messages: list[Message]
