"""Search finds what somebody may read at this moment, and tells nothing of the rest: not by a hit,
a count, another answer, or more work."""

import json
import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rooms.actions.messages import search
from rooms.models import Membership, Room, User
from rooms.queries.search import finding
from tests.factories import add_member, ban, make_direct, make_room, post, post_many
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect
from tests.integration.test_search import found

pytestmark = pytest.mark.usefixtures("no_limits")

posting = sync_to_async(post)


def hits(user: User, query: str, **fields: Any) -> list[str]:
    """The bodies that a query finds for somebody."""
    return [hit.message.body for hit in search.search(actor=user, query=query, **fields).hits]


def test_a_private_room_is_searched_by_its_members_only(
    alice: User, bob: User, charlie: User, mallory: User, staff: User, private_room: Room
) -> None:
    post(private_room, alice, "the codename is heron")
    maud = desk.make_moderator()
    assert hits(bob, "heron") == ["the codename is heron"]
    for stranger in (charlie, mallory, staff, maud):
        for query in ("heron", "from:alice", "before:2099-01-01", "-sparrow heron", "her cod"):
            for order in ("newest", "best"):
                assert hits(stranger, query, public=True, order=order) == []
        assert hits(stranger, f"heron in:{private_room.slug}") == []


def test_a_private_room_is_answered_like_one_that_does_not_exist(
    alice: User, charlie: User, private_room: Room
) -> None:
    post_many(private_room, alice, ["heron"] * 30)
    queries = [f"heron in:{slug}" for slug in (private_room.slug, "no-such-room")]
    hidden, absent = (search.search(actor=charlie, query=query).fields() for query in queries)
    assert hidden == absent
    assert search.search(actor=alice, query=queries[0]).next is not None


def test_a_direct_room_is_searched_by_the_people_in_it_only(
    alice: User, bob: User, charlie: User
) -> None:
    direct = make_direct(alice, bob)
    post(direct, alice, "heron")
    assert hits(bob, "heron") == hits(bob, "with:alice") == ["heron"]
    assert hits(charlie, "heron", public=True) == hits(charlie, "with:alice") == []
    assert hits(charlie, "with:alice with:bob", public=True) == []


def test_public_rooms_are_searched_by_others_if_they_ask_for_it(
    alice: User, charlie: User, mallory: User, room: Room
) -> None:
    post(room, alice, "heron")
    assert hits(charlie, "heron") == []
    assert hits(charlie, "heron", public=True) == ["heron"]
    assert hits(charlie, f"heron in:{room.slug}") == ["heron"]
    assert hits(charlie, f"heron -in:{room.slug}", public=True) == []
    assert hits(charlie, "heron is:unread", public=True) == [], "they have no cursor there"
    for query in ("heron", f"heron in:{room.slug}"):
        assert hits(mallory, query, public=True) == [], "banned there"


async def test_a_lost_right_is_lost_with_the_next_search(
    connect: Connect, alice: User, bob: User, charlie: User, private_room: Room, room: Room
) -> None:
    await posting(private_room, alice, "heron inside")
    await posting(room, alice, "heron outside")
    inside, outside = (private_room.slug, 1), (room.slug, 1)
    reader, guest = await connect(bob), await connect(charlie)
    assert await found(reader, "heron") == [outside, inside]
    await reader.does("room.leave", room=private_room.slug)
    assert await found(reader, "heron") == [outside]
    assert await found(guest, "heron", public=True) == [outside]
    await sync_to_async(ban)(bob, room=room, by=alice)
    await sync_to_async(ban)(charlie, room=room, by=alice)
    assert await found(reader, "heron") == await found(reader, "heron", public=True) == []
    assert await found(guest, "heron", public=True) == []
    await sync_to_async(add_member)(private_room, charlie)
    assert await found(guest, "heron") == [inside]
    await Membership.objects.filter(room=private_room, user=charlie).adelete()
    assert await found(guest, f"heron in:{private_room.slug}") == []


