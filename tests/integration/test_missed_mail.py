"""People who weren't there are mailed what concerned them: once for a quiet time, nothing that they
have read, and nothing at all if they don't want it."""

import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from asgiref.sync import sync_to_async
from django.core import mail as outgoing
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from rooms import attendance, letters
from rooms.actions.accounts import statuses
from rooms.actions.notifications import digests, missed, telling
from rooms.actions.notifications.orders import Tell
from rooms.actions.site import settings as site_settings
from rooms.errors import Invalid
from rooms.forms.notifications import MailForm
from rooms.jobs import mail_missed
from rooms.jobs.kinds import Attempt, Kind, Later
from rooms.jobs.telling import tell
from rooms.models import Ignore, InboxItem, Job, Membership, Message, Room, User
from rooms.queries import jobs
from rooms.queries.jobs import due_in, enqueue
from tests.factories import (
    ban,
    confirm,
    make_direct,
    make_room,
    make_user,
    post,
    post_many,
)

HOUR = 3600


@pytest.fixture(autouse=True)
def sends_mail(settings: Settings) -> None:
    settings.MAIL = settings.MAIL._replace(host="mail.example.com")


@pytest.fixture
def ann(db: None) -> User:
    """A member who can be mailed."""
    ann = make_user("ann", display_name="Ann", email="ann@example.com")
    confirm(ann)
    return ann


def waiting() -> list[str]:
    """The people for whom a mail may be due later."""
    return [*Job.objects.filter(kind="missed").order_by("key").values_list("key", flat=True)]


# The people who are mailed


def test_only_who_has_a_confirmed_address_and_wants_it_is_waited_for(ann: User) -> None:
    gone, never, soon = [make_user(name) for name in ("gone", "never", "soon")]
    for one in (gone, never, soon):
        confirm(one, f"{one.username}@example.com")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    missed.choose(actor=never, missed="never", weekly=False)
    missed.choose(actor=soon, missed="soon", weekly=False)
    unconfirmed = make_user("una", email="una@example.com")
    missed.await_reader([one.pk for one in (ann, gone, never, soon, unconfirmed)])
    assert waiting() == sorted([str(ann.pk), str(soon.pk)])
    assert 14 * 60 < due_in(["missed"])["missed"] <= 15 * 60
    Job.objects.filter(key=soon.pk).delete()
    assert HOUR - 60 < due_in(["missed"])["missed"] <= HOUR


def test_what_comes_later_does_not_put_off_the_mail(ann: User) -> None:
    missed.await_reader([ann.pk])
    due = Job.objects.get().due
    missed.await_reader([ann.pk, ann.pk])
    assert Job.objects.get().due == due


def test_a_site_that_sends_no_mail_or_does_not_want_these_queues_none(
    ann: User, staff: User, settings: Settings
) -> None:
    site_settings.change(actor=staff, mails_missed=False)
    missed.await_reader([ann.pk])
    site_settings.change(actor=staff, mails_missed=True)
    settings.MAIL = settings.MAIL._replace(host="")
    missed.await_reader([ann.pk])
    assert waiting() == []


def test_more_than_a_thousand_people_are_a_few_statements(
    ann: User, django_assert_max_num_queries: object
) -> None:
    people = User.objects.bulk_create(User(username=f"p{n}") for n in range(1200))
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        missed.await_reader([ann.pk, *(one.pk for one in people)])
    assert waiting() == [str(ann.pk)]


# What is mailed


def concern(
    user: User, room: Room, author: User, body: str = "Tea?", reason: str = "mention", ago: int = 2
) -> InboxItem:
    """Post a message that concerns somebody, so many hours ago."""
    message = post(room, author, body)
    when = timezone.now() - timedelta(hours=ago)
    fields = {"reason": reason, "created_at": when}
    item, _new = InboxItem.objects.update_or_create(
        user=user, room=room, number=message.number, defaults=fields
    )
    return item


def mailed(user: User) -> EmailMultiAlternatives | None:
    """Do what the job does; return the mail."""
    found = digests.due(user.pk)
    if not isinstance(found, digests.Digest):
        return None
    message = mail_missed.about_missed(found)
    assert isinstance(message, EmailMultiAlternatives)
    digests.sent(user.pk, found.newest)
    return message


def html_of(message: EmailMultiAlternatives) -> str:
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    return str(html)


