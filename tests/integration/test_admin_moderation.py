"""Bans, reactions and the audit log in the admin."""

from datetime import timedelta

import pytest
from django.contrib.admin.utils import flatten_fieldsets
from django.test import Client
from django.utils import timezone

from rooms.actions.messages import reactions
from rooms.models import AuditEntry, Ban, Membership, Mute, Reaction, Room, User
from rooms.protocol.codes import Close
from tests import factories
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect

# Bans


def test_a_ban_removes_the_member(as_maud: Client, maud: User, room: Room, bob: User) -> None:
    desk.add(as_maud, Ban, user=bob.pk, room=room.pk, reason="Rude.")
    ban = Ban.objects.active().get(user=bob)
    assert (ban.room, ban.reason, ban.created_by) == (room, "Rude.", maud)
    assert not Membership.objects.filter(room=room, user=bob).exists()


def test_only_people_who_can_be_banned_are_banned(
    as_maud: Client, maud: User, staff: User, bob: User
) -> None:
    for user in (maud, staff):
        page = desk.add(as_maud, Ban, user=user.pk)
        assert page.context["adminform"].form.errors["user"]
    past = timezone.now() - timedelta(days=1)
    page = desk.add(
        as_maud, Ban, user=bob.pk, expires_at_0=str(past.date()), expires_at_1="12:00:00"
    )
    assert page.context["adminform"].form.errors["expires_at"]
    assert not Ban.objects.exists()


def test_a_ban_is_lifted_on_its_page(as_maud: Client, room: Room, mallory: User) -> None:
    ban = Ban.objects.get(user=mallory)
    desk.save(as_maud, ban, lifted="on")
    assert not Ban.objects.active().exists()
    ban.refresh_from_db()
    assert ban.lifted_at is not None
    assert desk.save(as_maud, ban).status_code == 403  # an ended ban cannot be changed


def test_the_list_lifts_bans(as_maud: Client, room: Room, mallory: User, bob: User) -> None:
    factories.ban(bob, by=desk.make_moderator("boss"))
    page = desk.run(as_maud, "lift", list(Ban.objects.all()))
    assert "2 bans were lifted" in desk.notices(page)
    assert not Ban.objects.active().exists()
    assert AuditEntry.objects.filter(action="user.unbanned").count() == 2


@pytest.mark.parametrize("model", [Ban, Mute])
@pytest.mark.parametrize("ended", ["lifted_at", "expires_at"])
def test_an_ended_sanction_is_shown_without_the_box_that_lifts_it(
    as_maud: Client, maud: User, room: Room, bob: User, model: type[Ban | Mute], ended: str
) -> None:
    past = timezone.now() - timedelta(minutes=1)
    row = model.objects.create(user=bob, room=room, created_by=maud, **{ended: past})
    page = desk.shown(as_maud, row)
    assert page.status_code == 200
    assert "lifted" not in flatten_fieldsets(page.context["adminform"].fieldsets)


def test_nothing_else_about_a_ban_can_be_changed(
    as_maud: Client, room: Room, mallory: User
) -> None:
    ban = Ban.objects.get(user=mallory)
    desk.save(as_maud, ban, reason="Nothing.", user=room.created_by_id)
    ban.refresh_from_db()
    assert (ban.reason, ban.user, ban.lifted_at) == ("Spam.", mallory, None)
    assert desk.delete(as_maud, ban).status_code == 403


def test_the_list_shows_what_is_in_force(as_maud: Client, room: Room, mallory: User) -> None:
    ban = Ban.objects.get()
    assert list(as_maud.get(desk.url(Ban) + "?force=yes").context["cl"].result_list) == [ban]
    desk.save(as_maud, ban, lifted="on")
    assert list(as_maud.get(desk.url(Ban) + "?force=yes").context["cl"].result_list) == []
    assert list(as_maud.get(desk.url(Ban) + "?force=no").context["cl"].result_list) == [ban]


@pytest.mark.django_db(transaction=True)
async def test_a_site_ban_closes_the_sockets(
    connect: Connect, maud: User, room: Room, bob: User
) -> None:
    tab = await connect(bob, room=room)
    await desk.acts(maud, desk.add, Ban, user=bob.pk, reason="Spam.")
    assert await tab.is_closed() == Close.BANNED


# Reactions


def test_a_reaction_is_removed(as_maud: Client, maud: User, room: Room, bob: User) -> None:
    factories.post(room, bob)
    for emoji in "👍🎉":
        reactions.add_reaction(actor=bob, slug=room.slug, number=1, emoji=emoji)
    first, second = Reaction.objects.order_by("pk")
    desk.delete(as_maud, first)
    assert list(Reaction.objects.all()) == [second]
    desk.run(as_maud, "delete_selected", [second], post="yes")
    assert not Reaction.objects.exists()
    room.refresh_from_db()
    assert room.revision == 5
    entries = AuditEntry.objects.filter(action="reaction.removed", actor=maud, user=bob)
    assert entries.count() == 2


def test_reactions_are_not_added_or_changed(as_staff: Client, room: Room, bob: User) -> None:
    factories.post(room, bob)
    reactions.add_reaction(actor=bob, slug=room.slug, number=1, emoji="👍")
    reaction = Reaction.objects.get()
    assert as_staff.get(desk.url(Reaction, "add")).status_code == 403
    assert desk.save(as_staff, reaction, emoji="💩").status_code == 403


@pytest.mark.django_db(transaction=True)
async def test_open_browsers_see_the_reaction_go(
    connect: Connect, maud: User, room: Room, bob: User
) -> None:
    tab = await connect(bob, room=room)
    await tab.posts("Cake!")
    await tab.does("reaction.add", room=room.slug, number=1, emoji="🎂")
    await tab.sees("message.reacted", number=1)
    await desk.acts(maud, desk.delete, await Reaction.objects.aget())
    await tab.sees("message.reacted", number=1, reactions=[])


# The audit log


def test_the_log_is_read_only_for_everyone(as_staff: Client, room: Room) -> None:
    entry = AuditEntry.objects.first()
    assert entry is not None
    assert desk.shown(as_staff, entry).status_code == 200
    assert as_staff.get(desk.url(AuditEntry, "add")).status_code == 403
    assert desk.save(as_staff, entry, detail="Nothing happened.").status_code == 403
    assert desk.delete(as_staff, entry).status_code == 403
    desk.run(as_staff, "delete_selected", [entry], post="yes")
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


def test_the_log_is_narrowed_by_subject_person_and_action(
    as_maud: Client, room: Room, alice: User, bob: User, mallory: User
) -> None:
    desk.save(as_maud, Membership.objects.get(room=room, user=bob), role="moderator")

    def found(query: str) -> list[str]:
        page = as_maud.get(f"{desk.url(AuditEntry)}?{query}")
        return [entry.action for entry in page.context["cl"].result_list]

    assert found("") == ["member.role", "user.banned"]
    assert found("about=member") == ["member.role"]
    assert found("q=%40alice") == ["user.banned"]
    assert found("q=%40mallory") == ["user.banned"]
    assert found("q=member.role") == ["member.role"]
    assert found(f"user__id__exact={bob.pk}") == ["member.role"]


def test_user_text_is_shown_as_text(as_maud: Client, room: Room, bob: User) -> None:
    factories.ban(bob, room=room, by=room.created_by or bob, reason="<script>alert(1)</script>")
    for model in (AuditEntry, Ban):
        page = as_maud.get(desk.url(model)).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
