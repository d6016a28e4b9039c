"""The home of the admin: what waits, as far as one's rights go."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from rooms.actions.accounts import appearances
from rooms.actions.moderation import reports, sanctions
from rooms.actions.rooms import web
from rooms.actions.site import installation
from rooms.models import Held, Report, Room, User
from tests import factories
from tests.integration import admin_desk as desk


def waiting(client: Client) -> dict[str, int]:
    page: Any = client.get("/admin/")
    return {str(one.label): one.number for one in page.context["waiting"]}


def report(room: Room, by: User, number: int) -> None:
    with factories.unlimited():
        reports.report_message(actor=by, slug=room.slug, number=number, reason="spam")


@pytest.fixture
def busy(room: Room, alice: User, bob: User, charlie: User) -> Room:
    """Two reported messages, one by two people; a held one; an open room."""
    factories.post_many(room, bob, ["One", "Two"])
    report(room, alice, 1)
    report(room, charlie, 1)
    report(room, alice, 2)
    Held.objects.create(room=room, author=bob, nonce="held", body="spam")
    web.open_to_web(actor=alice, room=room, indexed=False)
    return room


def test_the_home_shows_what_waits_by_one_s_rights(
    as_maud: Client, as_staff: Client, busy: Room, alice: User
) -> None:
    expected = {
        "Reported messages": 2,
        "Held messages": 1,
        "Removals under way": 0,
        "Newcomers": 4,
        "Rooms on the web": 1,
    }
    assert waiting(as_maud) == expected
    assert waiting(as_staff) == expected
    rita = factories.make_user("rita", is_staff=True)
    rita.user_permissions.add(Permission.objects.get(codename="view_report"))
    as_rita = desk.signed_in(rita)
    assert waiting(as_rita) == {"Reported messages": 2}
    assert "Recent sanctions" not in as_rita.get("/admin/").text


def test_nobody_is_told_of_reports_about_themselves(
    as_maud: Client, maud: User, busy: Room, bob: User
) -> None:
    factories.add_member(busy, maud)
    number = factories.post(busy, maud).number
    report(busy, bob, number)
    assert Report.objects.count() == 4
    assert waiting(as_maud)["Reported messages"] == 2


def test_every_number_leads_to_its_list(as_staff: Client, busy: Room) -> None:
    page: Any = as_staff.get("/admin/")
    for one in page.context["waiting"]:
        answer: Any = as_staff.get(one.address)
        assert answer.status_code == 200, one
        if one.calls or "web" in one.address:
            assert answer.context["cl"].result_count == one.number, one


def test_newcomers_are_those_who_count_as_new(
    as_staff: Client, staff: User, alice: User, bob: User
) -> None:
    assert waiting(as_staff)["Newcomers"] == 2
    User.objects.filter(pk=alice.pk).update(date_joined=timezone.now() - timedelta(days=8))
    assert waiting(as_staff)["Newcomers"] == 1
    installation.set_newcomers(actor=staff, hours=24 * 30, links="hold", directs=3, rooms=1)
    assert waiting(as_staff)["Newcomers"] == 2
    User.objects.filter(pk=bob.pk).update(invited=True)
    assert waiting(as_staff)["Newcomers"] == 1


def test_the_latest_sanctions_are_listed_with_who_decided(
    as_staff: Client, staff: User, room: Room, bob: User
) -> None:
    sanctions.mute_user(actor=staff, user=bob, room=room, reason="Loud.")
    page = re.sub(r"<[^>]*>|\s+", " ", as_staff.get("/admin/").text)
    assert re.search(r"Recent sanctions.*Bob.*Mute, +Lounge.*mallory.*Ban, +Lounge", page)


def test_many_are_counted_only_up_to_a_hundred(
    as_staff: Client, busy: Room, bob: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Held.objects.bulk_create(
        Held(room=busy, author=bob, nonce=f"n{one}", body="spam") for one in range(120)
    )
    as_staff.get("/admin/")
    with django_assert_max_num_queries(13):
        page = as_staff.get("/admin/").text
    assert "99+" in page


def test_after_a_decision_the_next_case_follows(as_maud: Client, busy: Room) -> None:
    newest, oldest = Report.objects.get(message__number=2), Report.objects.filter(message__number=1)
    first = oldest.order_by("pk")[0]
    page: Any = desk.shown(as_maud, newest)
    assert (page.context["former"], page.context["later"]) == (
        "",
        desk.url(Report, "change", first.pk),
    )
    decide = {"verdict": "dismiss", "reason": ""}
    answer = as_maud.post(desk.url(Report, "change", newest.pk), decide)
    assert answer["Location"] == desk.url(Report, "change", first.pk)
    answer = as_maud.post(desk.url(Report, "change", first.pk), decide)
    assert answer["Location"] == desk.url(Report)


def test_a_case_has_one_primary_action_and_sets_the_others_apart(
    as_maud: Client, busy: Room
) -> None:
    page = desk.shown(as_maud, Report.objects.get(message__number=2)).text
    assert re.findall(r'class="button default"\s+name="verdict"\s+value="([\w-]+)"', page) == [
        "dismiss"
    ]
    measures = page[page.index("<fieldset") : page.index("</fieldset>")]
    assert re.findall(r'value="([\w-]+)"', measures) == [
        *("delete", "mute-hour", "mute-day", "mute-week", "ban-room", "ban-site")
    ]
    assert "Alice Adams" in page
    assert "@alice" in page


def test_the_admin_has_the_colours_that_somebody_chose(as_staff: Client, staff: User) -> None:
    assert '<meta name="color-scheme" content="light dark">' in as_staff.get("/admin/").text
    appearances.set_appearance(actor=staff, scheme="dark")
    assert '<meta name="color-scheme" content="dark">' in as_staff.get("/admin/").text


def test_times_are_in_the_zone_of_the_reader(as_staff: Client, staff: User, busy: Room) -> None:
    User.objects.filter(pk=staff.pk).update(zone="Asia/Tokyo")
    report = Report.objects.get(message__number=2)
    Report.objects.filter(pk=report.pk).update(created_at=datetime(2026, 1, 1, 20, 5, tzinfo=UTC))
    page = desk.shown(as_staff, report).text
    assert '<time datetime="2026-01-01T20:05:00+00:00">2 January 2026, 05:05</time>' in page
    assert "Times in lists and forms: Asia/Tokyo" in page