@pytest.fixture
def lounge(ann: User, bob: User) -> Room:
    return make_room("Lounge", owner=bob, members=[ann])


def test_what_concerned_somebody_is_one_mail_and_never_twice(
    ann: User, bob: User, lounge: Room
) -> None:
    direct = make_direct(bob, ann)
    concern(ann, lounge, bob, "Are you *there*?")
    concern(ann, direct, bob, "Psst!", "direct")
    concern(ann, lounge, bob, "The answer", "reply")
    message = mailed(ann)
    assert message
    assert message.to == ["ann@example.com"]
    body = str(message.body)
    for words in ("Bob mentioned you", "Are you there?", "Bob wrote to you", "Psst!"):
        assert words in body
        assert words in re.sub("<[^>]*>", "", html_of(message))
    assert f"http://testserver/rooms/{lounge.slug}/1/" in body
    assert f"http://testserver/rooms/{direct.slug}/1/" in html_of(message)
    assert body.index("Bob mentioned you") < body.index("Bob replied to you"), "in order"
    assert mailed(ann) is None
    concern(ann, lounge, bob, "And now?")
    again = mailed(ann)
    assert again
    assert "And now?" in str(again.body)
    assert "Psst!" not in str(again.body)


def test_people_are_called_what_they_are_called_now(ann: User, bob: User, lounge: Room) -> None:
    concern(ann, lounge, bob, "`@ann` @ann, tea with @bob?")
    User.objects.filter(pk=ann.pk).update(display_name="Ann & Smith")
    message = mailed(ann)
    assert message
    assert "@ann @Ann & Smith, tea with @Bob?" in str(message.body)
    assert "@ann @Ann &amp; Smith, tea with @Bob?" in html_of(message)


def test_a_mail_waits_until_its_first_message_is_as_old_as_the_person_wants(
    ann: User, bob: User, lounge: Room
) -> None:
    concern(ann, lounge, bob, ago=0)
    wait = digests.due(ann.pk)
    assert isinstance(wait, float)
    assert HOUR - 60 < wait <= HOUR
    concern(ann, lounge, bob, ago=2)
    message = mailed(ann)
    assert message
    assert str(message.body).count("Tea?") == 2, "both, once the first is due"
    missed.choose(actor=ann, missed="day", weekly=False)
    concern(ann, lounge, bob, ago=23)
    wait = digests.due(ann.pk)
    assert isinstance(wait, float)
    assert HOUR - 60 < wait <= HOUR


def test_nothing_is_mailed_that_was_read_meanwhile(ann: User, bob: User, lounge: Room) -> None:
    first, second = concern(ann, lounge, bob, "One"), concern(ann, lounge, bob, "Two")
    InboxItem.objects.filter(pk=second.pk).update(read_at=timezone.now())
    Membership.objects.filter(user=ann, room=lounge).update(seen_number=first.number)
    assert mailed(ann) is None
    concern(ann, lounge, bob, "Three")
    message = mailed(ann)
    assert message
    assert "One" not in str(message.body)
    assert "Two" not in str(message.body)


Change = Callable[[User, User, Room], object]
REASONS: dict[str, Change] = {
    "left the room": lambda ann, bob, room: Membership.objects.filter(user=ann).delete(),
    "banned from it": lambda ann, bob, room: ban(ann, room=room, by=bob),
    "banned while still a member": lambda ann, bob, room: _ban_in_place(ann, bob, room),
    "banned from the site": lambda ann, bob, room: ban(ann, by=_owner()),
    "the message is gone": lambda ann, bob, room: Message.objects.update(deleted_at=timezone.now()),
    "the author is muted": lambda ann, bob, room: Ignore.objects.create(
        user=ann, other=bob, kind="mute"
    ),
    "the room is to tell nothing": lambda ann, bob, room: Membership.objects.filter(
        user=ann
    ).update(level="nothing"),
    "was here since": lambda ann, bob, room: User.objects.filter(pk=ann.pk).update(
        seen_at=timezone.now()
    ),
    "wants no mail": lambda ann, bob, room: missed.choose(actor=ann, missed="never", weekly=False),
    "the address isn't confirmed": lambda ann, bob, room: EmailAddress.objects.update(
        verified=False
    ),
    "the address is gone": lambda ann, bob, room: EmailAddress.objects.filter(user=ann).delete(),
    "left the site": lambda ann, bob, room: User.objects.filter(pk=ann.pk).update(is_active=False),
}


