"""Owners see what previews say, and remove one from every message; nobody else does."""

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from rooms.actions.messages import previews
from rooms.actions.messages.previews import Fetch, Found
from rooms.actions.moderation.previews import remove_everywhere
from rooms.errors import Forbidden
from rooms.models import AuditEntry, LinkPreview, Message, MessageLink, Room, User
from rooms.text.pages import Page
from tests import factories
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect

URL = "https://a.example/story"


@pytest.fixture
def shown(room: Room, private_room: Room, bob: User, alice: User) -> list[Message]:
    messages = [factories.post(room, bob), factories.post(private_room, alice)]
    for message in messages:
        factories.make_preview(message, URL, title="Rude words", picture=f"{'0' * 32}.webp",
                               width=4, height=3)  # fmt: skip
    return messages


def test_an_owner_finds_a_preview_by_its_address_and_sees_who_shows_it(
    as_staff: Client, shown: list[Message], room: Room, bob: User
) -> None:
    other = factories.make_preview(factories.post(room, bob), "https://b.example/", title="")
    page = as_staff.get(desk.url(LinkPreview))
    assert [row.url for row in page.context["cl"].result_list] == [other.url, URL]
    assert "Rude words" in page.content.decode()
    for query, urls in {
        f"q={URL}": [URL],
        "q=https://a.example/": [],
        "says=yes": [URL],
        "says=no": [other.url],
    }.items():
        found = as_staff.get(f"{desk.url(LinkPreview)}?{query}").context["cl"].result_list
        assert [row.url for row in found] == urls, query
    (row,) = as_staff.get(f"{desk.url(LinkPreview)}?q={URL}").context["cl"].result_list
    assert row.shown_by == 2
    text = desk.shown(as_staff, row).content.decode()
    assert f'src="/previews/{"0" * 32}.webp"' in text
    for message in shown:
        assert f"{message.room.slug}/{message.number}</a>" in text


def test_a_preview_is_removed_from_every_message_for_good(
    as_staff: Client, shown: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.actions.moderation.previews.CHUNK", 1)
    row = LinkPreview.objects.get()
    page = desk.run(as_staff, "remove_everywhere", [row], reason="Rude.")
    assert "1 preview was removed." in desk.notices(page)
    row.refresh_from_db()
    assert (row.title, row.picture, row.width) == ("", "", None)
    for message in shown:
        now = Message.objects.get(pk=message.pk)
        assert (now.linked, now.revision > message.revision) == (0, True)
    entry = AuditEntry.objects.get(action="preview.removed")
    assert (entry.before, entry.detail, entry.room) == (URL, "Rude.", None)
    LinkPreview.objects.update(fetched_at=None)
    fetch = Fetch(preview=row.pk, asked_at=0)
    previews.store(fetch, Found(Page("Rude words again")))
    previews.show(fetch)
    assert not Message.objects.filter(linked__gt=0).exists(), "not even if it is fetched again"


async def test_everyone_sees_it_go(
    connect: Connect, room: Room, alice: User, bob: User, staff: User
) -> None:
    message = await sync_to_async(factories.post)(room, bob)
    row = await sync_to_async(factories.make_preview)(message, URL)
    reader = await connect(alice, room=room)
    await sync_to_async(remove_everywhere)(actor=staff, previews=[row])
    event = await reader.sees("message.updated", number=message.number)
    assert event["message"].get("previews", []) == []


def test_only_owners_remove_previews(shown: list[Message], maud: User, alice: User) -> None:
    for actor in (maud, alice):
        with pytest.raises(Forbidden):
            remove_everywhere(actor=actor, previews=LinkPreview.objects.all())
    assert not MessageLink.objects.filter(removed=True).exists()


def test_moderators_have_no_business_with_other_people_s_links(
    as_maud: Client, shown: list[Message]
) -> None:
    row = LinkPreview.objects.get()
    for page in (
        as_maud.get(desk.url(LinkPreview)),
        desk.shown(as_maud, row),
        desk.run(as_maud, "remove_everywhere", [row]),
    ):
        assert page.status_code == 403
    row.refresh_from_db()
    assert row.title == "Rude words"
