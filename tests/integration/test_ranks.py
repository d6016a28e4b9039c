"""A decision is neither lifted nor replaced by anyone of a lower rank than its maker had then: an
owner doesn't undo the site's decision, nor a room moderator the owner's."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.actions.moderation import members, removals, reports, sanctions
from rooms.actions.rooms import rooms
from rooms.errors import Forbidden
from rooms.models import Ban, Membership, Message, Mute, Removal, Room, User
from rooms.policy import sanctions as held
from rooms.policy.standing import Rank, Standing
from rooms.storage.threads import in_db_thread
from tests import factories
from tests.integration.conftest import Connect

KINDS: dict[Any, Any] = {Ban: sanctions.ban_user, Mute: sanctions.mute_user}
LIFTS: dict[Any, Any] = {Ban: sanctions.lift_bans, Mute: sanctions.lift_mutes}
kinds = pytest.mark.parametrize("kind", [Ban, Mute])
SITE = Rank.STAFF
# Who decides, who undoes, and whether they may. alice owns the room, charlie moderates it.
UNDOING = [
    *(("maud", "alice", False), ("staff", "alice", False), ("maud", "charlie", False)),
    *(("alice", "charlie", False), ("staff", "maud", True), ("maud", "staff", True)),
    *(("alice", "alice", True), ("alice", "maud", True), ("charlie", "alice", True)),
    *(("charlie", "charlie", True),),
]
cases = pytest.mark.parametrize(("by", "undone_by", "may"), UNDOING)


@pytest.fixture
def people(
    room: Room, alice: User, charlie: User, maud: User, staff: User, no_limits: None
) -> dict[str, User]:
    factories.add_member(room, charlie, Membership.Role.MODERATOR)
    return {"alice": alice, "charlie": charlie, "maud": maud, "staff": staff}


@kinds
@cases
def test_rank_decides_who_lifts_a_sanction(
    people: dict[str, User], bob: User, room: Room, kind: Any, by: str, undone_by: str, may: bool
) -> None:
    one = KINDS[kind](actor=people[by], user=bob, room=room, reason="Spam.")
    lift = {"actor": people[undone_by], f"{kind.__name__.lower()}s": [one]}
    if may:
        assert LIFTS[kind](**lift) == 1
    else:
        with pytest.raises(Forbidden, match="higher rank"):
            LIFTS[kind](**lift)
    assert kind.objects.active().filter(user=bob).exists() is not may


@kinds
@cases
def test_rank_decides_who_replaces_a_sanction(
    people: dict[str, User], bob: User, room: Room, kind: Any, by: str, undone_by: str, may: bool
) -> None:
    one = KINDS[kind](actor=people[by], user=bob, room=room)
    second = timezone.now() + timedelta(seconds=1)
    if may:
        KINDS[kind](actor=people[undone_by], user=bob, room=room, expires_at=second)
    else:
        with pytest.raises(Forbidden, match="higher rank"):
            KINDS[kind](actor=people[undone_by], user=bob, room=room, expires_at=second)
    assert kind.objects.active().filter(pk=one.pk).exists() is not may


@cases
def test_rank_decides_who_restores_removed_messages(
    people: dict[str, User], bob: User, room: Room, by: str, undone_by: str, may: bool
) -> None:
    factories.post_many(room, bob, ["One.", "Two."])
    removal = removals.remove_posts(actor=people[by], user=bob, scope="room", room=room)
    if may:
        removals.undo_removal(actor=people[undone_by], removal=removal)
    else:
        with pytest.raises(Forbidden, match="higher rank"):
            removals.undo_removal(actor=people[undone_by], removal=removal)
    assert Message.objects.filter(deleted_at=None).exists() is may


@cases
def test_rank_decides_who_reopens_an_archived_room(
    people: dict[str, User], room: Room, by: str, undone_by: str, may: bool
) -> None:
    rooms.archive_room(actor=people[by], room=room)
    if may:
        rooms.archive_room(actor=people[undone_by], room=room, archived=False)
    else:
        with pytest.raises(Forbidden, match="higher rank"):
            rooms.archive_room(actor=people[undone_by], room=room, archived=False)
    room.refresh_from_db()
    assert room.archived is not may


@kinds
def test_a_site_decision_outlives_the_person_who_made_it(
    people: dict[str, User], bob: User, room: Room, kind: Any
) -> None:
    one = KINDS[kind](actor=people["maud"], user=bob, room=room)
    people["maud"].groups.clear()
    with pytest.raises(Forbidden):
        LIFTS[kind](**{"actor": people["alice"], f"{kind.__name__.lower()}s": [one]})


@kinds
def test_sanctions_older_than_the_column_have_their_maker_s_current_rank(
    people: dict[str, User], bob: User, room: Room, kind: Any
) -> None:
    one = kind.objects.create(user=bob, room=room, created_by=people["maud"])
    assert not Standing.of(people["alice"], room).undoes(one)
    one.created_by = people["alice"]
    assert Standing.of(people["alice"], room).undoes(one)


def test_a_verdict_on_a_report_is_the_site_s(
    people: dict[str, User], bob: User, room: Room
) -> None:
    message = factories.post(room, bob)
    reports.report_message(actor=people["alice"], slug=room.slug, number=1, reason="spam")
    resolution = reports.Resolution("muted", 3600)  # type: ignore[arg-type]
    reports.resolve_reports(actor=people["maud"], message=message, resolution=resolution)
    with pytest.raises(Forbidden, match="higher rank"):
        members.unmute_member(actor=people["alice"], slug=room.slug, username="bob")


async def test_an_owner_cannot_undo_the_site_s_decision_from_the_chat(
    connect: Connect, maud: User, alice: User, bob: User, room: Room
) -> None:
    tab, owner = await connect(bob, room=room), await connect(alice, room=room)
    await tab.posts("Spam.")
    removal = await in_db_thread(removals.remove_posts)(
        actor=maud, user=bob, scope="room", room=room
    )
    await in_db_thread(sanctions.mute_user)(actor=maud, user=bob, room=room)
    attempts: dict[str, dict[str, Any]] = {
        "member.unmute": {"user": "bob"},
        "member.mute": {"user": "bob", "seconds": 1},
        "removal.undo": {"removal": removal.pk},
    }
    for command, fields in attempts.items():
        assert await owner.is_refused(command, room=room.slug, **fields) == "forbidden"
    assert await sync_to_async(held.mute)(bob.pk, room.pk)
    assert await tab.is_refused("message.post", room=room.slug, nonce="12345678", body="x")


def test_the_settings_offer_only_what_their_reader_can_lift(
    as_alice: Client, maud: User, alice: User, bob: User, mallory: User, room: Room
) -> None:
    mute = sanctions.mute_user(actor=maud, user=bob, room=room, reason="By the site.")
    ban = Ban.objects.get(user=mallory)  # banned by alice
    page = as_alice.get(reverse("room_settings", args=[room.slug])).content.decode()
    lift_mute = reverse("mute_lift", args=[room.slug, mute.pk])
    assert "By the site." in page
    assert lift_mute not in page
    assert reverse("ban_lift", args=[room.slug, ban.pk]) in page
    answer = as_alice.post(lift_mute)
    assert "higher rank" in str(*get_messages(answer.wsgi_request))
    assert held.mute(bob.pk, room.pk)


def test_the_settings_of_an_archived_room_say_that_the_site_has_archived_it(
    as_alice: Client, alice: User, maud: User, room: Room
) -> None:
    rooms.archive_room(actor=maud, room=room)
    page = as_alice.get(reverse("room_settings", args=[room.slug])).content.decode()
    assert "archived by someone with a higher rank" in page
    form = page.partition(reverse("room_archive", args=[room.slug]))[2].partition("</form>")[0]
    assert "<button" not in form


def test_earlier_site_decisions_are_known_as_the_site_s(
    people: dict[str, User], bob: User, room: Room
) -> None:
    other = factories.make_room("Other", owner=people["alice"])
    rooms.archive_room(actor=people["maud"], room=room)
    rooms.archive_room(actor=people["alice"], room=other)
    for by in ("maud", "alice"):
        Mute.objects.create(user=bob, room=room, created_by=people[by])
        Removal.objects.create(user=bob, room=room, scope="room", created_by=people[by])
    Room.objects.update(archived_as=None)
    import_module("rooms.migrations.0015_decided_as").remember(
        apps, SimpleNamespace(connection=connection)
    )
    for kind in (Mute, Removal):
        known = dict(kind.objects.values_list("created_by__username", "decided_as"))
        assert known == {"maud": SITE, "alice": None}
    known = dict(Room.objects.values_list("slug", "archived_as"))
    assert known == {room.slug: SITE, other.slug: None}
