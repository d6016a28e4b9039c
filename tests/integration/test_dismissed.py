"""Rights are checked when they are used, not when the socket was opened: a dismissed site moderator
can do nothing more through an open one."""

from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from rooms.actions.accounts import accounts, profiles
from rooms.actions.messages import changes
from rooms.actions.moderation import reports, sanctions
from rooms.actions.rooms import creation, invites, rooms
from rooms.actions.screening import newcomers, rulebook
from rooms.errors import ChatError
from rooms.models import Installation, Invite, Message, Report, Room, Rule, User, moderators
from rooms.policy import moderator_group
from rooms.policy.site import require_admin, require_staff
from rooms.policy.standing import Standing
from rooms.storage.threads import in_db_thread
from tests import factories
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect

Deed = Callable[[User, Room, User], object]


def dismiss(user: User) -> None:
    """Change the row behind the back of the code that holds it."""
    User.objects.filter(pk=user.pk).update(is_staff=False, is_superuser=False)


async def test_dismissed_staff_cannot_delete_through_an_open_socket(
    connect: Connect, alice: User, staff: User, room: Room
) -> None:
    author, clerk = await connect(alice, room=room), await connect(staff, room=room)
    first, second = [await author.posts(text) for text in ("one", "two")]
    await clerk.does("message.delete", room=room.slug, number=first["number"])
    await sync_to_async(dismiss)(staff)
    for command in (
        {"type": "message.delete", "number": second["number"]},
        {"type": "member.mute", "user": alice.username, "seconds": 60, "reason": ""},
        {"type": "member.ban", "user": alice.username, "seconds": 60, "reason": ""},
        {"type": "removal.make", "user": alice.username, "scope": "hour", "reason": ""},
    ):
        code = await clerk.is_refused(room=room.slug, **command)
        assert code in ("forbidden", "not_member"), command
    assert not (await Message.objects.aget(number=second["number"])).deleted


def invite(actor: User, room: Room, user: User) -> None:
    invites.create_invite(actor=actor, room=None)


def revoke(actor: User, room: Room, user: User) -> None:
    made, _ = Invite.draw(room=None, created_by=user, expires_at=None, max_uses=None)
    made.save()
    invites.revoke_invite(actor=actor, invite=made)


def ban(actor: User, room: Room, user: User) -> None:
    sanctions.ban_user(actor=actor, user=user)


def mute_in_a_room(actor: User, room: Room, user: User) -> None:
    sanctions.mute_user(actor=actor, user=user, room=room)


def delete(actor: User, room: Room, user: User) -> None:
    message = Message.objects.get(room=room)
    changes.delete_messages(actor=actor, messages=[message])


def rename(actor: User, room: Room, user: User) -> None:
    rooms.update_room(actor=actor, room=room, name="Mine", topic="")


def deactivate(actor: User, room: Room, user: User) -> None:
    accounts.set_active(actor=actor, user=user, active=False)


def remove_factors(actor: User, room: Room, user: User) -> None:
    accounts.remove_factors(actor=actor, user=user)


def staff_only(actor: User, room: Room, user: User) -> None:
    require_staff(actor)


def admin_only(actor: User, room: Room, user: User) -> None:
    require_admin(actor)


def pose_as_admin(actor: User, room: Room, user: User) -> None:
    profiles.set_display_name(actor=actor, name="Admin")


def name_room_against_rules(actor: User, room: Room, user: User) -> None:
    Installation.current()
    Rule.objects.create(
        pattern="advert", kind=Rule.Kind.WORD, action=Rule.Action.REFUSE, created_by=user
    )
    Installation.objects.filter(pk=1).update(rules_revision=7)
    rulebook.require_name(actor, None, "advert")


def make_rooms_as_a_newcomer(actor: User, room: Room, user: User) -> None:
    Installation.current()
    Installation.objects.filter(pk=1).update(newcomer_hours=24, newcomer_rooms=1, rules_revision=8)
    User.objects.filter(pk=actor.pk).update(date_joined=timezone.now())
    factories.make_room("First", owner=actor)
    newcomers.require_room(actor)


