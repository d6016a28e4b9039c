"""What a file is, by its content."""

import random
import time
from pathlib import Path

import pytest

from rooms.files.inspection import Inspected, inspect
from tests import corpus


def inspected(tmp_path: Path, content: bytes, name: str = "x", *, voice: bool = False) -> Inspected:
    path = tmp_path / "file"
    path.write_bytes(content)
    return inspect(path, name, voice=voice)


@pytest.mark.parametrize("name", corpus.SHOWN)
def test_what_pages_can_show_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    mime, kind, make = corpus.SHOWN[name]
    for pretended in ("x", "x.html", "x.exe", "x.txt"):
        found = inspected(tmp_path, make(), pretended)
        assert (found.type, found.kind) == (mime, kind)
    if kind in {"image", "video"}:
        assert {found.width, found.height} == {*corpus.SIZE}
    assert found.animated == name.startswith(("moving", "apng"))


@pytest.mark.parametrize("name", corpus.PLAIN)
def test_everything_else_is_a_file_that_nothing_draws(tmp_path: Path, name: str) -> None:
    mime, content = corpus.PLAIN[name]
    for pretended in ("x", "x.jpg", "x.svg", "x.mp4"):
        assert inspected(tmp_path, content, pretended) == Inspected(mime, "file")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("make", [corpus.jpeg, corpus.png, corpus.webp, corpus.avif])
def test_a_picture_that_is_turned_has_its_upright_size_at_once(
    tmp_path: Path, make: corpus.Made, orientation: int
) -> None:
    found = inspected(tmp_path, make(orientation))
    width, height = corpus.SIZE if orientation < 5 else corpus.SIZE[::-1]
    assert (found.width, found.height) == (width, height)


def test_pictures_and_films_of_phones_have_their_upright_size_at_once(tmp_path: Path) -> None:
    for content in (corpus.heic(), corpus.mp4(turned=True)):
        found = inspected(tmp_path, content)
        assert (found.width, found.height) == corpus.SIZE[::-1]


@pytest.mark.parametrize("make", [corpus.mp4, corpus.webm, corpus.wav, corpus.flac])
def test_a_duration_in_the_header_is_read(tmp_path: Path, make: corpus.Made) -> None:
    found = inspected(tmp_path, make())
    assert found.duration == {corpus.wav: 2.0, corpus.flac: 2.0}.get(make, 4.0)


def test_a_voice_message_is_one_that_was_asked_for_and_holds_sound(tmp_path: Path) -> None:
    sound, film = corpus.webm(video=False), corpus.webm()
    assert inspected(tmp_path, sound).kind == "audio"
    assert inspected(tmp_path, sound, voice=True).kind == "voice"
    assert inspected(tmp_path, film, voice=True).kind == "video"
    assert inspected(tmp_path, b"hello", voice=True).kind == "file"


def test_a_polyglot_is_what_its_first_bytes_say(tmp_path: Path) -> None:
    for _name, mime, content, second in corpus.polyglots():
        assert second in content
        assert inspected(tmp_path, content).type == mime


@pytest.mark.parametrize("name", corpus.BOMBS)
def test_no_header_takes_more_than_a_moment(tmp_path: Path, name: str) -> None:
    """It is read in the server's process."""
    path = tmp_path / "file"
    path.write_bytes(corpus.BOMBS[name]())
    began = time.thread_time()
    inspect(path)
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize("name", corpus.SHOWN)
def test_a_file_that_ends_anywhere_is_still_something(tmp_path: Path, name: str) -> None:
    whole = corpus.SHOWN[name][2]()
    chosen = random.Random(name)
    for length in {*range(24), *chosen.sample(range(len(whole)), 60)}:
        found = inspected(tmp_path, whole[:length])
        assert found.kind in {"image", "video", "audio", "file"}
