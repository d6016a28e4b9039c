"""What was said in one room of the demo site."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, islice
from random import Random

from rooms.management.demo import files, story
from rooms.management.demo.activity import Activity
from rooms.management.demo.plans import Plan
from rooms.models import Membership, Message, Reaction, Room, User
from rooms.text import markup

BATCH = 2000  # messages held in memory at once
MOST_FILES = 20  # in a room, however many messages it has


@dataclass(frozen=True, slots=True)
class Post:
    """A message that isn't stored yet, the reactions to it, and the names of its files."""

    message: Message
    files: tuple[str, ...]
    reactions: list[Reaction]


def store(histories: Iterable[Iterator[Post]]) -> None:
    """Store what was said in all rooms, in the order in which it was said: a message that is newer
    than another has a higher id."""
    posts = heapq.merge(*histories, key=lambda post: post.message.created_at)
    while batch := [*islice(posts, BATCH)]:
        Message.objects.bulk_create(post.message for post in batch)
        reactions = [one for post in batch for one in post.reactions]
        for reaction in reactions:
            reaction.message_id = reaction.message.pk  # known only now
        Reaction.objects.bulk_create(reactions)
        for post in batch:
            if post.files:
                files.attach(post.message, post.files)


class History:
    """One room's messages with the numbers and revisions that posting them one by one would have
    given.

    They are stored as rows. The operations check, lock, limit and announce every message, which
    takes a hundred times as long, and they post now, not weeks ago. On an empty site nobody is
    listening and nobody can be refused.
    """

    def __init__(
        self,
        plan: Plan,
        room: Room,
        members: list[User],
        *,
        owner: User,
        now: datetime,
        rng: Random,
        rendered: "Rendered",
    ) -> None:
        self.owner, self.now = owner, now
        self.plan, self.room, self.members = plan, room, members
        self.rng, self.rendered = rng, rendered
        # Some people talk more than others.
        self.weights = list(accumulate(rng.uniform(0.3, 2.0) ** 2 for _ in members))
        self.files = 0
        self.own: dict[int, int] = defaultdict(int)  # person → number of their last message

    def posts(self, count: int, activity: Activity, ending: datetime) -> Iterator[Post]:
        """Yield so many messages, oldest first; then the room knows of them."""
        script = self._script(count)
        moments = iter(self._moments(script, activity, ending))
        for lines in script:
            unread = count - self.room.last_number <= self.plan.unread
            yield from self._tell(lines, moments, unread=unread)
        self.room.save_counters()
        self._read()

    def _script(self, count: int) -> list[story.Conversation]:
        script, left = [], count
        source = story.conversations(self.plan.theme, people=len(self.members), rng=self.rng)
        while left:
            lines = next(source)[:left]
            script.append(lines)
            left -= len(lines)
        return script

    def _moments(
        self, script: Sequence[story.Conversation], activity: Activity, ending: datetime
    ) -> list[datetime]:
        """When each line was written: later than the one before, and no later than `ending`."""
        starts = activity.sample(len(script), self.rng)
        if starts:
            starts[-1] = ending
        moments: list[datetime] = []
        at = starts[0] if starts else ending
        for start, lines in zip(starts, script, strict=True):
            speaker = ""
            at = max(start, at + timedelta(seconds=self.rng.uniform(20, 200)))
            for line in lines:
                typing = 2 + len(line.text) / 12
                hesitation = self.rng.uniform(0, 5 if line.speaker == speaker else 60)
                at += timedelta(seconds=typing + hesitation)
                moments.append(at)
                speaker = line.speaker
        limit = ending
        for index in range(len(moments) - 1, -1, -1):
            if moments[index] <= limit:
                break
            moments[index] = limit
            limit -= timedelta(seconds=self.rng.uniform(4, 20))
        return moments

    def _tell(
        self, lines: story.Conversation, moments: Iterator[datetime], *, unread: bool
    ) -> list[Post]:
        cast = self._cast(lines, without_owner=unread)
        names = {role: user.name.split()[0] for role, user in cast.items()}
        first = self.room.last_number + 1
        told = [self._post(line, cast[line.speaker], names, next(moments), first) for line in lines]
        for line, post in zip(lines, told, strict=True):
            post.reactions.extend(self._reactions(line, post.message))
        return told

    def _cast(self, lines: story.Conversation, *, without_owner: bool) -> dict[str, User]:
        roles = sorted(story.roles(lines))
        available = len(self.members) - without_owner
        chosen: list[User] = []
        while len(chosen) < len(roles):
            (user,) = self.rng.choices(self.members, cum_weights=self.weights)
            absent = without_owner and user == self.owner and available >= len(roles)
            if user not in chosen and not absent:
                chosen.append(user)
        return dict(zip(roles, chosen, strict=True))

    def _post(
        self, line: story.Line, author: User, names: dict[str, str], at: datetime, first: int
    ) -> Post:
        body = story.naming(line.text, names)
        number = self.room.next_number()
        self.own[author.pk] = number
        message = Message(
            room=self.room,
            author=author,
            number=number,
            revision=self.room.next_revision(),
            nonce=f"demo-{number:08}",
            body=body,
            html=self.rendered[body],
            renderer=markup.RENDERER_VERSION,
            reply_to=None if line.reply_to is None else first + line.reply_to,
            created_at=at,
        )
        later = min(at + timedelta(seconds=self.rng.uniform(15, 120)), self.now)
        names_of_files = line.files if self.files < MOST_FILES else ()
        self.files += len(names_of_files)
        message.attached = len(names_of_files)
        if line.edited:
            message.edited_at, message.revision = later, self.room.next_revision()
        if line.deleted:
            message.deleted_at, message.revision = later, self.room.next_revision()
        return Post(message, names_of_files, [])

    def _reactions(self, line: story.Line, message: Message) -> Iterator[Reaction]:
        readers = [user for user in self.members if user.pk != message.author_id]
        emoji = line.reactions[: len(readers)]
        for user, one in zip(self.rng.sample(readers, len(emoji)), emoji, strict=True):
            message.revision = self.room.next_revision()
            yield Reaction(message=message, user=user, emoji=one)

    def _read(self) -> None:
        """Set the cursors: people have read up to their own last message, and most have read on."""
        last = self.room.last_number
        rows = list(self.room.memberships.order_by("pk"))
        for row in rows:
            behind = self.plan.unread
            if row.user_id != self.owner.pk:
                behind = self.rng.choice((0, 0, 0, 1, 2, 4, 9, 30))
            row.read_number = row.seen_number = max(self.own[row.user_id], last - behind)
        Membership.objects.bulk_update(rows, ["read_number", "seen_number"])


class Rendered(dict[str, str]):
    """A cache of rendered bodies."""

    def __missing__(self, body: str) -> str:
        self[body] = html = markup.render(body)
        return html
