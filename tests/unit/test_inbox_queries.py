"""The hand-written statements of the inbox."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from rooms.models import InboxItem, Room, User
from rooms.queries import inbox
from rooms.queries.inbox import Item
from rooms.storage.sql import straight

NOW = timezone.now()

Make = Callable[[str, int, str], Item]


def record(*items: Item) -> None:
    with straight() as cursor:
        inbox.record(cursor, items)


def reasons() -> dict[tuple[str, int], str]:
    rows = InboxItem.objects.select_related("user")
    return {(row.user.username, row.number): row.reason for row in rows}


@pytest.fixture
def item(alice: User, bob: User, room: Room) -> Make:
    people = {"alice": alice, "bob": bob}
    return lambda who, number, reason: Item(people[who].pk, room.pk, number, reason, NOW)


def test_a_message_is_one_item_for_the_strongest_of_its_reasons(item: Make) -> None:
    record(item("alice", 1, "reply"), item("alice", 1, "mention"), item("bob", 1, "keyword"))
    assert reasons() == {("alice", 1): "mention", ("bob", 1): "keyword"}
    assert {row.created_at for row in InboxItem.objects.all()} == {NOW}


def test_a_stronger_reason_replaces_the_one_that_was_known(item: Make) -> None:
    record(item("alice", 1, "reply"), item("bob", 1, "mention"))
    record(item("alice", 1, "mention"), item("bob", 1, "direct"), item("bob", 2, "reply"))
    assert reasons() == {("alice", 1): "mention", ("bob", 1): "mention", ("bob", 2): "reply"}


def test_nothing_to_record_is_no_statement(django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        record()