def test_a_right_that_is_lost_while_a_search_runs_is_lost_in_its_answer(
    alice: User, bob: User, private_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    post_many(private_room, alice, ["heron 1", "heron 2"])
    find = finding.find

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        result = find(*args, **kwargs)
        assert result.hits
        Membership.objects.filter(room=private_room, user=bob).delete()
        return result

    monkeypatch.setattr(finding, "find", interrupted)
    assert hits(bob, "heron") == []


def test_what_others_say_where_one_may_not_read_costs_no_statement(
    alice: User, charlie: User, private_room: Room, room: Room
) -> None:
    add_member(room, charlie)
    post_many(room, alice, ["heron", *["straw"] * 50])

    def asked() -> int:
        with CaptureQueriesContext(connection) as statements:
            assert len(hits(charlie, "heron")) == 1
        return len(statements)

    before = asked()
    post_many(private_room, alice, ["heron"] * 500)
    assert asked() == before


# -- the page --------------------------------------------------------------------------------


def bootstrap(content: str) -> Any:
    found = re.search(r'<script id="bootstrap" type="application/json">(.*?)</script>', content)
    assert found
    return json.loads(found[1])["search"]


def test_the_page_shows_what_the_query_finds_and_scripts_start_from_it(
    as_bob: Client, alice: User, room: Room
) -> None:
    post_many(room, alice, [f"heron {index}" for index in range(25)])
    page = as_bob.get(reverse("search"), {"q": "heron"}).content.decode()
    assert "heron 24" in page
    assert "heron 4" not in page
    assert reverse("room_at", args=[room.slug, 25]) in page
    started = bootstrap(page)
    assert (started["query"], started["order"], started["public"]) == ("heron", "newest", False)
    reply = started["found"]
    assert [hit["message"]["number"] for hit in reply["hits"]] == [*range(25, 5, -1)]
    assert reply["hits"][0]["ranges"] == [[0, 5]]
    older = {"q": "heron", "before": reply["next"]}
    page = as_bob.get(reverse("search"), older).content.decode()
    assert [hit["message"]["number"] for hit in bootstrap(page)["found"]["hits"]] == [5, 4, 3, 2, 1]


def test_the_page_says_what_is_wrong_with_a_query(as_bob: Client, room: Room) -> None:
    for query, words in (
        ("-heron", "A search that only excludes finds nothing"),
        ("zzz", "No messages match."),
    ):
        response = as_bob.get(reverse("search"), {"q": query})
        assert response.status_code == 200
        assert words in response.content.decode()
    assert as_bob.get(reverse("search")).status_code == 200
    assert as_bob.get(reverse("search"), {"q": "x", "before": "17"}).status_code == 200


def test_only_who_is_signed_in_has_the_page(client: Client) -> None:
    response = client.get(reverse("search"), {"q": "heron"})
    assert response.status_code == 302
    assert "login" in response.headers["Location"]


ATTACK = "</script><img src=x onerror=alert(1)> heron"


def test_neither_a_query_nor_a_message_is_run(as_bob: Client, alice: User, room: Room) -> None:
    make_room("</script><b>", owner=alice)
    post(room, alice, ATTACK)
    page = as_bob.get(reverse("search"), {"q": ATTACK}).content.decode()
    assert bootstrap(page)["query"] == ATTACK
    (hit,) = bootstrap(page)["found"]["hits"]
    assert hit["message"]["body"] == ATTACK
    assert "<img src=x" not in page
    assert "</script><" not in page.replace("</script>\n", "")


def test_the_page_and_the_command_share_a_limit(as_bob: Client, room: Room, settings: Any) -> None:
    settings.RATE_LIMITS = True
    settings.LIMITS = {**settings.LIMITS, "search": "2/m"}
    statuses = [as_bob.get(reverse("search"), {"q": "heron"}).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
