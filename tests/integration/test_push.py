"""People are told by push in the browsers where they asked for it, and only of what they may know
when it is sent."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date
from pytest_django import Settings

from rooms import attendance
from rooms.actions.accounts import accounts, ignores, sessions
from rooms.actions.messages import changes
from rooms.actions.notifications import pushing, subscriptions
from rooms.actions.notifications.pushing import Push
from rooms.jobs import pushing as sending
from rooms.jobs.kinds import Attempt, Hopeless, Later
from rooms.models import InboxItem, Job, Membership, Message, PushKey, PushSubscription, Room, User
from rooms.outgoing.sealing import LENGTH, SHORTER
from rooms.storage.threads import close_connections
from tests import factories
from tests.conftest import signed_in
from tests.push_service import Keys, PushService, push_service

KEYS = Keys().said
FAR = "https://push.example.net/send/1"


@pytest.fixture(autouse=True)
def _may_send_here(settings: Settings) -> None:
    settings.OUTGOING_ALLOW = (ip_network("127.0.0.1/32"),)


def subscribes(browser: Client, endpoint: str = FAR, keys: dict[str, str] | None = None) -> Any:
    said = {"endpoint": endpoint, "expirationTime": None, "keys": keys or KEYS}
    return browser.post("/push/", said, "application/json")


def ends(browser: Client, endpoint: str = FAR) -> Any:
    return browser.delete("/push/", {"endpoint": endpoint}, "application/json")


def told(user: User) -> list[str]:
    own = PushSubscription.objects.filter(user=user, gone_at=None).order_by("pk")
    return [*own.values_list("endpoint", flat=True)]


# Subscribing


def test_every_process_and_person_gets_the_one_key(as_alice: Client, as_bob: Client) -> None:
    key = as_alice.get("/push/key").json()["key"]
    assert len(key) == 87
    assert as_bob.get("/push/key").json()["key"] == key
    assert PushKey.objects.count() == 1


def test_a_browser_is_told_until_it_says_no(as_bob: Client, bob: User) -> None:
    assert subscribes(as_bob).status_code == 201
    assert subscribes(as_bob).status_code == 201
    assert told(bob) == [FAR]
    assert ends(as_bob).status_code == 204
    assert told(bob) == []
    assert ends(as_bob).status_code == 204


def test_a_browser_is_the_last_person_s_who_asked(
    as_alice: Client, as_bob: Client, alice: User, bob: User
) -> None:
    subscribes(as_alice)
    subscribes(as_bob)
    assert (told(alice), told(bob)) == ([], [FAR])
    ends(as_alice)
    assert told(bob) == [FAR], "somebody else's browser isn't theirs to end"


def test_only_people_who_are_logged_in_are_told(visitor: Client, as_bob: Client) -> None:
    assert visitor.get("/push/key").status_code == 401
    assert subscribes(visitor).status_code == 401
    assert ends(visitor).status_code == 401
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = as_bob.cookies
    assert subscribes(strict).status_code == 403
    assert not PushSubscription.objects.exists()


@pytest.mark.usefixtures("no_limits")
@pytest.mark.parametrize(
    "endpoint",
    [
        *("http://push.example.net/1", "https://127.0.0.2/", "https://[::1]/", "https://0/"),
        *("https://10.0.0.1/", "https://2130706434/", "https://[::ffff:10.0.0.1]/"),
        *("https://a:b@push.example.net/", "http://127.0.0.2:80/", "https://1.1.1.1:22/"),
        *("", "javascript:1", "https://push.example.net/" + "x" * 5000),
    ],
)
def test_an_address_that_the_site_would_not_connect_to_is_refused(
    as_bob: Client, endpoint: str
) -> None:
    assert subscribes(as_bob, endpoint).status_code == 400
    assert not PushSubscription.objects.exists()


def test_what_the_operator_allows_needs_no_tls(as_bob: Client, settings: Settings) -> None:
    assert subscribes(as_bob, "http://127.0.0.1:9000/x").status_code == 201
    settings.OUTGOING_ALLOW = ()
    assert subscribes(as_bob, "http://127.0.0.1:9000/y").status_code == 400


@pytest.mark.parametrize(
    "said", [b"", b"{", b"[]", b'{"endpoint": 1}', b'{"endpoint": "x"}', b"[" * 3000, b"\xff"]
)
def test_what_is_no_subscription_is_refused(as_bob: Client, said: bytes) -> None:
    answer = as_bob.post("/push/", said, "application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")


def test_keys_that_are_none_are_refused(as_bob: Client) -> None:
    assert subscribes(as_bob, keys={**KEYS, "p256dh": "AAAA"}).status_code == 400


@pytest.mark.usefixtures("no_limits")
def test_a_person_has_a_limited_number_of_browsers(as_bob: Client, bob: User) -> None:
    for number in range(subscriptions.MOST + 2):
        subscribes(as_bob, f"https://push.example.net/{number}")
    assert len(told(bob)) == subscriptions.MOST
    assert told(bob)[-1].endswith(f"/{subscriptions.MOST + 1}"), "the oldest go"
    all_are_gone(bob)
    subscribes(as_bob, "https://push.example.net/new")
    all_are_gone(bob)
    subscribes(as_bob, "https://push.example.net/newer")
    assert told(bob) == ["https://push.example.net/newer"]
    assert PushSubscription.objects.count() == subscriptions.MOST + 1, "nor are those kept for ever"


# The end of a session


def test_logging_out_ends_what_this_browser_is_told(as_bob: Client, bob: User) -> None:
    other = signed_in(bob)
    subscribes(as_bob)
    subscribes(other, f"{FAR}2")
    as_bob.post("/accounts/logout/")
    assert told(bob) == [f"{FAR}2"]


def test_a_new_password_keeps_only_the_browser_that_set_it(as_bob: Client, bob: User) -> None:
    other = signed_in(bob)
    subscribes(as_bob)
    subscribes(other, f"{FAR}2")
    as_bob.post(
        "/accounts/password/change/",
        {
            "oldpassword": factories.PASSWORD,
            "password1": "quiet-lantern-77",
            "password2": "quiet-lantern-77",
        },
    )
    assert told(bob) == [FAR]
    (own,) = PushSubscription.objects.all()
    assert own.session_key == as_bob.session.session_key


def test_a_session_that_is_revoked_or_expires_ends_it(as_bob: Client, bob: User) -> None:
    subscribes(as_bob)
    with factories.unlimited():
        sessions.revoke_others(actor=bob, session_key=None)
    subscribes(signed_in(bob), f"{FAR}2")
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    sessions.prune_sessions()
    assert told(bob) == []


def test_a_ban_a_deactivation_and_a_deletion_end_all(
    as_bob: Client, bob: User, alice: User, staff: User
) -> None:
    subscribes(as_bob)
    factories.ban(bob, by=staff)
    assert told(bob) == []
    subscribes(browser := signed_in(alice))
    accounts.set_active(actor=staff, user=alice, active=False)
    assert told(alice) == []
    assert browser.get("/push/key").status_code == 401


# Sending


def subscription(user: User, endpoint: str = FAR, keys: dict[str, str] | None = None) -> Any:
    subscribes(signed_in(user), endpoint, keys)
    return PushSubscription.objects.get(user=user, endpoint=endpoint)


def sent(message: Message, *to: Any) -> list[Any]:
    """What would be sent now."""
    work = Push(room=message.room_id, number=message.number, service="", to=[one.pk for one in to])
    return pushing.sendings(work)


def names_bob(room: Room, alice: User, bob: User, reason: str = "mention") -> Message:
    message = factories.post(room, alice, "Look, @bob.")
    InboxItem.objects.update_or_create(
        user=bob,
        room=room,
        number=message.number,
        defaults={"reason": reason, "created_at": timezone.now()},
    )
    return message


def all_are_gone(user: User) -> None:
    own = PushSubscription.objects.filter(user=user)
    pushing.settle([], [*own.values_list("pk", flat=True)])


def member(room: Room, user: User) -> Any:
    return Membership.objects.filter(room=room, user=user)


def test_a_person_who_is_named_is_told(room: Room, alice: User, bob: User) -> None:
    phone = subscription(bob)
    message = names_bob(room, alice, bob)
    member(room, alice).update(level="all")
    (push,) = sent(message, phone, subscription(alice, f"{FAR}2"))  # nobody of their own
    assert push.headers["Urgency"] == "high"
    assert b'"title":"\xe2\x81\xa8Alice Adams' in push.text
    assert b"Look, @Bob." in push.text, "by his name"


CHANGES: dict[str, Callable[..., Any]] = {
    "read": lambda m, room, alice, bob: member(room, bob).update(read_number=m.number),
    "read once, and marked unread": lambda m, room, alice, bob: member(room, bob).update(
        seen_number=m.number, read_number=0
    ),
    "read in the inbox": lambda m, room, alice, bob: InboxItem.objects.update(
        read_at=timezone.now()
    ),
    "deleted": lambda m, room, alice, bob: changes.delete_message(
        actor=alice, slug=room.slug, number=m.number
    ),
    "edited away": lambda m, room, alice, bob: InboxItem.objects.all().delete(),
    "left": lambda m, room, alice, bob: member(room, bob).delete(),
    "banned here": lambda m, room, alice, bob: factories.ban(bob, room=room, by=alice),
    "author muted": lambda m, room, alice, bob: ignores.ignore_person(
        actor=bob, username="alice", kind="mute"
    ),
    "nothing of this room": lambda m, room, alice, bob: member(room, bob).update(level="nothing"),
    "muted for a time": lambda m, room, alice, bob: member(room, bob).update(
        level="nothing", level_until=timezone.now() + timedelta(hours=1), level_before="all"
    ),
    "do not disturb": lambda m, room, alice, bob: User.objects.filter(pk=bob.pk).update(
        quiet_until=timezone.now() + timedelta(hours=1)
    ),
    "logged out": lambda m, room, alice, bob: Session.objects.all().delete(),
    "given up by its service": lambda m, room, alice, bob: all_are_gone(bob),
    "password changed elsewhere": lambda m, room, alice, bob: User.objects.filter(pk=bob.pk).update(
        password="other"
    ),
    "archived": lambda m, room, alice, bob: Room.objects.update(archived_at=timezone.now()),
    "deactivated": lambda m, room, alice, bob: User.objects.filter(pk=bob.pk).update(
        is_active=False
    ),
    "long ago": lambda m, room, alice, bob: Message.objects.update(
        created_at=timezone.now() - timedelta(days=2)
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whether_somebody_is_told_is_decided_when_it_is_sent(
    change: str, room: Room, alice: User, bob: User
) -> None:
    phone = subscription(bob)
    message = names_bob(room, alice, bob)
    assert len(sent(message, phone)) == 1
    CHANGES[change](message, room, alice, bob)
    assert sent(message, phone) == []


def test_a_level_decides_and_holds_for_its_time(room: Room, alice: User, bob: User) -> None:
    phone = subscription(bob)
    message = factories.post(room, alice, "Just talk.")
    assert sent(message, phone) == [], "by default, what concerns one"
    member(room, bob).update(level="all")
    assert len(sent(message, phone)) == 1
    over = timezone.now() - timedelta(hours=1)
    member(room, bob).update(level="nothing", level_until=over, level_before="all")
    assert len(sent(message, phone)) == 1


def test_a_direct_message_is_told_and_only_names_and_direct_messages_are_urgent(
    room: Room, alice: User, bob: User
) -> None:
    phone = subscription(bob)
    (direct,) = sent(factories.post(factories.make_direct(alice, bob), alice, "Psst."), phone)
    assert b'"title":"Alice Adams"' in direct.text
    (reply,) = sent(names_bob(room, alice, bob, "reply"), phone)
    assert reply.headers["Urgency"] == "normal"


def test_an_outsider_is_told_nothing(
    private_room: Room, alice: User, bob: User, charlie: User, mallory: User
) -> None:
    """Even if a job named their browsers."""
    message = names_bob(private_room, alice, bob)
    for user in (charlie, mallory):
        InboxItem.objects.create(
            user=user,
            room=private_room,
            number=message.number,
            reason="mention",
            created_at=timezone.now(),
        )
    told = sent(
        message, *(subscription(user, f"{FAR}{user.pk}") for user in (bob, charlie, mallory))
    )
    assert [push.endpoint for push in told] == [f"{FAR}{bob.pk}"]


def test_the_badge_counts_what_is_unread_and_concerns_one(
    room: Room, alice: User, bob: User
) -> None:
    first = names_bob(room, alice, bob)
    names_bob(room, alice, bob)
    names_bob(room, alice, bob, "reply")
    assert pushing.badge(bob.pk) == 2
    member(room, bob).update(read_number=first.number)
    assert pushing.badge(bob.pk) == 1
    ignores.ignore_person(actor=bob, username="alice", kind="mute")
    assert pushing.badge(bob.pk) == 0


def test_every_push_has_the_same_length_whatever_is_said(
    room: Room, alice: User, bob: User
) -> None:
    phone = subscription(bob)
    alice.display_name = "\u4e2d" * 40
    alice.save()
    for body in ("x", "\u4e2d" * 8000, "\U0001f600" * 2000, '"\\' * 3000, "\u05d0" * 4000):
        message = factories.post(room, alice, body)
        member(room, bob).update(level="all")
        (push,) = sent(message, phone)
        assert len(push.text) <= SHORTER - 103


def test_somebody_at_a_keyboard_has_three_seconds_to_read(
    room: Room, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscription(bob)
    message = names_bob(room, alice, bob)
    pushing.push(room.pk, message.number, {bob.pk: "mention"})
    monkeypatch.setattr(attendance, "is_active", lambda user_id: user_id == bob.pk)
    pushing.push(room.pk, message.number, {bob.pk: "mention"})
    at_once, later = Job.objects.filter(kind=Push.kind).order_by("pk")
    assert at_once.due - at_once.created_at < timedelta(seconds=0.1)
    assert abs((later.due - later.created_at).total_seconds() - 3) < 0.1


def test_a_push_to_many_is_a_few_jobs_that_let_others_in_between(
    room: Room, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    PushSubscription.objects.bulk_create(
        PushSubscription(
            user=bob, session_key="x", endpoint=str(n), digest=str(n), created_at=now,
            service=f"https://{n % 2}.example", p256dh="", auth="",
        )
        for n in range(300)
    )  # fmt: skip
    pushing.push(room.pk, 1, {bob.pk: "room"})
    jobs = Job.objects.filter(kind=Push.kind)
    assert jobs.count() == 6
    dues = [job.due for job in jobs.order_by("due")]
    assert (dues[-1] - dues[0]).total_seconds() < 0.1
    monkeypatch.setattr(pushing, "PACE", 100)
    pushing.push(room.pk, 2, {bob.pk: "room"})
    dues = [job.due for job in jobs.filter(arguments__contains='"number":2').order_by("due")]
    assert [round((due - dues[0]).total_seconds()) for due in dues] == [0, 0, 1, 1, 2, 2]


# The other end


@pytest_asyncio.fixture
async def service(transactional_db: None, settings: Settings) -> AsyncIterator[PushService]:
    async with push_service() as service:
        yield service
    await sending.Sender.close()
    await sync_to_async(close_connections)()


Told = Callable[..., Any]


@pytest_asyncio.fixture
async def tells(service: PushService, room: Room, alice: User, bob: User) -> Told:
    """Sends one message to bob's browsers of these names; returns what was queued again."""
    message = await sync_to_async(names_bob)(room, alice, bob)

    def subscribed(names: tuple[str, ...]) -> list[int]:
        return [
            subscription(bob, browser["endpoint"], browser["keys"]).pk
            for browser in map(service.browser, names)
        ]

    async def tells(*names: str, tries: int = 0) -> list[Job]:
        to = await sync_to_async(subscribed)(names)
        work = Push(room=room.pk, number=message.number, service=service.origin, to=to, tries=tries)
        async with asyncio.timeout(20):
            await sending.push(work, Attempt(1, 1, renew=lambda: asyncio.sleep(0, True)))
        return [job async for job in Job.objects.filter(kind=Push.kind)]

    return tells


