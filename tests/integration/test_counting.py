"""Unread counts converge: whatever happens in whatever order, every page counts what the server
counts, and the server counts what anyone can count in the database."""

import asyncio
import itertools
import json
import random
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chatsite.asgi import application
from rooms.actions.accounts import ignores
from rooms.actions.messages import changes
from rooms.actions.moderation import removals, review
from rooms.errors import ChatError
from rooms.models import Held, Ignore, Membership, Message, Removal, Room, User
from tests.chat_client import ChatClient, InProcess, Json
from tests.factories import add_member, make_room, make_user, post_many
from tests.integration.conftest import Connect, cookie, session_of
from tests.processes import ROOT
from tests.services import need

pytestmark = pytest.mark.thorough

STEPS = 60
nonces = itertools.count(1)


class Recording(InProcess):
    """Record what a page is told, and each reply with the command that it answers."""

    def __init__(self, *how: Any) -> None:
        super().__init__(*how)
        self.frames: list[Json] = []
        self._asked: dict[str, Json] = {}

    async def send(self, text: str | bytes) -> None:
        command = json.loads(text)
        self._asked[command["ref"]] = command
        await super().send(text)

    async def receive(self) -> str:
        text = await super().receive()
        frame = json.loads(text)
        self.frames.append({**frame, "command": self._asked.get(frame.get("ref"))})
        return text


class Tab(ChatClient):
    """One person's page, which has a room open at times."""

    def __init__(self, key: str) -> None:
        self.recording = Recording(application, cookie(key))
        super().__init__(self.recording)

    async def meddles(self, dice: random.Random, rooms: list[Room]) -> None:
        """Move a cursor, or open another room."""
        room = dice.choice(rooms).slug
        number = dice.randint(1, 25)
        command: Json = dice.choice(
            [
                {"type": "room.read", "room": room, "number": number},
                {"type": "room.unread", "room": room, "number": number},
                {"type": "room.unread", "room": room, "number": 1},
                {"type": "room.open", "room": room},
                {"type": "room.close", "room": room},
                {"type": "rooms.read"},
                {"type": "message.post", "room": room, "nonce": nonce(), "body": "mine"},
            ]
        )
        reply = await self.asks(**command)
        if command["type"] == "rooms.read" and dice.random() < 0.7:
            await self.does("rooms.unread", rooms=reply["rooms"] or [NO_STEP])

    async def is_checked(self, expected: dict[str, int]) -> None:
        """Record that it has been told everything, and what it should count now."""
        await self.does("ping")
        self.recording.frames.append({"type": "checkpoint"})
        self.expected = [*getattr(self, "expected", []), expected]


NO_STEP = {"room": "nowhere", "before": 0, "number": 1, "read_revision": 0}


def nonce() -> str:
    return f"counting-{next(nonces)}"


def in_the_database(user: User) -> dict[str, int]:
    """Count message by message."""
    ignored = {*Ignore.objects.filter(user=user).values_list("other_id", flat=True)}
    return {
        row.room.slug: sum(
            one.number > row.read_number and not one.deleted and one.author_id not in ignored
            for one in Message.objects.filter(room=row.room)
        )
        for row in Membership.objects.filter(user=user).select_related("room")
    }


def meddle(dice: random.Random, rooms: list[Room], people: list[User], staff: User) -> None:
    """Let others post, edit, delete and moderate."""
    bob, *others = people
    room, author = dice.choice(rooms), dice.choice(others)
    written = [*Message.objects.filter(room=room).select_related("room", "author")]
    some = dice.sample(written, min(len(written), dice.choice([1, 1, 3, 8])))
    does: Callable[[], Any] = dice.choice(
        [
            lambda: post_many(room, author, ["x"] * dice.randint(1, 4)),
            lambda: post_many(room, author, ["x"] * dice.randint(1, 4)),
            lambda: changes.delete_messages(actor=staff, messages=some),
            lambda: changes.delete_messages(actor=staff, messages=some),
            lambda: changes.restore_messages(actor=staff, messages=some),
            lambda: changes.edit_message(
                actor=some[0].author, slug=room.slug, number=some[0].number, body=nonce()
            ),
            lambda: remove_or_undo(author, room, staff),
            lambda: hold_and_approve(bob, room, staff),
        ]
    )
    with suppress(ChatError):  # such as a message deleted in between
        does()


def hold_and_approve(author: User, room: Room, staff: User) -> None:
    held = Held.objects.create(room=room, author=author, nonce=nonce(), body="held")
    review.approve_held(actor=staff, held=held)


def toggle_ignore(user: User, other: User) -> None:
    if Ignore.objects.filter(user=user, other=other).exists():
        ignores.unignore_person(actor=user, username=other.username)
    else:
        ignores.ignore_person(actor=user, username=other.username, kind="mute")


def remove_or_undo(author: User, room: Room, staff: User) -> None:
    done = Removal.objects.filter(user=author, undone_at=None).first()
    if done is not None:
        removals.undo_removal(actor=staff, removal=done)
    else:
        removals.remove_posts(actor=staff, user=author, scope="room", room=room)


@pytest.mark.usefixtures("no_limits")
@pytest.mark.parametrize("seed", range(3))
async def test_every_page_counts_what_is_unread(
    connect: Connect, alice: User, bob: User, room: Room, staff: User, seed: int
) -> None:
    dice = random.Random(seed)

    @sync_to_async
    def prepare() -> tuple[list[Room], list[User]]:
        carol = make_user("carol")
        rooms = [room, make_room("Elsewhere", owner=alice, members=[bob])]
        for one in rooms:
            add_member(one, carol)
            post_many(one, alice, ["x"] * 6)
            post_many(one, carol, ["x"] * 6)
        return rooms, [bob, alice, carol]

    rooms, people = await prepare()
    await connect(alice)  # its fixture cleans up what this test starts
    tabs: list[Tab] = []
    for step in range(STEPS):
        if step % 15 == 0:
            tabs.append(await page_of(bob))
        others = sync_to_async(meddle)(dice, rooms, people, staff)
        await asyncio.gather(others, *(tab.meddles(dice, rooms) for tab in tabs[: step % 3]))
        if step % 5 == 3:
            # Not concurrently with the others: a count made before it and delivered after it is
            # about other people.
            await sync_to_async(toggle_ignore)(bob, dice.choice(people[1:]))
        if step % 5 == 4:
            expected = await sync_to_async(in_the_database)(bob)
            assert await freshly_told(bob) == expected
            for tab in tabs:
                await tab.is_checked(expected)
    counted = counts_of([tab.recording.frames for tab in tabs])
    for tab, counts in zip(tabs, counted, strict=True):
        assert counts == tab.expected
        await tab.leaves()


async def page_of(user: User) -> Tab:
    tab = Tab(await sync_to_async(session_of)(user))
    await tab.arrives()
    return tab


async def freshly_told(user: User) -> dict[str, int]:
    """Return what a freshly loaded page shows, from its welcome and in each room."""
    fresh = await page_of(user)
    counts = {one["slug"]: int(one["unread"]) for one in fresh.welcome["rooms"]}
    for slug in counts:
        assert (await fresh.opens(slug))["room"]["unread"] == counts[slug]
    await fresh.leaves()
    return counts


def counts_of(recordings: list[list[Json]]) -> list[list[dict[str, int]]]:
    """Count with the page's own scripts."""
    node = need("Node.js", shutil.which("node"))
    done = subprocess.run(
        [node, "tests/js/counting.js"],
        input=json.dumps(recordings), cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[list[dict[str, int]]] = json.loads(done.stdout)
    return found
