"""The index of the search, on both databases: what it finds is what the messages say now."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import pytest
from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from rooms.actions.messages import changes, indexing, updates
from rooms.actions.moderation import files, purging
from rooms.jobs import indexing as jobs
from rooms.models import Message, Room, SearchedRoom, SearchedText, SearchIndex, Upload, User
from rooms.queries.search import frequencies, index, postgresql, progress, unindexed
from rooms.queries.search.entries import Entry, Stretch
from rooms.storage.sql import select
from rooms.text import markup
from rooms.text.search.folding import fold
from rooms.text.search.grams import CODE, FILE, IMAGE, LINK, VERSION, needed
from tests import factories
from tests.integration.conftest import Connect
from tests.postgres import on_postgres
from tests.site import furnished

pytestmark = pytest.mark.usefixtures("no_limits", "fresh_index")

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.thorough)]


@pytest.fixture
def fresh_index() -> None:
    frequencies.forget()
    indexing.take_expected()


@pytest.fixture(params=BOTH)
def database(
    request: pytest.FixtureRequest, transactional_db: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """Everything that the test does is done on this database."""
    if request.param == "sqlite":
        yield request.param
        return
    url = furnished(request.getfixturevalue("postgres_server"))
    with on_postgres(url, django_db_blocker):
        yield request.param


@pytest.fixture
def ann(database: str) -> User:
    return factories.make_user("ann", is_staff=True, is_superuser=True)


@pytest.fixture
def hall(ann: User) -> Room:
    return factories.make_room("Hall", owner=ann)


def found(word: str, **where: object) -> list[int]:
    """The numbers of the messages that the index names for a word, newest first."""
    grams = {word} if word.startswith("\u00b9") else needed(fold(word))
    ids = [*index().candidates(grams, **where)]  # type: ignore[arg-type]
    numbers = dict(Message.objects.filter(pk__in=ids).values_list("pk", "number"))
    assert len(ids) == len({*ids})
    return [numbers[pk] for pk in ids]


def catch_up() -> int:
    return sum(indexing.catch_up(seconds=0.01))


def deleted(*messages: Message) -> None:
    long_ago = timezone.now() - timedelta(days=31)
    Message.objects.filter(pk__in=[one.pk for one in messages]).update(deleted_at=long_ago)


def edit(message: Message, body: str) -> None:
    slug = message.room.slug
    changes.edit_message(actor=message.author, slug=slug, number=message.number, body=body)


# -- candidates ------------------------------------------------------------------------------


def test_what_is_posted_is_looked_at_directly_until_it_is_indexed(hall: Room, ann: User) -> None:
    factories.post_many(hall, ann, ["The config", "Configure 上海", "Other"])
    assert found("fig") == []
    assert unindexed([hall.pk]) == [(hall.pk, 0, 3)]
    assert catch_up() == 3
    assert unindexed([hall.pk]) == unindexed() == []
    assert (found("fig"), found("上海"), found("absent")) == ([2, 1], [2], [])
    factories.post(hall, ann, "fig")
    assert unindexed() == [(hall.pk, 3, 4)]
    assert catch_up() == 1
    assert found("fig") == [4, 2, 1]


def test_candidates_are_narrowed_by_ids_rooms_and_author(hall: Room, ann: User) -> None:
    ben = factories.make_user("ben")
    other = factories.make_room("Other", owner=ann, members=[ben])
    mine = [factories.post(room, ann, "word") for room in (hall, other)]
    his = factories.post(other, ben, "word")
    catch_up()
    assert found("word", rooms=[hall.pk]) == [1]
    assert found("word", rooms=[other.pk]) == [2, 1]
    assert found("word", rooms=[]) == []
    assert found("word", rooms=[hall.pk, *range(10**6, 10**6 + 100)]) == [1]
    assert found("word", author=ben.pk) == [2]
    assert found("word", author=ben.pk, rooms=[hall.pk]) == []
    assert found("word", below=his.pk) == [1, 1]
    assert found("word", above=mine[0].pk) == [2, 1]
    assert found("word", above=mine[0].pk, below=his.pk) == [1]


def test_candidates_come_newest_first_across_the_buckets_of_ids(
    hall: Room, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "BUCKET", 2)
    monkeypatch.setattr(postgresql, "FEW", 0)
    factories.post_many(hall, ann, [f"word {n}" for n in range(40)])
    catch_up()
    assert found("word") == [*range(40, 0, -1)]
    middle = Message.objects.get(number=20).pk
    assert found("word", below=middle, above=middle - 7) == [*range(19, 13, -1)]
    reading = index().candidates(needed("word"))
    newest = [*islice(reading, 2)]
    reading.close()  # type: ignore[attr-defined]
    assert Message.objects.get(pk=newest[0]).number == 40


# -- changes ---------------------------------------------------------------------------------


def test_an_edited_message_is_found_by_its_new_text_only(hall: Room, ann: User) -> None:
    early, late = factories.post_many(hall, ann, ["original", "original"])
    catch_up()
    edit(early, "changed")
    assert (found("original"), found("changed")) == ([2], [1])
    edit(early, "changed again")
    edit(early, "!")
    assert (found("original"), found("changed")) == ([2], [])
    edit(early, "back")
    assert found("back") == [1]
    unread = factories.post(hall, ann, "original")
    edit(unread, "changed")
    catch_up()
    assert (found("original"), found("changed")) == ([2], [3])
    changes.delete_messages(actor=ann, messages=[late])
    changes.restore_messages(actor=ann, messages=[late])
    assert found("original") == [2]


def test_an_edit_between_the_reading_and_the_writing_of_a_step_counts(
    hall: Room, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = factories.post_many(hall, ann, ["original", "original"])
    stretches = indexing.pending()
    make = indexing._grams_of

    def meanwhile(read: list[object]) -> object:
        made = make(read)  # type: ignore[arg-type]
        edit(first, "changed")
        deleted(second)
        purging.purge()
        return made

    monkeypatch.setattr(indexing, "_grams_of", meanwhile)
    assert indexing.step(stretches) == {hall.pk}
    assert (found("original"), found("changed")) == ([], [1])
    edit(first, "once more")
    assert (found("changed"), found("once")) == ([], [1])


def test_files_are_found_by_their_names_and_what_is_said_of_them(hall: Room, ann: User) -> None:
    cat = factories.make_picture(hall, ann, "cat.jpg", alt="A tabby on a sofa")
    plan = factories.make_upload(hall, ann, "quarterly.pdf")
    factories.post(hall, ann, "Look: https://example.org", files=[cat, plan])
    factories.post(hall, ann, "", files=[factories.make_upload(hall, ann, "empty.txt")])
    catch_up()
    assert [found(word) for word in ("tabby", "quarterly", "empty")] == [[1], [1], [2]]
    assert [found(mark) for mark in (FILE, IMAGE, LINK)] == [[2, 1], [1], [1]]
    updates.describe(actor=ann, upload_id=cat.pk, alt="A Siamese", transcript="")
    assert [found(word) for word in ("tabby", "siamese", "quarterly", "look")] == [
        [],
        [1],
        [1],
        [1],
    ]
    files.remove_files(actor=ann, files=Upload.objects.filter(pk=cat.pk))
    assert [found(word) for word in ("siamese", "cat", "quarterly", IMAGE)] == [[], [], [1], []]
    edit(Message.objects.get(number=1), "Nothing.")
    assert [found(word) for word in ("look", "nothing", "quarterly")] == [[], [1], [1]]


@pytest.mark.parametrize(
    "body",
    [
        "http://a.example", "HTTP://A.example", "Www.a.example", "mailto:a@b.example",
        "[a](mailto:a@b.example)", "[a](https://b.example)", "<https://a.example>",
        "`a`", "see ``a``", "```\na\n```", "a\n```python\nb\n```", "plain", "@ann #5 a@b.example",
    ],
)  # fmt: skip
def test_whatever_is_drawn_as_a_link_or_as_code_has_its_mark(body: str) -> None:
    drawn = markup.marked(body).drawn({}, ()).html
    grams = Entry(1, 1, 1, 1, body).grams()
    assert (LINK in grams) == ('<a href="' in drawn)
    assert (CODE in grams) == ("<code" in drawn)


def test_purged_text_is_in_the_index_no_more(hall: Room, ann: User, database: str) -> None:
    secret = factories.make_upload(hall, ann, "zyzzyva.pdf")
    rows = factories.post_many(hall, ann, [f"plain {n}" for n in range(30)])
    rows += [factories.post(hall, ann, "quixotic", files=[secret])]
    rows += [factories.post(hall, ann, "unindexed"), factories.post(hall, ann, "kept")]
    catch_up()
    deleted(rows[30], rows[31])
    late = factories.post(hall, ann, "never indexed")
    deleted(late)
    purging.purge()
    catch_up()
    words = ("quixotic", "zyzzyva", "never", "indexed", FILE)
    assert [found(word) for word in words] == [[]] * 5
    assert (found("kept"), len(found("plain"))) == ([33], 30)
    assert not SearchedText.objects.exists()
    assert SearchIndex.objects.get().sweep == ""
    if database == "sqlite":
        assert not _terms() & (needed("quixotic") | needed("zyzzyva"))
        assert needed("kept") <= _terms()


def _terms() -> set[str]:
    """The grams in the file of the index, whether they lead to a message or not."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, rooms_search, row)")
        cursor.execute("SELECT term FROM temp.terms")
        terms = {term for (term,) in cursor.fetchall()}
        cursor.execute("DROP TABLE temp.terms")
    return terms