async def names(user: User) -> list[str]:
    return [one.rpartition("/")[2] for one in await sync_to_async(told)(user)]


async def test_a_browser_reads_what_no_service_can(
    service: PushService, tells: Told, room: Room
) -> None:
    assert await tells("phone", "desk") == []
    phone, desk = service.at("phone")[0], service.at("desk")[0]
    assert phone.said == {
        "web_push": 8030,
        "notification": {
            "title": "\u2068Alice Adams\u2069 · \u2068Lounge\u2069",
            "body": "Look, @Bob.",
            "navigate": "http://testserver/rooms/lounge/1/",
            "tag": "lounge/1",
        },
        "app_badge": 1,
    }
    assert b"Look" not in phone.body
    assert len(phone.body) == len(desk.body) == LENGTH
    assert phone.headers["topic"] == desk.headers["topic"]
    assert len(phone.headers["topic"]) == 32
    assert phone.headers["content-encoding"] == "aes128gcm"
    assert int(phone.headers["ttl"]) > 0
    key = await sync_to_async(subscriptions.public_key)()
    assert service.keys == {key}
    await sending.Sender.close()
    assert await PushSubscription.objects.filter(last_ok_at=None).acount() == 0


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_told_no_more_and_needs_another_address(
    service: PushService, tells: Told, bob: User, status: int
) -> None:
    service.answers["old"] = status
    assert await tells("old", "new") == []
    assert await names(bob) == ["new"]
    as_bob = await sync_to_async(signed_in)(bob)
    again = await sync_to_async(subscribes)(as_bob, service.browser("old")["endpoint"])
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    assert await names(bob) == ["new"]
    other = await sync_to_async(subscribes)(as_bob, service.browser("other")["endpoint"])
    assert other.status_code == 201
    assert await names(bob) == ["new", "other"]


