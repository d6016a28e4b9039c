"""Hidden rooms, probed from outside with every command and every address: they answer like missing
rooms, nothing changes, and nobody inside or outside hears of it."""

import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import URLPattern, reverse

from rooms.actions.messages import reactions
from rooms.actions.moderation import members
from rooms.actions.rooms import memberships
from rooms.models import AuditEntry, Ban, Invite, Membership, Message, Mute, Reaction, Room, User
from rooms.protocol import commands
from rooms.urls import urlpatterns
from tests import factories
from tests.chat_client import Json
from tests.conftest import signed_in
from tests.integration.conftest import Connect

ABSENT = "no-such-room"
NONCE = "a-nonce-of-this"

# Arguments for each command, besides the room. A new command has to be listed here or below.
OF_A_ROOM: dict[str, Json] = {
    "room.open": {},
    "room.close": {},
    "room.join": {},
    "room.leave": {},
    "message.post": {"nonce": NONCE, "body": "Let me in", "reply_to": 1},
    "message.edit": {"number": 1, "body": "Not what you said"},
    "message.delete": {"number": 1},
    "reaction.add": {"number": 1, "emoji": "👍"},
    "reaction.remove": {"number": 1, "emoji": "👍"},
    "reactions": {"number": 1, "emoji": "👍"},
    "history": {"before": 9},
    "mention.preview": {"body": "@alice @bob @room @here"},
    "link.open": {"number": 1},
    "preview.remove": {"number": 1, "url": "https://a.example/"},
    "room.read": {"number": 1},
    "room.unread": {"number": 1},
    "room.notify": {"level": "nothing"},
    "room.star": {},
    "room.hide": {},
    "room.unhide": {},
    "member.add": {"people": ["bob"]},
    "room.unstar": {},
    "room.place": {},
    "typing.start": {},
    "typing.stop": {},
    "message.report": {"number": 1, "reason": "spam"},
    "member.mute": {"user": "bob", "seconds": 60},
    "member.unmute": {"user": "bob"},
    "member.ban": {"user": "bob"},
    "removal.preview": {"user": "alice", "scope": "room"},
    "removal.make": {"user": "alice", "scope": "room"},
    "removal.undo": {"removal": 1},
}
# They name no room, or, in `rooms.unread`, several, which are skipped one by one.
OF_ONESELF = {
    *("room.create", "room.direct", "rooms.read", "rooms.unread", "section.fold"),
    *("section.unfold", "ping", "person.ignore", "person.unignore", "lobby.open", "lobby.close"),
    *("rooms", "profile", "profile.zone", "appearance.set"),
    *("status.set", "quiet.set", "people.watch", "presence.idle"),
    *("inbox", "inbox.read", "keywords.set"),
    *("section.make", "section.rename", "section.move", "section.delete"),
    "search",  # `in:` names one: integration/test_search_rights.py
}
SILENT = {"typing.start", "typing.stop"}
ANSWERS_ANYBODY = {"room.close", "room.unstar"}  # these concern only the sender's own tab and list


def test_every_command_is_tried() -> None:
    assert {*OF_A_ROOM, *OF_ONESELF} == commands.COMMAND_TYPES


@pytest.fixture
def dora(db: None) -> User:
    return factories.make_user("dora")


@pytest.fixture
def hidden(alice: User, bob: User, dora: User, private_room: Room) -> list[Room]:
    """A private room and a direct one, with messages. dora was a member of the first until she was
    removed."""
    factories.add_member(private_room, dora)
    memberships.remove_member(actor=alice, room=private_room, user=dora)
    direct = factories.make_direct(alice, bob)
    for room in (private_room, direct):
        factories.post_many(room, alice, ["Zanzibar plans", "@charlie @dora @mallory Zanzibar"])
        reactions.add_reaction(actor=bob, slug=room.slug, number=1, emoji="👍")
        room.refresh_from_db()
    return [private_room, direct]


@pytest.fixture
def strangers(charlie: User, dora: User, mallory: User) -> dict[str, User]:
    """People never in, no longer in, and banned; charlie is in another room."""
    factories.make_room("Elsewhere", owner=charlie)
    return {"outsider": charlie, "former member": dora, "banned": mallory}


