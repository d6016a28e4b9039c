"""Files in a bucket: an S3 of the tests' own."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.conf import settings as site_settings
from django.core.files.storage import storages
from django.test import Client
from moto.server import ThreadedMotoServer

from chatsite.environment import Bucket, bucket, stores
from rooms.actions.files import discarding
from rooms.actions.messages import previews
from rooms.errors import Unavailable
from rooms.files import incoming
from rooms.files.buckets import BucketSource
from rooms.files.storage import content_key, media, storage, thumbnail_key
from rooms.models import Room, Upload, User
from tests import corpus, factories
from tests.integration.test_avatars import upload as set_avatar
from tests.integration.test_processing import processed
from tests.processes import ROOT
from tests.uploads import Sender, addresses, body, make_upload, picture

pytestmark = pytest.mark.usefixtures("no_limits")


@pytest.fixture(scope="module")
def store() -> Iterator[Bucket]:
    """An S3 with an empty bucket."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    _host, port = server.get_host_and_port()
    endpoint = f"http://127.0.0.1:{port}"
    yield Bucket(endpoint, "chat", "key", "secret", "us-east-1")
    server.stop()


@pytest.fixture(autouse=True)
def kept(store: Bucket, settings: Any) -> Any:
    """A site that keeps its files there. Returns the client of the store."""
    settings.FILES_BUCKET = store
    settings.STORAGES = {**site_settings.STORAGES, **stores(store)}
    client = storages["files"].connection.meta.client  # type: ignore[attr-defined]
    client.create_bucket(Bucket="chat")
    yield client
    for one in client.list_objects_v2(Bucket="chat").get("Contents", ()):
        client.delete_object(Bucket="chat", Key=one["Key"])


def keys(kept: Any) -> list[str]:
    found = kept.list_objects_v2(Bucket="chat").get("Contents", ())
    return sorted(one["Key"] for one in found)


def test_a_file_arrives_in_parts_in_the_bucket(as_bob: Client, room: Room, kept: Any) -> None:
    bobs = Sender(as_bob, room)
    content = os.urandom(5000)
    place = bobs.begins(len(content), filename="a.bin").headers["Location"]
    for offset in range(0, 5000, 1000):
        assert bobs.adds(place, offset, content[offset : offset + 1000]).status_code == 204
    upload = Upload.objects.get()
    assert upload.state == Upload.State.RECEIVED
    assert all(key.startswith(f"files/incoming/{upload.pk}/") for key in keys(kept))
    with incoming.local(upload.pk, 5000) as path:
        assert path.read_bytes() == content
    assert not path.exists()
    incoming.remove(upload.pk)
    assert keys(kept) == []


def test_a_part_that_never_counted_is_replaced(as_bob: Client, room: Room) -> None:
    bobs = Sender(as_bob, room)
    place = bobs.begins(9).headers["Location"]
    pk = place.rpartition("/")[2]
    bobs.adds(place, 0, b"abc")
    # As if the server had been killed between the store and the database.
    for offset in (3, 7):
        storage().save(f"incoming/{pk}/{offset:015}", io.BytesIO(b"half"))
    assert bobs.adds(place, 3, b"defghi").status_code == 204
    with incoming.local(pk, 9) as path:
        assert path.read_bytes() == b"abcdefghi"


def test_a_file_is_served_from_the_bucket_in_whole_and_in_part(
    as_bob: Client, as_charlie: Client, bob: User, room: Room, private_room: Room
) -> None:
    content = os.urandom(3 * 256 * 1024 + 5)
    message = factories.post(private_room, bob, "Look")
    upload = make_upload(bob, private_room, content, message=message)
    address = addresses(upload)["content"]
    whole = as_bob.get(address)
    assert body(whole) == content
    part = as_bob.get(address, headers={"Range": "bytes=262140-262150"})
    assert (part.status_code, body(part)) == (206, content[262140:262151])
    assert "Location" not in whole.headers
    assert as_charlie.get(address).status_code == 404
    storage().delete(content_key(upload.pk))
    assert as_bob.get(address).status_code == 404


async def test_a_piece_is_fetched_once_however_slowly_it_is_taken() -> None:
    content = os.urandom(2 * BucketSource.PIECE + 1000)
    fetched = []

    def read_range(key: str, start: int, length: int) -> bytes:
        fetched.append(start)
        return content[start : start + length]

    source = BucketSource(cast(Any, SimpleNamespace(read_range=read_range)), "key", 0)
    found = b""
    while piece := await source.read(len(found), 64 * 1024):
        assert await source.read(len(found), 64 * 1024) == piece
        found += piece[:50_000]  # what the connection took of it
    assert found == content
    assert fetched == [0, BucketSource.PIECE, 2 * BucketSource.PIECE, len(content)]


def test_deleted_files_leave_the_bucket(bob: User, room: Room, kept: Any) -> None:
    upload = make_upload(bob, room, thumbnail=b"small")
    assert len(keys(kept)) == 2
    Upload.objects.all().delete()
    discarding.delete_files([upload.pk])
    discarding.delete_files([upload.pk])
    assert keys(kept) == []


def test_pictures_of_people_keep_their_addresses(
    as_bob: Client, bob: User, visitor: Client, kept: Any
) -> None:
    assert set_avatar(as_bob, picture()) == ""
    bob.refresh_from_db()
    assert bob.avatar.url == f"/media/{bob.avatar.name}"
    assert keys(kept) == [f"media/{bob.avatar.name}"]
    shown = visitor.get(bob.avatar.url)
    assert shown.headers["Content-Type"] == "image/webp"
    assert shown.content == media().read(str(bob.avatar.name))
    missing = "/media/avatars/" + "0" * 32 + ".webp"
    assert visitor.get(missing).status_code == 404


