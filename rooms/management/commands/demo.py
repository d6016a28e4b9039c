"""Fill an empty site with people, rooms and weeks of conversation, to look around in."""

import secrets
import time
from argparse import ArgumentParser
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, cycle
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from rooms import markup, names, ratelimit
from rooms.actions import memberships, rooms
from rooms.management import story
from rooms.models import AuditEntry, Membership, Message, Reaction, Room, User

BATCH = 2000  # messages held in memory at once
MIN_DAYS = 42
MESSAGES_A_DAY = 400  # beyond that, the history reaches further back
OWNER = "demo"

# How much is said in each hour of a day, and on each day of a week from Monday.
HOURS = (2, 1, 1, 1, 1, 2, 5, 12, 30, 44, 46, 40, 28, 38, 42, 44, 40, 34, 26, 22, 20, 16, 9, 4)
DAYS = (10, 11, 11, 10, 9, 4, 3)

PUBLIC, PRIVATE = Room.Kind.PUBLIC, Room.Kind.PRIVATE


@dataclass(frozen=True, slots=True)
class Plan:
    """`weight` is the room's share of the messages, `unread` what the owner has yet to read."""

    name: str
    topic: str
    theme: str
    kind: str = PUBLIC
    weight: float = 1.0
    unread: int = 0
    owned: bool = True  # by the demo account; else by somebody else
    joined: bool = True  # by the demo account


PLANS = (
    Plan("General", "The long table: news, hellos, lost scarves", "general", weight=5),
    Plan("Engineering", "Code, builds, and what broke", "engineering", weight=4, unread=12),
    Plan("Kitchen", "What's for lunch?", "kitchen", weight=2, unread=3, owned=False),
    Plan("Release crew", "What ships, and when", "release", PRIVATE, weight=1.5, unread=5),
    Plan("Languages", "Words and scripts · 言葉 · كلمات", "languages", owned=False, joined=False),
    Plan("Design", "Sketches and second opinions", "design", weight=2, unread=41, owned=False),
    Plan("Night owls", "For those awake anyway", "general", owned=False, joined=False),
    Plan("Help desk", "Ask here; somebody knows", "engineering", unread=1, owned=False),
    Plan("Potluck", "Who brings what", "kitchen", PRIVATE, owned=False),
    Plan("Book club", "One book a month, no spoilers", "languages", weight=0.5, owned=False),
)
TREES = ("Alder", "Birch", "Cedar", "Elm", "Hazel", "Larch", "Maple", "Oak", "Rowan", "Willow")


class Command(BaseCommand):
    help = (
        "Fills an empty site with people, rooms and a believable history, and prints the log-ins. "
        "The same seed tells the same story, ending now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--messages", type=int, default=2000, help="Default: 2000.")
        parser.add_argument(
            "--people", type=int, default=12, help=f"Beside {OWNER!r}. Default: 12."
        )
        parser.add_argument(
            "--rooms",
            type=int,
            default=6,
            help="Public and private ones; direct ones come on top. Default: 6.",
        )
        parser.add_argument("--seed", type=int, default=1, help="Default: 1.")
        parser.add_argument("--password", default="", help="Everybody's. Default: a random one.")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, least in (("messages", 0), ("people", 2), ("rooms", 1)):
            if options[name] < least:
                raise CommandError(f"--{name} takes a number from {least}.")
        self._prepare()
        password = options["password"] or secrets.token_urlsafe(9)
        begin = time.monotonic()
        # All or nothing: a half-filled site would be refused the next time.
        with transaction.atomic():
            site = DemoSite(Random(options["seed"]), timezone.now())  # noqa: S311  no secret
            site.populate(password, people=options["people"], rooms=options["rooms"])
            site.converse(options["messages"])
        self._report(site, password, options["messages"], time.monotonic() - begin)

    def _prepare(self) -> None:
        if User._meta.db_table not in connection.introspection.table_names():
            call_command("migrate", verbosity=0)
        if User.objects.exists():
            raise CommandError("This site has accounts already: demo only fills an empty one.")

    def _report(self, site: "DemoSite", password: str, messages: int, seconds: float) -> None:
        names = [user.username for user in site.people]
        shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        self.stdout.write(
            f"{messages} messages by {len(site.people) + 1} people in {len(site.rooms)} rooms "
            f"({seconds:.1f} s).\n\n"
            f"  Owner, with the admin:  {OWNER}\n"
            f"  People:                 {shown}\n"
            f"  Everybody's password:   {password}\n\n"
            f"Next: make run, then log in at http://{settings.HOST}:{settings.PORT}/"
        )


