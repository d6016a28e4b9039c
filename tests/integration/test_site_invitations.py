"""Invitations to the site by mail, from the page of next steps."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from rooms.models import Installation, Invite, User
from tests.factories import PASSWORD
from tests.mail import delivered


@pytest.fixture(autouse=True)
def mail_server(settings: Settings) -> None:
    settings.MAIL = settings.MAIL._replace(host="mail.example.com")


def send(client: Client, addresses: str) -> str:
    return client.post(reverse("site_invite_mail"), {"addresses": addresses}, follow=True).text


def test_each_address_gets_a_link_of_its_own_that_works_once(
    as_staff: Client,
    visitor: Client,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.SIGNUP = "invite"
    Installation.current()
    with django_capture_on_commit_callbacks(execute=True):
        page = send(as_staff, "ann@example.com, Bo@example.com\nann@example.com")
    assert "2 invitations were sent." in page
    assert [one.to for one in delivered()] == [["ann@example.com"], ["bo@example.com"]]
    assert "staff_person invites you to Chatsite" in delivered()[0].subject
    links = [re.findall(r"http://testserver(/invite/\S+)", str(one.body))[0] for one in delivered()]
    assert len({*links}) == 2
    form = {"username": "ann", "password1": PASSWORD, "password2": PASSWORD}
    visitor.get(links[0])
    visitor.post(reverse("account_signup"), form)
    assert User.objects.filter(username="ann", invited=True).exists()
    assert Client().get(links[0]).status_code == 404
    assert Client().get(links[1]).status_code == 200


def test_the_mail_is_in_the_site_s_language(
    as_staff: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    as_staff.post(reverse("site_settings"), {"save": "people", "signup": "open", "language": "de"})
    with django_capture_on_commit_callbacks(execute=True):
        send(as_staff, "ann@example.com")
    assert "lädt dich" in delivered()[0].subject


@pytest.mark.parametrize(
    ("addresses", "why"),
    [
        ("ann", "“ann” isn"),
        ("ann@example.com\r\nBcc: all@example.com", "isn"),
        (" ".join(f"p{n}@example.com" for n in range(21)), "1 to 20"),
    ],
)
def test_what_is_not_a_list_of_addresses_sends_nothing(
    as_staff: Client, addresses: str, why: str
) -> None:
    assert why in send(as_staff, addresses)
    assert delivered() == []
    assert not Invite.objects.exists()


def test_nothing_is_sent_beyond_the_limit(
    as_staff: Client,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.LIMITS = {**settings.LIMITS, "invite.mail": "3/24h"}
    with django_capture_on_commit_callbacks(execute=True):
        send(as_staff, "a1@example.com b1@example.com")
        assert "too fast" in send(as_staff, "c1@example.com d1@example.com")
    assert len(delivered()) == Invite.objects.count() == 2


def test_without_a_mail_server_the_page_says_so_and_nothing_is_made(
    as_staff: Client, settings: Settings
) -> None:
    settings.MAIL = settings.MAIL._replace(host="")
    assert "EMAIL_URL" in as_staff.get(reverse("next_steps")).text
    send(as_staff, "ann@example.com")
    assert not Invite.objects.exists()
