"""The admin's lists stay fast: no full count, a constant number of queries, searches by index."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rooms.actions.messages import reactions
from rooms.actions.moderation import removals, reports, sanctions
from rooms.admin import lists
from rooms.admin.search import Search
from rooms.models import (
    AuditEntry,
    Ban,
    Invite,
    Membership,
    Message,
    Mute,
    Reaction,
    Removal,
    Report,
    Room,
    User,
)
from tests import factories
from tests.integration import admin_desk as desk

pytestmark = pytest.mark.thorough

ROOM_NUMBER = "rooms_message_1"  # SQLite's name for the index of message_room_number
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plan")
MODELS = [
    *(AuditEntry, Ban, Invite, Membership, Message, Mute, Reaction, Removal, Report, Room, User)
]


def statements(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        page = client.get(url)
    assert page.status_code == 200, url
    return [query["sql"] for query in captured]


def listed(client: Client, model: type[Any], query: str = "") -> list[Any]:
    page = client.get(f"{desk.url(model)}?{query}")
    assert page.status_code == 200, page.headers
    return list(page.context["cl"].result_list)


def fill(room: Room, people: list[User], turn: int) -> None:
    """Rows for every list, by different people each time."""
    for index, user in enumerate(people):
        factories.add_member(room, user)
        message = factories.post(room, user, f"Message {turn} {index}")
        other = factories.make_room(f"Room {turn} {index}", owner=user)
        reactions.add_reaction(actor=people[0], slug=room.slug, number=message.number, emoji="👍")
        factories.make_invite(other, by=user)
        ban = factories.ban(people[index - 1], room=other, by=user)
        assert ban.pk
        said = factories.post(room, user, "Reported.")
        reports.report_message(
            actor=people[index - 1], slug=room.slug, number=said.number, reason="spam"
        )
        sanctions.mute_user(actor=user, user=people[index - 1], room=other)
        removals.remove_posts(actor=user, user=people[index - 1], scope="room", room=other)


def test_a_longer_list_takes_no_more_queries(as_staff: Client, room: Room, no_limits: None) -> None:
    counts = []
    for turn in range(2):
        people = [factories.make_user(f"p{turn}_{index}") for index in range(3 + 4 * turn)]
        fill(room, people, turn)
        for model in MODELS:
            statements(as_staff, desk.url(model))  # fill what is cached for good
        counts.append({model: len(statements(as_staff, desk.url(model))) for model in MODELS})
    assert counts[0] == counts[1]
    assert {model: count for model, count in counts[1].items() if count > 8} == {}


def test_no_filter_lists_all_people_or_rooms(
    as_staff: Client, alice: User, no_limits: None
) -> None:
    people = [factories.make_user(f"p{index}") for index in range(3)]
    room = factories.make_room("Here", owner=people[0])
    fill(room, people, 0)
    factories.make_user("zoe", display_name="Zoe Elsewhere")
    Room.objects.create(slug="far", name="Far Elsewhere", kind=Room.Kind.PUBLIC)
    for model in set(MODELS) - {Room, User}:
        page = as_staff.get(desk.url(model))
        assert page.context["cl"].result_list, model
        assert "Elsewhere" not in page.content.decode(), model


@pytest.mark.parametrize("model", MODELS)
def test_no_list_counts_a_whole_table(model: type[Any], as_staff: Client, room: Room) -> None:
    factories.post(room, room.created_by or User(), "Something to count.")
    counts = [sql for sql in statements(as_staff, desk.url(model)) if "COUNT(" in sql]
    assert counts, "the paginator counts"
    assert all(re.search(r"LIMIT 10001\) subquery$", sql) for sql in counts), counts


def test_a_list_that_ends_early_says_so(
    as_staff: Client, room: Room, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_LISTED", 60)
    factories.post_many(room, bob, [f"{index}" for index in range(70)])
    page = as_staff.get(desk.url(Message) + "?p=2")
    assert len(page.context["cl"].result_list) == 10
    assert "60+ messages" in page.content.decode()
    assert as_staff.get(desk.url(Message) + "?p=3").status_code == 302


@on_sqlite
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "message_created_at"),
        ("state=deleted", "message_deleted_at"),
        ("room__id__exact=1", ROOM_NUMBER),
        ("q=%23lounge+words", ROOM_NUMBER),
        ("q=%23lounge+1", ROOM_NUMBER),
        ("q=%40bob", "message_author"),
        ("q=%40bob+%23lounge", "message_author"),
        ("q=%40bob&state=deleted", "message_author"),
        ("q=words", "message_created_at"),
        ("created_at__year=2026&created_at__month=11", "message_created_at"),
    ],
)
def test_every_page_of_messages_walks_an_index(
    query: str, index: str, as_staff: Client, room: Room, bob: User
) -> None:
    factories.post(room, bob)
    asked = query.replace("exact=1", f"exact={room.pk}")
    pages = [
        sql
        for sql in statements(as_staff, f"{desk.url(Message)}?{asked}")
        if 'FROM "rooms_message"' in sql and "body" in sql.split("FROM")[0]
    ]
    assert len(pages) == 1
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {pages[0]}")
        plan = "\n".join(row[-1] for row in cursor.fetchall())
    assert index in plan, plan


@on_sqlite
def test_the_check_notices_a_plan_with_a_scan(room: Room) -> None:
    """Otherwise the test above could not fail."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN SELECT * FROM rooms_message WHERE body LIKE '%x%'")
        assert "SCAN" in cursor.fetchall()[0][-1]


