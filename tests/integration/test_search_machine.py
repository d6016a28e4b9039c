"""Whatever people do, in whatever order and however far the index is: a search finds, on every way,
what comes of looking at all messages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from rooms.actions.accounts import profiles
from rooms.actions.messages import changes, indexing, search, updates
from rooms.actions.moderation import files, purging, sanctions
from rooms.actions.rooms import memberships
from rooms.actions.rooms.rooms import update_room
from rooms.models import Ban, Message, Room, Upload, User
from rooms.queries.search import bounds, filters, finding, frequencies, plan, walks
from rooms.queries.search.scope import scope_of
from rooms.text.search import query as language
from rooms.text.search.folding import fold_all
from rooms.text.search.query import Query
from tests.factories import ban, make_direct, make_room, make_upload, make_user, post
from tests.hostile.fuzz import examples

NAMES = ("ann", "ben", "cem")
WORDS = (
    "tea",
    "teapot",
    "Straße",
    "STRASSE",
    "go",
    "cargo",
    "上海",
    "海",
    "😀",
    "c++",
    "don\u2019t",
)
QUERIES = (
    *("tea", "go", "strasse", "海", "上海 tea", "😀", "c++", "don't", "teapo", "+"),
    *('"tea go"', '"tea"', "tea -go", "absent", "plan", "tea plan", '"go plan"', "drawing"),
    *("from:ann", "tea from:ben", "-from:ben tea", "has:file", "tea -has:file", "with:ann tea"),
)


@dataclass
class Said:
    """A message, and what its files are called and described as."""

    author: str
    body: str
    words: list[str] = field(default_factory=list)
    deleted: bool = False
    erased: bool = False

    @property
    def text(self) -> str:
        return fold_all([self.body, *filter(None, self.words)])


@dataclass
class Place:
    """A room: who is in it, who is banned from it, and what was said."""

    room: Room
    people: set[str]
    banned: set[str] = field(default_factory=set)
    said: list[Said] = field(default_factory=list)

    def is_seen(self, who: str, *, public: bool) -> bool:
        is_open = public and self.room.kind == Room.Kind.PUBLIC
        return who not in self.banned and (who in self.people or is_open)


class At(NamedTuple):
    """Where a step happens."""

    which: int


class Site:
    """The real site beside a model of it that has no index."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {name: make_user(name) for name in NAMES}
        ann, ben, cem = self.users.values()
        self.staff = make_user("staff", is_staff=True, is_superuser=True)
        self.places = [
            Place(make_room("Lounge", owner=ann, members=[ben, cem]), {*NAMES}),
            Place(make_room("Den", owner=ann, members=[ben], kind="private"), {"ann", "ben"}),
            Place(make_direct(ben, cem), {"ben", "cem"}),
        ]

    # -- what people do --

    def post(self, who: str, place: Place, body: str, *, file: bool) -> None:
        if who not in place.people:
            return
        uploads = [make_upload(place.room, self.users[who], "Plan B.pdf")] if file else []
        post(place.room, self.users[who], body, files=uploads)
        place.said.append(Said(who, body, ["Plan B.pdf", ""] if file else []))

    def edit(self, place: Place, number: int, body: str) -> None:
        said, _row = self._at(place, number)
        if said and not said.deleted and said.author in place.people:
            changes.edit_message(
                actor=self.users[said.author],
                slug=place.room.slug,
                number=place.said.index(said) + 1,
                body=body,
            )
            said.body = body
            self.check(said.author, body.split()[0], public=False)

    def describe(self, place: Place, number: int) -> None:
        """Say what is in a file."""
        said, row = self._at(place, number)
        if said and said.words and not said.deleted and said.author in place.people:
            upload = Upload.objects.get(message=row)
            updates.describe(actor=self.users[said.author], upload_id=upload.pk, alt="a drawing")
            said.words[1] = "a drawing"
            self.check(said.author, "drawing", public=False)

    def take_files(self, place: Place, number: int) -> None:
        said, row = self._at(place, number)
        if said and said.words and not said.erased:
            found = Upload.objects.filter(message=row).select_related("room")
            files.remove_files(actor=self.staff, files=found)
            said.words = []

    def turn(self, place: Place, number: int) -> None:
        """Delete a message, or restore it."""
        said, row = self._at(place, number)
        if said and not said.erased:
            operate = changes.restore_messages if said.deleted else changes.delete_messages
            operate(actor=self.staff, messages=[row])
            said.deleted = not said.deleted

    def purge(self) -> None:
        purging.purge(days=0)
        for said in (one for place in self.places for one in place.said if one.deleted):
            said.erased, said.body, said.words = True, "", []

    def move(self, who: str, place: Place) -> None:
        """Leave a room, or join it again."""
        if place.room.kind != Room.Kind.PUBLIC or who == "ann" or who in place.banned:
            return
        operate = memberships.leave_room if who in place.people else memberships.join_room
        operate(actor=self.users[who], slug=place.room.slug)
        place.people ^= {who}

    def banish(self, who: str, place: Place) -> None:
        """Ban somebody from a room, or lift the ban."""
        if place.room.kind == Room.Kind.DIRECT or who == "ann":
            return
        if who in place.banned:
            found = Ban.objects.filter(user=self.users[who], room=place.room)
            sanctions.lift_bans(actor=self.staff, bans=found)
        else:
            ban(self.users[who], room=place.room, by=self.staff)
            place.people.discard(who)
        place.banned ^= {who}

    def rename(self, who: str, place: Place, word: str) -> None:
        """Call a person and a room otherwise, which are found by what they aren't renamed with."""
        profiles.set_display_name(actor=self.users[who], name=f"{word} {who}")
        if place.room.kind != Room.Kind.DIRECT:
            update_room(actor=self.users["ann"], room=place.room, name=f"A {word} room", topic="")

    def index(self, part: int) -> None:
        """Index some of what is new, or everything."""
        steps = [*indexing.parts(indexing.pending())]
        for step in steps[: part or None]:
            indexing.step(step)
        if not part:
            indexing.settle()

    def count(self) -> None:
        indexing.count()

    def begin_anew(self) -> None:
        indexing.begin_anew()

    def _at(self, place: Place, number: int) -> tuple[Said | None, Any]:
        if not place.said:
            return None, None
        number = number % len(place.said) + 1
        rows = Message.objects.select_related("room")
        return place.said[number - 1], rows.get(room=place.room, number=number)

    # -- what is found --

    def check(self, who: str, asked: str, *, public: bool) -> None:
        user, query = self.users[who], language.parse(asked, zone=UTC)
        expected = {
            (place.room.slug, number)
            for place in self.places
            if place.is_seen(who, public=public)
            for number, said in enumerate(place.said, 1)
            if not said.deleted and self._matches(query, place, said)
        }
        ids = Message.objects.filter(room__in=[place.room for place in self.places])
        numbers = {
            pk: (slug, number) for pk, slug, number in ids.values_list("pk", "room__slug", "number")
        }
        for found in self._on_all_ways(user, query, public=public):
            assert [numbers[pk] for pk in sorted(found, reverse=True)] == [
                numbers[pk] for pk in found
            ]
            assert sorted(numbers[pk] for pk in found) == sorted(expected), (who, asked)
        for order in ("newest", "best"):
            pages = self._pages(user, asked, order=order, public=public)
            assert sorted(numbers[pk] for pk in pages) == sorted(expected), (who, asked, order)

    def _matches(self, query: Query, place: Place, said: Said) -> bool:
        holds: dict[str, Callable[[Any], bool]] = {
            "from": lambda value: said.author == value,
            "has": lambda _value: bool(said.words),
            "with": lambda value: place.room.kind == Room.Kind.DIRECT and value in place.people,
        }
        return query.matches(said.text) and all(
            holds[one.name](one.value) != one.negated for one in query.filters
        )

    @staticmethod
    def _on_all_ways(user: User, query: Query, *, public: bool) -> list[list[int]]:
        """What each way finds that there is for this query."""
        scope = scope_of(user.pk, public=public, named=[])
        narrowed = filters.narrow(scope, query.filters)
        within = bounds.bounds_of(None, None, top=bounds.newest())
        found: list[list[int]] = []
        choices, ways = plan._choices, 1
        while not narrowed.is_empty and len(found) < ways:
            with pytest.MonkeyPatch.context() as patch:

                def only_one(task: plan.Task) -> list[plan.Choice]:
                    nonlocal ways
                    there_are = [*choices(task)]
                    ways = len(there_are)
                    return [there_are[len(found)]]

                patch.setattr(plan, "LITTLE", -1)
                patch.setattr(plan, "_choices", only_one)
                seconds = finding.SECONDS
                now = finding.find(query, narrowed, within, most=1000, seconds=seconds)
            found.append([hit.id for hit in now.hits])
        return found

    @staticmethod
    def _pages(user: User, asked: str, *, order: Any, public: bool) -> list[int]:
        """What all pages have."""
        found: list[int] = []
        before: str | None = None
        while before is not None or not found:
            page = search.search(
                actor=user, query=asked, before=before, limit=4, order=order, public=public
            )
            found += [hit.message.pk for hit in page.hits]
            before = page.next
            if before is None:
                break
        assert len({*found}) == len(found)
        return found


