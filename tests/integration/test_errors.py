"""Error pages that help and give nothing away."""

import pytest
from django.db import DatabaseError
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from rooms import errors
from rooms.actions.accounts import welcome
from rooms.models import Room
from rooms.views import bootstrap


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.Forbidden("Not this."), 403),
        (errors.NotMember("Join first."), 403),
        (errors.Invalid("Not so."), 400),
        (errors.RateLimited("Too fast.", retry_after=3.2), 429),
        (errors.Unavailable("The storage is away."), 503),
    ],
)
def test_every_refusal_has_a_page_that_says_why(
    as_bob: Client, monkeypatch: pytest.MonkeyPatch, error: errors.ChatError, status: int
) -> None:
    def refuse(**kwargs: object) -> None:
        raise error

    monkeypatch.setattr(welcome, "greet", refuse)
    response = as_bob.get(reverse("lobby"))
    assert response.status_code == status
    assert error.detail.encode() in response.content
    assert response.get("Retry-After") == ("3" if status == 429 else None)


def test_a_missing_page_is_explained_kindly(visitor: Client, as_bob: Client) -> None:
    for browser in (visitor, as_bob):
        response = browser.get("/no/such/page/")
        assert response.status_code == 404
        assert b"Page not found" in response.content


def test_a_crash_reveals_nothing(as_bob: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(**kwargs: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(welcome, "greet", crash)
    as_bob.raise_request_exception = False
    response = as_bob.get(reverse("lobby"))
    assert response.status_code == 500
    assert b"Something went wrong" in response.content
    assert b"hunter2" not in response.content


HTML = {"Accept": "text/html"}


def test_a_missing_page_leaves_the_rooms_at_hand(as_bob: Client, room: Room) -> None:
    missing = as_bob.get("/no/such/page/", headers=HTML).content
    assert reverse("room", args=[room.slug]).encode() in missing
    assert b'id="bootstrap"' in missing, "the page is live"
    picture = as_bob.get("/media/none.webp", headers={"Accept": "image/webp"}).content
    assert b'id="bootstrap"' not in picture, "nobody looks at it"


def test_an_error_page_leads_back_to_where_one_was_and_nowhere_else(visitor: Client) -> None:
    here = {**HTML, "Referer": "http://testserver/accounts/login/?next=/rooms/"}
    assert b'href="/accounts/login/?next=/rooms/"' in visitor.get("/none/", headers=here).content
    for foreign in ("https://evil.example/x", "http://testserver/none/", "http://[", ""):
        page = visitor.get("/none/", headers={**HTML, "Referer": foreign}).content
        assert b"evil" not in page
        assert b"Go back" not in page


def test_the_pages_for_a_broken_server_ask_nothing_of_the_database(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for name in ("500.html", "503.html"):
        with django_assert_num_queries(0):
            assert "</html>" in render_to_string(name, {"is_again": True})


def test_a_page_that_cannot_be_framed_is_plain(
    as_bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**kwargs: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(bootstrap, "greet", fail)
    page = as_bob.get("/no/such/page/", headers=HTML)
    assert page.status_code == 404
    assert b"Page not found" in page.content
    assert b'id="bootstrap"' not in page.content


def test_an_unknown_host_is_refused(visitor: Client) -> None:
    response = visitor.get("/healthz", headers={"Host": "evil.example"})
    assert response.status_code == 400


@pytest.mark.parametrize(
    "name", ["room_join", "room_leave", "room_update", "room_archive", "invite_create"]
)
def test_every_change_to_a_room_needs_the_page_s_token(
    as_alice: Client, room: Room, name: str
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = as_alice.cookies
    for content_type in ("application/x-www-form-urlencoded", "text/plain"):
        response = browser.post(
            reverse(name, args=[room.slug]), "name=Mine&days=7", content_type=content_type
        )
        assert response.status_code == 403
    room.refresh_from_db()
    assert room.name == "Lounge"
    assert not room.archived


@pytest.mark.parametrize("path", ["/", "/rooms/", "/accounts/login/", "/nope/", "/healthz"])
def test_every_answer_carries_the_policies(as_bob: Client, path: str) -> None:
    response = as_bob.get(path)
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/rooms/", "/rooms/new/", "/accounts/profile/"])
def test_no_page_has_inline_scripts_or_styles(as_bob: Client, path: str) -> None:
    content = as_bob.get(path).content.decode()
    assert "<style" not in content
    assert " style=" not in content
    assert " onclick=" not in content
    known = ('<script type="module" src=', "<script defer src=", '<script id="bootstrap" type="app')
    assert content.count("<script") == sum(map(content.count, known))


def test_json_refusals_carry_the_code(as_charlie: Client, room: Room) -> None:
    response = as_charlie.get(reverse("room_members", args=[room.slug]))
    assert response.json()["error"]["code"] == "not_member"
    absent = as_charlie.get(reverse("room_members", args=["no-such-room"]))
    assert (absent.status_code, absent.json()["error"]["code"]) == (404, "not_found")
