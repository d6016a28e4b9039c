"""The queue of reported messages: one case for each message, decided with one click."""

import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, Permission
from django.test import Client

from rooms.actions.messages import changes
from rooms.actions.moderation import reports
from rooms.actions.screening import waiting
from rooms.errors import Forbidden
from rooms.models import AuditEntry, Ban, Message, Mute, Report, Room, User
from tests import factories
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect


def report(message: Message, by: User, reason: str = "abuse", note: str = "") -> Report:
    with factories.unlimited():
        made, _new = reports.report_message(
            actor=by, slug=message.room.slug, number=message.number, reason=reason, note=note
        )
    return made


def queue(client: Client, query: str = "") -> list[Message]:
    page = client.get(f"{desk.url(Report)}?{query}")
    return [row.message for row in page.context["cl"].result_list]


def decide(client: Client, case: Report, verdict: str, reason: str = "") -> desk.Response:
    url = desk.url(Report, "change", case.pk)
    return client.post(url, {"verdict": verdict, "reason": reason}, follow=True)


def words(page: desk.Response) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.content.decode()).split())


@pytest.fixture
def spoken(room: Room, alice: User, bob: User) -> list[Message]:
    """Twenty messages by bob."""
    return factories.post_many(room, bob, [f"Body {number}." for number in range(1, 21)])


def test_the_queue_has_one_row_per_message_with_the_number_of_reports_and_their_reasons(
    as_maud: Client, spoken: list[Message], alice: User, charlie: User
) -> None:
    report(spoken[3], alice, "spam")
    report(spoken[7], alice)
    report(spoken[3], charlie)
    assert queue(as_maud) == [spoken[7], spoken[3]]
    page = words(as_maud.get(desk.url(Report)))
    assert "lounge/4 bob Body 4. Insults or harassment + 1 2" in page
    assert "Insults or harassment 1" in page


def test_a_case_shows_its_context_and_no_more(
    as_maud: Client, spoken: list[Message], alice: User, charlie: User
) -> None:
    case = report(spoken[9], alice, note="Look at that.")
    report(spoken[9], charlie, "spam")
    page = desk.shown(as_maud, case)
    assert [row.number for row in page.context["around"]] == list(range(5, 16))
    shown = words(page)
    assert "Look at that." in shown
    assert "alice" in shown
    assert "charlie" in shown
    edge = report(spoken[0], alice)
    around = desk.shown(as_maud, edge).context["around"]
    assert [row.number for row in around] == [1, 2, 3, 4, 5, 6]


def test_the_queue_is_narrowed_to_a_person_and_a_room(
    as_maud: Client, spoken: list[Message], private_room: Room, alice: User, bob: User
) -> None:
    said = factories.post(private_room, alice, "Mine.")
    report(spoken[3], alice)
    report(said, bob)
    for query, found in (
        (f"message__author__id__exact={bob.pk}", [spoken[3]]),
        (f"message__room__id__exact={private_room.pk}", [said]),
        ("q=%40alice", [said]),
        ("q=%23lounge", [spoken[3]]),
        ("q=lounge/4", [spoken[3]]),
        ("q=%40bob+%23back-office", []),
    ):
        assert queue(as_maud, query) == found, query
    assert queue(as_maud, "message__room__id__exact=x") == [said, spoken[3]]


def test_a_report_reveals_only_its_context_in_private_and_direct_rooms(
    as_maud: Client, private_room: Room, alice: User, bob: User
) -> None:
    direct = factories.make_direct(alice, bob)
    for where in (private_room, direct):
        said = factories.post(where, bob, "In private.")
        assert "In private." in words(desk.shown(as_maud, report(said, alice)))