async def test_a_service_that_takes_less_is_sent_less(service: PushService, tells: Told) -> None:
    service.answers["phone"] = lambda push: 413 if len(push.body) > SHORTER else 201
    assert await tells("phone") == []
    assert [len(push.body) for push in service.at("phone")] == [LENGTH, SHORTER]
    assert service.at("phone")[0].said == service.at("phone")[1].said


@pytest.mark.parametrize("status", [429, 503])
async def test_a_service_that_asks_for_a_pause_gets_it(
    service: PushService, tells: Told, status: int
) -> None:
    service.answers["phone"] = status, {"Retry-After": "600"}
    (job,) = await tells("phone")
    assert 500 < (job.due - job.created_at).total_seconds() < 601  # each reads the clock anew
    with pytest.raises(Later) as later:
        await tells("desk")
    assert 500 < later.value.seconds <= 600
    assert service.at("desk") == []


def test_how_long_a_pause_is_may_be_a_date() -> None:
    soon, past = (http_date(time.time() + seconds) for seconds in (600, -600))
    assert 590 < sending._seconds(soon) <= 600
    assert sending._seconds(past) == 0
    assert sending._seconds("600") == 600
    assert sending._seconds("later") == sending.PAUSE


@pytest.mark.parametrize("status", [400, 401, 403, 301])
async def test_a_push_that_is_refused_for_good_is_not_repeated(
    service: PushService, tells: Told, bob: User, status: int
) -> None:
    service.answers["phone"] = status, {"Location": "http://127.0.0.2/"}
    assert await tells("phone") == []
    assert len(service.arrived) == 1
    assert await names(bob) == ["phone"]


