"""Avatars: which uploads are accepted, what is kept of them, and how they are served."""

import io
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from rooms.files import icons
from rooms.models import User
from tests.conftest import Measure
from tests.processes import ROOT

pytestmark = pytest.mark.thorough


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 400), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind, **options)
    return buffer.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header claims this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    end = chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + end


def upload(browser: Client, content: bytes, name: str = "me.png", kind: str = "image/png") -> str:
    file = SimpleUploadedFile(name, content, content_type=kind)
    response = browser.post(reverse("profile"), {"save": "avatar", "avatar": file})
    if response.status_code == 302:
        return ""
    assert response.status_code == 422
    return " ".join(response.context["avatar_form"].errors["avatar"])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_becomes_a_square_webp(as_bob: Client, bob: User, kind: str) -> None:
    assert upload(as_bob, picture(kind)) == ""
    bob.refresh_from_db()
    with Image.open(bob.avatar.path) as kept:
        assert (kept.format, kept.size) == ("WEBP", (256, 256))


def test_neither_its_name_nor_its_exif_survives(as_bob: Client, bob: User) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    content = picture("JPEG", exif=exif) + b"<script>alert(1)</script>"
    assert b"taken at home" in content
    upload(as_bob, content, name="../../at home.php.jpg")
    bob.refresh_from_db()
    kept = Path(bob.avatar.path).read_bytes()
    assert b"taken at home" not in kept
    assert b"script" not in kept
    assert re.fullmatch(r"avatars/[0-9a-f]{32}\.webp", bob.avatar.name or "")


def test_a_sideways_photograph_is_rotated_upright(as_bob: Client, bob: User) -> None:
    source = Image.new("RGB", (300, 300), "black")
    source.paste("white", (0, 0, 300, 60))
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate clockwise to see it upright: the top is then on the right
    buffer = io.BytesIO()
    source.save(buffer, "JPEG", exif=exif)
    upload(as_bob, buffer.getvalue())
    bob.refresh_from_db()
    with Image.open(bob.avatar.path) as kept:
        right, left = kept.convert("L").getpixel((250, 128)), kept.convert("L").getpixel((5, 128))
    assert isinstance(right, int)
    assert isinstance(left, int)
    assert right > 200 > 50 > left


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a<script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n",
        b"%PDF-1.4",
        picture()[:200],
    ],
    ids=["svg", "html", "script", "header only", "pdf", "cut off"],
)
def test_a_file_that_is_not_a_picture_is_refused(as_bob: Client, bob: User, content: bytes) -> None:
    assert "a picture that can be read" in upload(as_bob, content)
    bob.refresh_from_db()
    assert not bob.avatar


@pytest.mark.parametrize("size", [(100_000, 100_000), (6000, 5000)])
def test_too_many_pixels_are_refused_before_they_are_decoded(
    as_bob: Client, bob: User, size: tuple[int, int]
) -> None:
    assert "25 million pixels" in upload(as_bob, huge_png(*size))
    bob.refresh_from_db()
    assert not bob.avatar


def test_too_many_bytes_are_refused(as_bob: Client) -> None:
    assert "at most 2 MB" in upload(as_bob, picture() + b"\0" * (2 * 1024 * 1024))


def test_an_empty_file_and_no_file_are_refused(as_bob: Client) -> None:
    assert upload(as_bob, b"")
    response = as_bob.post(reverse("profile"), {"save": "avatar"})
    assert b"Choose an image first." in response.content


def test_a_sideways_png_is_rotated_and_cropped_to_its_middle(as_bob: Client, bob: User) -> None:
    """A picture that is wider than high, larger than what is kept, and transparent at its edges."""
    source = Image.new("RGBA", (3000, 1200), (0, 0, 0, 0))
    source.paste("black", (900, 0, 2100, 1200))
    source.paste("white", (900, 0, 2100, 240))
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    source.save(buffer, "PNG", exif=exif)
    upload(as_bob, buffer.getvalue())
    bob.refresh_from_db()
    with Image.open(bob.avatar.path) as kept:
        shown = kept.convert("RGBA")
    dark, light = shown.getpixel((5, 128)), shown.getpixel((250, 128))
    assert isinstance(dark, tuple)
    assert isinstance(light, tuple)
    assert max(dark[:3]) < 50
    assert min(light[:3]) > 200
    assert dark[3] == light[3] == 255


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (255, 300), (511, 513), (1025, 1024), (1537, 4000)])
def test_every_kind_and_size_of_picture_keeps_its_colour(mode: str, size: tuple[int, int]) -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", size, "white").convert(mode).save(buffer, "PNG")
    with Image.open(icons.avatar(ContentFile(buffer.getvalue()))) as kept:
        assert kept.size == icons.AVATAR
        assert {*kept.convert("RGB").get_flattened_data()} == {(255, 255, 255)}


