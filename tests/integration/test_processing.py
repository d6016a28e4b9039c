"""What becomes of a file between its last byte and the first time that it is served."""

import asyncio
import fcntl
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as site_settings
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from rooms.actions.files import discarding, processing
from rooms.actions.files.processing import Process
from rooms.files import decoder, incoming, scanning
from rooms.files.storage import content_key, storage, thumbnail_key
from rooms.jobs import processing as job
from rooms.jobs.kinds import Attempt, Failed, Later
from rooms.models import Message, Room, Upload, User
from tests import corpus, factories
from tests.integration.conftest import Connect
from tests.scanner import EICAR, Scanner
from tests.uploads import Sender

State = Upload.State


@pytest.fixture
def bobs(no_limits: None, as_bob: Client, room: Room) -> Sender:
    return Sender(as_bob, room)


def processed(upload: Upload) -> Upload:
    """Do what the job does, in this thread."""
    waiting = processing.waiting(upload.pk)
    if waiting is not None:
        job._settle(upload.pk, processing.make(waiting))
    processing.tidy(upload.pk)
    upload.refresh_from_db()
    return upload


def files() -> dict[str, bytes]:
    """Everything that is stored of files, by its place."""
    root = Path(site_settings.FILES_DIR)
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, settings: Settings) -> None:
    settings.FILES_DIR = tmp_path / "files"


# -- what is served ------------------------------------------------------------------------------


def test_a_picture_is_ready_with_its_sizes_and_a_thumbnail(bobs: Sender) -> None:
    upload = processed(bobs.sends(corpus.jpeg(6), filename="at home.jpg"))
    assert (upload.state, upload.kind, upload.type) == (State.READY, "image", "image/jpeg")
    assert (upload.width, upload.height) == corpus.SIZE[::-1]
    content, thumbnail = (
        storage().read(key) for key in (content_key(upload.pk), thumbnail_key(upload.pk))
    )
    assert upload.has_thumbnail
    assert upload.size == len(content)
    assert upload.stored == len(content) + len(thumbnail)
    assert set(files()) == {content_key(upload.pk), thumbnail_key(upload.pk)}


def test_nothing_that_is_stored_says_where_a_file_was_made(bobs: Sender) -> None:
    sent = {name: bobs.sends(make(), filename=name) for name, (_, _, make) in corpus.SHOWN.items()}
    assert any(corpus.MARK in content for content in files().values())
    for name, upload in sent.items():
        assert processed(upload).state == State.READY, name
    assert len(files()) >= len(sent)
    for place, content in files().items():
        assert corpus.MARK not in content, place
        assert corpus.PLACE not in content, place


def test_a_file_that_is_only_downloaded_is_stored_as_it_was_sent(bobs: Sender) -> None:
    upload = processed(bobs.sends(corpus.SVG, filename="drawing.svg"))
    assert (upload.state, upload.kind, upload.type) == (State.READY, "file", corpus.UNKNOWN)
    assert storage().read(content_key(upload.pk)) == corpus.SVG
    assert not upload.has_thumbnail


def test_a_picture_of_an_iphone_becomes_a_jpeg_in_its_name_too(bobs: Sender) -> None:
    upload = processed(bobs.sends(corpus.heic(), filename="IMG_0001.HEIC"))
    assert (upload.name, upload.type) == ("IMG_0001.jpg", "image/jpeg")


def test_a_voice_message_stays_one(bobs: Sender) -> None:
    sent = bobs.sends(corpus.webm(video=False), kind="voice", duration="4", peaks="[1,2]")
    upload = processed(sent)
    assert (upload.kind, upload.type, upload.duration) == ("voice", "audio/webm", 4.0)