def test_a_search_finds_people_rooms_numbers_and_words(
    as_staff: Client, room: Room, private_room: Room, alice: User, bob: User
) -> None:
    first, second = factories.post_many(room, bob, ["Red tea.", "Green tea."])
    third = factories.post(private_room, alice, "Red wine.")

    def found(term: str) -> set[Message]:
        return set(listed(as_staff, Message, f"q={term}"))

    assert found("") == {first, second, third}
    assert found("%40bob") == {first, second}
    assert found("%23lounge") == {first, second}
    assert found("%23lounge+2") == {second}
    assert found("lounge/2") == {second}
    assert found("https://chat.example.com/rooms/lounge/1/") == {first}
    assert found("red") == {first, third}
    assert found("%23lounge+red") == {first}
    assert found("%40alice+red") == {third}
    assert found("%40nobody") == set()
    assert found("%23nowhere") == set()


def test_words_are_searched_only_in_the_newest_messages(
    as_staff: Client, room: Room, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.admin.messages.RECENT", 3)
    factories.post_many(room, bob, ["Tea."] * 5)
    assert [row.number for row in listed(as_staff, Message, "q=tea")] == [5, 4, 3]
    assert [row.number for row in listed(as_staff, Message, "q=%23lounge+tea")] == [5, 4, 3]


def test_an_unknown_room_does_not_list_the_whole_site(
    as_staff: Client, staff: User, bob: User
) -> None:
    ban = factories.ban(bob, by=staff)
    assert ban.room is None
    assert listed(as_staff, Ban, "q=%40bob") == [ban]
    assert listed(as_staff, Ban, "q=%23nowhere") == []
    assert listed(as_staff, AuditEntry, "q=%23nowhere") == []


@pytest.mark.parametrize(
    ("term", "search"),
    [
        ("", Search()),
        ("@Bob", Search(people=["bob"])),
        ("@ #", Search(words="@ #")),
        ("#tea 12 cups", Search(room="tea", number=12, words="cups")),
        ("12 cups", Search(words="12 cups")),
        ("tea/12", Search(room="tea", number=12)),
        ("чай/12", Search(room="чай", number=12)),
        ("tea/" + "9" * 40, Search(room="tea", number=2**63 - 1)),
        ("#tea ²", Search(room="tea", words="²")),
    ],
)
def test_a_search_is_parsed(term: str, search: Search) -> None:
    assert Search.parse(term) == search


def test_dates_narrow_a_list_without_reading_all_rows(
    as_staff: Client, room: Room, bob: User
) -> None:
    old, middle, new = factories.post_many(room, bob, ["Old.", "Middle.", "New."])
    for message, at in (
        (old, datetime(2024, 2, 29, 12, tzinfo=UTC)),
        (middle, datetime(2025, 12, 31, 23, 59, tzinfo=UTC)),
        (new, datetime(2026, 1, 1, 0, 0, tzinfo=UTC)),
    ):
        Message.objects.filter(pk=message.pk).update(created_at=at)

    def dates(query: str) -> list[str]:
        page = as_staff.get(f"{desk.url(Message)}?{query}")
        assert not any("DISTINCT" in sql for sql in statements(as_staff, page.request["PATH_INFO"]))
        return [choice["title"] for choice in page.context["cl"].dates["choices"]]

    assert dates("") == ["2024", "2025", "2026"]
    assert dates("created_at__year=2024")[0] == "February 2024"
    assert len(dates("created_at__year=2024")) == 11
    assert dates("created_at__year=2024&created_at__month=2") == ["February 29"]
    day = "created_at__year=2024&created_at__month=2&created_at__day=29"
    assert dates(day) == ["February 29"]
    assert listed(as_staff, Message, day) == [old]
    assert listed(as_staff, Message, "created_at__year=2025") == [middle]
    page = as_staff.get(f"{desk.url(Message)}?created_at__year=2025&q=%40bob")
    assert "created_at__month=12&amp;created_at__year=2025&amp;q=%40bob" in page.content.decode()


def test_dates_of_a_single_year_begin_with_its_months(
    as_staff: Client, room: Room, bob: User
) -> None:
    factories.post_many(room, bob, ["One.", "Two."])
    Message.objects.update(created_at=datetime(2026, 11, 23, 12, tzinfo=UTC))
    steps = (
        ("", "November 2026"),
        ("created_at__year=2026&created_at__month=11", "November 23"),
        ("created_at__year=2026&created_at__month=11&created_at__day=23", "November 23"),
    )
    for query, title in steps:
        dates = as_staff.get(f"{desk.url(Message)}?{query}").context["cl"].dates
        assert [choice["title"] for choice in dates["choices"]] == [title]


@pytest.mark.parametrize(
    "query", ["created_at__year=x", "created_at__year=2025&created_at__month=13"]
)
def test_an_invalid_date_is_not_an_error(
    query: str, as_staff: Client, room: Room, bob: User
) -> None:
    factories.post(room, bob)
    page = as_staff.get(f"{desk.url(Message)}?{query}", follow=True)
    assert page.status_code == 200


def test_links_narrow_lists_to_a_room_or_a_person(
    as_staff: Client, room: Room, private_room: Room, alice: User, bob: User
) -> None:
    mine, other = factories.post(room, bob), factories.post(private_room, alice)
    assert other in listed(as_staff, Message)
    query = f"room__id__exact={room.pk}"
    assert query in desk.shown(as_staff, room).content.decode()
    page = as_staff.get(f"{desk.url(Message)}?{query}")
    assert list(page.context["cl"].result_list) == [mine]
    assert "By room" in page.content.decode()
    assert listed(as_staff, Message, f"author__id__exact={alice.pk}") == [other]


@pytest.mark.parametrize("query", ["room__id__exact=x", "room__id__exact=", "author__id__exact=0"])
def test_an_invalid_filter_is_not_an_error(
    query: str, as_staff: Client, room: Room, bob: User
) -> None:
    factories.post(room, bob)
    assert as_staff.get(f"{desk.url(Message)}?{query}", follow=True).status_code == 200


@pytest.mark.parametrize("model", [Ban, Membership, Invite, Mute, Removal])
def test_no_form_lists_all_people_or_rooms(
    model: type[Any], as_staff: Client, room: Room, bob: User
) -> None:
    page = as_staff.get(desk.url(model, "add")).content.decode()
    assert "Bob" not in page
    assert "Lounge" not in page


def test_people_and_rooms_autocomplete(as_staff: Client, room: Room, bob: User) -> None:
    answer = as_staff.get(
        "/admin/autocomplete/?app_label=rooms&model_name=ban&field_name=user&term=bo"
    ).json()
    assert answer["results"] == [{"id": str(bob.pk), "text": "Bob (@bob)"}]
    answer = as_staff.get(
        "/admin/autocomplete/?app_label=rooms&model_name=ban&field_name=room&term=loun"
    ).json()
    assert answer["results"] == [{"id": str(room.pk), "text": "Lounge (#lounge)"}]


def test_the_admin_shows_the_site_s_name(as_staff: Client) -> None:
    page = " ".join(as_staff.get("/admin/").content.decode().split())
    assert "<title> Moderation | Chatsite </title>" in page


def test_the_front_page_takes_a_few_queries(
    django_assert_max_num_queries: Callable[..., Any], as_staff: Client
) -> None:
    with django_assert_max_num_queries(13):
        assert as_staff.get("/admin/").status_code == 200
