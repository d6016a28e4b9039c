"""The audit log of staff actions: complete, append-only and exportable."""

import codecs
import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.test import AsyncClient, Client
from django.utils import timezone

from rooms.actions.messages import changes
from rooms.actions.moderation import sanctions
from rooms.actions.rooms import memberships, rooms
from rooms.admin import exports
from rooms.models import AuditEntry, Membership, Room, User
from tests import factories
from tests.integration import admin_desk as desk


def test_an_entry_is_never_changed_and_never_deleted(room: Room) -> None:
    entry = AuditEntry.objects.earliest("pk")
    entry.detail = "Nothing happened."
    with pytest.raises(TypeError, match="append-only"):
        entry.save()
    with pytest.raises(TypeError, match="append-only"):
        entry.delete()
    rows = AuditEntry.objects.filter(pk=entry.pk)
    for attempt in (
        lambda: rows.update(detail=""),
        lambda: rows.delete(),
        lambda: AuditEntry.objects.bulk_update([entry], ["detail"]),
        lambda: entry.user.delete() if entry.user else None,
    ):
        with pytest.raises((TypeError, models.ProtectedError)), transaction.atomic():
            attempt()
    assert AuditEntry.objects.get(pk=entry.pk).detail == "Spam."


def test_every_entry_records_the_old_and_the_new_value(
    room: Room, alice: User, bob: User, charlie: User, as_staff: Client
) -> None:
    """Some entries omit the person, the text and old names, which are people's own."""
    said = factories.post(room, bob)
    AuditEntry.objects.all()._raw_delete("default")  # remove the entries made by the fixtures
    changes.delete_messages(actor=alice, messages=[said], reason="Spam.")
    changes.restore_messages(actor=alice, messages=[said])
    end = timezone.now() + timedelta(hours=1)
    until = f"until {end.isoformat(timespec='minutes')}"
    sanctions.mute_user(actor=alice, user=bob, room=room, reason="Calm down.", expires_at=end)
    mute = sanctions.mute_user(actor=alice, user=bob, room=room)
    sanctions.lift_mutes(actor=alice, mutes=[mute])
    memberships.put_member(actor=alice, room=room, user=charlie)
    memberships.set_role(actor=alice, room=room, user=charlie, role="moderator")
    memberships.remove_member(actor=alice, room=room, user=charlie, reason="Gone.")
    ban = sanctions.ban_user(actor=alice, user=charlie, room=room)
    sanctions.lift_bans(actor=alice, bans=[ban])
    rooms.update_room(actor=alice, room=room, name="Parlour", topic="Tea")
    rooms.archive_room(actor=alice, room=room)
    group = Group.objects.get_or_create(name="Moderators")[0]
    desk.save(
        as_staff, bob, username="bob", is_active="on", is_staff="on", display_name="Robert",
        groups=[group.pk],
    )  # fmt: skip
    told = [(row.action, row.before, row.after, row.detail) for row in AuditEntry.objects.all()]
    assert told == [
        ("message.deleted", "shown", "deleted", "Spam."),
        ("message.restored", "deleted", "shown", ""),
        ("user.muted", "free", until, "Calm down."),
        ("user.muted", until, "for good", ""),
        ("user.unmuted", "for good", "lifted", ""),
        ("member.added", "no member", "member", ""),
        ("member.role", "member", "moderator", ""),
        ("member.removed", "moderator", "no member", "Gone."),
        ("user.banned", "free", "for good", ""),
        ("user.unbanned", "for good", "lifted", ""),
        ("room.updated", "Lounge · Tea and talk", "Parlour · Tea", ""),
        ("room.archived", "open", "archived", ""),
        ("user.changed", "none", "is_staff, Moderators", "display_name, groups, is_staff"),
    ]


def test_the_list_is_narrowed_to_one_action(as_maud: Client, room: Room, bob: User) -> None:
    member = Membership.objects.get(room=room, user=bob)
    desk.save(as_maud, member, role="moderator")
    page = as_maud.get(f"{desk.url(AuditEntry)}?action=member.role")
    assert [row.action for row in page.context["cl"].result_list] == ["member.role"]
    shown = as_maud.get(f"{desk.url(AuditEntry)}?about=member").content.decode()
    assert "action=member.role" in shown
    assert "action=user.banned" not in shown
    assert "member → moderator" in shown


