"""Fill the site that `CHATSITE_DATA` and `DATABASE_URL` name: `python -m tests.load.search.fill N`.

Private rooms with N messages of the corpus, straight into the tables, and the people who search
them. Nothing is indexed yet.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import islice
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402  models need the applications

from rooms.management.startup import alone, collect_static, migrate  # noqa: E402
from rooms.models import Membership, Message, Reaction, Room, User  # noqa: E402
from rooms.text import markup  # noqa: E402
from tests.load import people  # noqa: E402
from tests.load.search.corpus import CHUNK, Corpus, Line  # noqa: E402
from tests.load.search.searchers import SILENT_ROOMS, searchers  # noqa: E402

BEGAN = datetime(2023, 1, 1, tzinfo=UTC)
YEARS = 3 * timedelta(days=365)  # in which all of it was written
LEAST_PEOPLE = 2000
DELETED = 97  # each of so many messages is a tombstone whose text isn't erased yet
REACTED = 211  # and each of so many has a reaction

COLUMNS = {
    "room_id": int,
    "author_id": int,
    "number": int,
    "revision": int,
    "nonce": str,
    "body": str,
    "html": str,
    "renderer": int,
    "created_at": datetime,
    "deleted_at": datetime,
}


def main(messages: int) -> None:
    corpus = Corpus(people=max(LEAST_PEOPLE, messages // 100))
    with alone():
        migrate()
        collect_static()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    with transaction.atomic():
        everybody = searchers(corpus)
        people.sign_everybody_up(corpus.people)
        names = dict(User.objects.values_list("username", "pk"))
        users = [names[f"person_{person}"] for person in range(corpus.people)]
        rooms = make_rooms(corpus.rooms + SILENT_ROOMS)
        Membership.objects.bulk_create(
            Membership(room_id=rooms[room], user_id=users[searcher.person])
            for searcher in everybody.values()
            for room in searcher.rooms
        )
        talkers = [one for one in people.small_rooms() if one[0] < corpus.rooms]
        Membership.objects.bulk_create(
            Membership(room_id=rooms[room], user_id=users[person])
            for room, those in talkers
            for person in those
        )
        write(corpus, messages, rooms, users)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def make_rooms(count: int) -> list[int]:
    """Their ids, by their numbers."""
    Room.objects.bulk_create(
        Room(slug=people.room_slug(room), name=f"Room {room}", kind=Room.Kind.PRIVATE)
        for room in range(count)
    )
    ids = dict(Room.objects.values_list("slug", "pk"))
    return [ids[people.room_slug(room)] for room in range(count)]


def write(corpus: Corpus, count: int, rooms: list[int], users: list[int]) -> None:
    counts: Counter[int] = Counter()
    silent = (Line(corpus.rooms + room, 0, f"Silence {room}") for room in range(SILENT_ROOMS))
    rows = _rows([*silent], corpus.lines(count), count + SILENT_ROOMS, rooms, users, counts)
    while chunk := [*islice(rows, CHUNK)]:
        _insert(chunk)
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE rooms_room SET revision = %s, last_number = %s WHERE id = %s",
            [(last, last, rooms[room]) for room, last in counts.items()],
        )
    react(users[0])


def _rows(
    silent: list[Line],
    lines: Iterator[Line],
    count: int,
    rooms: list[int],
    users: list[int],
    counts: Counter[int],
) -> Iterator[tuple[Any, ...]]:
    """In the order of COLUMNS. `counts` gets the last number of each room."""
    step = YEARS / count
    for index, line in enumerate((*silent, *lines)):
        counts[line.room] = number = counts[line.room] + 1
        written = BEGAN + index * step
        deleted = written + timedelta(days=1) if index % DELETED == 1 else None
        yield (
            *(rooms[line.room], users[line.author], number, number, f"load-{index}"),
            *(line.body, _html(line.body), markup.RENDERER_VERSION),
            *(written, deleted),
        )


def _html(body: str) -> str:
    """As the site renders it; most of it has no markup, which is quicker."""
    is_plain = "://" not in body and "`" not in body
    return f"<p>{escape(body)}</p>" if is_plain else markup.render(body)


def _insert(rows: list[tuple[Any, ...]]) -> None:
    table, columns = Message._meta.db_table, ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        adapt = connection.ops.adapt_datetimefield_value
        marks = ", ".join(["%s"] * len(COLUMNS))
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608
            [(*row[:-2], *map(adapt, row[-2:])) for row in rows],
        )


def react(user: int) -> None:
    ids = Message.objects.order_by("pk").values_list("pk", flat=True)
    Reaction.objects.bulk_create(
        Reaction(message_id=pk, user_id=user, emoji="👍") for pk in ids if pk % REACTED == 0
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