def test_user_text_stays_text(as_maud: Client, room: Room, alice: User, bob: User) -> None:
    said = factories.post(room, bob, "<script>alert(1)</script>")
    case = report(said, alice, note="<img src=x onerror=alert(2)>")
    page = desk.shown(as_maud, case).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("verdict", "outcome", "deleted"),
    [
        ("dismiss", "dismissed", False),
        ("delete", "deleted", True),
        ("mute-hour", "muted", True),
        ("mute-week", "muted", True),
        ("ban-room", "banned", True),
        ("ban-site", "banned", True),
    ],
)
def test_one_click_decides_all_reports_of_a_message_and_says_so(
    verdict: str,
    outcome: str,
    deleted: bool,
    as_maud: Client,
    maud: User,
    spoken: list[Message],
    room: Room,
    alice: User,
    bob: User,
    charlie: User,
) -> None:
    case = report(spoken[3], alice)
    report(spoken[3], charlie, "spam")
    page = decide(as_maud, case, verdict, "Enough.")
    assert "lounge/4 by bob" in desk.notices(page)
    assert "2 reports were resolved." in desk.notices(page)
    rows = Report.objects.all()
    assert {(row.outcome, row.resolved_by) for row in rows} == {(outcome, maud)}
    assert all(row.resolved_at for row in rows)
    assert Message.objects.get(pk=spoken[3].pk).deleted == deleted
    assert queue(as_maud) == []
    assert queue(as_maud, "state=decided") == [spoken[3]]
    entry = AuditEntry.objects.get(action="report.resolved")
    assert (entry.actor, entry.user, entry.room) == (maud, bob, room)
    assert (entry.message, entry.after, entry.detail) == (spoken[3], outcome, "Enough.")
    held = [
        (type(one), one.room, one.reason, one.expires_at is None)
        for model in (Mute, Ban)
        for one in model.objects.filter(user=bob)
    ]
    expected = {
        "mute-hour": [(Mute, room, "Enough.", False)],
        "mute-week": [(Mute, room, "Enough.", False)],
        "ban-room": [(Ban, room, "Enough.", True)],
        "ban-site": [(Ban, None, "Enough.", True)],
    }
    assert held == expected.get(verdict, [])


def test_a_mute_for_a_direct_message_applies_everywhere(
    as_maud: Client, alice: User, bob: User
) -> None:
    case = report(factories.post(factories.make_direct(alice, bob), bob), alice)
    assert "from the room" not in words(desk.shown(as_maud, case))
    decide(as_maud, case, "mute-day")
    assert Mute.objects.get(user=bob).room is None


def test_a_refused_verdict_changes_nothing(
    as_maud: Client, staff: User, room: Room, alice: User
) -> None:
    factories.add_member(room, staff)
    case = report(factories.post(room, staff), alice)
    offered = [button.name for button in desk.shown(as_maud, case).context["buttons"]]
    assert offered == ["dismiss", "delete"]
    assert decide(as_maud, case, "ban-site").status_code == 403
    assert decide(as_maud, case, "nonsense").status_code == 403
    for reason in ("a\x00b", "x" * 251):
        assert desk.notices(decide(as_maud, case, "dismiss", reason))
    assert not Message.objects.exclude(deleted_at=None).exists()
    assert Report.objects.filter(resolved_at=None).count() == 1
    assert not AuditEntry.objects.filter(action="report.resolved").exists()


def test_nobody_learns_who_reported_them_or_judges_their_own_message(
    as_maud: Client, as_staff: Client, maud: User, staff: User, room: Room, alice: User
) -> None:
    factories.add_member(room, maud)
    said = factories.post(room, maud)
    own = report(said, alice)
    assert queue(as_maud) == queue(as_maud, f"reporter={alice.pk}") == []
    answer = as_maud.get(desk.url(Report, "change", own.pk))
    assert answer["Location"] == "/admin/"
    assert "alice" not in desk.notices(as_maud.get("/admin/"))
    decide(as_maud, own, "delete")
    with pytest.raises(Forbidden):
        reports.resolve_reports(
            actor=maud, message=said, resolution=reports.Resolution(Report.Outcome.DISMISSED)
        )
    assert waiting.waiting().of(maud) == 0
    assert waiting.waiting().of(staff) == 1
    assert queue(as_staff) == [said]
    decide(as_staff, own, "dismiss")
    assert not queue(as_staff)


