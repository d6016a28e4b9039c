"""The ways of a search: whichever is the cheapest, it finds the same."""

from collections.abc import Callable
from functools import partial

import pytest

from rooms.actions.messages import changes, indexing, search
from rooms.models import Message, Room, User
from rooms.queries.search import frequencies, plan, walks
from rooms.queries.search.plan import Choice, Task
from rooms.queries.search.walks import Way
from tests.factories import make_picture, make_room, post, post_many

pytestmark = pytest.mark.usefixtures("transactional_db", "no_limits")

WAYS: dict[str, Callable[[Task], Way]] = {
    "everything": lambda task: walks.everything(task.bounds),
    "by rooms": lambda task: walks.by_rooms(task.narrowed, task.bounds),
    "by room": lambda task: walks.by_room(task.narrowed.scope.rooms[0], task.bounds),
    "by authors": lambda task: walks.by_authors(task.narrowed.authors or (), task.bounds),
    "by the index": plan._indexed,
}
ANYWHERE = ("everything", "by rooms", "by the index")
QUERIES = [
    ("tea", ANYWHERE),
    ("steam -green", ANYWHERE),
    ('"green tea"', ANYWHERE),
    ("te", ANYWHERE),
    ("茶", ANYWHERE),
    ("boxes", ANYWHERE),
    ("has:image", ANYWHERE),
    ("boxes is:unread", ANYWHERE),
    ("tea from:alice", (*ANYWHERE, "by authors")),
    ("from:alice from:bob", ("everything", "by rooms", "by authors")),
    ("tea in:other", (*ANYWHERE, "by room")),
    ("in:other", ("everything", "by rooms", "by room")),
]


@pytest.fixture
def talk(alice: User, bob: User, room: Room) -> None:
    """Two rooms, of which the first half is in the index and the second isn't; what was indexed
    is edited, deleted and restored."""
    frequencies.forget()
    other = make_room("Other", owner=alice, members=[bob])
    for index in range(2):
        for place in (room, other):
            post_many(place, alice, [f"tea {index}", f"steam {index}", "green tea", "緑茶", "x"])
            post_many(place, bob, ["evergreen teams", f"tea of bob {index}"])
            post(place, alice, "", files=[make_picture(place, alice, alt="two boxes")])
        if index == 0:
            assert sum(indexing.catch_up(seconds=0.01))
    for number, act in ((1, "edit"), (2, "delete"), (3, "restore")):
        message = Message.objects.get(room=room, number=number)
        if act == "edit":
            changes.edit_message(actor=alice, slug=room.slug, number=number, body="tea, edited")
            continue
        changes.delete_messages(actor=alice, messages=[message])
        if act == "restore":
            message.refresh_from_db()
            changes.restore_messages(actor=alice, messages=[message])


def found(reader: User, query: str) -> list[int]:
    """The ids of what a query finds, in pages of three."""
    ids: list[int] = []
    page = search.search(actor=reader, query=query, limit=3)
    while True:
        ids += [hit.message.pk for hit in page.hits]
        if page.next is None:
            return ids
        page = search.search(actor=reader, query=query, limit=3, before=page.next)


@pytest.mark.usefixtures("talk")
def test_every_way_finds_the_same(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []

    def only(name: str, task: Task) -> list[Choice]:
        gone.append(name)
        return [Choice(0.0, partial(WAYS[name], task))]

    for query, ways in QUERIES:
        monkeypatch.setattr(plan, "LITTLE", 10**9)
        expected = found(bob, query)
        assert expected == sorted(expected, reverse=True)
        assert expected, query
        monkeypatch.setattr(plan, "LITTLE", 0)
        for name in ways:
            monkeypatch.setattr(plan, "_choices", partial(only, name))
            assert found(bob, query) == expected, (query, name)
    assert {*gone} == {*WAYS}
