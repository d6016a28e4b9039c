"""Test my notifications: the site names what stands between a message and one of a person's
browsers."""

from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext
from pytest_django import Settings

from rooms.actions.notifications import missed
from rooms.actions.notifications.testing import PushTest
from rooms.actions.site import settings as site_settings
from rooms.jobs import pushing
from rooms.jobs.kinds import Attempt, Kind
from rooms.models import Job, PushSubscription, User
from rooms.storage.threads import close_connections
from tests.factories import confirm
from tests.integration.test_push import FAR, subscribes
from tests.push_service import PushService, push_service

HOPS = Kind(PushTest, pushing.test)
MARK = "a-test-that-nobody-did"


@pytest.fixture(autouse=True)
def _may_send_here(settings: Settings) -> None:
    settings.OUTGOING_ALLOW = (ip_network("127.0.0.1/32"),)


def begins(browser: Client, endpoint: str = FAR) -> dict[str, Any]:
    """What the site can say at once."""
    answer = browser.post("/push/test/", {"endpoint": endpoint}, "application/json")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def outcome(browser: Client, mark: str) -> tuple[str | None, int]:
    said = browser.get(f"/push/test/{mark}/").json()
    return said["outcome"], said["status"]


# What the site says at once


def test_the_site_says_whether_it_knows_this_browser_as_theirs(
    as_alice: Client, as_bob: Client
) -> None:
    subscribes(as_alice)
    assert not begins(as_bob)["known"], "it is somebody else's"
    assert not begins(as_bob, "nonsense")["known"]
    assert not Job.objects.filter(kind=PushTest.kind).exists()
    assert begins(as_alice)["known"]
    assert Job.objects.filter(kind=PushTest.kind).count() == 1


def test_do_not_disturb_is_named_with_its_end(as_bob: Client, bob: User) -> None:
    assert begins(as_bob)["quiet"] is None
    User.objects.filter(pk=bob.pk).update(quiet_until=timezone.now() + timedelta(hours=1))
    assert begins(as_bob)["quiet"] is not None


def test_the_site_says_why_nothing_would_be_mailed(
    as_bob: Client, bob: User, staff: User, settings: Settings
) -> None:
    assert begins(as_bob)["mail"] == "site", "it has no mail server"
    settings.MAIL = settings.MAIL._replace(host="mail.example.com")
    assert begins(as_bob)["mail"] == "address"
    confirm(bob, "bob@example.com")
    assert begins(as_bob)["mail"] == ""
    missed.choose(actor=bob, missed="never", weekly=False)
    assert begins(as_bob)["mail"] == "choice"
    site_settings.change(actor=staff, mails_missed=False)
    assert begins(as_bob)["mail"] == "site"


def test_a_test_is_for_people_who_are_logged_in_and_limited(
    visitor: Client, as_bob: Client
) -> None:
    assert visitor.post("/push/test/", {"endpoint": FAR}, "application/json").status_code == 401
    assert visitor.get(f"/push/test/{MARK}/").status_code == 401
    for _ in range(6):
        begins(as_bob)
    again = as_bob.post("/push/test/", {"endpoint": FAR}, "application/json")
    assert again.status_code == 429


# What the push service says


@pytest_asyncio.fixture
async def service(transactional_db: None) -> AsyncIterator[PushService]:
    async with push_service() as service:
        yield service
    await pushing.Sender.close()
    await sync_to_async(close_connections)()


async def tries(service: PushService, browser: Client) -> str:
    """Subscribe, begin a test and do its job; return its mark."""
    said = service.browser("phone")
    await sync_to_async(subscribes)(browser, said["endpoint"], said["keys"])
    mark = str((await sync_to_async(begins)(browser, said["endpoint"]))["test"])
    assert await sync_to_async(outcome)(browser, mark) == (None, 0), "no job has sent it"
    job = await Job.objects.filter(kind=PushTest.kind).alatest("pk")
    (work,) = HOPS.read(job.arguments)

    async def renew() -> bool:
        return True

    await pushing.test(work, Attempt(1, 1, renew))
    return mark


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (201, ("sent", 201)),
        (403, ("refused", 403)),
        (413, ("refused", 413)),
        (410, ("gone", 410)),
        (429, ("postponed", 429)),
        (500, ("failed", 500)),
        ("never", ("failed", 0)),
    ],
)
async def test_what_the_service_answers_is_told(
    service: PushService,
    as_bob: Client,
    answer: Any,
    expected: tuple[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pushing, "SECONDS", 0.3)
    service.answers["phone"] = answer
    mark = await tries(service, as_bob)
    assert await sync_to_async(outcome)(as_bob, mark) == expected
    is_told = await PushSubscription.objects.filter(gone_at=None).aexists()
    assert is_told == (answer != 410)
    again = await sync_to_async(begins)(as_bob, service.browser("phone")["endpoint"])
    assert again["known"] == is_told
    assert await sync_to_async(outcome)(as_bob, MARK) == (None, 0)


async def test_a_service_that_has_a_pause_is_not_asked(
    service: PushService, as_bob: Client
) -> None:
    service.answers["phone"] = 429, {"Retry-After": "60"}
    await tries(service, as_bob)
    mark = await tries(service, as_bob)
    assert await sync_to_async(outcome)(as_bob, mark) == ("postponed", 0)
    assert len(service.arrived) == 1


async def test_the_push_is_in_the_person_s_language_and_carries_the_test_s_mark(
    service: PushService, as_bob: Client, bob: User
) -> None:
    await User.objects.filter(pk=bob.pk).aupdate(language="de")
    mark = await tries(service, as_bob)
    (push,) = service.at("phone")
    assert push.notification["tag"] == f"test:{mark}"
    with translation.override("de"):
        assert push.notification["body"] == gettext("Notifications reach this browser.")
    assert push.notification["body"] != "Notifications reach this browser."


async def test_a_browser_that_was_forgotten_meanwhile_is_sent_nothing(
    service: PushService, as_bob: Client
) -> None:
    async def renew() -> bool:
        return True

    await pushing.test(PushTest(subscription=1, mark=MARK), Attempt(1, 1, renew))
    assert service.arrived == []
    assert await sync_to_async(outcome)(as_bob, MARK) == (None, 0)