async def test_a_push_that_failed_is_tried_again_and_finally_given_up(
    service: PushService, tells: Told
) -> None:
    service.answers["phone"] = 500
    (job,) = await tells("phone", "desk")
    assert '"tries":1' in job.arguments
    assert (job.due - job.created_at).total_seconds() >= 5
    await sending.Sender.close()
    with pytest.raises(Hopeless):
        await tells("phone", tries=sending.TRIES - 1)


async def test_an_address_that_leads_inside_by_now_is_forgotten(
    service: PushService, tells: Told, bob: User, settings: Settings
) -> None:
    await tells("phone")
    settings.OUTGOING_ALLOW = ()
    await sending.Sender.close()
    work = Push(
        room=0, number=0, service=service.origin, to=[]
    )  # a job that began with the former settings
    sender = sending.Sender.here()
    with sender.place(work.service) as place:
        keys = service.browsers["phone"].said
        address = f"{service.origin}/phone"
        one = pushing.Sending(1, address, keys["p256dh"], keys["auth"], text=b"", headers={})
        assert (await sender.send(one, place))[0] == sending.Outcome.GONE


async def test_a_service_that_never_answers_makes_nobody_else_wait(
    service: PushService, tells: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has one place, and after the deadline a pause that grows."""
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    service.answers["stuck"] = "never"
    sender = sending.Sender.here()
    stuck = asyncio.ensure_future(tells("stuck"))
    while not service.at("stuck"):  # noqa: ASYNC110  the service tells nobody
        await asyncio.sleep(0.01)
    with pytest.raises(Later), sender.place(service.origin):
        pass
    with sender.place("https://other.example"):
        pass
    (job,) = await stuck
    assert '"tries":1' in job.arguments
    with pytest.raises(Later) as later, sender.place(service.origin):
        pass
    assert later.value.seconds > 1


async def test_services_that_nobody_knows_have_a_part_of_the_places(service: PushService) -> None:
    sender = sending.Sender.here()
    places = [sender.place(f"https://{n}.example") for n in range(sending.DOUBTFUL)]
    for place in places:
        place.__enter__()
    with pytest.raises(Later), sender.place("https://one.more.example"):
        pass
    known = sender._services.setdefault("https://known.example", sending.Service())
    known.answered(0.1)
    with sender.place("https://known.example"), sender.place("https://known.example"):
        pass
    for place in places:
        place.__exit__(None, None, None)


async def test_connections_to_a_service_are_kept(service: PushService, tells: Told) -> None:
    await tells(*(f"b{n}" for n in range(5)))
    await tells(*(f"b{n}" for n in range(5)))
    assert len(service.arrived) == 10
    assert service.connections <= 5
