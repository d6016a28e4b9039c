"""Accounts in the admin: who may change whom, and the effect on open sockets."""

import pytest
from allauth.account.models import EmailAddress
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from rooms.models import AuditEntry, Room, User
from rooms.policy import moderator_group
from rooms.protocol.codes import Close
from tests import factories
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect
from tests.mail import delivered

NEW_PASSWORD = "copper-lantern-77"


def refreshed(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_unticking_active_deactivates(as_maud: Client, maud: User, bob: User) -> None:
    desk.save(as_maud, bob, display_name="Bob")
    assert not refreshed(bob).is_active
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.user) == ("user.deactivated", maud, bob)


def test_ticking_active_activates(as_maud: Client, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    desk.save(as_maud, bob, display_name="Bob", is_active="on")
    assert refreshed(bob).is_active


def test_a_display_name_is_changed_and_logged(as_maud: Client, bob: User) -> None:
    desk.save(as_maud, bob, display_name="Robert", is_active="on")
    assert refreshed(bob).name == "Robert"
    assert AuditEntry.objects.get().detail == "display_name"


def test_the_list_deactivates_and_activates(as_maud: Client, bob: User, charlie: User) -> None:
    page = desk.run(as_maud, "deactivate", [bob, charlie])
    assert "2 users were deactivated" in desk.notices(page)
    assert not User.objects.filter(pk__in=[bob.pk, charlie.pk], is_active=True).exists()
    desk.run(as_maud, "activate", [bob])
    assert refreshed(bob).is_active
    assert not refreshed(charlie).is_active


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}])
def test_moderators_leave_staff_alone(rights: dict[str, bool], as_maud: Client, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(**rights)
    assert desk.save(as_maud, bob, display_name="Mine").status_code == 403
    page = desk.run(as_maud, "deactivate", [bob])
    assert desk.was_refused(page)
    assert refreshed(bob).is_active
    assert refreshed(bob).name == "Bob"


def test_one_refusal_in_a_list_changes_nobody(as_maud: Client, alice: User, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    desk.run(as_maud, "deactivate", [alice, bob])
    assert refreshed(alice).is_active


def test_moderators_cannot_grant_rights(as_maud: Client, maud: User, bob: User) -> None:
    right = Permission.objects.get(codename="delete_message")
    for user in (bob, maud):
        desk.save(
            as_maud,
            user,
            display_name="Bob",
            is_active="on",
            is_staff="on",
            is_superuser="on",
            groups=[Group.objects.get().pk],
            user_permissions=[right.pk],
            username="boss",
            email="boss@example.com",
            password="x",
        )
    assert not refreshed(bob).is_staff
    assert not refreshed(bob).is_superuser
    assert not refreshed(maud).is_superuser
    assert not bob.user_permissions.exists()
    assert not bob.groups.exists()
    assert refreshed(bob).username == "bob"
    assert refreshed(bob).email == ""
    assert refreshed(bob).check_password(factories.PASSWORD)


def test_a_superuser_makes_a_moderator(as_staff: Client, bob: User) -> None:
    group = Group.objects.get(name=moderator_group.NAME)
    fields = {"username": "bob", "display_name": "Bob", "is_active": "on"}
    desk.save(as_staff, bob, is_staff="on", groups=[group.pk], **fields)
    assert refreshed(bob).has_perm("rooms.delete_message")
    assert not refreshed(bob).has_perm("rooms.add_user")
    assert AuditEntry.objects.get().detail == "groups, is_staff"


def test_the_group_has_its_rights_and_no_more(db: None) -> None:
    group = Group.objects.get(name=moderator_group.NAME)
    rights = set(group.permissions.values_list("codename", flat=True))
    assert {"change_message", "delete_message", "add_ban", "view_auditentry"} <= rights
    assert len(rights) == sum(map(len, moderator_group.RIGHTS.values()))
    assert not {"delete_user", "add_user", "change_auditentry", "change_group"} & rights


def test_an_operator_may_remove_rights_from_the_group(db: None) -> None:
    group = Group.objects.get(name=moderator_group.NAME)
    group.permissions.clear()
    desk.make_moderator()  # runs the same code as `migrate`
    assert not group.permissions.exists()


def test_groups_are_for_superusers(as_maud: Client, maud: User, as_staff: Client) -> None:
    maud.user_permissions.set(Permission.objects.filter(content_type__model="group"))
    url = f"/admin/auth/group/{Group.objects.get().pk}/change/"
    assert as_maud.get(url).status_code == 403
    assert as_staff.get(url).status_code == 200


def test_nobody_can_deactivate_themselves(as_staff: Client, staff: User) -> None:
    page = desk.save(as_staff, staff, username="staff_person", is_staff="on", is_superuser="on")
    assert page.context["adminform"].form.errors["is_active"]
    assert refreshed(staff).is_active
    assert desk.was_refused(desk.run(as_staff, "deactivate", [staff]))


def test_nobody_is_deleted(as_staff: Client, bob: User) -> None:
    assert desk.delete(as_staff, bob).status_code == 403
    assert "delete_selected" not in as_staff.get(desk.url(User)).content.decode()


def test_a_new_account_has_a_lower_case_name(as_staff: Client) -> None:
    fields = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    desk.add(as_staff, User, username="Dora", display_name="Dora", **fields)
    user = User.objects.get(username="dora")
    assert user.check_password(NEW_PASSWORD)
    page = desk.add(as_staff, User, username="DORA", **fields)
    assert page.status_code == 200
    assert "already exists" in page.content.decode() or "taken" in page.content.decode()
    assert AuditEntry.objects.get(action="user.added").user == user


def test_moderators_cannot_set_passwords(as_maud: Client, bob: User) -> None:
    url = f"/admin/rooms/user/{bob.pk}/password/"
    answer = as_maud.post(url, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert answer.status_code == 403
    assert refreshed(bob).check_password(factories.PASSWORD)


def test_staff_change_their_own_password_on_the_site_s_own_page(as_staff: Client) -> None:
    answer = as_staff.get("/admin/password_change/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/accounts/password/change/"


def test_the_admin_has_no_log_in_page_of_its_own(visitor: Client) -> None:
    """The admin's own page would have no limit on guesses."""
    answer = visitor.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")
    answer = visitor.post("/admin/login/", {"username": "x", "password": "y"})
    assert answer.status_code == 302


def test_an_address_replaced_by_a_superuser_lets_nobody_in(
    as_staff: Client, visitor: Client
) -> None:
    """For a person whose mailbox has been taken over."""
    zed = factories.make_user("zed", email="old@example.com")
    EmailAddress.objects.create(user=zed, email=zed.email, verified=True, primary=True)
    desk.save(as_staff, zed, username="zed", email="new@example.com", is_active="on")
    assert refreshed(zed).email == "new@example.com"
    for address in ("old@example.com", "new@example.com"):
        visitor.post(reverse("account_reset_password"), {"email": address})
    links = ["/password/reset/key/" in str(mail.body) for mail in delivered()]
    assert links == [False, True]


def test_a_site_ban_ends_all_moderating(
    as_maud: Client, maud: User, staff: User, bob: User
) -> None:
    assert as_maud.get("/admin/rooms/user/").status_code == 200
    factories.ban(maud, by=staff, reason="Sold the keys.")
    page = as_maud.get("/admin/rooms/user/", follow=True)
    assert page.status_code == 403
    assert "Sold the keys." in page.content.decode()
    desk.run(as_maud, "deactivate", [bob])
    assert refreshed(bob).is_active


@pytest.mark.django_db(transaction=True)
async def test_deactivating_closes_the_sockets(
    connect: Connect, maud: User, room: Room, bob: User
) -> None:
    tab = await connect(bob, room=room)
    await desk.acts(maud, desk.save, bob, display_name="Bob")
    assert await tab.is_closed() == Close.SIGNED_OUT


@pytest.mark.django_db(transaction=True)
async def test_a_new_password_ends_the_sessions(
    connect: Connect, staff: User, room: Room, bob: User, alice: User
) -> None:
    tab, other = await connect(bob, room=room), await connect(alice, room=room)
    as_staff = await sync_to_async(desk.signed_in)(staff)
    as_bob = await sync_to_async(desk.signed_in)(bob)
    answer = await sync_to_async(as_staff.post)(
        f"/admin/rooms/user/{bob.pk}/password/",
        {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"},
    )
    assert answer.status_code == 302, answer.context["errors"]
    assert await tab.is_closed() == Close.SIGNED_OUT
    assert (await sync_to_async(as_bob.get)("/rooms/")).status_code == 302
    await other.does("ping")
