"""A mail is a job: nothing loses it, nothing secret is stored for it, and no request waits for the
mail server."""

import logging
import math
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail as outgoing
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from rooms.actions.site import inviting
from rooms.jobs import mail
from rooms.jobs import mail_server as post_office
from rooms.jobs.kinds import Attempt, Failed, Hopeless, Kind
from rooms.jobs.mail import LETTERS, composed
from rooms.letters import Letter
from rooms.models import Invite, Job, User
from tests.factories import confirm, make_user
from tests.mail import MailServer, delivered, mail_server
from tests.processes import free_port
from tests.site import OWNER, PASSWORD, serving

LINK = re.compile(r"http://testserver/\S+")


@pytest.fixture
def erin(db: None) -> User:
    erin = make_user("erin", email="erin@example.com")
    confirm(erin, "erin@example.com")
    return erin


def ask_for_reset(address: str = "erin@example.com") -> None:
    Client().post(reverse("account_reset_password"), {"email": address})


def invite(staff: User, settings: Settings) -> None:
    settings.MAIL = settings.MAIL._replace(host="mail.example.com")
    origin = "http://testserver"
    inviting.invite_by_mail(actor=staff, addresses="ann@example.com", origin=origin)


def asked_for() -> Letter:
    """The only letter that waits."""
    (letter,) = Kind(Letter, mail.deliver).read(Job.objects.get().arguments)
    return letter


# What is stored


def test_a_row_holds_neither_a_token_nor_a_link(
    erin: User, staff: User, settings: Settings, as_bob: Client
) -> None:
    ask_for_reset()
    invite(staff, settings)
    EmailAddress.objects.create(user=staff, email="s@example.com").send_confirmation()
    rows = " ".join(Job.objects.values_list("arguments", flat=True))
    sent = delivered()
    links = [LINK.findall(str(one.body))[0] for one in sent]
    assert len({*links}) == 3
    for link in links:
        token = max(re.split(r"[/:-]", link), key=len)
        assert token not in rows
        assert link.partition("testserver")[2] not in rows


def test_a_mail_that_is_sent_twice_is_known_by_its_name_and_both_links_work(
    staff: User, settings: Settings
) -> None:
    invite(staff, settings)
    first, second = composed(asked_for()), composed(asked_for())
    assert first
    assert second
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert re.fullmatch(r"<\w{32}@testserver>", first.extra_headers["Message-ID"])
    (link,) = {LINK.findall(str(one.body))[0] for one in (first, second)}
    assert Client().get(link.removeprefix("http://testserver")).status_code == 200
    invite(staff, settings)
    ids = {str(one.extra_headers["Message-ID"]) for one in delivered()}
    assert len(ids) == 2


# What isn't sent


@pytest.mark.parametrize("template", sorted(LETTERS))
def test_a_mail_is_given_up_once_what_it_holds_would_have_expired(template: str) -> None:
    when = time.time() - LETTERS[template][1] - 1
    letter = Letter(template=template, to="x@y.org", language="en", seal="1", asked_at=when)
    with pytest.raises(Hopeless):
        composed(letter)


def test_no_link_goes_to_an_address_that_is_not_the_account_s_any_more(
    erin: User, as_staff: Client
) -> None:
    ask_for_reset()
    EmailAddress.objects.filter(user=erin).delete()
    User.objects.filter(pk=erin.pk).update(email="new@example.com")
    assert delivered() == []
    assert not Job.objects.exists()
    ask_for_reset("new@example.com")
    assert [one.to for one in delivered()] == [["new@example.com"]]


def test_nobody_confirms_an_address_that_was_removed_or_is_confirmed(erin: User) -> None:
    row = EmailAddress.objects.create(user=erin, email="new@example.com")
    row.send_confirmation()
    row.send_confirmation()
    job = Job.objects.order_by("pk").first()
    assert job
    assert composed(Kind(Letter, mail.deliver).read(job.arguments)[0])
    EmailAddress.objects.filter(pk=row.pk).update(verified=True)
    assert delivered() == []