who, number = st.sampled_from(NAMES), st.integers(0, 20)
place = st.sampled_from([At(0), At(0), At(1), At(2)])
body = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
posted = st.tuples(st.just("post"), who, place, body, st.booleans())
checked = st.tuples(st.just("check"), who, st.sampled_from(QUERIES), st.booleans())
edited = st.tuples(st.just("edit"), place, number, body)
step = st.one_of(
    posted,
    posted,
    checked,
    edited,
    edited,
    st.tuples(st.just("describe"), place, number),
    st.tuples(st.just("take_files"), place, number),
    st.tuples(st.just("turn"), place, number),
    st.tuples(st.just("purge")),
    st.tuples(st.just("move"), who, place),
    st.tuples(st.just("banish"), who, place),
    st.tuples(st.just("rename"), who, place, st.sampled_from(WORDS)),
    st.tuples(st.just("index"), st.integers(0, 2)),
    st.tuples(st.just("count")),
    st.tuples(st.just("begin_anew")),
)

EXAMPLES = 30
sequences = given(
    begin=st.lists(posted, min_size=3, max_size=8),
    steps=st.lists(step, max_size=20),
    checks=st.lists(checked, min_size=4, max_size=8),
)


def plays(
    begin: list[tuple[Any, ...]], steps: list[tuple[Any, ...]], checks: list[tuple[Any, ...]]
) -> None:
    """Do all of it, comparing now and then and at the end, and leave nothing behind."""
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        # Small enough that a few messages take several steps and pages; and never cut short.
        for module, name, value in (
            *((walks, "SHORTEST", 2), (walks, "LONGEST", 4), (walks, "FIRST_BATCH", 2)),
            *((walks, "LARGEST_BATCH", 3), (indexing, "BATCH", 2), (finding, "SECONDS", 600.0)),
        ):
            patch.setattr(module, name, value)
        frequencies.forget()
        site = Site()
        # What the steps change is in the index by then.
        for name, *arguments in [*begin, ("index", 0), *steps, *checks]:
            given = [site.places[one.which] if isinstance(one, At) else one for one in arguments]
            flags = {"post": "file", "check": "public"}
            if name in flags:
                getattr(site, name)(*given[:-1], **{flags[name]: given[-1]})
            else:
                getattr(site, name)(*given)
        transaction.set_rollback(True)
    frequencies.forget()


@pytest.mark.thorough
@pytest.mark.usefixtures("db", "no_limits")
@examples(EXAMPLES)
@sequences
def test_a_search_finds_what_looking_at_everything_finds(
    begin: list[tuple[Any, ...]], steps: list[tuple[Any, ...]], checks: list[tuple[Any, ...]]
) -> None:
    plays(begin, steps, checks)