def _ban_in_place(ann: User, bob: User, room: Room) -> None:
    ban(ann, room=room, by=bob)
    Membership.objects.create(user=ann, room=room)


def _owner() -> User:
    return make_user("owner", is_staff=True, is_superuser=True)


@pytest.mark.parametrize("reason", REASONS)
def test_it_is_decided_when_the_mail_is_sent(
    ann: User, bob: User, lounge: Room, reason: str
) -> None:
    concern(ann, lounge, bob)
    assert isinstance(digests.due(ann.pk), digests.Digest)
    REASONS[reason](ann, bob, lounge)
    assert digests.due(ann.pk) is None


def test_a_mute_that_has_ended_mutes_no_mail(ann: User, bob: User, lounge: Room) -> None:
    concern(ann, lounge, bob)
    hour = timedelta(hours=1)
    held = Membership.objects.filter(user=ann)
    held.update(level="nothing", level_until=timezone.now() + hour)
    assert mailed(ann) is None
    held.update(level_until=timezone.now() - hour)
    assert mailed(ann)


def test_whoever_is_at_the_keyboard_is_not_mailed(
    ann: User, bob: User, lounge: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    concern(ann, lounge, bob)
    with monkeypatch.context() as patch:
        patch.setattr(attendance, "level", lambda user_id: attendance.Level.ONLINE)
        assert mailed(ann) is None
    assert mailed(ann) is None, "nor later about the same"
    concern(ann, lounge, bob)
    monkeypatch.setattr(attendance, "level", lambda user_id: attendance.Level.IDLE)
    assert mailed(ann)


def test_nobody_is_mailed_while_they_do_not_want_to_be_disturbed(
    ann: User, bob: User, lounge: Room
) -> None:
    concern(ann, lounge, bob)
    until = timezone.now() + timedelta(hours=3)
    User.objects.filter(pk=ann.pk).update(quiet_until=until)
    wait = digests.due(ann.pk)
    assert isinstance(wait, float)
    assert 3 * HOUR - 60 < wait <= 3 * HOUR
    User.objects.filter(pk=ann.pk).update(quiet_until=timezone.now())
    assert mailed(ann), "afterwards it is sent"


@pytest.mark.parametrize("how", ["lifted", "shortened", "scheduled elsewhere"])
def test_a_quiet_that_ends_earlier_has_the_waiting_mail_decided_about_again(
    ann: User, how: str
) -> None:
    later = timezone.now() + timedelta(hours=8)
    statuses.set_quiet(actor=ann, until=later)
    enqueue(missed.Missed(user=ann.pk), key=str(ann.pk), delay=8 * HOUR)
    if how == "lifted":
        statuses.set_quiet(actor=ann, until=None)
    elif how == "shortened":
        statuses.set_quiet(actor=ann, until=later - timedelta(hours=6))
    else:
        statuses.set_schedule(actor=ann, days=[], begins=0, ends=0)
    assert due_in(["missed"])["missed"] < 0.1


def test_a_quiet_that_ends_queues_no_mail_for_whom_none_waits(ann: User) -> None:
    statuses.set_quiet(actor=ann, until=timezone.now() + timedelta(hours=8))
    statuses.set_quiet(actor=ann, until=None)
    assert waiting() == []


def test_of_very_many_the_newest_are_told_and_the_others_counted(
    ann: User, bob: User, lounge: Room, no_limits: None
) -> None:
    for number in range(digests.MOST + 5):
        concern(ann, lounge, bob, f"Line {number}.")
    message = mailed(ann)
    assert message
    assert f"{digests.MOST + 5} messages were for you" in str(message.body)
    assert "And 5 more." in str(message.body)
    assert "Line 4." not in str(message.body)
    assert "Line 5." in str(message.body)
    assert mailed(ann) is None


@pytest.mark.parametrize("said", ["@ann, @charlie: tea?", "@room tea?", "To her alone: tea?"])
def test_a_post_is_mailed_to_those_whom_it_concerns_and_to_no_outsider(
    ann: User, bob: User, charlie: User, said: str
) -> None:
    confirm(charlie, "charlie@example.com")
    private = make_room("Back office", owner=bob, kind=Room.Kind.PRIVATE, members=[ann])
    post(make_direct(bob, ann) if "alone" in said else private, bob, said)
    for job in jobs.claim(Tell.kind, most=10, seconds=60):
        for work in Kind(Tell, tell).read(job.arguments):
            telling.carry_out(work)
    assert waiting() == [str(ann.pk)]
    InboxItem.objects.update(created_at=timezone.now() - timedelta(hours=2))
    message = mailed(ann)
    assert message
    assert "tea?" in str(message.body)
    assert mailed(charlie) is None


# How it looks


def test_mails_are_in_one_conversation_and_name_the_way_out(
    ann: User, bob: User, lounge: Room
) -> None:
    concern(ann, lounge, bob)
    found = digests.due(ann.pk)
    assert isinstance(found, digests.Digest)
    first, again = mail_missed.about_missed(found), mail_missed.about_missed(found)
    concern(ann, lounge, bob)
    digests.sent(ann.pk, found.newest)
    second = mailed(ann)
    assert second
    one, same, other = (message.extra_headers for message in (first, again, second))
    assert one["Message-ID"] == same["Message-ID"] != other["Message-ID"]
    assert one["References"] == other["References"] == one["In-Reply-To"]
    assert first.subject == second.subject == "Lounge: new for you – testserver"
    link = one["List-Unsubscribe"]
    assert link == f"<{letters.unsubscribe_link(ann.pk, 'missed')}>"
    assert one["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link[1:-1] in str(first.body)
    assert first.message()["Message-ID"] == one["Message-ID"]


def test_it_is_in_the_reader_s_language_and_time(ann: User, bob: User, lounge: Room) -> None:
    User.objects.filter(pk=ann.pk).update(language="de", zone="Asia/Tokyo")
    item = concern(ann, lounge, bob)
    at = timezone.localtime(item.created_at, ZoneInfo("Asia/Tokyo"))
    message = mailed(ann)
    assert message
    assert f"Bob hat dich erwähnt · {at:%d.%m.%Y %H:%M}" in str(message.body)


HOSTILE = "<img src=x onerror=alert(1)>\u202egpj.exe\u2066\r\nBcc: all@example.com\n\nPS: <b>"


def test_what_people_write_is_text_and_ends_no_line(ann: User, bob: User, lounge: Room) -> None:
    """Names are refused that could do harm; these are as an older version may have stored them."""
    concern(ann, lounge, bob)
    User.objects.filter(pk=bob.pk).update(display_name=HOSTILE[:40])
    Room.objects.filter(pk=lounge.pk).update(name=HOSTILE[:60])
    Message.objects.update(body=HOSTILE)
    message = mailed(ann)
    assert message
    html = html_of(message)
    assert "<img" not in html
    assert "<b>" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    for text in (str(message.subject), str(message.body), html):
        assert not re.search("[\u202a-\u202e\u2066-\u2069\r]", text)
    assert "\n" not in message.subject
    wire = message.message()
    assert "Bcc" not in wire
    assert not [line for line in str(message.body).splitlines() if line.startswith(("Bcc", "PS"))]


# Every week


def test_the_weekly_mail_says_which_rooms_have_something_unread(
    ann: User, bob: User, lounge: Room
) -> None:
    assert digests.week(ann.pk) is None, "nobody gets it who didn't ask for it"
    missed.choose(actor=ann, missed="never", weekly=True)
    assert digests.week(ann.pk) is None, "nothing is unread"
    quiet = make_room("Quiet", owner=bob, members=[ann])
    for room in (lounge, quiet, make_direct(bob, ann)):
        post_many(room, bob, ["One", "Two"])
    Membership.objects.filter(user=ann, room=quiet).update(level="nothing")
    found = digests.week(ann.pk)
    assert found
    message = mail_missed.about_week(found)
    body = str(message.body)
    assert "Lounge · 2 unread – http://testserver/rooms/lounge/" in body
    assert "Bob · 2 unread" in body
    assert "Quiet" not in body
    assert letters.unsubscribe_link(ann.pk, "weekly") in body
    missed.unsubscribe(user_id=ann.pk, what="weekly")
    assert digests.week(ann.pk) is None


# The jobs


async def renew() -> bool:
    return True


@pytest.mark.django_db(transaction=True)
async def test_the_job_sends_it_once_and_begins_again_after_it(
    ann: User, bob: User, lounge: Room
) -> None:
    await sync_to_async(concern)(ann, lounge, bob)
    work, attempt = missed.Missed(user=ann.pk), Attempt(1, 1, renew)
    await mail_missed.send_missed(work, attempt)
    await mail_missed.send_missed(work, attempt)
    assert len(outgoing.outbox) == 1
    await sync_to_async(concern)(ann, lounge, bob, ago=0)
    with pytest.raises(Later) as later:
        await mail_missed.send_missed(work, attempt)
    assert HOUR - 60 < later.value.seconds <= HOUR


@pytest.mark.django_db(transaction=True)
async def test_the_weekly_job_comes_back_until_it_is_not_wanted(ann: User) -> None:
    await sync_to_async(missed.choose)(actor=ann, missed="hour", weekly=True)
    work, attempt = missed.Weekly(user=ann.pk), Attempt(1, 1, renew)
    with pytest.raises(Later):
        await mail_missed.send_weekly(work, attempt)
    await sync_to_async(missed.choose)(actor=ann, missed="hour", weekly=False)
    await mail_missed.send_weekly(work, attempt)


# Choosing


def test_the_form_shows_and_takes_what_somebody_wants(ann: User) -> None:
    form = MailForm.of(ann)
    assert (form["missed"].value(), form["weekly"].value()) == ("hour", False)
    missed.choose(actor=ann, missed="day", weekly=True)
    ann.refresh_from_db()
    assert (ann.mail_missed, ann.mail_weekly) == ("day", True)
    assert "no confirmed email address" not in str(MailForm.of(ann))
    EmailAddress.objects.update(verified=False)
    assert "no confirmed email address" in str(MailForm.of(ann))
    with pytest.raises(Invalid):
        missed.choose(actor=ann, missed="sometimes", weekly=True)


def test_what_came_while_nothing_was_wanted_is_not_mailed_later(ann: User, room: Room) -> None:
    missed.choose(actor=ann, missed="never", weekly=False)
    message = post(room, room.memberships.get(role="owner").user)
    item = InboxItem.objects.create(
        user=ann, room=room, number=1, reason="mention", created_at=message.created_at
    )
    missed.choose(actor=ann, missed="hour", weekly=False)
    ann.refresh_from_db()
    assert ann.mailed_item == item.pk


def test_the_weekly_mail_is_for_monday_morning_where_the_person_is(ann: User) -> None:
    User.objects.filter(pk=ann.pk).update(zone="Asia/Tokyo")
    ann.refresh_from_db()
    seconds = missed.until_monday(ann)
    assert 0 < seconds <= 7 * 24 * HOUR
    missed.choose(actor=ann, missed="hour", weekly=True)
    assert seconds - 60 < due_in(["weekly"])["weekly"] <= seconds


# Unsubscribing


def path_of(link: str) -> str:
    return link.removeprefix("http://testserver")


@pytest.mark.parametrize("what", ["missed", "weekly"])
def test_one_click_unsubscribes_without_a_session(ann: User, what: str) -> None:
    missed.choose(actor=ann, missed="hour", weekly=True)
    browser = Client(enforce_csrf_checks=True)
    link = path_of(letters.unsubscribe_link(ann.pk, what))
    page = browser.get(link)
    assert page.status_code == 200
    assert 'value="One-Click"' in page.text
    ann.refresh_from_db()
    assert (ann.mail_missed, ann.mail_weekly) == ("hour", True), "a GET changes nothing"
    answer = Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "You are unsubscribed" in answer.text
    ann.refresh_from_db()
    wanted = ("hour", False) if what == "weekly" else ("never", True)
    assert (ann.mail_missed, ann.mail_weekly) == wanted
    assert "ann" not in re.sub(r"<[^>]*>", "", answer.text).split(), "it tells nobody whose it is"


def test_a_link_that_was_made_up_changes_nothing(ann: User, bob: User) -> None:
    missed.choose(actor=bob, missed="hour", weekly=True)
    token = letters.unsubscribe_link(ann.pk, "missed").rstrip("/").rpartition("/")[2]
    for other in (token.replace(str(ann.pk), str(bob.pk), 1), token[:-1], f"{token[:-1]}!"):
        answer = Client().post(f"/unsubscribe/{other}/")
        assert answer.status_code == 404
    assert not User.objects.filter(mail_missed="never").exists()


def test_an_account_that_was_deleted_is_answered_like_any_other(ann: User) -> None:
    link = path_of(letters.unsubscribe_link(10**6, "weekly"))
    assert Client().post(link).status_code == 200
    link = path_of(letters.unsubscribe_link(ann.pk, "missed"))
    assert reverse("unsubscribe", args=[link.split("/")[2]]) == link
