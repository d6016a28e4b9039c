"""`@room` to thousands is one statement for the post, one for its job, and one order for each
process."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.actions.notifications import telling
from rooms.actions.notifications.orders import Order, Tell
from rooms.models import InboxItem, Job, Membership, Room, User
from rooms.queries import inbox, unread
from tests.conftest import Measure
from tests.factories import post
from tests.processes import quickest

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("db", "no_limits")]

MANY = 5000


@pytest.fixture
def crowd(room: Room, alice: User) -> list[int]:
    """The ids of the others in a room of thousands."""
    people = User.objects.bulk_create(
        User(username=f"person{n}", password="!") for n in range(MANY)
    )
    Membership.objects.bulk_create(Membership(room=room, user=person) for person in people)
    return [person.pk for person in people]


def test_a_post_to_thousands_writes_one_row_and_its_job_one_statement(
    room: Room, alice: User, crowd: list[int], measure: Measure
) -> None:
    post(room, alice, "warm")
    plain = quickest(lambda: post(room, alice, "Plain"), clock=time.thread_time)
    loud = quickest(lambda: post(room, alice, "@room: tea!"), clock=time.thread_time)
    assert loud < 3 * plain + 0.005, "the post itself is no slower for being to thousands"
    assert not InboxItem.objects.exists()
    number = post(room, alice, "@room: tea!").number
    begun = time.thread_time()
    with CaptureQueriesContext(connection) as queries:
        telling.carry_out(Tell(room=room.pk, number=number))
    job = time.thread_time() - begun
    assert InboxItem.objects.filter(number=number).count() == MANY + 1  # and bob
    assert len(queries) <= 60, "a dozen, and a few for each five hundred people"
    begun = time.thread_time()
    found = telling.heard([Order(tell=Tell(room=room.pk, number=number))], {*crowd})
    heard = time.thread_time() - begun
    assert len(found) == 2 * MANY  # a notification and a count for each
    assert inbox.unread(crowd[0]) == 1
    measure(
        f"@room to {MANY}: post {loud * 1000:.1f} ms (plain {plain * 1000:.1f}), "
        f"job {job * 1000:.0f} ms, telling {MANY} connected people {heard * 1000:.0f} ms"
    )


def test_counts_of_thousands_are_exact_before_the_job(
    room: Room, alice: User, crowd: list[int]
) -> None:
    post(room, alice, "@room: tea!")
    assert not InboxItem.objects.exists()
    readings = unread.readings_in(room.pk, crowd)
    assert {reading.mentions for reading in readings.values()} == {1}
    assert Job.objects.filter(kind="tell").count() == 1
