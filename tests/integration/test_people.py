"""The people whom a page shows: who is at the site, their status, and whether they are to be
disturbed."""

import asyncio
import time
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chatsite.asgi import application
from rooms import attendance
from rooms.actions.accounts import accounts, ignores, profiles, statuses
from rooms.forms.people import QuietForm
from rooms.jobs import last_seen
from rooms.models import User
from rooms.realtime import attendance as roll
from rooms.realtime import watching
from rooms.realtime.worker import Worker
from tests.chat_client import ChatClient, InProcess
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect, cookie, session_of

OFF = {"until": None}
PROMISED = 1.0  # seconds from an edge to the pages that show the person
PATIENCE = 3.0  # the same on a busy machine


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll, "LEAVE_SECONDS", 0.3)


class Clock:
    """The clock by which what people show ends. An hour takes no time."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self, zone: tzinfo) -> datetime:
        return datetime.now(zone) + self._ahead

    def passes(self, **how: float) -> None:
        self._ahead += timedelta(**how)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(watching, "datetime", clock)
    monkeypatch.setattr(watching, "TIMER_SECONDS", 0.1)
    return clock


def text_of(moment: datetime) -> str:
    return moment.isoformat()


def ahead(**how: float) -> datetime:
    return datetime.now(UTC) + timedelta(**how)


def state(user: User, presence: str = "online", status: Any = None, quiet: Any = None) -> Any:
    return {"id": user.pk, "presence": presence, "status": status, "quiet": quiet or OFF}


async def watches(page: ChatClient, *people: User) -> list[Any]:
    reply = await page.does("people.watch", ids=[one.pk for one in people])
    shown: list[Any] = reply["people"]
    return shown


async def is_told(page: ChatClient) -> list[Any]:
    people: list[Any] = (await page.sees("people.changed"))["people"]
    return people


async def is_told_nothing(page: ChatClient) -> bool:
    """Whether nothing has come of it by now: what is gathered is sent at once."""
    Worker.here().watching._tell()
    return not await page.has_seen("people.changed")


# -- presence --


async def test_a_page_is_told_of_the_people_it_shows_and_of_nobody_else(
    connect: Connect, alice: User, bob: User, charlie: User
) -> None:
    here = await connect(alice)
    assert await watches(here, bob, alice) == [state(bob, "offline"), state(alice)]
    await connect(charlie)
    begun = time.monotonic()
    his = await connect(bob)
    assert await is_told(here) == [state(bob)]
    assert time.monotonic() - begun < PATIENCE, f"{PROMISED} s are promised"
    await his.leaves()
    assert await is_told(here) == [state(bob, "offline")]
    assert await watches(here, charlie) == [state(charlie)]
    await connect(bob)
    await (await connect(charlie)).does("presence.idle", idle=True)
    assert await is_told_nothing(here)


async def test_someone_is_idle_when_all_their_tabs_are(
    connect: Connect, alice: User, bob: User
) -> None:
    here, one, two = await connect(alice), await connect(bob), await connect(bob)
    assert await watches(here, bob) == [state(bob)]
    await one.does("presence.idle", idle=True)
    assert attendance.is_active(bob.pk)
    await two.does("presence.idle", idle=True)
    assert await is_told(here) == [state(bob, "idle")]
    assert bob.pk in attendance.present()
    await one.does("presence.idle", idle=False)
    assert await is_told(here) == [state(bob)]


async def test_who_rests_is_online_but_not_at_the_keyboard(connect: Connect, bob: User) -> None:
    his = await connect(bob)
    assert attendance.is_active(bob.pk)
    await his.does("presence.idle", idle=False, resting=True)
    assert attendance.level(bob.pk) == attendance.Level.ONLINE
    await his.does("presence.idle", idle=False)
    assert attendance.is_active(bob.pk)


async def test_a_page_that_reconnects_while_nobody_is_there_says_so_from_the_start(
    connect: Connect, alice: User, bob: User
) -> None:
    here = await connect(alice)
    await watches(here, bob)
    headers = cookie(await sync_to_async(session_of)(bob))
    for query, level in (
        (b"idle", attendance.Level.IDLE),
        (b"resting", attendance.Level.ONLINE),
        (b"", attendance.Level.ACTIVE),
    ):
        transport = InProcess(application, headers)
        transport.scope["query_string"] = query
        tab = await ChatClient(transport).arrives()
        assert attendance.level(bob.pk) == level
        if query == b"idle":
            assert await is_told(here) == [state(bob, "idle")]
            assert await is_told_nothing(here)
        await tab.leaves()


async def test_a_storm_of_five_tabs_is_one_event_and_a_reload_is_none(
    connect: Connect, alice: User, bob: User
) -> None:
    here = await connect(alice)
    await watches(here, bob)
    tabs = [await connect(bob) for _ in range(5)]
    assert await is_told(here) == [state(bob)]
    for tab in tabs[1:]:
        await tab.leaves()
    last = await connect(bob)
    await tabs[0].leaves()
    await connect(bob)
    await last.leaves()
    await (await connect(bob)).does("status.set", text="back")
    told = await is_told(here)
    assert told[0]["status"]["text"] == "back"
    assert await is_told_nothing(here)


async def test_ids_of_nobody_are_left_out_and_a_page_watches_five_hundred(
    connect: Connect, alice: User, bob: User
) -> None:
    here = await connect(alice)
    shown = await here.does("people.watch", ids=[bob.pk, 10**9, bob.pk])
    assert [one["id"] for one in shown["people"]] == [bob.pk]
    assert (await here.does("people.watch", ids=[*range(1, 501)]))["type"] == "ok"
    assert await here.is_refused("people.watch", ids=[*range(1, 502)]) == "invalid"
    assert await here.is_refused("people.watch", ids=[0]) == "invalid"
    assert await here.is_refused("people.watch") == "invalid"


async def test_who_blocks_me_looks_offline_and_says_nothing(
    connect: Connect, alice: User, bob: User
) -> None:
    here, his = await connect(alice), await connect(bob)
    await his.does("status.set", text="private")
    assert (await watches(here, bob))[0]["status"]["text"] == "private"
    await his.does("person.ignore", user="alice", kind="block")
    assert await is_told(here) == [state(bob, "offline")]
    await his.does("status.set", text="still private")
    assert await is_told_nothing(here)
    assert await watches(here, bob) == [state(bob, "offline")]
    await sync_to_async(profiles.note_seen)([bob.pk])
    assert "seen" not in (await here.does("profile", user="bob"))["profile"]
    await his.does("person.unignore", user="alice")
    assert (await is_told(here))[0]["status"]["text"] == "still private"
    assert (await here.does("profile", user="bob"))["profile"]["seen"] == "today"


async def test_a_mute_hides_nobody(connect: Connect, alice: User, bob: User) -> None:
    here = await connect(alice)
    await sync_to_async(ignores.ignore_person)(actor=bob, username="alice", kind="mute")
    await connect(bob)
    assert await watches(here, bob) == [state(bob)]


# -- status --


async def test_a_status_is_told_and_replaced_as_a_whole(
    connect: Connect, alice: User, bob: User
) -> None:
    here, his = await connect(alice), await connect(bob)
    await watches(here, bob)
    until = ahead(hours=1)
    reply = await his.does("status.set", emoji="🌴", text="  on  leave ", until=text_of(until))
    assert reply["status"]["emoji"] == "🌴"
    assert reply["status"]["text"] == "on leave"
    assert datetime.fromisoformat(reply["status"]["until"]) == until
    assert await is_told(here) == [state(bob, status=reply["status"])]
    reply = await his.does("status.set", text="back")
    assert reply["status"] == {"emoji": "", "text": "back", "until": None}
    assert await is_told(here) == [state(bob, status=reply["status"])]
    assert (await his.does("status.set"))["status"] is None
    assert await is_told(here) == [state(bob)]


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "x" * 101},
        {"emoji": "palm"},
        {"emoji": "🌴🌴"},
        {"text": "Moderator"},
        {"text": "a\u202eb"},
        {"text": "x", "until": "2020-01-01T00:00:00Z"},
        {"text": "x", "until": "2999-01-01T00:00:00Z"},
        {"text": "x", "until": "2030-01-01T00:00:00"},
    ],
    ids=str,
)
async def test_a_status_that_is_none_is_refused(
    connect: Connect, bob: User, fields: dict[str, Any]
) -> None:
    his = await connect(bob)
    assert await his.is_refused("status.set", **fields) == "invalid"
    assert await watches(his, bob) == [state(bob)]


async def test_a_status_clears_itself_at_the_set_time(
    connect: Connect, alice: User, bob: User, clock: Clock
) -> None:
    here, his = await connect(alice), await connect(bob)
    await watches(here, bob)
    await his.does("status.set", text="soon back", until=text_of(ahead(hours=1)))
    assert (await is_told(here))[0]["status"]["text"] == "soon back"
    clock.passes(hours=1)
    assert await is_told(here) == [state(bob)]
    assert await watches(await connect(alice), bob) == [state(bob)]


async def test_staff_can_clear_a_status(connect: Connect, alice: User, bob: User) -> None:
    here, his = await connect(alice), await connect(bob)
    await watches(here, bob)
    await his.does("status.set", text="rude")
    await is_told(here)

    client = await sync_to_async(desk.signed_in)(await sync_to_async(desk.make_moderator)())
    fields = {"display_name": "Bob", "is_active": "on", "status_text": ""}
    await sync_to_async(desk.save)(client, bob, **fields)
    assert await is_told(here) == [state(bob)]


# -- do not disturb --


async def test_quiet_is_told_and_ends_by_itself(
    connect: Connect, alice: User, bob: User, clock: Clock
) -> None:
    here, his = await connect(alice), await connect(bob)
    assert his.welcome["quiet"] == OFF
    await watches(here, bob)
    until = ahead(hours=1)
    reply = await his.does("quiet.set", until=text_of(until))
    assert datetime.fromisoformat(reply["quiet"]["until"]) == until
    assert await is_told(here) == [state(bob, quiet=reply["quiet"])]
    assert (await connect(bob)).welcome["quiet"] == reply["quiet"]
    clock.passes(hours=1)
    assert await is_told(here) == [state(bob)]
    assert await his.is_refused("quiet.set", until="2020-01-01T00:00:00Z") == "invalid"
    assert await his.is_refused("quiet.set") == "invalid"


async def test_a_schedule_begins_and_ends_by_itself_and_can_be_lifted(
    connect: Connect, alice: User, bob: User
) -> None:
    here, his = await connect(alice), await connect(bob)
    await watches(here, bob)
    now = datetime.now(UTC)
    minute = now.hour * 60 + now.minute
    every_day = range(7)
    begins, ends = (minute - 5) % 1440, (minute + 60) % 1440
    set_schedule = sync_to_async(statuses.set_schedule)
    await set_schedule(actor=bob, days=every_day, begins=begins, ends=ends)
    told = (await is_told(here))[0]["quiet"]["until"]
    assert timedelta(minutes=58) < datetime.fromisoformat(told) - now <= timedelta(hours=1)
    assert (await connect(bob)).welcome["quiet"] == {"until": told}
    assert (await his.does("quiet.set", until=None))["quiet"] == OFF
    assert await is_told(here) == [state(bob)]
    # In another zone it is another time of day.
    await set_schedule(actor=bob, days=every_day, begins=begins, ends=ends)
    assert (await is_told(here))[0]["quiet"] != OFF
    await his.does("profile.zone", zone="Asia/Tokyo")
    assert await is_told(here) == [state(bob)]
    await set_schedule(actor=bob, days=(), begins=0, ends=0)
    assert await is_told_nothing(here)


# -- last seen, typing --


async def test_last_seen_is_coarse_and_can_be_hidden(
    connect: Connect, alice: User, bob: User
) -> None:
    here = await connect(alice)

    async def seen() -> str | None:
        profile = (await here.does("profile", user="bob"))["profile"]
        assert "seen_at" not in profile
        word: str | None = profile.get("seen")
        return word

    assert await seen() is None
    await (await connect(bob)).leaves()
    await last_seen.write_people(Worker.here().attendance.taken())
    assert await seen() == "today"
    for days, words in ((1, "yesterday"), (5, "week"), (20, "month"), (90, "earlier")):
        await User.objects.filter(pk=bob.pk).aupdate(seen_at=ahead(days=-days))
        assert await seen() == words
    await sync_to_async(profiles.set_privacy)(actor=bob, shows_seen=False, shows_typing=True)
    assert await seen() is None
    await sync_to_async(profiles.note_seen)([bob.pk])
    await bob.arefresh_from_db()
    assert bob.seen_at is None, "what isn't shown isn't stored"


@pytest.mark.django_db
def test_today_is_that_of_who_asks(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    bob.seen_at = datetime(2026, 11, 30, 8, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 30, 12, tzinfo=UTC))
    assert profiles.seen(bob, by=alice) == "today"
    alice.zone = "Pacific/Kiritimati"  # where it is two o'clock on the first of December
    assert profiles.seen(bob, by=alice) == "yesterday"


async def test_who_switches_typing_off_is_not_shown_but_sees_others(
    connect: Connect, alice: User, bob: User, room: Any
) -> None:
    here, his = await connect(alice, room=room), await connect(bob, room=room)
    await his.sends({"type": "typing.start", "room": room.slug})
    await here.sees("typing.started")
    await sync_to_async(profiles.set_privacy)(actor=bob, shows_seen=True, shows_typing=False)
    await here.sees("typing.stopped")
    await his.sends({"type": "typing.start", "room": room.slug})
    await here.sends({"type": "typing.start", "room": room.slug})
    assert (await his.sees("typing.started"))["user"]["username"] == "alice"
    assert not await here.has_seen("typing.started")
    fresh = await connect(bob, room=room)
    await fresh.sends({"type": "typing.start", "room": room.slug})
    await fresh.posts("typed in silence")
    await here.sees("message.posted")
    assert not await here.has_seen("typing.started")


# -- what is left behind --


async def test_a_closed_page_leaves_nothing_behind(
    connect: Connect, alice: User, bob: User
) -> None:
    here = await connect(alice)
    await watches(here, bob, alice)
    watching = Worker.here().watching
    await sync_to_async(statuses.set_status)(actor=bob, text="x", until=ahead(hours=1))
    await is_told(here)
    await here.leaves()
    tables = (watching._pages, watching._signs, watching._told, watching._changes)
    assert not any(tables)


async def test_a_closed_account_is_offline(connect: Connect, alice: User, bob: User) -> None:
    here, his = await connect(alice), await connect(bob)
    await his.does("status.set", text="still here")
    assert (await watches(here, bob))[0]["presence"] == "online"
    close = sync_to_async(accounts.set_active)
    await close(actor=await sync_to_async(desk.make_moderator)(), user=bob, active=False)
    told = await is_told(here)
    while told != [state(bob, "offline")]:  # the status first, if the machine is slow
        told = await is_told(here)


async def test_changes_of_many_people_are_one_event(
    connect: Connect, alice: User, bob: User, charlie: User
) -> None:
    here = await connect(alice)
    await watches(here, bob, charlie)
    await asyncio.gather(connect(bob), connect(charlie))
    told = await is_told(here)
    if len(told) < 2:  # the machine took more than 250 ms between them
        told += await is_told(here)
    assert sorted(one["id"] for one in told) == sorted([bob.pk, charlie.pk])


# -- settings --


def test_what_others_see_of_coming_and_going_is_a_setting(as_bob: Client, bob: User) -> None:
    page = as_bob.get(reverse("privacy")).text
    assert 'name="shows_seen"' in page
    sent = {"save": "seen", "shows_typing": "on"}
    assert as_bob.post(reverse("profile"), sent).url == reverse("privacy")  # type: ignore[attr-defined]
    bob.refresh_from_db()
    assert (bob.shows_seen, bob.shows_typing) == (False, True)


def test_the_schedule_is_a_setting(as_bob: Client, bob: User) -> None:
    sent = {"save": "quiet", "days": ["0", "4"], "begins": "22:00", "ends": "06:30"}
    assert as_bob.post(reverse("notifications"), sent).status_code == 302
    bob.refresh_from_db()
    assert (bob.quiet_days, bob.quiet_from, bob.quiet_to) == (0b10001, 22 * 60, 6 * 60 + 30)
    refused = as_bob.post(reverse("notifications"), {**sent, "begins": "late"})
    assert refused.status_code == 422
    assert "Do not disturb, by schedule" in refused.text


@pytest.mark.django_db
def test_the_form_of_the_schedule_shows_what_it_was_given(bob: User) -> None:
    usual = QuietForm.of(bob)
    assert 'value="22:00"' in str(usual["begins"])
    sent = QueryDict("days=0&days=6&begins=21:30&ends=06:15")
    form = QuietForm.of(bob, sent)
    assert form.is_valid()
    bob = statuses.set_schedule(actor=bob, **form.schedule)
    assert (bob.quiet_days, bob.quiet_from, bob.quiet_to) == (0b1000001, 21 * 60 + 30, 6 * 60 + 15)
    again = QuietForm.of(bob)
    assert again.initial["days"] == [0, 6]
    assert 'value="06:15"' in str(again["ends"])
    assert not QuietForm.of(bob, QueryDict("days=7&begins=21:30&ends=25:00")).is_valid()
