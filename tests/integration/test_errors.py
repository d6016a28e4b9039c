"""What went wrong, said in a way that helps and gives nothing away."""

import pytest
from django.test import Client
from django.urls import reverse

from rooms import errors
from rooms.actions import arrivals
from rooms.models import Room


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

    monkeypatch.setattr(arrivals, "arrival", refuse)
    response = as_bob.get(reverse("lobby"))
    assert response.status_code == status
    assert error.detail.encode() in response.content
    assert response.get("Retry-After") == ("3" if status == 429 else None)


def test_what_does_not_exist_is_said_kindly(visitor: Client, as_bob: Client) -> None:
    for browser in (visitor, as_bob):
        response = browser.get("/no/such/page/")
        assert response.status_code == 404
        assert b"There is nothing here" in response.content


def test_a_crash_tells_nothing_of_itself(as_bob: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(**kwargs: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(arrivals, "arrival", crash)
    as_bob.raise_request_exception = False
    response = as_bob.get(reverse("lobby"))
    assert response.status_code == 500
    assert b"Something broke" in response.content
    assert b"hunter2" not in response.content


def test_an_unknown_host_is_refused(visitor: Client) -> None:
    response = visitor.get("/healthz", headers={"Host": "evil.example"})
    assert response.status_code == 400


@pytest.mark.parametrize(
    "name", ["room_join", "room_leave", "room_update", "room_archive", "invite_create"]
)
def test_every_change_of_a_room_needs_the_page_s_token(
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
def test_no_page_has_scripts_or_styles_within(as_bob: Client, path: str) -> None:
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
