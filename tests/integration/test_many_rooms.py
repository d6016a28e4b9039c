"""A person in 5,000 rooms: pages and frames stay small, and every room can be found."""

import json
import re
from functools import partial
from time import thread_time

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rooms.actions.accounts import welcome
from rooms.actions.messages import history
from rooms.actions.rooms import sidebars
from rooms.models import Membership, Room, User
from rooms.protocol import codec, limits
from tests.chat_client import Json
from tests.conftest import Measure
from tests.factories import make_user
from tests.integration.conftest import Connect
from tests.processes import quickest

pytestmark = [pytest.mark.usefixtures("no_limits"), pytest.mark.thorough]
MANY = 5000
UNREAD_EACH = 50  # one room in this many has unread messages
MIB = 1024 * 1024


def furnish(user: User, count: int, *, topic: str = "What it is about, in a few words") -> None:
    """Create this many public rooms, and a direct one for every ten of them."""
    with transaction.atomic():
        other = make_user("everywhere")
        rooms = Room.objects.bulk_create(
            (
                Room(
                    slug=f"room-{index:05}",
                    kind=Room.Kind.PUBLIC,
                    name=f"A room of the number {index:05}",
                    name_key=f"key {index}",
                    topic=topic,
                    created_by=other,
                    revision=20,
                    last_number=20,
                )
                for index in range(count)
            ),
            batch_size=500,
        )
        direct = Room.objects.bulk_create(
            (
                Room(
                    slug=f"direct-{index:05}",
                    kind=Room.Kind.DIRECT,
                    people_key=f"key {index}",
                    created_by=other,
                )
                for index in range(count // 10)
            ),
            batch_size=500,
        )
        Membership.objects.bulk_create(
            (
                Membership(
                    room=room,
                    user=who,
                    role=Membership.Role.MEMBER,
                    read_number=10 if index % UNREAD_EACH == 49 else room.last_number,
                )
                for index, room in enumerate([*rooms, *direct])
                for who in (user, other)
            ),
            batch_size=500,
        )


@pytest.fixture
def busy(bob: User) -> User:
    furnish(bob, MANY)
    return bob


@pytest.mark.django_db
def test_pages_and_welcome_stay_small_and_quick(
    busy: User, as_bob: Client, measure: Measure
) -> None:
    pages = {"lobby": reverse("lobby"), "room": reverse("room", args=["room-04321"])}
    for name, address in pages.items():
        response = as_bob.get(address)
        assert response.status_code == 200
        size = len(response.content) / 1024
        took = 1000 * quickest(partial(as_bob.get, address), clock=thread_time)
        measure(f"{name} of somebody in {MANY} rooms: {took:.0f} ms, {size:.0f} KiB")
        assert size < 200
        assert took < 150
    took = 1000 * quickest(partial(welcome.greet, user=busy), clock=thread_time)
    size = len(codec.encode(welcome.greet(user=busy).welcome)) / 1024
    measure(f"welcome of somebody in {MANY} rooms: {took:.0f} ms, {size:.0f} KiB")
    assert took < 100
    assert size < 100


def visit(browser: Client, slug: str) -> tuple[int, int]:
    """Go to a room as a page does that has the frame already; return the number of queries and of
    bytes."""
    address = reverse("room", args=[slug])
    history.recent_pages.clear()
    with CaptureQueriesContext(connection) as queries:
        response = browser.get(address, headers={"X-Part": "main"})
    assert response.status_code == 200
    return len(queries), len(response.content)


@pytest.mark.django_db
def test_going_to_another_room_costs_the_same_however_many_there_are(
    nothing_expires: None, bob: User, as_bob: Client, room: Room, measure: Measure
) -> None:
    as_bob.get(reverse("room", args=[room.slug]))  # renders what is constant
    few = visit(as_bob, room.slug)
    furnish(bob, 200)
    many = visit(as_bob, "room-00111")
    measure(f"another of 200 rooms in the same frame: {many[0]} queries, {many[1] / 1024:.0f} KiB")
    assert many[0] == few[0]
    assert many[1] < few[1] + 500, "the names are longer"
    whole = len(as_bob.get(reverse("room", args=["room-00111"])).content)
    assert many[1] < whole / 2


@pytest.mark.django_db
def test_what_a_visit_shows_is_what_the_whole_page_shows(as_bob: Client, bob: User) -> None:
    furnish(bob, 60)
    address = reverse("room", args=["room-00049"])  # with something unread
    whole, part = as_bob.get(address), as_bob.get(address, headers={"X-Part": "main"})
    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    main = re.compile(r"<main.*</main>", re.DOTALL)
    shown = [main.findall(token.sub("", page.text)) for page in (whole, part)]
    assert shown[0] == shown[1] != []
    ours, theirs = (page.context["bootstrap"] for page in (part, whole))
    assert ours.items() <= theirs.items()
    assert ours["around"] == 11


@pytest.mark.django_db(transaction=True)
async def test_rooms_that_the_welcome_leaves_out_come_page_by_page(
    connect: Connect, bob: User
) -> None:
    await sync_to_async(furnish)(bob, 1000)
    for slug in ("room-00777", "room-00111"):
        await sync_to_async(sidebars.star_room)(actor=bob, slug=slug)
    client = await connect(bob)
    told = client.welcome
    shown = [room["slug"] for room in told["rooms"]]
    assert len(shown) == limits.MAX_ROOMS
    assert shown[:2] == ["room-00777", "room-00111"]
    unread = [room["unread"] for room in told["rooms"][2:]]
    assert unread == [10] * 20 + [0] * (len(unread) - 20)
    assert told["unread_total"] == 200
    rest: list[Json] = []
    after = told["rooms_next"]
    while after is not None:
        page = await client.does("rooms", after=after)
        assert len(json.dumps(page)) < MIB
        rest += page["rooms"]
        after = page["next"]
    everything = [*shown, *(room["slug"] for room in rest)]
    assert len(everything) == len({*everything}) == 1100
    assert sum(room["unread"] for room in [*told["rooms"], *rest]) == 200
    for wrong in ("x", "-1", "9" * 30):
        assert await client.is_refused("rooms", after=wrong) == "invalid"


async def test_a_member_of_a_few_rooms_is_told_of_all_of_them(
    connect: Connect, bob: User, room: Room
) -> None:
    client = await connect(bob)
    assert client.welcome["rooms_next"] is None
    assert client.welcome["unread_total"] == 0
    page = await client.does("rooms")
    assert ([one["slug"] for one in page["rooms"]], page["next"]) == ([room.slug], None)


@pytest.mark.django_db
def test_the_room_on_the_page_is_in_its_list(busy: User, as_bob: Client) -> None:
    page = as_bob.get(reverse("room", args=["room-04321"]))
    slugs = [room["slug"] for room in page.context["bootstrap"]["rooms"]]
    assert slugs[0] == "room-04321"
    assert 'data-room="room-04321"' in page.text
    assert page.context["bootstrap"]["rooms_next"] is not None


@pytest.mark.django_db
def test_groups_with_long_names_are_told_in_frames_of_at_most_a_megabyte(bob: User) -> None:
    """300 direct rooms with ten people each, whose names have fifty four-byte characters."""
    people = User.objects.bulk_create(
        User(username=f"{'long' * 7}{index}", display_name="𒀀" * 50) for index in range(9)
    )
    rooms = Room.objects.bulk_create(
        Room(slug=f"direct-{index}", kind="direct", people_key=f"key {index}", created_by=bob)
        for index in range(300)
    )
    Membership.objects.bulk_create(
        Membership(room=room, user=user, role="member") for room in rooms for user in (bob, *people)
    )
    greeting = welcome.greet(user=bob)
    assert len(codec.encode(greeting.welcome)) < MIB
    told = len(greeting.welcome.rooms)
    after = greeting.welcome.rooms_next
    while after is not None:
        page, after = welcome.rooms(actor=bob, after=after, told=greeting.told)
        assert len(codec.encode(page)) < MIB
        told += len(page)
    assert told == 300


@pytest.mark.django_db(transaction=True)
async def test_reading_everything_is_told_in_frames_of_at_most_a_megabyte(
    connect: Connect, bob: User, room: Room
) -> None:
    def furnish_unread() -> None:
        rooms = Room.objects.bulk_create(
            Room(slug=f"{'long-' * 19}{index:05}", kind="private", name="x", created_by=bob,
                 revision=1, last_number=1)
            for index in range(3100)
        )  # fmt: skip
        Membership.objects.bulk_create(
            Membership(room=one, user=bob, role="member") for one in rooms
        )

    await sync_to_async(furnish_unread)()
    client, other = await connect(bob), await connect(bob)
    assert client.welcome["unread_total"] == 3100
    reply = await client.does("rooms.read")
    assert len(reply["rooms"]) == limits.MAX_TAKEN
    assert len(json.dumps(reply)) < MIB
    told = await other.has_seen("reads.changed")
    assert sum(len(event["rooms"]) for event in told) == 3100
    assert all(len(json.dumps(event)) < MIB for event in told)


@pytest.mark.django_db
def test_the_lobby_has_pages(busy: User, as_bob: Client) -> None:
    first = as_bob.get(reverse("lobby"))
    assert "1–50 of 5000 rooms" in first.text.replace(",", "")
    names = [room["name"] for room in first.context["found"]]
    last = as_bob.get(reverse("lobby"), {"page": "100"})
    assert [room["slug"] for room in last.context["found"]][-1] == "room-04999"
    assert len(names) == len(last.context["found"]) == 50
    found = as_bob.get(reverse("lobby"), {"q": "room-0123", "page": "1"})
    assert [room["slug"] for room in found.context["found"]] == [
        f"room-0123{index}" for index in range(10)
    ]
    assert {room["members"] for room in found.context["found"]} == {2}
    for wrong in ("x", "0", "-1", "101", "9" * 40):
        assert as_bob.get(reverse("lobby"), {"page": wrong}).status_code == 200
