"""The demo site: its people, rooms and members, and weeks of conversation."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate, cycle
from random import Random

from django.contrib.auth.hashers import make_password
from django.db.models import OuterRef, QuerySet, Subquery

from rooms import ratelimit
from rooms.actions.rooms import creation, memberships
from rooms.management.demo import story
from rooms.management.demo.activity import Activity
from rooms.management.demo.history import History, Rendered, store
from rooms.management.demo.plans import Plan, plans
from rooms.models import AuditEntry, Membership, Message, Reaction, Room, User
from rooms.text import names

MIN_DAYS = 42
MESSAGES_A_DAY = 400  # beyond that, the history reaches further back
OWNER = "demo"
ZONES = ("Europe/Oslo", "Europe/Lisbon", "Asia/Tokyo", "Africa/Nairobi", "America/Toronto")


class DemoSite:
    """Creates rooms and members through the operations, then writes their history."""

    def __init__(self, rng: Random, now: datetime) -> None:
        self.rng = rng
        self.now = now
        self.people: list[User] = []
        self.rooms: list[tuple[Plan, Room, list[User]]] = []

    def populate(self, password: str, *, people: int, rooms: int) -> None:
        self.owner = User(username=OWNER, display_name="Demo", is_staff=True, is_superuser=True)
        zones = cycle(ZONES)
        self.people = [
            User(username=who, display_name=name, zone=next(zones)) for who, name in _people(people)
        ]
        everybody = [self.owner, *self.people]
        # Hashed once: hashing is slow on purpose, and it's no secret that the passwords are equal.
        hashed = make_password(password)
        for user in everybody:
            user.password = hashed
        User.objects.bulk_create(everybody)
        owners = cycle(self.people)
        for plan in plans(rooms):
            self._open(plan, self.owner if plan.owned else next(owners))
        self._open_direct()

    def _open(self, plan: Plan, owner: User) -> None:
        # Rate limits protect a site that serves people, which this process doesn't.
        ratelimit.reset()
        room = creation.create_room(
            actor=owner,
            name=plan.name,
            kind=plan.kind,
            topic=plan.topic,
            slug=names.slugify_name(plan.name),  # the same in every run
        )
        # Everyone is in the first two rooms, some people in each of the others.
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
            room = creation.direct_room(actor=self.owner, people=names)
            plan = Plan("", "", "direct", Room.Kind.DIRECT, 0.3, unread=2 if index == 1 else 0)
            if all(room != other for _, other, _ in self.rooms):
                self.rooms.append((plan, room, [self.owner, *company]))

    def converse(self, messages: int) -> None:
        days = max(MIN_DAYS, messages // MESSAGES_A_DAY)
        activity = Activity(self.now, days)
        rendered = Rendered()
        histories = []
        shares = _shares([plan.weight for plan, _, _ in self.rooms], messages)
        for index, (plan, room, members) in enumerate(self.rooms):
            # Each room has its own generator, so that it doesn't depend on the other rooms' length.
            rng = Random(f"{self.rng.random()}")  # noqa: S311  no secret
            room.refresh_from_db()
            history = History(
                plan, room, members, owner=self.owner, now=self.now, rng=rng, rendered=rendered
            )
            # The first room ends now, the others some time ago.
            ending = self.now - timedelta(minutes=1 + 7 * index**2)
            histories.append(history.posts(shares[index], activity, ending))
        store(histories)
        self._backdate(self.now - timedelta(days=days))
        self.owner.last_room = self.rooms[0][1]
        self.owner.save(update_fields=["last_room"])

    def _backdate(self, begin: datetime) -> None:
        """Make everything as old as the first message."""
        User.objects.update(date_joined=begin)
        Room.objects.update(created_at=begin)
        Membership.objects.update(joined_at=begin)
        QuerySet(AuditEntry).update(created_at=begin)  # the model's own manager refuses updates
        posted = Message.objects.filter(pk=OuterRef("message_id")).values("created_at")
        Reaction.objects.update(created_at=Subquery(posted))


def _people(count: int) -> list[tuple[str, str]]:
    """Usernames and display names. Beyond the list, its people repeat with an initial added."""
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


def _shares(weights: Sequence[float], total: int) -> list[int]:
    """Split a total into whole numbers in these proportions."""
    bounds = [round(total * part / sum(weights)) for part in accumulate(weights)]
    return [high - low for low, high in zip([0, *bounds], bounds, strict=False)]