class DemoSite:
    """Makes rooms and members by the operations, then writes the history into them."""

    def __init__(self, rng: Random, now: datetime) -> None:
        self.rng = rng
        self.now = now
        self.people: list[User] = []
        self.rooms: list[tuple[Plan, Room, list[User]]] = []

    def populate(self, password: str, *, people: int, rooms: int) -> None:
        self.owner = User(username=OWNER, display_name="Demo", is_staff=True, is_superuser=True)
        self.people = [User(username=who, display_name=name) for who, name in _people(people)]
        everybody = [self.owner, *self.people]
        # Hashed once: a hash is slow on purpose, and that these passwords are equal is no secret.
        hashed = make_password(password)
        for user in everybody:
            user.password = hashed
        User.objects.bulk_create(everybody)
        owners = cycle(self.people)
        for plan in _plans(rooms):
            self._open(plan, self.owner if plan.owned else next(owners))
        self._open_direct()

    def _open(self, plan: Plan, owner: User) -> None:
        # Limits protect a site that serves people; this process serves nobody.
        ratelimit.reset()
        room = rooms.create_room(
            actor=owner,
            name=plan.name,
            kind=plan.kind,
            topic=plan.topic,
            slug=names.slugify_name(plan.name),  # the same with every run
        )
        # Everybody is in the first rooms, some in each of the others.
        others = [user for user in self.people if user != owner]
        if len(self.rooms) >= 2:
            others = self.rng.sample(others, max(2, len(others) * 2 // 3) if others[1:] else 1)
        if owner != self.owner and plan.joined:
            others.append(self.owner)
        for user in others:
            memberships.add_member(room=room, user=user)
        memberships.set_role(actor=owner, room=room, user=others[0], role="moderator")
        self.rooms.append((plan, room, [owner, *others]))

    def _open_direct(self) -> None:
        for index, company in enumerate((self.people[:1], self.people[1:2], self.people[:3])):
            ratelimit.reset()
            names = [user.username for user in company]
            room = rooms.direct_room(actor=self.owner, people=names)
            plan = Plan("", "", "direct", Room.Kind.DIRECT, 0.3, unread=2 if index == 1 else 0)
            if all(room != other for _, other, _ in self.rooms):
                self.rooms.append((plan, room, [self.owner, *company]))

    def converse(self, messages: int) -> None:
        days = max(MIN_DAYS, messages // MESSAGES_A_DAY)
        activity = Activity(self.now, days)
        rendered = Rendered()
        shares = _shares([plan.weight for plan, _, _ in self.rooms], messages)
        for index, (plan, room, members) in enumerate(self.rooms):
            # A room's own dice: what is said in it doesn't depend on the others' length.
            rng = Random(f"{self.rng.random()}")  # noqa: S311  no secret
            room.refresh_from_db()
            history = History(self, plan, room, members, rng, rendered)
            # The first room ends now, the others some time ago.
            ending = self.now - timedelta(minutes=1 + 7 * index**2)
            history.write(shares[index], activity, ending)
        self._backdate(self.now - timedelta(days=days))
        self.owner.last_room = self.rooms[0][1]
        self.owner.save(update_fields=["last_room"])

    def _backdate(self, begin: datetime) -> None:
        """As if everything had been there all the time."""
        User.objects.update(date_joined=begin)
        Room.objects.update(created_at=begin)
        Membership.objects.update(joined_at=begin)
        QuerySet(AuditEntry).update(created_at=begin)  # its own manager never changes what was done
        posted = Message.objects.filter(pk=OuterRef("message_id")).values("created_at")
        Reaction.objects.update(created_at=Subquery(posted))


class History:
    """Writes one room's messages, with the numbers and revisions that posting them one by one
    would have given.

    It writes the rows itself: the operations check, lock, limit and announce each message, which
    takes a hundred times as long, and they post now, not weeks ago. On an empty site nobody
    listens and nobody can be refused.
    """

    def __init__(
        self,
        site: DemoSite,
        plan: Plan,
        room: Room,
        members: list[User],
        rng: Random,
        rendered: "Rendered",
    ) -> None:
        self.owner, self.now = site.owner, site.now
        self.plan, self.room, self.members = plan, room, members
        self.rng, self.rendered = rng, rendered
        # Some talk more than others.
        self.weights = list(accumulate(rng.uniform(0.3, 2.0) ** 2 for _ in members))
        self.rows: list[Message] = []
        self.reactions: list[Reaction] = []
        self.own: dict[int, int] = defaultdict(int)  # person → their last message

    def write(self, count: int, activity: "Activity", ending: datetime) -> None:
        script = self._script(count)
        moments = iter(self._moments(script, activity, ending))
        for lines in script:
            self._tell(lines, moments, unread=count - self.room.last_number <= self.plan.unread)
            if len(self.rows) >= BATCH:
                self._flush()
        self._flush()
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
        self, script: Sequence[story.Conversation], activity: "Activity", ending: datetime
    ) -> list[datetime]:
        """When each line was said: later than the one before it, and at the latest at `ending`."""
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

    def _tell(self, lines: story.Conversation, moments: Any, *, unread: bool) -> None:
        cast = self._cast(lines, without_owner=unread)
        names = {role: user.username for role, user in cast.items()}
        first = self.room.last_number + 1
        told = [self._post(line, cast[line.speaker], names, next(moments), first) for line in lines]
        for line, message in zip(lines, told, strict=True):
            self._react(line, message)
        self.rows += told

    def _cast(self, lines: story.Conversation, *, without_owner: bool) -> dict[str, User]:
        roles = sorted({line.speaker for line in lines})
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
    ) -> Message:
        body = story.mentioning(line.text, names)
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
        if line.edited:
            message.edited_at, message.revision = later, self.room.next_revision()
        if line.deleted:
            message.deleted_at, message.revision = later, self.room.next_revision()
        return message

    def _react(self, line: story.Line, message: Message) -> None:
        readers = [user for user in self.members if user.pk != message.author_id]
        emoji = line.reactions[: len(readers)]
        for user, one in zip(self.rng.sample(readers, len(emoji)), emoji, strict=True):
            message.revision = self.room.next_revision()
            self.reactions.append(Reaction(message=message, user=user, emoji=one))

    def _flush(self) -> None:
        Message.objects.bulk_create(self.rows)  # gives the rows their ids, which reactions take
        for reaction in self.reactions:
            reaction.message_id = reaction.message.pk
        Reaction.objects.bulk_create(self.reactions)
        self.rows, self.reactions = [], []

    def _read(self) -> None:
        """Cursors: who posted has read up to there, and most have read more."""
        last = self.room.last_number
        rows = list(self.room.memberships.order_by("pk"))
        for row in rows:
            behind = self.plan.unread
            if row.user_id != self.owner.pk:
                behind = self.rng.choice((0, 0, 0, 1, 2, 4, 9, 30))
            row.read_number = max(self.own[row.user_id], last - behind)
        Membership.objects.bulk_update(rows, ["read_number"])


class Activity:
    """Moments up to now, dense where people are awake and at work."""

    def __init__(self, now: datetime, days: int) -> None:
        self.begin = (now - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
        hours = int((now - self.begin) / timedelta(hours=1))
        local = timezone.localtime(self.begin)
        self.weights = [0.0]
        for index in range(hours):
            at = local + timedelta(hours=index)
            self.weights.append(self.weights[-1] + HOURS[at.hour] * DAYS[at.weekday()])

    def sample(self, count: int, rng: Random) -> list[datetime]:
        """So many moments, in order. Draws as many random numbers, whatever the time is."""
        return [self._moment(where) for where in sorted(rng.random() for _ in range(count))]

    def _moment(self, where: float) -> datetime:
        target = where * self.weights[-1]
        hour = min(bisect_right(self.weights, target), len(self.weights) - 1) - 1
        low, high = self.weights[hour], self.weights[hour + 1]
        return self.begin + timedelta(hours=hour + (target - low) / (high - low))


class Rendered(dict[str, str]):
    """Body → HTML, each rendered once."""

    def __missing__(self, body: str) -> str:
        self[body] = html = markup.render(body)
        return html


def _people(count: int) -> list[tuple[str, str]]:
    """Usernames and display names; when the list ends, its people come again with an initial."""
    known = story.people()
    people = known[:count]
    for index in range(count - len(people)):
        username, name = known[index % len(known)]
        turn, letter = divmod(index // len(known), 26)
        initial = chr(ord("a") + letter)
        number = str(turn + 1) if turn else ""
        first = name.split()[0]
        people.append((f"{username}_{initial}{number}", f"{first} {initial.upper()}.{number}"))
    return people


def _plans(count: int) -> list[Plan]:
    plans = list(PLANS[:count])
    themes = ("engineering", "design", "release", "general")
    for index in range(count - len(plans)):
        turn, tree = divmod(index, len(TREES))
        name = f"Project {TREES[tree]}" + (f" {turn + 1}" if turn else "")
        kind = PRIVATE if index % 4 == 3 else PUBLIC
        theme = themes[index % len(themes)]
        plans.append(Plan(name, "", theme, kind, unread=index % 7, owned=False))
    return plans


def _shares(weights: Sequence[float], total: int) -> list[int]:
    """Whole numbers in these proportions that add up to the total."""
    bounds = [round(total * part / sum(weights)) for part in accumulate(weights)]
    return [high - low for low, high in zip([0, *bounds], bounds, strict=False)]