def test_a_poster_that_is_no_picture_is_left_out(bobs: Sender) -> None:
    posters = [
        bobs.sends(content, filename="poster.jpg")
        for content in (corpus.jpeg(), corpus.jpeg_of(65_500, 65_500), corpus.png()[:-40])
    ]
    videos = [bobs.sends(corpus.mp4(), filename="film.mp4", poster=one.pk) for one in posters]
    for upload in (*posters, *videos):
        processed(upload)
    assert [one.poster_id for one in videos] == [posters[0].pk, None, None]


def test_a_damaged_picture_is_refused_and_its_bytes_are_gone(bobs: Sender) -> None:
    upload = processed(bobs.sends(corpus.png()[:-40], filename="broken.png"))
    assert (upload.state, upload.size, upload.stored) == (State.REFUSED, 0, 0)
    assert files() == {}


# -- once, and whole -------------------------------------------------------------------------------


def test_twice_is_once(bobs: Sender) -> None:
    upload = processed(bobs.sends(corpus.jpeg()))
    before = files()
    assert processed(upload).state == State.READY
    assert files() == before


def test_a_process_that_dies_after_storing_leaves_it_to_the_next(bobs: Sender) -> None:
    upload = bobs.sends(corpus.jpeg())
    processing.make(upload)
    upload.refresh_from_db()
    assert upload.state == State.RECEIVED
    assert processed(upload).state == State.READY
    assert set(files()) == {content_key(upload.pk), thumbnail_key(upload.pk)}


def test_what_a_killed_process_was_making_is_removed_by_the_next(bobs: Sender) -> None:
    left = Path(site_settings.FILES_DIR, "working", "left")
    held = Path(site_settings.FILES_DIR, "working", "held")
    for place in (left, held):
        place.mkdir(parents=True)
        (place / "content").write_bytes(b"half")
    descriptor = os.open(held, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)  # as a process does that is at it
    try:
        processed(bobs.sends(corpus.jpeg()))
        assert not left.exists()
        assert (held / "content").exists()
    finally:
        os.close(descriptor)


