"""What is purged is in no file of PostgreSQL's tables and indexes of the search. That SQLite's has
none of it is shown in `test_purge.py`, on a server."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from rooms.actions.messages import changes, indexing
from rooms.actions.moderation import purging
from rooms.models import Message
from rooms.queries.search import frequencies
from rooms.storage.sql import select
from tests import factories
from tests.postgres import on_postgres
from tests.services import PostgresServer
from tests.site import furnished

# Each of four bytes that occur nowhere else, so that no compression hides one behind another.
SECRET = "𠀀𠜎𠱓𡃁"

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("no_limits", "transactional_db")]


@pytest.fixture
def files(postgres_server: PostgresServer, django_db_blocker: DjangoDbBlocker) -> Iterator[Path]:
    """The folder of the database in which everything is done."""
    with on_postgres(furnished(postgres_server), django_db_blocker):
        frequencies.forget()
        yield postgres_server.data
    frequencies.forget()


def holding(files: Path) -> set[str]:
    """The tables and indexes of the search in whose files a character of the secret is; what is
    long lies in a table beside them."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    rows = select(
        "SELECT c.relname, pg_relation_filepath(f.oid) FROM pg_class c"
        " JOIN pg_class f ON f.oid IN (c.oid, c.reltoastrelid)"
        " WHERE c.relname LIKE %s AND c.relkind IN ('r', 'i')",
        ["rooms_search%"],
    )
    contents = [(name, (files / path).read_bytes()) for name, path in rows]
    return {name for name, content in contents if any(sign.encode() in content for sign in SECRET)}


def test_purged_text_is_in_no_file_of_the_index(files: Path) -> None:
    ann = factories.make_user("ann")
    hall = factories.make_room("Hall", owner=ann)
    plain = [f"plain {number}" for number in range(300)]
    factories.post_many(hall, ann, plain)
    named = factories.make_upload(hall, ann, f"{SECRET}.pdf")
    said = factories.post_many(hall, ann, [SECRET, f"{SECRET}!"])
    said.append(factories.post(hall, ann, "With a file.", files=[named]))
    edited = factories.post(hall, ann, SECRET)
    factories.post_many(hall, ann, plain)
    sum(indexing.catch_up(seconds=0.01))
    indexing.count()
    assert holding(files) >= {"rooms_search", "rooms_search_grams", "rooms_searchindex"}
    changes.edit_message(actor=ann, slug=hall.slug, number=edited.number, body="Harmless.")
    long_ago = timezone.now() - timedelta(days=31)
    Message.objects.filter(pk__in=[one.pk for one in said]).update(deleted_at=long_ago)
    purging.purge()
    assert holding(files) == set()
