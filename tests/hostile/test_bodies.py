"""Bodies that are slow to parse cost their sender a refusal and the process next to nothing: it has
one processor for everyone."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.urls import URLPattern, reverse

from rooms.management.commands.serve import UPLOADS
from rooms.urls import urlpatterns
from tests.processes import exchange
from tests.site import Site, serving

SIZE = 11 * 1024 * 1024  # what an upload address accepts
TEMPLATES = Path(__file__).parents[2] / "templates"
FILE = (
    b'Content-Disposition: form-data; name="avatar"; filename="a.png"\r\n'
    b"Content-Type: image/png\r\n\r\n"
)
FIELD = b'Content-Disposition: form-data; name="save"\r\n\r\n'
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=BOUND"


def filled(piece: bytes) -> bytes:
    return piece * (SIZE // len(piece))


def part(inner: bytes) -> bytes:
    return b"--BOUND\r\n" + inner + b"\r\n--BOUND--\r\n"


KINDS = {
    "fields": (FORM, filled(b"a=b&")),
    "look-alike boundaries": (PARTS, part(FILE + filled(b"\r\n--BOUN"))),
    "line ends": (PARTS, part(FILE + filled(b"\r\n"))),
    "headers of one part": (PARTS, part(filled(b"X: y\r\n"))),
    "parameters of one header": (PARTS, part(FIELD[:-4] + filled(b"; a=b") + b"\r\n\r\nv")),
    "small parts": (PARTS, filled(b"--BOUND\r\n" + FIELD + b"v\r\n") + b"--BOUND--\r\n"),
    "small files": (PARTS, filled(b"--BOUND\r\n" + FILE + b"v\r\n") + b"--BOUND--\r\n"),
    "boundaries": (PARTS, filled(b"--BOUND\r\n") + b"--BOUND--\r\n"),
    "a short boundary": ("multipart/form-data; boundary=-", filled(b"---\r\n")),
    "before the first part": (PARTS, filled(b"\r\n") + part(FIELD + b"v")),
    "after the last part": (PARTS, part(FIELD + b"v") + filled(b"\r\n--BOUN")),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("bodies")) as site:
        site.server.get("/accounts/profile/")  # the first page it renders costs more
        yield site


@pytest.mark.parametrize("kind", KINDS)
def test_no_body_holds_up_the_process(site: Site, kind: str) -> None:
    """Post as a stranger with the cookie of any page, which makes Django parse the form."""
    content_type, body = KINDS[kind]
    visitor = site.visitor()
    visitor.get("/accounts/login/")
    headers = {"Content-Type": content_type, **visitor.headers}
    assert "csrftoken" in headers["Cookie"]
    before = site.server.processor_seconds
    answer = site.server.get("/accounts/profile/", headers, method="POST", body=body)
    assert answer.status in {400, 403}
    # Receiving and storing that much takes 0.07 s; Twisted's own parser took 1 to 6.
    assert site.server.processor_seconds - before < 0.3


def test_only_upload_addresses_accept_more_than_a_form(site: Site) -> None:
    head = "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n"
    paths = ["/admin/login/", "/admin/rooms/user/add/", "/static/x", "/nowhere", "/ws/"]
    paths += [
        reverse(one.name)
        for one in urlpatterns
        if isinstance(one, URLPattern) and one.name and not one.pattern.regex.groups
    ]
    assert len(paths) > 40
    for path in paths:
        if path not in {reverse(name) for name in UPLOADS}:
            answer = exchange(site.server, head.format(path).encode())
            assert answer.startswith(b"HTTP/1.1 413 "), path


def test_every_form_with_a_file_posts_to_an_upload_address() -> None:
    with_files = [
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if "multipart/form-data" in path.read_text() and "{% if files %}" not in path.read_text()
    ]
    including = [
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if " files=1" in path.read_text()
    ]
    assert sorted(with_files) == [
        f"rooms/{page}.html" for page in ("setup", "site_emoji", "site_settings")
    ]
    assert including == ["rooms/profile.html"]
    assert UPLOADS == ("profile", "setup", "site_emoji", "site_settings")


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/profile/"])
def test_four_strangers_who_send_large_forms_at_once_hold_up_nobody(site: Site, path: str) -> None:
    """A page that takes no file refuses before it has read one. The promise is 100 ms."""
    content_type, body = PARTS, part(FILE + filled(b"x"))
    cookies = site.visitor()
    cookies.get("/accounts/login/")
    headers = {**cookies.headers, "Content-Type": content_type}
    answers: list[int] = []

    def send() -> None:
        with suppress(ConnectionError):  # refused before it was all sent
            answer = site.server.get(path, headers, method="POST", body=body)
            answers.append(answer.status)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    slowest = 0.0
    while any(thread.is_alive() for thread in threads):
        begin = time.monotonic()
        assert site.server.get("/healthz").status == 200
        slowest = max(slowest, time.monotonic() - begin)
    assert {*answers} <= {403, 413}
    assert slowest < 1
