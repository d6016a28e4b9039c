"""Logging out ends the session and its sockets at once, and nobody else's."""

from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from rooms.actions.accounts import handshake, sessions
from rooms.fanout.envelopes import Envelope
from rooms.models import User
from rooms.protocol.codes import Close


def test_a_post_logs_out_at_once(as_bob: Client) -> None:
    response = as_bob.post(reverse("account_logout"))
    assert response["Location"] == reverse("account_login")
    assert not get_user(as_bob).is_authenticated


def test_a_get_only_asks(as_bob: Client, bob: User) -> None:
    response = as_bob.get(reverse("account_logout"))
    assert response.status_code == 200
    assert f'action="{reverse("account_logout")}"' in response.content.decode()
    assert get_user(as_bob) == bob


def test_logging_out_needs_the_page_s_token(bob: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(bob)
    assert browser.post(reverse("account_logout")).status_code == 403
    assert get_user(browser) == bob


def test_the_session_s_sockets_are_closed(
    as_bob: Client,
    bob: User,
    announced: list[Envelope],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    key = as_bob.session.session_key
    assert key is not None
    with django_capture_on_commit_callbacks(execute=True):
        as_bob.post(reverse("account_logout"))
    (envelope,) = announced
    assert envelope.group == f"user.{bob.pk}"
    assert envelope.order == {
        "op": "end",
        "code": Close.SIGNED_OUT,
        "why": "signed_out",
        "reason": "You signed out.",
        "session": sessions.session_hash(key),
    }


def test_a_socket_that_comes_back_finds_no_session(as_bob: Client, bob: User) -> None:
    key = as_bob.session.session_key
    assert handshake.session_user(key or "") == bob
    as_bob.post(reverse("account_logout"))
    assert handshake.session_user(key or "") is None
    assert not Session.objects.filter(pk=key).exists()


def test_bob_s_other_browser_stays_signed_in(as_bob: Client, bob: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(bob)
    as_bob.post(reverse("account_logout"))
    assert get_user(elsewhere) == bob


def test_the_admin_s_log_out_closes_sockets_too(
    as_staff: Client,
    staff: User,
    announced: list[Envelope],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        as_staff.post(reverse("admin:logout"))
    assert [envelope.group for envelope in announced] == [f"user.{staff.pk}"]


def test_pages_are_not_cached_for_the_back_button(as_bob: Client) -> None:
    assert "no-store" in as_bob.get(reverse("lobby"))["Cache-Control"]