def test_one_undecidable_case_does_not_affect_the_others(
    as_maud: Client, spoken: list[Message], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [report(message, alice) for message in spoken[:3]]
    resolve = reports.resolve_reports

    def refused_once(**wanted: Any) -> int:
        if wanted["message"] == spoken[1]:
            raise Forbidden("Not that one.")
        return resolve(**wanted)

    monkeypatch.setattr(reports, "resolve_reports", refused_once)
    told = desk.notices(desk.run(as_maud, "dismiss", cases))
    assert "Not that one." in told
    assert "2 cases were resolved." in told
    assert queue(as_maud) == [spoken[1]]


def test_two_moderators_don_t_decide_twice(
    as_maud: Client, spoken: list[Message], alice: User, staff: User
) -> None:
    case = report(spoken[0], alice)
    reports.resolve_reports(
        actor=staff, message=spoken[0], resolution=reports.Resolution(Report.Outcome.DISMISSED)
    )
    assert "already" in desk.notices(decide(as_maud, case, "ban-site"))
    assert not Ban.objects.filter(user=spoken[0].author).exists()


def test_a_lost_right_removes_its_buttons(
    as_maud: Client, spoken: list[Message], alice: User
) -> None:
    case = report(spoken[0], alice)
    group = Group.objects.get(name="Moderators")
    group.permissions.remove(*Permission.objects.filter(codename__in=["add_ban", "add_mute"]))
    offered = [button.name for button in desk.shown(as_maud, case).context["buttons"]]
    assert offered == ["dismiss", "delete"]
    assert decide(as_maud, case, "mute-hour").status_code == 403
    group.permissions.remove(*Permission.objects.filter(codename="change_report"))
    assert not desk.shown(as_maud, case).context["buttons"]
    assert decide(as_maud, case, "dismiss").status_code == 403
    group.permissions.remove(*Permission.objects.filter(codename="view_report"))
    assert desk.shown(as_maud, case).status_code == 403
    assert as_maud.get(desk.url(Report)).status_code == 403


def test_the_list_decides_many_at_once(
    as_maud: Client, spoken: list[Message], alice: User, charlie: User
) -> None:
    for message in spoken[:4]:
        report(message, alice)
        report(message, charlie)
    cases = [Report.objects.filter(message=message).earliest("pk") for message in spoken[:4]]
    page = desk.run(as_maud, "dismiss", cases[:2])
    assert "2 cases were resolved." in desk.notices(page)
    page = desk.run(as_maud, "delete_reported", cases[2:])
    assert "2 cases were resolved." in desk.notices(page)
    assert Message.objects.exclude(deleted_at=None).count() == 2
    assert not Report.objects.filter(resolved_at=None).exists()


def test_a_message_that_a_moderator_deletes_elsewhere_leaves_the_queue(
    as_maud: Client, spoken: list[Message], alice: User, bob: User
) -> None:
    case, other = report(spoken[0], alice), report(spoken[1], alice)
    changes.delete_messages(actor=alice, messages=[spoken[0]])
    case.refresh_from_db()
    assert (case.outcome, case.resolved_by) == ("deleted", alice)
    # The author can't make the case go away.
    changes.delete_message(actor=bob, slug="lounge", number=other.message.number)
    assert queue(as_maud) == [spoken[1]]
    assert "Body 2." in words(desk.shown(as_maud, other))


@pytest.mark.django_db(transaction=True)
async def test_a_verdict_is_seen_at_once_by_everybody_and_the_desk(
    connect: Connect, maud: User, alice: User, bob: User, room: Room
) -> None:
    said = await sync_to_async(factories.post)(room, bob)
    case = await sync_to_async(report)(said, alice)
    author, member = await connect(bob, room=room), await connect(alice, room=room)
    staff = await connect(maud)
    assert staff.welcome["waiting"] == 1
    await desk.acts(maud, decide, case, "mute-hour", "Calm down.")
    await member.sees("message.deleted", number=1)
    told = await author.sees("mute.changed", room="lounge")
    assert told["muted"]["reason"] == "Calm down."
    assert (await staff.sees("waiting.changed"))["waiting"] == 0
    assert "alice" not in str([frame for frame in author.events if "report" in frame["type"]])
