"""Site moderators are superusers, and staff with the Moderators group or the permission behind it.
The flag `is_staff` alone opens the admin and nothing else."""

from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rooms.actions.accounts import accounts
from rooms.actions.moderation import rules, sanctions
from rooms.actions.rooms import invites, memberships
from rooms.actions.screening.waiting import announce
from rooms.errors import ChatError
from rooms.models import Message, Room, User, moderators
from rooms.policy import moderator_group
from rooms.policy.standing import Standing
from rooms.queries import posting
from rooms.storage.sql import straight
from tests import factories
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect


def flag_alone(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True)


def group_alone(user: User) -> None:
    desk.make_moderator("somebody_else")  # creates the group
    user.groups.add(Group.objects.get(name=moderator_group.NAME))


def another_permission(user: User) -> None:
    flag_alone(user)
    user.user_permissions.add(Permission.objects.get(codename="delete_message"))


def another_group(user: User) -> None:
    flag_alone(user)
    clerks = Group.objects.create(name="Clerks")
    clerks.permissions.set(Permission.objects.exclude(codename=moderators.PERMISSION))
    user.groups.add(clerks)


def deactivated(user: User) -> None:
    in_the_group(user)
    User.objects.filter(pk=user.pk).update(is_active=False)


def in_the_group(user: User) -> None:
    flag_alone(user)
    group_alone(user)


def by_the_permission(user: User) -> None:
    flag_alone(user)
    user.user_permissions.add(Permission.objects.get(codename=moderators.PERMISSION))


def superuser(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_superuser=True)


APPOINTMENTS = {
    flag_alone: False,
    group_alone: False,
    another_permission: False,
    another_group: False,
    deactivated: False,
    in_the_group: True,
    by_the_permission: True,
    superuser: True,
}
Appoint = Callable[[User], None]


@pytest.mark.parametrize(("appoint", "moderates"), APPOINTMENTS.items())
def test_one_predicate_says_who_moderates_the_site(
    charlie: User, room: Room, appoint: Appoint, moderates: bool
) -> None:
    appoint(charlie)
    charlie = User.objects.get(pk=charlie.pk)
    assert charlie.moderates_site is moderates
    assert Standing.of(charlie, room).moderates is moderates
    assert (charlie.pk in moderators.ids()) is moderates
    place = posting.LockedRoom(room.pk, room.slug, room.kind, False, 0, 0)
    with straight() as cursor:
        (author,) = posting.authors(cursor, [(charlie.pk, place, "unused")])
    assert author is not None
    assert author.moderates is moderates


@pytest.mark.parametrize("appoint", [flag_alone, another_group])
def test_staff_who_are_not_moderators_cannot_act_on_others(
    alice: User, bob: User, charlie: User, room: Room, private_room: Room, appoint: Appoint
) -> None:
    appoint(charlie)
    charlie = User.objects.get(pk=charlie.pk)
    for attempt in (
        lambda: sanctions.mute_user(actor=charlie, user=bob, room=room),
        lambda: sanctions.mute_user(actor=charlie, user=bob),
        lambda: sanctions.ban_user(actor=charlie, user=bob),
        lambda: memberships.remove_member(actor=charlie, room=room, user=bob),
        lambda: memberships.put_member(actor=charlie, room=private_room, user=charlie),
        lambda: memberships.set_role(actor=charlie, room=room, user=bob, role="owner"),
        lambda: invites.create_invite(actor=charlie, room=None),
        lambda: invites.create_invite(actor=charlie, room=private_room),
        lambda: rules.add_rule(actor=charlie, kind="word", pattern="spam", action="flag"),
        lambda: accounts.set_active(actor=charlie, user=bob, active=False),
    ):
        with pytest.raises(ChatError) as refused:
            attempt()
        assert refused.value.code in {"forbidden", "not_found"}


async def test_the_chat_needs_more_than_the_staff_flag(
    connect: Connect, alice: User, bob: User, charlie: User, room: Room
) -> None:
    message = await sync_to_async(factories.post)(room, bob)
    await sync_to_async(flag_alone)(charlie)
    tab = await connect(charlie, room=room)
    assert tab.welcome["waiting"] is None
    delete = {"room": room.slug, "number": message.number}
    assert await tab.is_refused("message.delete", **delete) == "not_member"
    mute = {"room": room.slug, "user": "bob", "seconds": 60}
    assert await tab.is_refused("member.mute", **mute) == "forbidden"
    await sync_to_async(group_alone)(charlie)
    await tab.does("message.delete", **delete)
    assert (await connect(charlie)).welcome["waiting"] == 0


@pytest.mark.parametrize(("appoint", "moderates"), [(flag_alone, False), (in_the_group, True)])
def test_a_page_says_whether_its_reader_moderates(
    charlie: User, room: Room, appoint: Appoint, moderates: bool
) -> None:
    appoint(charlie)
    page = desk.signed_in(User.objects.get(pk=charlie.pk)).get(f"/rooms/{room.slug}/")
    assert page.context["bootstrap"]["staff"] is moderates
    assert (page.context["bootstrap"]["waiting"] is not None) is moderates


def test_moderators_are_told_how_much_waits_and_other_staff_are_not(
    maud: User, charlie: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag_alone(charlie)
    told: list[str] = []
    monkeypatch.setattr(
        "rooms.actions.screening.waiting.publish_on_commit",
        lambda *some: told.extend(e.group for e in some),
    )
    announce()
    assert sorted(told) == sorted(f"user.{user.pk}" for user in (maud, staff))


def test_a_moderator_posts_in_as_many_statements_as_anybody(
    maud: User, bob: User, room: Room
) -> None:
    factories.add_member(room, maud)
    counts = []
    for author in (bob, maud):
        with CaptureQueriesContext(connection) as asked:
            factories.post(room, author)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert Message.objects.filter(author=maud).exists()
