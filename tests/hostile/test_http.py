"""Malformed requests, and pages requested with anything someone can type: the server answers or
hangs up, others are served, and nothing of ours fails."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from hypothesis import given
from hypothesis import strategies as st

from rooms.models import Room, User
from rooms.urls import urlpatterns
from tests import factories
from tests.conftest import signed_in
from tests.hostile.fuzz import STRANGE, examples, messages
from tests.processes import ServerProcess
from tests.site import serving

PIECES = [
    *(b"GET ", b"POST ", b"TRACE ", b"get ", b"/", b"/ws/", b"/static/css/", b"*", b"http://x/"),
    *(b" HTTP/1.1", b" HTTP/1.0", b" HTTP/2.0", b" HTTP/1.1 x", b"\r\n", b"\r\n", b"\n", b"\r"),
    *(b"Host: localhost\r\n", b"Host: evil.example\r\n", b"Host: \r\n", b"Host: [::1\r\n"),
    *(b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n"),
    *(b"Upgrade: websocket\r\nConnection: Upgrade\r\n", b"Sec-WebSocket-Version: 13\r\n"),
    *(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", b"Sec-WebSocket-Key: x\r\n"),
    *(b"Cookie: sessionid=\xff;;=;language=\x80\r\n", b"Expect: 100-continue\r\n", b" folded\r\n"),
    *(
        b"5\r\nhello\r\n0\r\n\r\n",
        b"fffffffff\r\n",
        b"\x00",
        b"\xff\xfe",
        b"%00",
        b"%ff",
        b"?a=%zz",
    ),
    *(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"x" * 17_000, b": \r\n"),
    *(
        b"X-Forwarded-For: 6.6.6.6\r\n",
        b"Accept-Language: de;q=x,,\xff\r\n",
        b"Range: bytes=9-1\r\n",
    ),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with serving(tmp_path_factory.mktemp("http")) as site:
        yield site.server


@examples(200)
@given(
    st.sampled_from([b"", b"GET / HTTP/1.1\r\n", b"POST /accounts/login/ HTTP/1.1\r\n"]),
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=12),
)
def test_any_bytes_get_an_answer_or_a_hang_up(
    server: ServerProcess, head: bytes, pieces: list[bytes]
) -> None:
    with server.connect() as mallory:
        mallory.settimeout(0.02)  # it waits for the rest of half a request, longer than this test
        try:
            mallory.sendall(head + b"".join(pieces))
            while mallory.recv(65536):
                pass
        except (TimeoutError, ConnectionError):
            pass
    assert server.get("/healthz").status == 200
    assert "Traceback" not in server.output
    assert " rooms.server: " not in server.output


# -- pages, in process -----------------------------------------------------------------------

FIELDS = [
    *("name", "topic", "kind", "slug", "people", "role", "reason", "days", "max_uses", "archived"),
    *("q", "member", "id", "next", "login", "password", "username", "email", "password1", "save"),
    *("password2", "language", "token", "action", "remember", "oldpassword", "avatar"),
    *("is_staff", "is_superuser", "owner", "author", "created_at", "revision", "user", "pk"),
]
SQL = [
    "%",
    "_",
    "'",
    '"',
    "\\",
    "-x",
    "a AND",
    "secret:",
    "NEAR(",
    "*",
    "' OR 1=1 --",
    "%' --",
    "$1",
]
REDIRECTS = ["//evil.example", "/\\evil.example", "https:evil.example", "javascript:alert(1)"]
VALUES = [*STRANGE, *SQL, *REDIRECTS, "", "0", "-1", "9" * 30, "1e9", "٣", "²", "public", "name"]
texts = st.sampled_from(VALUES) | st.text(max_size=20) | messages(longest=400)
values = texts.map(lambda text: text.encode(errors="ignore").decode())  # as a browser sends it
forms = st.dictionaries(st.sampled_from(FIELDS), values, max_size=8)


def address(pattern: URLPattern, room: Room, user: User) -> str:
    given = {"slug": room.slug, "user_id": user.pk, "token": "x" * 30, "name": "0" * 32 + ".webp"}
    given["seal"], given["mark"] = f"1-missed:{'x' * 30}", "x" * 30
    given["upload_id"] = "x" * 22
    if pattern.name == "site_emoji_remove":
        given["name"] = "parrot"
    given |= {"span": "1-50", "colour": "146152"}
    if pattern.name == "accent":
        given["mark"] = "0" * 8
    if pattern.name == "logo":
        given["name"] = "0" * 32 + ".png"
    named = pattern.pattern.converters or getattr(pattern.pattern.regex, "groupindex", {})
    return reverse(str(pattern.name), kwargs={one: given.get(one, 1) for one in named})


@pytest.fixture
def people(no_limits: None, alice: User, bob: User, room: Room) -> tuple[Client, Client]:
    """The owner of the room, and a visitor."""
    return signed_in(alice), Client()


def is_ours(answer: Any) -> bool:
    """Assert neither a server error nor a redirect to another site."""
    target = answer.headers.get("Location", "")
    return answer.status_code < 500 and not re.match(r"(?i)[a-z]+:|[/\\]{2}", target)


PATTERNS = [
    one
    for one in urlpatterns
    if isinstance(one, URLPattern) and one.name not in {"account_logout", "readyz"}
]


@examples(100)
@given(pattern=st.sampled_from(PATTERNS), form=forms)
def test_no_form_and_no_query_causes_a_server_error(
    people: tuple[Client, Client], room: Room, bob: User, pattern: URLPattern, form: dict[str, str]
) -> None:
    path = address(pattern, room, bob)
    for browser in people:
        assert is_ours(browser.get(path, form)), (path, "query")
        assert is_ours(browser.post(path, form)), (path, "form")
    bob.refresh_from_db()
    assert not bob.is_staff
    assert not bob.is_superuser


LISTS = ["user", "room", "message", "membership", "ban", "invite", "auditentry", "reaction"]
PARAMETERS = ["q", "o", "p", "all", "e", "_popup", "user__id__exact", "room__id__exact", "ot", "x"]


@examples(15)
@given(query=st.dictionaries(st.sampled_from(PARAMETERS), values, min_size=1, max_size=3))
def test_no_search_in_the_admin_causes_a_server_error(
    as_staff: Client, query: dict[str, str]
) -> None:
    for model in LISTS:
        answer = as_staff.get(f"/admin/rooms/{model}/", query)
        assert answer.status_code in {200, 302, 400}, (model, query)


def test_a_search_takes_wildcards_literally(
    as_alice: Client, as_staff: Client, alice: User
) -> None:
    """A percent sign matches a percent sign: in the lobby, among people and in the admin."""
    factories.make_room("Cotton", owner=alice, topic="50% off")
    factories.make_room("Linen", owner=alice, topic="50 off")
    factories.make_user("under_score", display_name="50% off")
    factories.make_user("underscore", display_name="50 off")
    for path, there, absent in (
        ("/rooms/?q=50%25", ">Cotton<", ">Linen<"),
        ("/people/?q=under_", "under_score", "underscore"),
        ("/people/?q=50%25", "under_score", "underscore"),
        ("/admin/rooms/room/?q=50%25", ">Cotton<", ">Linen<"),
        ("/admin/rooms/user/?q=under_", ">under_score<", ">underscore<"),
    ):
        page = (as_staff if "admin" in path else as_alice).get(path).content.decode()
        found = re.sub(r"<nav.*?</nav>|<aside.*?</aside>", "", page, flags=re.DOTALL)
        assert there in found, path
        assert absent not in found, path