def test_a_file_that_is_taken_back_meanwhile_leaves_nothing(
    bobs: Sender, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    upload = bobs.sends(corpus.jpeg())
    outcome = processing.make(upload)
    discarding.discard([upload.pk])
    job._settle(upload.pk, outcome)
    assert files() != {}
    processing.tidy(upload.pk)
    assert files() == {}


def test_bytes_that_are_gone_are_waited_for_no_longer(bobs: Sender) -> None:
    upload = bobs.sends(corpus.jpeg())
    incoming.remove(upload.pk)
    assert processed(upload).state == State.REFUSED


def test_what_a_process_killed_while_it_stored_left_goes_with_the_file(bobs: Sender) -> None:
    upload = processed(bobs.sends(corpus.SVG, filename="drawing.svg"))
    place = Path(site_settings.FILES_DIR, content_key(upload.pk)).parent
    (place / ".content-0123").write_bytes(b"half")
    Upload.objects.all().delete()
    discarding.delete_files([upload.pk])
    assert files() == {}
    assert not place.exists()


def test_a_disk_without_links_gets_a_copy(bobs: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", fails)
    upload = processed(bobs.sends(corpus.SVG, filename="drawing.svg"))
    assert files() == {content_key(upload.pk): corpus.SVG}


# -- viruses -----------------------------------------------------------------------------------


@pytest.fixture
def scanner(settings: Settings) -> Iterator[Scanner]:
    with Scanner() as scanner:
        settings.CLAMAV_URL = scanner.url
        yield scanner


def test_a_file_is_scanned_as_it_was_sent(bobs: Sender, scanner: Scanner) -> None:
    content = corpus.jpeg()
    assert processed(bobs.sends(content)).state == State.READY
    assert scanner.seen == [content]


def test_an_infected_file_is_refused_and_its_bytes_are_gone(bobs: Sender, scanner: Scanner) -> None:
    upload = processed(bobs.sends(corpus.archive() + EICAR, filename="invoice.zip"))
    assert (upload.state, upload.size, upload.stored) == (State.REFUSED, 0, 0)
    assert files() == {}


def test_without_the_scanner_a_file_waits(bobs: Sender, scanner: Scanner) -> None:
    scanner.answer = b""
    upload = bobs.sends(corpus.jpeg())
    with pytest.raises(scanning.Away):
        processed(upload)
    upload.refresh_from_db()
    assert upload.state == State.RECEIVED
    assert content_key(upload.pk) not in files()
    scanner.answer = None
    assert processed(upload).state == State.READY


# -- the job, and those who look on ------------------------------------------------------------


async def _kept() -> bool:
    return True


ATTEMPT = Attempt(job=1, number=1, renew=_kept)


def _arrived(upload: Upload, content: bytes) -> None:
    with incoming.turn(upload.pk):
        incoming.append(upload.pk, 0, io.BytesIO(content), len(content))


async def _posted(bob: User, room: Room, content: bytes, **fields: str) -> tuple[Message, Upload]:
    """A message with a file whose bytes are all here."""
    message = await sync_to_async(factories.post)(room, bob, "Look")
    upload = await Upload.objects.acreate(
        user=bob,
        room=room,
        message=message,
        name="a file",
        state=State.RECEIVED,
        length=len(content),
        received=len(content),
        size=len(content),
        **fields,
    )
    await Message.objects.filter(pk=message.pk).aupdate(attached=1)
    await sync_to_async(_arrived)(upload, content)
    return message, upload


async def test_everyone_in_the_room_is_told_when_a_file_is_ready(
    connect: Connect, bob: User, alice: User, room: Room
) -> None:
    client = await connect(alice, room=room)
    picture = {"kind": "image", "type": "image/jpeg"}
    message, upload = await _posted(bob, room, corpus.jpeg(), **picture)
    await job.process(Process(upload=upload.pk), ATTEMPT)
    event = await client.sees("message.updated")
    assert event["message"]["number"] == message.number
    assert [one["ready"] for one in event["message"]["attachments"]] == [True]
    await job.process(Process(upload=upload.pk), ATTEMPT)
    await client.posts("And now?")
    assert not await client.has_seen("message.updated")


async def test_everyone_in_the_room_is_told_when_a_file_is_refused(
    connect: Connect, bob: User, alice: User, room: Room
) -> None:
    client = await connect(alice, room=room)
    picture = {"kind": "image", "type": "image/jpeg"}
    _message, upload = await _posted(bob, room, corpus.jpeg()[:300], **picture)
    await job.process(Process(upload=upload.pk), ATTEMPT)
    await client.sees("message.updated")
    await upload.arefresh_from_db()
    assert upload.state == State.REFUSED


async def test_what_cannot_be_done_now_is_done_later(
    connect: Connect, bob: User, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    _message, upload = await _posted(bob, room, corpus.jpeg(), kind="image", type="image/jpeg")
    for trouble, kind in (
        (scanning.Away(), Later),
        (decoder.Closed(), Later),
        (OSError(28, "No space left on device"), Failed),
    ):

        def fails(_path: Path, trouble: Exception = trouble) -> None:
            raise trouble

        with monkeypatch.context() as patch:
            patch.setattr(scanning, "scan", fails)
            with pytest.raises(kind):
                await job.process(Process(upload=upload.pk), ATTEMPT)
        await upload.arefresh_from_db()
        assert upload.state == State.RECEIVED
    await job.process(Process(upload=upload.pk), ATTEMPT)
    await upload.arefresh_from_db()
    assert upload.state == State.READY


async def test_the_server_goes_on_while_a_picture_is_decoded(
    connect: Connect, bob: User, room: Room
) -> None:
    _message, upload = await _posted(
        bob, room, corpus.png_of(7000, 7000, rows=7000), kind="image", type="image/png"
    )
    making = asyncio.ensure_future(job.process(Process(upload=upload.pk), ATTEMPT))
    turns = 0
    while not making.done():
        await asyncio.sleep(0.005)  # a turn of the loop, as everything else here takes them
        turns += 1
    assert turns > 20
