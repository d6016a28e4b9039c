"""Moderators delete and restore messages in the admin; every open browser follows."""

import pytest
from asgiref.sync import sync_to_async
from django.contrib.admin.models import LogEntry
from django.test import Client

from rooms.actions.moderation import removals, reports
from rooms.models import AuditEntry, Message, Room, User
from tests import factories
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect


def test_deleting_leaves_a_tombstone_with_the_next_revision(
    as_maud: Client, maud: User, room: Room, bob: User
) -> None:
    message = factories.post(room, bob, "Buy my watches.")
    desk.save(as_maud, message, deleted="on", reason="Spam.")
    message.refresh_from_db()
    room.refresh_from_db()
    assert message.deleted
    assert message.body == "Buy my watches."
    assert message.revision == room.revision == 2
    entry = AuditEntry.objects.get(action="message.deleted")
    assert (entry.actor, entry.user, entry.message, entry.detail) == (maud, bob, message, "Spam.")


def test_unticking_restores_it(as_maud: Client, room: Room, bob: User) -> None:
    message = factories.post(room, bob)
    desk.save(as_maud, message, deleted="on")
    desk.save(as_maud, message)
    message.refresh_from_db()
    assert not message.deleted
    assert AuditEntry.objects.filter(action="message.restored").exists()


def test_saving_without_a_change_changes_nothing(as_maud: Client, room: Room, bob: User) -> None:
    message = factories.post(room, bob)
    assert desk.save(as_maud, message).status_code == 302
    room.refresh_from_db()
    assert room.revision == 1
    assert not AuditEntry.objects.filter(message=message).exists()


def test_the_delete_button_leaves_a_tombstone_too(as_maud: Client, room: Room, bob: User) -> None:
    message = factories.post(room, bob)
    page = as_maud.get(desk.url(Message, "delete", message.pk))
    assert page.status_code == 200
    desk.delete(as_maud, message)
    message.refresh_from_db()
    assert message.deleted


def test_a_message_with_reactions_can_be_deleted(
    as_maud: Client, room: Room, alice: User, bob: User
) -> None:
    message = factories.post(room, bob)
    message.reactions.create(user=alice, emoji="👍")
    desk.delete(as_maud, message)
    message.refresh_from_db()
    assert message.deleted
    assert message.reactions.count() == 1


def test_the_list_deletes_and_restores_many(as_maud: Client, room: Room, bob: User) -> None:
    posted = factories.post_many(room, bob, ["One.", "Two.", "Three."])
    page = desk.run(as_maud, "delete_selected", posted[:2], reason="Off topic.")
    assert "2 messages were deleted" in desk.notices(page)
    assert [row.deleted for row in Message.objects.order_by("number")] == [True, True, False]
    assert set(AuditEntry.objects.values_list("detail", flat=True)) >= {"Off topic."}
    page = desk.run(as_maud, "restore_selected", posted)
    assert "2 messages were restored" in desk.notices(page)
    assert not Message.objects.exclude(deleted_at=None).exists()


def test_selecting_all_pages_reaches_beyond_the_page(
    as_maud: Client, room: Room, bob: User
) -> None:
    posted = factories.post_many(room, bob, [f"Spam {index}." for index in range(60)])
    page = desk.run(as_maud, "delete_selected", posted[:1], select_across=1)
    assert "60 messages were deleted" in desk.notices(page)
    assert not Message.objects.filter(deleted_at=None).exists()


def test_a_message_s_text_cannot_be_changed(as_maud: Client, room: Room, bob: User) -> None:
    message = factories.post(room, bob, "Tea is fine.")
    desk.save(as_maud, message, body="Tea is awful.", html="<b>!</b>", author=1, number=7)
    message.refresh_from_db()
    assert message.body == "Tea is fine."
    assert (message.author, message.number) == (bob, 1)


def test_messages_cannot_be_added(as_staff: Client, room: Room) -> None:
    assert as_staff.get(desk.url(Message, "add")).status_code == 403


def test_a_tombstone_shows_its_body_to_moderators(as_maud: Client, room: Room, bob: User) -> None:
    message = factories.post(room, bob, "Buy <my> watches.")
    desk.delete(as_maud, message)
    assert "Buy &lt;my&gt; watches." in desk.shown(as_maud, message).content.decode()


def test_staff_without_permission_see_nothing(room: Room, bob: User) -> None:
    message = factories.post(room, bob)
    clerk = desk.signed_in(factories.make_user("clerk", is_staff=True))
    assert clerk.get(desk.url(Message)).status_code == 403
    assert desk.save(clerk, message, deleted="on").status_code == 403
    assert desk.delete(clerk, message).status_code == 403
    message.refresh_from_db()
    assert not message.deleted


def test_people_who_are_not_staff_are_kept_out(as_alice: Client, room: Room) -> None:
    page = as_alice.get(desk.url(Message), follow=True)
    assert page.status_code == 403


@pytest.mark.django_db(transaction=True)
async def test_open_browsers_see_the_tombstone_and_the_return(
    connect: Connect, maud: User, room: Room, bob: User
) -> None:
    message = await sync_to_async(factories.post)(room, bob, "Spam.")
    tab = await connect(bob, room=room)
    await desk.acts(maud, desk.save, message, deleted="on")
    event = await tab.sees("message.deleted", number=1)
    assert event["message"]["deleted"]
    assert "body" not in event["message"]
    await desk.acts(maud, desk.run, "restore_selected", [message])
    await tab.sees("message.edited", number=1, body="Spam.")


@pytest.mark.django_db(transaction=True)
async def test_a_refused_form_notifies_no_browser(
    connect: Connect, maud: User, room: Room, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The admin writes its own log last; if that fails, nothing has happened for anyone."""
    message = await sync_to_async(factories.post)(room, bob, "Stays.")
    tab = await connect(bob, room=room)
    as_maud = await sync_to_async(desk.signed_in)(maud)
    as_maud.raise_request_exception = False

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(LogEntry.objects, "log_actions", fail)
        await sync_to_async(desk.save)(as_maud, message, deleted="on")
    await sync_to_async(message.refresh_from_db)()
    assert not message.deleted
    assert not await tab.has_seen("message.deleted")
    await desk.acts(maud, desk.save, message, deleted="on")
    await tab.sees("message.deleted", number=1)


def test_a_private_message_can_be_read_once_it_is_reported(
    as_maud: Client, maud: User, private_room: Room, alice: User, bob: User, staff: User
) -> None:
    said = factories.post(private_room, alice, "between us")
    pages = (
        desk.url(Message),
        f"{desk.url(Message)}?q=between+us",
        desk.url(Message, "change", said.pk),
    )

    def read(client: Client) -> list[bool]:
        return ["<p>between us" in _page(client, page) for page in pages]

    def previewed(moderator: User) -> list[Message]:
        return [*removals.preview(actor=moderator, user=alice, scope="site").newest]

    assert not any(read(as_maud))
    assert not previewed(maud)
    assert all(read(desk.signed_in(staff)))
    reports.report_message(actor=bob, slug=private_room.slug, number=said.number, reason="abuse")
    assert all(read(as_maud))
    assert previewed(maud) == [said]


def _page(client: Client, address: str) -> str:
    """The text as a list cell shows it, not as the search field repeats it."""
    page = client.get(address).content.decode()
    for cell in ('<td class="field-excerpt">', '<div class="readonly">'):
        page = page.replace(cell, "<p>")
    return page
