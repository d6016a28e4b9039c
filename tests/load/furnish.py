"""Furnish the data folder that CHATSITE_DATA names: `python -m tests.load.furnish MESSAGES`.

Everything a first start does, people with sessions, the hall, a page of messages in each of the
small rooms, and so many in room 1.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402  models need the applications

from rooms.management.startup import alone, collect_static, migrate  # noqa: E402
from rooms.models import Membership, Message, Room, User  # noqa: E402
from rooms.text import markup  # noqa: E402
from tests.load import people  # noqa: E402
from tests.load.texts import in_room, text  # noqa: E402

WRITTEN = 1000  # messages one by one; more are copies of them


def main(messages: int) -> None:
    with alone():
        migrate()
        collect_static()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    with transaction.atomic():
        people.sign_everybody_up(people.PEOPLE)
        fill_rooms([*User.objects.order_by("pk")])
        for number, _ in people.small_rooms():
            count = messages if number == 1 else min(messages, people.ROOM_MESSAGES)
            write(Room.objects.get(slug=people.room_slug(number)), number, count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def fill_rooms(everybody: list[User]) -> None:
    plan = [(people.HALL, range(people.HALL_PEOPLE)), *people.small_rooms()]
    Room.objects.bulk_create(
        Room(slug=people.room_slug(room), name=f"Room {room}", kind=Room.Kind.PUBLIC)
        for room, _ in plan
    )
    ids = dict(Room.objects.values_list("slug", "pk"))
    Membership.objects.bulk_create(
        Membership(room_id=ids[people.room_slug(room)], user=everybody[person])
        for room, members in plan
        for person in members
    )


def write(room: Room, place: int, count: int) -> None:
    """Messages of the room's people, all read by them."""
    authors = [*User.objects.filter(memberships__room=room).order_by("pk")]
    said = {number: text(in_room(place, number)) for number in range(1, min(count, WRITTEN) + 1)}
    Message.objects.bulk_create(
        Message(
            room=room,
            author=authors[number % len(authors)],
            number=number,
            revision=number,
            nonce=f"furnish-{number}",
            body=body,
            html=markup.render(body),
            renderer=markup.RENDERER_VERSION,
        )
        for number, body in said.items()
    )
    written = min(count, WRITTEN)
    while written < count:
        written += copy(room, written, count)
    room.revision = room.last_number = count
    room.save_counters()
    Membership.objects.filter(room=room).update(read_number=count)


def copy(room: Room, written: int, count: int) -> int:
    """Double the room's messages, up to `count`; how many that were. In the database: a million
    objects would take longer than all that is measured."""
    moved = {
        "number": f"number + {written}",
        "revision": f"revision + {written}",
        "nonce": f"nonce || '-{written}'",
    }
    fields = Message._meta.concrete_fields
    columns = [field.column for field in fields if field.column and not field.primary_key]
    values = [moved.get(column, column) for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Message._meta.db_table} ({', '.join(columns)}) "  # noqa: S608
            f"SELECT {', '.join(values)} FROM {Message._meta.db_table} "
            "WHERE room_id = %s AND number <= %s",
            [room.pk, count - written],
        )
        return int(cursor.rowcount)


if __name__ == "__main__":
    main(int(sys.argv[1]))