async def exported(user: User, kind: str, query: str = "") -> str:
    client = AsyncClient()
    await client.aforce_login(user)
    answer: Any = await client.get(f"/admin/rooms/auditentry/export/{kind}/?{query}")
    assert answer.status_code == 200, answer.status_code
    assert f".{kind}" in answer["Content-Disposition"]
    content = b"".join([piece async for piece in answer.streaming_content])
    # Without a byte order mark Excel assumes the machine's legacy encoding; JSON must have none.
    assert content.count(codecs.BOM_UTF8) == content.startswith(codecs.BOM_UTF8) == (kind == "csv")
    return content.decode("utf-8-sig")


@pytest.mark.django_db(transaction=True)
async def test_the_listed_entries_are_exported(
    maud: User, room: Room, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "CHUNK", 2)
    for minutes in range(1, 6):
        await sync_to_async(sanctions.mute_user)(
            actor=alice, user=bob, room=room, reason=f'Number {minutes}, "quoted".'
        )
    rows = json.loads(await exported(maud, "json"))
    assert [row["action"] for row in rows] == ["user.muted"] * 5 + ["user.banned"]
    assert rows[0] | {"time": ""} == {
        "time": "", "actor": "alice", "action": "user.muted", "user": "bob", "room": "lounge",
        "message": None, "detail": 'Number 5, "quoted".', "before": "for good",
        "after": "for good",
    }  # fmt: skip
    table = list(csv.DictReader(io.StringIO(await exported(maud, "csv"), newline="")))
    assert table == [{name: text or "" for name, text in row.items()} for row in rows]
    only = json.loads(await exported(maud, "json", "action=user.banned"))
    assert [row["user"] for row in only] == ["mallory"]
    assert json.loads(await exported(maud, "json", "action=user.owner")) == []


@pytest.mark.django_db(transaction=True)
async def test_only_the_newest_entries_of_a_long_log_are_exported(
    maud: User, room: Room, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert exports.MAX_EXPORTED == 100_000, "as rooms/admin/README.md says"
    monkeypatch.setattr("rooms.admin.audit.MAX_EXPORTED", 2)
    for reason in ("first", "second", "third"):
        await sync_to_async(sanctions.mute_user)(actor=alice, user=bob, room=room, reason=reason)
    rows = json.loads(await exported(maud, "json"))
    assert [row["detail"] for row in rows] == ["third", "second"]


@pytest.mark.django_db(transaction=True)
async def test_a_spreadsheet_treats_no_cell_as_a_formula(
    maud: User, room: Room, alice: User, bob: User
) -> None:
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\uff1d1", "\t=1"]
    for reason in hostile:
        await AuditEntry.objects.acreate(action="user.muted", detail=reason, actor=alice)
    table = csv.DictReader(
        io.StringIO(await exported(maud, "csv", "action=user.muted"), newline="")
    )
    cells = [row["detail"] for row in table]
    assert sorted(cells) == sorted(f"'{reason}" for reason in hostile)


@pytest.mark.parametrize(
    "query", ["created_at__year=x", "created_at__year=2026&created_at__month=13", "nothing=1"]
)
def test_an_export_with_a_bad_filter_leads_back_to_the_list(
    as_maud: Client, room: Room, query: str
) -> None:
    answer = as_maud.get(f"/admin/rooms/auditentry/export/csv/?{query}")
    assert answer.headers["Location"] == f"{desk.url(AuditEntry)}?e=1"


def test_an_export_needs_the_right_to_read_the_log(
    as_maud: Client, maud: User, as_bob: Client, visitor: Client
) -> None:
    url = "/admin/rooms/auditentry/export/csv/"
    assert as_bob.get(url).status_code == 302
    assert visitor.get(url).status_code == 302
    assert as_maud.get("/admin/rooms/auditentry/export/exe/").status_code == 404
    maud.groups.clear()
    assert as_maud.get(url).status_code == 403
