"""Whatever people do, in whatever order: what the site counts as unread, as mentions and in the
inbox is what comes of going through all messages."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from rooms import attendance
from rooms.actions.accounts import ignores
from rooms.actions.messages import changes
from rooms.actions.messages.posts import Draft, post_message
from rooms.actions.notifications import inboxes, keywords, telling
from rooms.actions.notifications.orders import Tell
from rooms.actions.rooms import levels, memberships, reading
from rooms.models import Job, Message, Room
from rooms.queries import inbox, unread
from tests.factories import make_direct, make_room, make_user
from tests.hostile.fuzz import examples

NAMES = ("ann", "ben", "cem")
WORDS = ("launch", "lunch")
STRENGTH = ("mention", "room", "keyword", "direct", "reply")


class Text(NamedTuple):
    """What a message says."""

    names: frozenset[str] = frozenset()
    addressed: str = ""
    words: frozenset[str] = frozenset()

    @property
    def body(self) -> str:
        said = [f"@{self.addressed}"] if self.addressed else []
        return " ".join(
            [*said, *(f"@{name}" for name in sorted(self.names)), *sorted(self.words), "."]
        )


@dataclass
class Said:
    """A message, and for what reasons it concerns whom."""

    author: str
    text: Text
    reply_to: int | None
    deleted: bool = False
    named: frozenset[str] = frozenset()  # members, when it was written or edited
    reasons: dict[str, set[str]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)  # who marked it as read in their inbox

    def has(self, who: str) -> str:
        """The strongest reason, or nothing."""
        held = self.reasons.get(who, set())
        return next((reason for reason in STRENGTH if reason in held), "")


@dataclass
class Place:
    """A room: who is in it, how far they have read and seen, and what was said."""

    room: Room
    direct: bool
    cursors: dict[str, list[int]]  # [read, seen]
    said: list[Said] = field(default_factory=list)


class At(NamedTuple):
    """Where a step happens."""

    which: int


class Site:
    """The real site beside a model of it that stores nothing twice."""

    def __init__(self) -> None:
        self.users = {name: make_user(name) for name in NAMES}
        ann, ben, cem = self.users.values()
        public = make_room("Lounge", owner=ann, members=[ben, cem])
        private = make_direct(ann, ben)
        self.staff = make_user("staff", is_superuser=True)
        self.places = [
            Place(public, False, {name: [0, 0] for name in NAMES}),
            Place(private, True, {name: [0, 0] for name in NAMES[:2]}),
        ]
        self.ignored: set[tuple[str, str]] = set()
        self.keywords: dict[str, frozenset[str]] = dict.fromkeys(NAMES, frozenset())
        self.around: set[str] = set()
        self.nonce = 0

    # -- what people do --

    def post(self, who: str, place: Place, text: Text, reply: int) -> None:
        if who not in place.cursors:
            return
        self.nonce += 1
        to = reply % len(place.said) + 1 if place.said and reply else None
        if place.direct:
            text = text._replace(addressed="")
        body = text.body
        post_message(Draft(self.users[who], place.room.slug, f"nonce-{self.nonce}", body, to))
        said = Said(who, text, to)
        place.said.append(said)
        place.cursors[who] = [len(place.said)] * 2
        for name in NAMES:
            said.reasons[name] = self._reasons(place, said, name)
        said.named = self._named(place, text)

    def edit(self, place: Place, number: int, text: Text) -> None:
        if not place.said:
            return
        number = number % len(place.said) + 1
        said = place.said[number - 1]
        if said.deleted or said.author not in place.cursors:
            return
        if place.direct:
            text = text._replace(addressed="")
        if "here" in (text.addressed, said.text.addressed):
            self.settle()  # the jobs know who was there when it was posted, and not why they ask
        old, said.text = said.text, text
        changes.edit_message(
            actor=self.users[said.author],
            slug=place.room.slug,
            number=number,
            body=text.body,
        )
        for name in NAMES:
            self._reconsider(place, said, name, old)
        said.named = self._named(place, text)

    def turn(self, place: Place, number: int) -> None:
        """Delete a message, or restore it."""
        if not place.said:
            return
        number = number % len(place.said) + 1
        said = place.said[number - 1]
        row = Message.objects.select_related("room").get(room=place.room, number=number)
        operate = changes.restore_messages if said.deleted else changes.delete_messages
        operate(actor=self.staff, messages=[row])
        said.deleted = not said.deleted

    def read(self, who: str, place: Place, number: int) -> None:
        if who in place.cursors and place.said:
            number = number % len(place.said) + 1
            reading.mark_read(actor=self.users[who], slug=place.room.slug, number=number)
            read, seen = place.cursors[who]
            place.cursors[who] = [max(read, number), max(seen, number) if number > read else seen]

    def unread(self, who: str, place: Place, number: int) -> None:
        if who in place.cursors and place.said:
            number = number % len(place.said) + 1
            reading.mark_unread(actor=self.users[who], slug=place.room.slug, number=number)
            place.cursors[who] = [number - 1, max(place.cursors[who][1], number - 1)]

    def read_items(self, who: str, number: int) -> None:
        """Mark an item as read, or all of them."""
        self.settle()
        shown = inbox.lines(self.users[who].pk, before=None, limit=100)
        chosen = shown[number % len(shown)] if shown and number % 3 else None
        inboxes.read_items(
            actor=self.users[who],
            ids=[str(chosen.id)] if chosen else None,
            everything=chosen is None,
        )
        for each in self.places:
            for at, said in enumerate(each.said, 1):
                is_chosen = chosen is None or (chosen.slug, chosen.number) == (each.room.slug, at)
                if is_chosen and self._is_unread(each, at, said, who):
                    said.read.add(who)

    def move(self, who: str, place: Place) -> None:
        """Leave a room, or join it again."""
        if place.direct or who == "ann":  # the owner stays
            return
        self.settle()  # the jobs look at who is a member
        operate = memberships.leave_room if who in place.cursors else memberships.join_room
        operate(actor=self.users[who], slug=place.room.slug)
        if who in place.cursors:
            del place.cursors[who]
        else:
            place.cursors[who] = [len(place.said)] * 2

    def ignore(self, who: str, other: str) -> None:
        if who == other:
            return
        me, them = self.users[who], self.users[other].username
        if (who, other) in self.ignored:
            ignores.unignore_person(actor=me, username=them)
        else:
            ignores.ignore_person(actor=me, username=them, kind="mute")
        self.ignored ^= {(who, other)}

    def choose(self, who: str, place: Place, number: int) -> None:
        """Choose a level, which changes no count."""
        if who in place.cursors:
            level = ("all", "mentions", "nothing", "default")[number % 4]
            levels.choose_level(actor=self.users[who], slug=place.room.slug, level=level)

    def watch(self, who: str, words: frozenset[str]) -> None:
        self.settle()  # they look at keywords if a message was edited meanwhile
        keywords.set_keywords(actor=self.users[who], words=sorted(words))
        self.keywords[who] = words

    def come(self, who: str) -> None:
        """Come to the site, or leave it."""
        self.around ^= {who}

    def settle(self) -> None:
        """Do the jobs that wait."""
        for job in Job.objects.filter(kind="tell").order_by("pk"):
            for work in msgspec.json.decode(job.arguments, type=list[Tell]):
                telling.carry_out(work)
            job.delete()

    # -- what comes of it --

    def check(self) -> None:
        self.settle()
        for who, user in self.users.items():
            items = 0
            for place in self.places:
                if who not in place.cursors:
                    assert unread.reading(user.pk, place.room.pk) is None
                    continue
                read, _seen = place.cursors[who]
                left = [
                    (at, said)
                    for at, said in enumerate(place.said, 1)
                    if at > read and not said.deleted and (who, said.author) not in self.ignored
                ]
                mentions = [said for _at, said in left if self._mentions(place, said, who)]
                found = unread.reading(user.pk, place.room.pk)
                assert found is not None
                assert (found.unread, found.mentions) == (len(left), len(mentions)), (who, place)
                numbered = [*enumerate(place.said, 1)]
                items += sum(self._is_unread(place, at, said, who) for at, said in numbered)
            assert inbox.unread(user.pk) == items, who
            assert inbox.unread_of([user.pk]) == {user.pk: items}
            shown = inbox.lines(user.pk, before=None, limit=1000)
            assert sum(not line.is_read for line in shown) == items
            assert len(inbox.lines(user.pk, before=None, limit=1000, only_unread=True)) == items
            expected = {
                (place.room.slug, at): said.has(who)
                for place in self.places
                for at, said in enumerate(place.said, 1)
                if who in place.cursors and self._is_shown(said, who)
            }
            assert {(line.slug, line.number): line.reason for line in shown} == expected, who

    def _mentions(self, place: Place, said: Said, who: str) -> bool:
        if place.direct:
            return True
        if said.author == who:
            return False
        return said.text.addressed == "room" or said.has(who) in ("mention", "room", "keyword")

    def _is_shown(self, said: Said, who: str) -> bool:
        return bool(said.has(who)) and not said.deleted and (who, said.author) not in self.ignored

    def _is_unread(self, place: Place, at: int, said: Said, who: str) -> bool:
        is_mine = who in place.cursors and self._is_shown(said, who)
        return is_mine and who not in said.read and at > place.cursors[who][1]

    def _reasons(self, place: Place, said: Said, who: str) -> set[str]:
        """Why a message concerns somebody, by nothing but what it says now."""
        reasons: set[str] = set()
        if who == said.author:
            return reasons
        if said.reply_to is not None:
            question = place.said[said.reply_to - 1]
            if question.author == who and not question.deleted:
                reasons.add("reply")
        if who not in place.cursors:
            return reasons
        if who in said.text.names:
            reasons.add("mention")
        if said.text.addressed == "room" or (said.text.addressed == "here" and who in self.around):
            reasons.add("room")
        if said.text.words & self.keywords[who]:
            reasons.add("keyword")
        if place.direct:
            reasons.add("direct")
        return reasons

    def _reconsider(self, place: Place, said: Said, who: str, old: Text) -> None:
        """Apply an edit: what it changes counts, and what is left of what it takes away."""
        if who == said.author:
            return
        new, now, had = said.text, self._reasons(place, said, who), said.has(who)
        mine, is_other = self.keywords[who], new.addressed != old.addressed
        is_here = new.addressed == "here" and "room" in now
        lost = {
            "mention": who in said.named and "mention" not in now,
            "keyword": bool(old.words & mine and not new.words & mine),
            "room": is_other and new.addressed != "room" and not is_here,
        }
        if lost.get(had):
            left = now & {"reply", "direct"}
            left |= {"keyword"} if new.words & mine else set()
            left |= {"room"} if new.addressed == "room" else set()
            said.reasons[who] = left
        if "mention" in now and who not in said.named:
            said.reasons[who].add("mention")
        # These the job adds, to whoever is a member.
        if is_other and "room" in now:
            said.reasons[who].add("room")
        if "keyword" in now and not old.words & mine:
            said.reasons[who].add("keyword")
        if not said.has(who):
            said.read.discard(who)

    @staticmethod
    def _named(place: Place, text: Text) -> frozenset[str]:
        return frozenset(name for name in text.names if name in place.cursors)


who, number = st.sampled_from(NAMES), st.integers(0, 20)
place = st.sampled_from([At(0), At(0), At(0), At(1)])
text = st.builds(
    Text,
    st.frozensets(st.sampled_from(NAMES), max_size=2),
    st.sampled_from(["", "", "", "room", "here"]),
    st.frozensets(st.sampled_from(WORDS), max_size=2),
)
step = st.one_of(
    st.tuples(st.just("post"), who, place, text, number),
    st.tuples(st.just("edit"), place, number, text),
    st.tuples(st.just("turn"), place, number),
    st.tuples(st.just("read"), who, place, number),
    st.tuples(st.just("unread"), who, place, number),
    st.tuples(st.just("read_items"), who, number),
    st.tuples(st.just("move"), who, place),
    st.tuples(st.just("ignore"), who, who),
    st.tuples(st.just("choose"), who, place, number),
    st.tuples(st.just("watch"), who, st.frozensets(st.sampled_from(WORDS))),
    st.tuples(st.just("come"), who),
    st.tuples(st.just("settle")),
)


EXAMPLES = 60
sequences = given(
    begin=st.lists(st.tuples(st.just("post"), who, place, text, number), min_size=2, max_size=6),
    steps=st.lists(step, max_size=25),
)


def plays(begin: list[tuple[Any, ...]], steps: list[tuple[Any, ...]]) -> None:
    """Do all of it, compare, and leave nothing behind."""
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        site = Site()
        ids = {name: user.pk for name, user in site.users.items()}
        patch.setattr(attendance, "present", lambda: {ids[name] for name in site.around})
        for name, *arguments in [*begin, *steps]:
            places = site.places
            getattr(site, name)(
                *(places[one.which] if isinstance(one, At) else one for one in arguments)
            )
        site.check()
        transaction.set_rollback(True)


@pytest.mark.thorough
@pytest.mark.usefixtures("db", "no_limits")
@examples(EXAMPLES)
@sequences
def test_what_is_counted_is_what_there_is(
    begin: list[tuple[Any, ...]], steps: list[tuple[Any, ...]]
) -> None:
    plays(begin, steps)