def state() -> list[Any]:
    """Return everything that must not change."""
    models = (Message, Membership, Reaction, Ban, Mute, Invite, AuditEntry)
    return [list(model.objects.order_by("pk").values()) for model in models] + [
        list(Room.objects.order_by("pk").values("pk", "name", "topic", "revision", "archived_at"))
    ]


@pytest.mark.parametrize("who", ["outsider", "former member", "banned"])
async def test_no_command_distinguishes_a_hidden_room_from_a_missing_one(
    connect: Connect,
    alice: User,
    hidden: list[Room],
    strangers: dict[str, User],
    no_limits: None,
    who: str,
) -> None:
    before = await sync_to_async(state)()
    for room in hidden:
        inside, stranger = await connect(alice, room=room), await connect(strangers[who])
        await inside.sees("presence.changed")  # her own presence
        inside.events.clear()
        for command, fields in OF_A_ROOM.items():
            if command in SILENT:
                await stranger.sends({"type": command, "room": room.slug, **fields})
                continue
            there = await stranger.asks(command, room=room.slug, **fields)
            absent = await stranger.asks(command, room=ABSENT, **fields)
            for reply in (there, absent):
                del reply["ref"]
            assert there == absent, command
            if command not in ANSWERS_ANYBODY:
                assert there["code"] == "not_found", command
        steps = [step(room), step(room, ABSENT)]
        assert (await stranger.does("rooms.unread", rooms=steps))["rooms"] == []
        await stranger.does("ping")
        await inside.does("ping")
        assert inside.events == [], "someone inside heard of it"
        assert stranger.events == []
        assert room.slug not in str(stranger.welcome)
        await inside.leaves()
        await stranger.leaves()
    assert await sync_to_async(state)() == before


def step(room: Room, slug: str = "") -> Json:
    return {
        "room": slug or room.slug,
        "before": 0,
        "number": room.last_number,
        "read_revision": 0,
    }


async def test_outsiders_hear_nothing_of_what_happens_inside(
    connect: Connect,
    alice: User,
    bob: User,
    hidden: list[Room],
    strangers: dict[str, User],
    no_limits: None,
) -> None:
    """Post with mentions, edit, delete, react, type, join and leave."""
    outside = [await connect(user) for user in strangers.values()]
    for room in hidden:
        inside = await connect(alice, room=room)
        other = await connect(bob, room=room)
        await inside.sends({"type": "typing.start", "room": room.slug})
        message = await inside.posts("@charlie @dora @mallory look, Zanzibar")
        number = {"room": room.slug, "number": message["number"]}
        await inside.does("message.edit", **number, body="@charlie Zanzibar")
        await other.does("reaction.add", **number, emoji="👍")
        await inside.does("message.delete", **number)
        await other.sees("message.deleted")
    for stranger in outside:
        await stranger.does("ping")
        assert stranger.events == []


# -- pages -----------------------------------------------------------------------------------


def patterns() -> dict[str, URLPattern]:
    return {str(one.name): one for one in urlpatterns}


def converters(pattern: URLPattern) -> set[str]:
    return set(pattern.pattern.converters) | set(getattr(pattern.pattern.regex, "groupindex", {}))


IN_A_ROOM = {name for name, pattern in patterns().items() if "slug" in converters(pattern)}
# Addresses whose argument is not a room; their own tests cover who may follow them.
OTHERWISE_TESTED = {
    "invite": "a secret: test_invites.py",
    "unsubscribe": "a secret: test_missed_mail.py",
    **dict.fromkeys(
        ("file", "file_about", "file_content", "file_thumbnail"),
        "whoever reads the message: test_uploads.py, test_downloads.py",
    ),
    "push_test_outcome": "a secret: test_push_hops.py",
    "logo": "public, under a random name: test_site_settings.py",
    "preview_picture": "whoever is logged in, under a secret name: test_previews.py",
    "accent": "public: a colour, computed from its address",
    "avatar": "public, under a random name: test_avatars.py",
    "emoji": "public, under a random name: test_custom_emoji.py",
    "site_emoji_remove": "for moderators of the site: test_rights_table.py",
    "session_revoke": "one's own only: test_session_list.py",
    "account_reset_password_from_key": "a secret: test_password.py",
    "account_confirm_email": "a secret: test_email.py",
    "mfa_remove_webauthn": "one's own only, by allauth",
}


