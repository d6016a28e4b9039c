"""Owners see jobs that were given up, and have them tried again; nobody sees what they hold."""

import pytest
from django.test import Client
from django.utils import timezone

from rooms.models import AuditEntry, Job
from tests.integration import admin_desk as desk

SECRET = "the-words-of-a-mail"


@pytest.fixture
def jobs(db: None) -> list[Job]:
    now = timezone.now()
    fields = {"kind": "mail", "arguments": SECRET, "due": now, "created_at": now}
    waits = Job.objects.create(key="1", **fields)
    lost = Job.objects.create(key="2", attempts=9, error="gone", given_up_at=now, **fields)
    return [waits, lost]


def test_an_owner_sees_jobs_and_not_what_they_hold(as_staff: Client, jobs: list[Job]) -> None:
    for page in (as_staff.get(desk.url(Job)), *(desk.shown(as_staff, job) for job in jobs)):
        assert page.status_code == 200
        assert "mail" in page.content.decode()
        assert SECRET not in page.content.decode()
    assert "gone" in as_staff.get(desk.url(Job), {"given_up": "yes"}).content.decode()
    assert "gone" not in as_staff.get(desk.url(Job), {"given_up": "no"}).content.decode()


def test_what_was_given_up_is_tried_again_and_nothing_else_changes(
    as_staff: Client, jobs: list[Job]
) -> None:
    waits, lost = jobs
    assert "1 job will be tried again." in desk.notices(desk.run(as_staff, "retry", jobs))
    lost.refresh_from_db()
    assert (lost.given_up_at, lost.attempts, lost.error) == (None, 0, "")
    due = waits.due
    waits.refresh_from_db()
    assert waits.due == due
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == ("job.retried", f"mail {lost.pk}")


def test_what_was_given_up_is_dropped(as_staff: Client, jobs: list[Job]) -> None:
    assert "1 job was dropped." in desk.notices(desk.run(as_staff, "drop", jobs))
    assert [job.key for job in Job.objects.all()] == ["1"]


def test_moderators_have_no_business_with_jobs(as_maud: Client, jobs: list[Job]) -> None:
    assert as_maud.get(desk.url(Job)).status_code == 403
    assert desk.shown(as_maud, jobs[1]).status_code == 403
    assert desk.run(as_maud, "retry", jobs).status_code == 403