def judge_own_message(actor: User, room: Room, user: User) -> None:
    User.objects.filter(pk=actor.pk).update(is_staff=True)
    actor.user_permissions.add(Permission.objects.get(codename=moderators.PERMISSION))
    message = Message.objects.get(room=room)
    Message.objects.filter(pk=message.pk).update(author=actor)
    message.author = actor
    reports.resolve_reports(
        actor=actor, message=message, resolution=reports.Resolution(Report.Outcome.DISMISSED)
    )


@pytest.mark.parametrize(
    "deed",
    [
        invite, revoke, ban, mute_in_a_room, delete, rename, deactivate, remove_factors, staff_only,
        admin_only, pose_as_admin, name_room_against_rules, make_rooms_as_a_newcomer,
        judge_own_message,
    ],
)  # fmt: skip
@pytest.mark.django_db
def test_staff_rights_are_read_from_the_database(
    deed: Deed, room: Room, alice: User, bob: User
) -> None:
    factories.post(room, alice)
    clerk = factories.make_user("clerk", is_staff=True, is_superuser=True)
    dismiss(clerk)
    assert clerk.is_superuser, "the object in memory is outdated"
    with pytest.raises(ChatError):
        deed(clerk, room, bob)


@pytest.mark.django_db
def test_power_over_a_promoted_person_is_lost(room: Room, alice: User, charlie: User) -> None:
    """Not even by an owner acting on a person who isn't in the room."""
    User.objects.filter(pk=charlie.pk).update(is_superuser=True)
    assert not charlie.is_superuser
    with pytest.raises(ChatError):
        sanctions.ban_user(actor=alice, user=charlie, room=room)
    assert Standing.of(charlie, room).moderates


@pytest.mark.django_db
def test_a_closed_account_cannot_start_anything(alice: User, bob: User) -> None:
    """In the second before its sockets are closed."""
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(ChatError):
        creation.create_room(actor=alice, name="Last words", kind="public")
    with pytest.raises(ChatError):
        creation.direct_room(actor=alice, people=[bob.username])


def appoint_by_flag(user: User) -> None:
    user.is_superuser = True
    user.save(update_fields=["is_superuser"])


def dismiss_by_flag(user: User) -> None:
    user.is_superuser = False
    user.save()


def appoint_by_group(user: User) -> None:
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    user.groups.add(Group.objects.get(name=moderator_group.NAME))


def dismiss_by_group(user: User) -> None:
    Group.objects.get(name=moderator_group.NAME).user_set.clear()


def remove_permission_from_group(user: User) -> None:
    right = Permission.objects.get(codename=moderators.PERMISSION)
    Group.objects.get(name=moderator_group.NAME).permissions.remove(right)


def delete_the_group(user: User) -> None:
    Group.objects.get(name=moderator_group.NAME).delete()


def appoint_by_permission(user: User) -> None:
    user.is_staff = True
    user.save()
    user.user_permissions.add(Permission.objects.get(codename=moderators.PERMISSION))


def dismiss_by_permission(user: User) -> None:
    user.user_permissions.clear()


@pytest.mark.parametrize(
    ("appoints", "dismisses"),
    [
        (appoint_by_flag, dismiss_by_flag),
        (appoint_by_group, dismiss_by_group),
        (appoint_by_group, remove_permission_from_group),
        (appoint_by_group, delete_the_group),
        (appoint_by_permission, dismiss_by_permission),
    ],
)
async def test_an_open_page_learns_who_moderates_the_site(
    connect: Connect,
    bob: User,
    appoints: Callable[[User], None],
    dismisses: Callable[[User], None],
) -> None:
    await sync_to_async(desk.make_moderator)("somebody_else")  # creates the group
    tab = await connect(bob)
    assert tab.welcome["waiting"] is None
    await in_db_thread(appoints)(bob)
    await tab.sees("waiting.changed", waiting=0)
    await in_db_thread(dismisses)(bob)
    while (await tab.sees("waiting.changed"))["waiting"] is not None:
        pass  # a change in two steps sends two events