def test_a_store_that_is_away_refuses_and_loses_nothing(
    as_bob: Client, room: Room, store: Bucket, settings: Any
) -> None:
    bobs = Sender(as_bob, room)
    place = bobs.begins(6).headers["Location"]
    bobs.adds(place, 0, b"abc")
    away = stores(store._replace(endpoint="http://127.0.0.1:9"))
    settings.STORAGES = {**site_settings.STORAGES, **away}
    assert bobs.adds(place, 3, b"def").status_code == 503
    with pytest.raises(Unavailable):
        storage().size("x")
    settings.STORAGES = {**site_settings.STORAGES, **stores(store)}
    assert bobs.asks(place).headers["Upload-Offset"] == "3"
    assert bobs.adds(place, 3, b"def").status_code == 204


# -- what is made of files -------------------------------------------------------------------


def stored_keys(upload: Upload) -> list[str]:
    return [f"files/{key(upload.pk)}" for key in (content_key, thumbnail_key)]


def test_a_picture_is_processed_into_the_bucket_and_nothing_else_is_left(
    as_bob: Client, room: Room, kept: Any
) -> None:
    upload = processed(Sender(as_bob, room).sends(corpus.jpeg(6)))
    assert (upload.state, upload.has_thumbnail) == (Upload.State.READY, True)
    assert keys(kept) == stored_keys(upload)
    content = storage().read(content_key(upload.pk))
    assert upload.size == len(content)
    assert corpus.MARK not in content
    assert body(as_bob.get(addresses(upload)["content"])) == content


def test_a_file_that_is_stored_as_it_was_sent_is_copied_into_the_bucket(
    as_bob: Client, room: Room, kept: Any
) -> None:
    content = os.urandom(5000)
    upload = processed(Sender(as_bob, room).sends(content, filename="a.bin"))
    assert keys(kept) == stored_keys(upload)[:1]
    assert storage().read(content_key(upload.pk)) == content


def test_a_bucket_that_goes_away_in_mid_processing_costs_nothing_but_time(
    as_bob: Client, room: Room, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Sender(as_bob, room).sends(corpus.jpeg(6))
    store, adopt = type(storage()), type(storage()).adopt

    def adopts_the_first(self: Any, key: str, path: Path) -> None:
        if key == thumbnail_key(upload.pk):
            raise Unavailable("Away.")
        adopt(self, key, path)

    with monkeypatch.context() as patch:
        patch.setattr(store, "adopt", adopts_the_first)
        with pytest.raises(Unavailable):
            processed(upload)
    upload.refresh_from_db()
    assert upload.state == Upload.State.RECEIVED
    assert stored_keys(upload)[0] in keys(kept)
    assert processed(upload).state == Upload.State.READY
    assert keys(kept) == stored_keys(upload)


def test_a_damaged_picture_leaves_nothing_in_the_bucket(
    as_bob: Client, room: Room, kept: Any
) -> None:
    upload = processed(Sender(as_bob, room).sends(corpus.png()[:-40]))
    assert upload.state == Upload.State.REFUSED
    assert keys(kept) == []


def test_pictures_that_no_preview_has_leave_the_bucket(
    bob: User, room: Room, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, unused = (f"{digit * 32}.webp" for digit in "ab")
    for name in (used, unused):
        storage().save(f"previews/{name[:2]}/{name}", io.BytesIO(picture()))
    factories.make_preview(factories.post(room, bob), picture=used)
    previews.prune()
    assert len(keys(kept)) == 2, "they may have been stored for a preview that isn't written yet"
    monkeypatch.setattr(previews, "KEPT", timedelta(days=-1))
    previews.prune()
    assert keys(kept) == [f"files/previews/{used[:2]}/{used}"]


# -- the setting -----------------------------------------------------------------------------


def test_the_address_of_a_store_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = {
        "s3://KEY:SEC/RET+x@s3.example.com/chat?region=eu-1": Bucket(
            "https://s3.example.com", "chat", "KEY", "SEC/RET+x", "eu-1"
        ),
        "s3://k%3A:s@localhost:9000/chat?tls=off": Bucket(
            "http://localhost:9000", "chat", "k:", "s", ""
        ),
    }
    for value, expected in read.items():
        monkeypatch.setenv("FILES_URL", value)
        assert bucket("FILES_URL") == expected


@pytest.mark.parametrize(
    "env",
    [
        {"FILES_URL": "http://k:secret@host/chat"},
        {"FILES_URL": "s3://host/chat"},
        {"FILES_URL": "s3://k:secret@host/"},
        {"FILES_URL": "s3://k:secret@host/chat/folder"},
        {"FILES_URL": "s3://k:secret@host:x/chat"},
        {"FILES_URL": "s3://k:secret@host/chat?regoin=x"},
        {"FILES_ACCEL": "files"},
        {"FILES_URL": "s3://k:secret@host/chat", "FILES_ACCEL": "/files/"},
    ],
)
def test_a_mistake_stops_the_start_with_one_line(env: dict[str, str], tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "CHATSITE_DATA": str(tmp_path), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert len(told.stderr.splitlines()) == 1
    assert "FILES_" in told.stderr
    assert "secret" not in told.stderr