def test_every_address_with_an_argument_is_tried() -> None:
    with_argument = {name for name, one in patterns().items() if converters(one)}
    assert with_argument - IN_A_ROOM <= set(OTHERWISE_TESTED)
    assert len(IN_A_ROOM) >= 14


@pytest.fixture
def arguments(alice: User, bob: User, private_room: Room) -> dict[str, Any]:
    """Arguments that exist in the private room."""
    banned = Ban.objects.get(room=private_room)
    factories.make_invite(private_room, by=alice)
    members.mute_member(actor=alice, slug=private_room.slug, username="bob", seconds=None)
    return {
        "number": 1,
        "span": "1-50",
        "user_id": bob.pk,
        "ban_id": banned.pk,
        "mute_id": Mute.objects.get(room=private_room).pk,
        "invite_id": Invite.objects.get(room=private_room).pk,
    }


@pytest.mark.parametrize("name", sorted(IN_A_ROOM))
def test_no_page_distinguishes_a_hidden_room_from_a_missing_one(
    hidden: list[Room], strangers: dict[str, User], arguments: dict[str, Any], name: str
) -> None:
    before = state()
    wanted = converters(patterns()[name]) - {"slug"}
    assert wanted <= set(arguments), "list an argument for it above"
    more = {one: arguments[one] for one in wanted}
    form = {"name": "Mine", "topic": "", "role": "owner", "archived": "1", "days": "7"}
    for user in strangers.values():
        browser = signed_in(user)
        for room in hidden:
            there = reverse(name, kwargs={"slug": room.slug, **more})
            absent = reverse(name, kwargs={"slug": ABSENT, **more})
            for act in (browser.get, browser.post):
                answers = [plain(act(there, form), room.slug), plain(act(absent, form), ABSENT)]
                assert answers[0] == answers[1], (user, there)
                assert answers[0][0] in {404, 405}
    visitor = Client()
    for act in (visitor.get, visitor.post):
        answers = [
            plain(act(reverse(name, kwargs={"slug": slug, **more})), slug)
            for slug in (hidden[0].slug, ABSENT)
        ]
        assert answers[0] == answers[1]
    assert state() == before


def plain(response: Any, slug: str) -> tuple[int, str, str]:
    """Return status, target and body, without the parts that always differ."""
    body = re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", response.content.decode())
    target = response.headers.get("Location", "")
    return response.status_code, target.replace(slug, ""), body.replace(slug, "")


def test_no_page_outside_reveals_a_hidden_room_s_name_or_people(
    hidden: list[Room], strangers: dict[str, User]
) -> None:
    secrets = ["Back office", "Plans", "Zanzibar", *(room.slug for room in hidden)]
    searches = ["/rooms/?q=back", "/rooms/?q=zanz", "/people/?q=zan"]
    pages = ["/rooms/", "/rooms/elsewhere/", "/rooms/elsewhere/members/", "/accounts/profile/"]
    for user in strangers.values():
        browser = signed_in(user)
        for path in (*searches, *pages):
            page = browser.get(path, follow=True).content.decode()
            assert not [secret for secret in secrets if secret in page], (user, path)


@pytest.mark.parametrize("path", ["", "room/", "message/", "user/", "membership/", "auditentry/"])
def test_the_admin_is_closed_to_ordinary_accounts(
    hidden: list[Room], strangers: dict[str, User], as_alice: Client, path: str
) -> None:
    address = f"/admin/rooms/{path}"
    for browser in (as_alice, *(signed_in(user) for user in strangers.values()), Client()):
        answer = browser.get(address)
        assert answer.status_code in {302, 403}
        assert b"Zanzibar" not in answer.content