def test_a_sweep_that_was_interrupted_is_done_again(hall: Room, ann: User) -> None:
    row = factories.post(hall, ann, "quixotic")
    catch_up()
    edit(row, "plain")
    assert SearchIndex.objects.get().sweep == "wanted"
    SearchIndex.objects.update(sweep="begun")
    purging.purge()
    assert SearchIndex.objects.get().sweep == ""


# -- who indexes -----------------------------------------------------------------------------


def test_of_two_processes_one_indexes_a_room(
    hall: Room, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LEASE_SECONDS", 600.0)
    factories.post_many(hall, ann, ["one", "two"])
    both = indexing.pending()
    assert indexing.step(both) == {hall.pk}
    assert indexing.step(both) == set(), "a step that was done"
    assert found("one") == [1]
    factories.post(hall, ann, "three")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(progress, "lease", lambda: "another")
        assert indexing.pending() == []
        assert indexing.unfinished({hall.pk}) == {hall.pk}
        assert indexing.step([(both[0]._replace(after=2, last=3))]) == set()
        SearchedRoom.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        assert indexing.step(indexing.pending()) == {hall.pk}, "the first one has ended"
    assert indexing.pending() == []
    assert found("three") == [3]


def test_a_step_that_fails_leaves_no_gap(
    hall: Room, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.post_many(hall, ann, ["one", "two"])
    with monkeypatch.context() as broken:
        broken.setattr(type(index()), "write", lambda *_args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            indexing.step(indexing.pending())
    assert unindexed() == [(hall.pk, 0, 2)]
    assert catch_up() == 2


def test_large_rooms_are_indexed_in_small_steps_and_small_ones_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(indexing, "BATCH", 200)

    def stretch(room: int, after: int, last: int) -> Stretch:
        return Stretch(room, after, last)

    cut = [*indexing.parts([stretch(1, 0, 3), stretch(2, 5, 510), stretch(3, 1, 2)])]
    assert cut == [
        [stretch(1, 0, 3), stretch(2, 5, 202)],
        [stretch(2, 202, 402)],
        [stretch(2, 402, 510), stretch(3, 1, 2)],
    ]


def test_grams_of_an_older_version_are_replaced_and_those_of_a_newer_one_left_alone(
    hall: Room, ann: User, database: str
) -> None:
    factories.post_many(hall, ann, ["original", "other"])
    catch_up()
    SearchedRoom.objects.update(version=VERSION + 1, leased_until=None)
    assert indexing.pending() == []
    assert unindexed() == [(hall.pk, 0, 2)], "its grams mean something else"
    indexing.renew_version()
    assert found("original") == [1]
    SearchedRoom.objects.update(version=VERSION - 1)
    if database == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE rooms_search SET version = 0, grams = 'old'::tsvector")
        assert found("original") == []
    indexing.renew_version()
    assert unindexed() == [(hall.pk, 0, 2)]
    assert catch_up() == 2
    assert (found("original"), found("other")) == ([1], [2])


def test_the_command_builds_the_index_anew(
    hall: Room, ann: User, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = factories.post_many(hall, ann, ["one", "two", "three"])
    catch_up()
    damage = (
        "DELETE FROM rooms_search"
        if connection.vendor == "postgresql"
        else "INSERT INTO rooms_search (rooms_search) VALUES ('delete-all')"
    )
    with connection.cursor() as cursor:
        cursor.execute(damage)
    call_command("search_index", missing=True)
    assert found("one") == []
    call_command("search_index")
    assert (found("one"), found("three")) == ([1], [3])
    assert capsys.readouterr().out.split("\n")[:2] == ["Indexed 0 messages.", "Indexed 3 messages."]
    edit(rows[0], "changed")
    assert (found("one"), found("changed")) == ([], [1])


def test_building_the_index_ends_while_people_go_on_writing(hall: Room, ann: User) -> None:
    factories.post_many(hall, ann, ["word"] * 3)
    indexed = 0
    for more in indexing.catch_up(seconds=0.01):
        indexed += more
        factories.post(hall, ann, "word")
        assert indexed < 100
    assert indexed >= 3
    assert unindexed() != []


def test_a_post_that_is_rolled_back_leads_to_nothing(hall: Room, ann: User) -> None:
    factories.post(hall, ann)
    assert indexing.take_expected() == {hall.pk}
    assert indexing.take_expected() == set()
    with transaction.atomic():
        factories.post(hall, ann)
        transaction.set_rollback(True)
    assert indexing.take_expected() == set()


async def test_a_server_indexes_what_is_posted(
    connect: Connect, alice: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TURN_SECONDS", 0.01)
    client = await connect(alice, room=room)
    await client.posts("zanzibar")
    async with asyncio.timeout(10):
        while await sync_to_async(found)("zanzibar") != [1]:  # noqa: ASYNC110  nobody is told
            await asyncio.sleep(0.02)


# -- how it is asked -------------------------------------------------------------------------


def test_frequencies_are_counted_from_the_newest_messages(hall: Room, ann: User) -> None:
    assert index().frequency("wor") == frequencies.UNSEEN / frequencies.SAMPLE
    factories.post_many(hall, ann, ["word"] * 3 + ["rare", "text"])
    indexing.count()
    assert index().frequency("wor") == 3 / 5
    assert index().frequency("rar") == index().frequency("xyz") == frequencies.UNSEEN / 5
    assert indexing.begin_count() is None, "nothing is new"
    SearchIndex.objects.update(newest=0)
    assert indexing.begin_count() is not None


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.thorough
def test_no_search_of_the_index_is_prepared(hall: Room, ann: User) -> None:
    """Prepared, PostgreSQL would soon plan it without its values, and never use the index of
    grams."""
    factories.post(hall, ann, "word")
    catch_up()
    for _ in range(10):
        assert found("word", rooms=[hall.pk], author=ann.pk) == [1]
        select("SELECT MAX(message_id) FROM rooms_search WHERE room_id > %s", [0])
    prepared = [text for (text,) in select("SELECT statement FROM pg_prepared_statements", [])]
    assert any("MAX(message_id)" in text for text in prepared), "others are"
    assert not [text for text in prepared if "@@" in text]


@pytest.mark.parametrize(("busy", "share"), [(0.0, jobs.MOST), (0.9, 0.05), (1.5, jobs.LEAST)])
def test_the_busier_a_process_is_the_less_it_indexes(
    busy: float, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, used = [100.0], [50.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr("time.process_time", lambda: used[0])
    load = jobs.Load()
    now[0], used[0] = now[0] + 2, used[0] + 2 * busy + 0.1
    pause = load.pause_after(0.1)
    assert 0.1 / (0.1 + pause) == pytest.approx(share)
