"""Deleted text can be restored for thirty days; after that it is gone everywhere."""

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from rooms.actions.messages import changes, reactions
from rooms.actions.moderation import purging, reports
from rooms.errors import Forbidden
from rooms.jobs import runner
from rooms.models import Held, InboxItem, Message, Reaction, Report, Room, User
from tests import factories
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect
from tests.processes import ROOT
from tests.site import DEFAULTS, serving

MARKER = "zanzibar-ostrich-7f3d"


def deleted(message: Message, **ago: float) -> None:
    Message.objects.filter(pk=message.pk).update(deleted_at=timezone.now() - timedelta(**ago))


@pytest.fixture
def tombstones(room: Room, alice: User, bob: User, no_limits: None) -> list[Message]:
    """Messages deleted 29 and 31 days ago, and one that isn't deleted."""
    rows = factories.post_many(room, bob, ["Young.", "Old.", "Alive."])
    for row in rows:
        reactions.add_reaction(actor=alice, slug="lounge", number=row.number, emoji="👍")
    deleted(rows[0], days=settings.TOMBSTONE_DAYS - 1)
    deleted(rows[1], days=settings.TOMBSTONE_DAYS + 1)
    return rows


def test_after_thirty_days_the_text_is_gone_and_the_numbers_stay(
    tombstones: list[Message], room: Room
) -> None:
    before = list(Message.objects.order_by("pk").values_list("number", "revision", "nonce"))
    assert purging.purge() == purging.Purged(messages=1, held=0, notes=0)
    rows = {row.number: row for row in Message.objects.all()}
    assert [rows[number].body for number in (1, 2, 3)] == ["Young.", "", "Alive."]
    assert rows[2].html == ""
    assert sorted(Reaction.objects.values_list("message__number", flat=True)) == [1, 3]
    after = list(Message.objects.order_by("pk").values_list("number", "revision", "nonce"))
    assert after == before
    assert purging.purge() == purging.Purged(messages=0, held=0, notes=0)


def test_what_it_said_of_people_is_gone_too_and_old_items_are(
    room: Room, alice: User, bob: User, no_limits: None
) -> None:
    factories.post_many(room, alice, ["@bob", "@bob", "@bob"])
    deleted(Message.objects.get(number=2), days=settings.TOMBSTONE_DAYS + 1)
    items = InboxItem.objects.order_by("number")
    items.filter(number=1).update(created_at=timezone.now() - timedelta(days=366))
    purging.purge()
    assert [*items.values_list("number", flat=True)] == [3]
    assert [row.mentions != "" for row in Message.objects.order_by("number")] == [True, False, True]


def test_within_thirty_days_it_can_be_restored_and_afterwards_the_refusal_says_why(
    tombstones: list[Message], as_maud: Client, alice: User
) -> None:
    young, old, _alive = tombstones
    page = desk.run(as_maud, "restore_selected", [old])
    assert "more than 30 days ago" in desk.notices(page)
    purging.purge()
    with pytest.raises(Forbidden):
        changes.restore_messages(actor=alice, messages=[old])
    changes.restore_messages(actor=alice, messages=[young])
    assert list(Message.objects.exclude(deleted_at=None)) == [old]


def test_old_decided_reports_keep_no_text(room: Room, alice: User, bob: User, staff: User) -> None:
    long_ago = timezone.now() - timedelta(days=settings.TOMBSTONE_DAYS + 1)
    said = factories.post(room, bob)
    with factories.unlimited():
        reports.report_message(
            actor=alice, slug="lounge", number=said.number, reason="abuse", note="He said."
        )
    held = [
        Held.objects.create(room=room, author=bob, nonce=f"nonce-{when}", body="Kept.", **fields)
        for when, fields in (("waits", {}), ("decided", {"decided_at": long_ago}))
    ]
    Report.objects.update(resolved_at=long_ago, resolved_by=staff, outcome="dismissed")
    assert purging.purge() == purging.Purged(messages=0, held=1, notes=1)
    assert [Held.objects.get(pk=one.pk).body for one in held] == ["Kept.", ""]
    report = Report.objects.get()
    assert (report.note, report.outcome, report.reason) == ("", "dismissed", "abuse")


async def test_a_server_purges_on_its_own(
    connect: Connect, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    purged = asyncio.Event()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(runner, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(runner, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(purging, "purge", lambda: loop.call_soon_threadsafe(purged.set))
    await connect(bob)
    async with asyncio.timeout(10):
        await purged.wait()


def _found(folder: Path) -> list[str]:
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and MARKER.encode() in path.read_bytes()
    ]


async def test_erased_text_is_in_no_file(tmp_path: Path) -> None:
    """Among messages that stay, with a server that keeps running, whose log is searched too."""
    with serving(tmp_path) as site:
        visitor = await asyncio.to_thread(site.visitor().signs_up, "alice")
        client = await visitor.connects()
        await client.does("room.create", name="Lounge", kind="public")
        await client.opens("lounge")
        numbers = []
        for index in range(120):
            body = f"{MARKER} " * (1 + index % 40) if index % 3 else f"Another {index}. " * 20
            number = (await client.posts(body))["number"]
            if index % 3:
                numbers.append(number)
        edited = numbers.pop()
        await client.does("message.edit", room="lounge", number=edited, body="Harmless.")
        assert _found(tmp_path)
        for number in numbers:
            await client.does("message.delete", room="lounge", number=number)
        assert _found(tmp_path), "a moderator could still restore it"
        words = await asyncio.to_thread(_purge, tmp_path)
        assert f"Erased: {len(numbers)} messages" in words
        assert _found(tmp_path) == []
        assert MARKER not in site.server.output
        page = await client.opens("lounge", limit=100)
        bodies = [message.get("body", "") for message in page["messages"]]
        assert sum("Another" in body for body in bodies) > 30
        await client.leaves()


def _purge(data: Path) -> str:
    command: list[Any] = [sys.executable, "manage.py", "purge", "--days", "0"]
    env = {**os.environ, **DEFAULTS, "CHATSITE_DATA": str(data)}
    return subprocess.run(
        command, cwd=ROOT, env=env, check=True, capture_output=True, text=True
    ).stdout