def test_an_invitation_that_was_revoked_meanwhile_is_not_sent(
    staff: User, settings: Settings
) -> None:
    invite(staff, settings)
    Invite.objects.update(revoked_at=Invite.objects.get().created_at)
    assert delivered() == []


def test_a_deleted_account_leaves_no_mail_with_its_address(erin: User) -> None:
    ask_for_reset()
    ask_for_reset("nobody@example.com")
    browser = Client()
    browser.force_login(erin)
    browser.post(reverse("delete_account"), {"username": "erin"})
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    browser.post(reverse("delete_account"), {"username": "erin"})
    erin.refresh_from_db()
    assert erin.is_erased
    assert asked_for().to == "nobody@example.com"


# The mail server


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server


async def deliver(to: str = "bob@example.com") -> None:
    async def renew() -> bool:
        return True

    letter = Letter(template="no_account", to=to, language="en", seal="abc", asked_at=time.time())
    await mail.deliver(letter, Attempt(1, 1, renew))


@pytest.mark.django_db(transaction=True)
async def test_a_mail_arrives_at_the_server(server: MailServer) -> None:
    await deliver()
    (message,) = server.has(1)
    assert message["To"] == "bob@example.com"
    assert message["Message-ID"] == "<abc@testserver>"


@pytest.mark.django_db(transaction=True)
async def test_what_the_server_refuses_for_good_is_given_up_and_the_rest_tried_again(
    server: MailServer,
) -> None:
    server.refuses = {"gone@": "550 no such box", "full@": "452 box is full"}
    with pytest.raises(Hopeless, match=r"^The mail server refuses it: 550$"):
        await deliver("gone@example.com")
    with pytest.raises(Failed, match=r"^SMTPRecipientsRefused: 452$"):
        await deliver("full@example.com")
    assert server.mails == []


@pytest.mark.django_db(transaction=True)
async def test_an_unreachable_server_is_one_log_line_that_names_nobody(
    settings: Settings, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_PORT = free_port()
    post_office._log._quiet_until = 0
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            with pytest.raises(Failed, match=r"^ConnectionRefusedError$"):
                await deliver()
    (record,) = caplog.records
    assert "ConnectionRefusedError" in record.getMessage()
    assert "example.com" not in caplog.text


def test_a_request_neither_waits_for_the_server_nor_sends_anything_itself(
    erin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_asked: Any) -> None:
        raise AssertionError("A request sent a mail.")

    monkeypatch.setattr(outgoing.EmailMessage, "send", bug)
    ask_for_reset()
    ask_for_reset("nobody@example.com")
    assert Job.objects.filter(kind="mail").count() == 2


MAILS = 40  # by hand: 500


@pytest.mark.thorough
def test_mails_that_wait_survive_a_killed_server(tmp_path: Path) -> None:
    """Killed while it sends them; each arrives, and at most those under way arrive twice."""
    env = {"DJANGO_SETTINGS_MODULE": "tests.integration.mail_settings"}
    with mail_server() as server:
        env["EMAIL_URL"] = server.url
        server.take(MAILS // 4)
        with serving(tmp_path, env=env) as site:
            owner = site.visitor().logs_in(OWNER)
            for batch in range(0, MAILS, inviting.MAX_ADDRESSES):
                numbers = range(batch, min(batch + inviting.MAX_ADDRESSES, MAILS))
                owner.post(
                    "/settings/site/invite/mail/",
                    page="/settings/site/next/",
                    addresses=" ".join(f"p{n}@example.com" for n in numbers),
                )
            server.has(MAILS // 4)
            site.server.signal(signal.SIGKILL)
            site.server.wait()
        server.take(math.inf)
        with serving(tmp_path, env=env):
            mails = server.has(MAILS)
        assert {str(one["To"]) for one in mails} == {f"p{n}@example.com" for n in range(MAILS)}
        assert len(server.different) == MAILS
        assert len(mails) - MAILS <= post_office.PLACES
