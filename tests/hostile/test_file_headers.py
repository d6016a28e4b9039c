"""Headers of uploads and downloads, generated: each is answered, and nothing of ours fails."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from rooms.files.tus import packed_metadata
from rooms.models import Room, Upload, User
from tests.conftest import signed_in
from tests.courier import PART
from tests.hostile.fuzz import STRANGE, examples
from tests.uploads import addresses, body, make_upload

CONTENT = bytes(range(200))

lines = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
numbers = st.sampled_from(["0", "5", "-1", "1e3", "9" * 15, "9" * 30, "", " 5", "0x5"]) | lines
values = st.sampled_from([*STRANGE, "", "voice", "[1]", "[" * 99, "1e999", "nan", "-0", "lounge"])
texts = (values | st.text(max_size=300)).map(lambda text: text.encode(errors="ignore").decode())
keys = st.sampled_from(["filename", "room", "alt", "kind", "duration", "peaks", "poster", "x"])
metadata = st.dictionaries(keys, texts, max_size=7).map(packed_metadata) | lines
ranges = (
    st.tuples(st.integers(-5, 300), st.integers(-5, 300)).map(
        lambda two: f"bytes={two[0]}-{two[1]}"
    )
    | st.sampled_from(["bytes=-", "bytes=0-0,5-9", "bytes=" + "9" * 400 + "-", "bytes=-0", "none"])
    | lines
)


@pytest.fixture
def as_sender(no_limits: None, room: Room, bob: User) -> Client:
    return signed_in(bob)


@examples(150)
@given(length=numbers, given_metadata=metadata)
def test_any_beginning_of_an_upload_is_answered(
    as_sender: Client, length: str, given_metadata: str
) -> None:
    headers = {"Upload-Length": length, "Upload-Metadata": given_metadata}
    answer = as_sender.post("/files/", headers=headers)
    assert answer.status_code in {201, 400, 403, 404, 409, 413}, answer.content
    Upload.objects.all().delete()


@examples(100)
@given(offset=numbers, part=st.binary(max_size=10), kind=st.sampled_from([PART, PART, "", "x/y"]))
def test_any_part_is_answered_and_only_the_right_one_counts(
    as_sender: Client, room: Room, bob: User, offset: str, part: bytes, kind: str
) -> None:
    upload = make_upload(bob, room, b"", state=Upload.State.RECEIVING, length=6)
    answer: Any = as_sender.patch(
        f"/files/{upload.pk}", part, content_type=kind, headers={"Upload-Offset": offset}
    )
    assert answer.status_code in {204, 400, 409, 413, 415}, answer.content
    upload.refresh_from_db()
    assert upload.received == (len(part) if answer.status_code == 204 else 0)


@examples(150)
@given(asked=ranges, only_if=lines)
def test_any_range_is_answered_with_bytes_of_the_file(
    as_sender: Client, room: Room, bob: User, asked: str, only_if: str
) -> None:
    upload = make_upload(bob, room, CONTENT)
    for headers in ({"Range": asked}, {"Range": asked, "If-Range": only_if}):
        answer = as_sender.get(addresses(upload)["content"], headers=headers)
        assert answer.status_code in {200, 206, 416}
        sent = body(answer)
        assert sent in CONTENT
        if answer.status_code != 416:
            assert answer.headers["Content-Length"] == str(len(sent))
        if answer.status_code == 206:
            start = int(answer.headers["Content-Range"].split()[1].partition("-")[0])
            assert CONTENT[start : start + len(sent)] == sent