MANY_AT_ONCE = """
import re, sys
from concurrent.futures import ThreadPoolExecutor
from django.core.files.base import ContentFile
from PIL import Image
from rooms.files import decoder, icons

def peak(pid):
    return int(re.search(r"VmHWM:\\s+(\\d+)", open(f"/proc/{pid}/status").read())[1]) / 1024

small, large = (open(path, "rb").read() for path in sys.argv[1:])
icons.avatar(ContentFile(small))
before, before_child = peak("self"), peak(decoder.here().pid)
with ThreadPoolExecutor(5) as crowd:
    for done in [crowd.submit(icons.avatar, ContentFile(large)) for _ in range(5)]:
        done.result()
print(peak("self") - before, peak(decoder.here().pid) - before_child)
"""


def test_many_large_pictures_at_once_take_the_memory_of_one_and_none_of_the_server_s(
    tmp_path: Path, measure: Measure
) -> None:
    """Pillow needs 100 MB for 25 million pixels, and copies a picture for every change."""
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    Image.new("RGB", (600, 600), "teal").save(small)
    Image.new("RGB", (5000, 4999), "teal").save(large)
    command = [sys.executable, "-c", MANY_AT_ONCE, str(small), str(large)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    mib, child = map(float, done.stdout.split())
    measure(
        f"five pictures of 25 million pixels at once: {mib:.0f} MiB in the server's process,"
        f" {child:.0f} MiB in its child"
    )
    assert mib < 10
    assert child < 180


def test_changing_a_picture_waits_for_few_others(as_bob: Client) -> None:
    for _ in range(1 + icons.WAITING):
        assert icons._places.acquire(blocking=False)
    try:
        file = SimpleUploadedFile("me.png", picture(), content_type="image/png")
        response = as_bob.post(reverse("profile"), {"save": "avatar", "avatar": file})
        assert response.status_code == 422
        assert b"Others are changing their pictures" in response.content
    finally:
        for _ in range(1 + icons.WAITING):
            icons._places.release()
    assert upload(as_bob, picture()) == ""


def test_a_picture_can_be_changed_ten_times_a_minute(as_bob: Client) -> None:
    browser_posts = [
        as_bob.post(reverse("profile"), {"save": "no-avatar"}, follow=True) for _ in range(11)
    ]
    told = [b"That was too fast" in page.content for page in browser_posts]
    assert told == [False] * 10 + [True]
    file = SimpleUploadedFile("me.png", picture(), content_type="image/png")
    response = as_bob.post(reverse("profile"), {"save": "avatar", "avatar": file})
    assert b"That was too fast" in response.content


def test_the_previous_picture_is_deleted(
    as_bob: Client,
    bob: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    upload(as_bob, picture())
    bob.refresh_from_db()
    before = Path(bob.avatar.path)
    with django_capture_on_commit_callbacks(execute=True):
        upload(as_bob, picture())
    assert not before.exists()
    bob.refresh_from_db()
    assert Path(bob.avatar.path).exists()
    with django_capture_on_commit_callbacks(execute=True):
        as_bob.post(reverse("profile"), {"save": "no-avatar"})
    assert not Path(bob.avatar.path).exists()
    bob.refresh_from_db()
    assert not bob.avatar


def test_a_picture_is_served_cacheable_and_never_runs(
    as_bob: Client, visitor: Client, bob: User
) -> None:
    upload(as_bob, picture())
    bob.refresh_from_db()
    response = visitor.get(bob.avatar.url)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert "immutable" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "Set-Cookie" not in response
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize(
    "path",
    [
        "/media/avatars/" + "0" * 32 + ".webp",
        "/media/avatars/../secret.webp",
        "/media/avatars/%2e%2e%2fsecret",
        "/media/secret.txt",
        "/media/",
    ],
)
def test_nothing_else_is_served(visitor: Client, settings: Settings, path: str) -> None:
    Path(settings.MEDIA_ROOT, "secret.txt").write_text("secret")
    assert visitor.get(path).status_code == 404
