"""Searches by name find people and rooms however the name is written."""

import importlib
import json
import unicodedata

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from rooms.actions.accounts import profiles
from rooms.actions.rooms import directory
from rooms.actions.rooms import rooms as room_actions
from rooms.models import Room, User
from tests.factories import make_room, make_user
from tests.processes import ROOT

NAMES = {
    "иван": "ИВАН",
    "ИВА": "Иван",
    "émile": "Emile",
    "emile": "E\u0301mile",
    "E\u0301MI": "émile",
    "cafe": "Café",
    "strass": "Straße",
    "STRASSE": "straße",
    "istanbul": "İstanbul",
    "oresund": "Øresund",
    "\uff42\uff4f\uff42": "Bob the second",
    "か\u3099": "がく",
    "שלום": "שָׁלוֹם",
}
DIFFERENT = {"か": "がく", "फल": "फूल", "ile": "Émile"}


def found_people(actor: User, query: str) -> list[str]:
    return [person.name for person in directory.people(actor=actor, matching=query)]


def found_rooms(browser: Client, query: str) -> list[str]:
    return [room["name"] for room in browser.get(reverse("lobby"), {"q": query}).context["found"]]


@pytest.mark.parametrize(("query", "name"), NAMES.items(), ids=ascii)
def test_people_are_found(alice: User, query: str, name: str) -> None:
    make_user("somebody", display_name=name)
    assert found_people(alice, query) == [name]
    assert found_people(alice, f"@{query}") == [name]


@pytest.mark.parametrize(("query", "name"), DIFFERENT.items(), ids=ascii)
def test_neither_another_letter_nor_the_middle_of_a_name_finds_anyone(
    alice: User, query: str, name: str
) -> None:
    make_user("somebody", display_name=name)
    assert found_people(alice, query) == []


def test_a_username_is_found_too_and_a_bare_mark_finds_nobody(alice: User, bob: User) -> None:
    assert found_people(alice, "BÖB") == ["Bob"]
    assert found_people(alice, "\u0301") == []


@pytest.mark.parametrize(("query", "name"), NAMES.items(), ids=ascii)
def test_the_lobby_finds_rooms_by_name_and_topic(
    as_charlie: Client, alice: User, query: str, name: str
) -> None:
    make_room(f"The {name} room", owner=alice)
    other = make_room("Other", owner=alice)
    shown = unicodedata.normalize("NFC", f"The {name} room")
    assert found_rooms(as_charlie, query) == [shown]
    room_actions.update_room(actor=alice, room=other, name="Other", topic=f"about {name}")
    assert len(found_rooms(as_charlie, query)) == 2


def test_the_lobby_counts_what_it_does_not_show(
    as_charlie: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.views.lobby.SHOWN", 2)
    for name in ("Café one", "Cafe two", "CAFÉ three", "Tea"):
        make_room(name, owner=alice)
    for query, count in (("cafe", 3), ("", 4)):
        public = as_charlie.get(reverse("lobby"), {"q": query}).context["public"]
        assert (len(public.found), public.count, public.total) == (2, count, 4)


def test_members_are_found(room: Room, alice: User, bob: User) -> None:
    profiles.set_display_name(actor=bob, name="Émile")
    found, _next = directory.members(actor=alice, slug=room.slug, matching="emi")
    assert [member.name for member in found] == ["Émile"]


def test_the_admin_finds_people_by_the_same_fold(as_maud: Client, bob: User) -> None:
    profiles.set_display_name(actor=bob, name="Émile Zola")
    address = reverse("admin:rooms_user_changelist")
    for query in ("emile", "ÉMILE zola", "bob", "zola"):
        assert "Émile Zola" in as_maud.get(address, {"q": query}).content.decode(), query
    assert "Émile Zola" not in as_maud.get(address, {"q": "emilia"}).content.decode()


@pytest.mark.parametrize("query", ["zola em", "EMI ZO", "@émile z", "emlie", "emile zoal", "ozla"])
def test_people_are_found_by_several_words_and_with_a_typing_error(
    alice: User, bob: User, query: str
) -> None:
    profiles.set_display_name(actor=bob, name="Émile Zola")
    assert found_people(alice, query) == ["Émile Zola"]


def test_a_name_that_is_meant_keeps_similar_ones_away(
    alice: User, bob: User, charlie: User
) -> None:
    profiles.set_display_name(actor=bob, name="Marian")
    profiles.set_display_name(actor=charlie, name="Marina")
    assert found_people(alice, "marina") == ["Marina"]
    assert found_people(alice, "mraina") == ["Marina"]
    assert found_people(alice, "marino") == ["Marina"]
    for query in ("mraian", "17", "zola", "bob marian x"):
        assert found_people(alice, query) == (["Marian"] if query == "mraian" else []), query


def test_the_lobby_forgives_a_typing_error_if_nothing_else_is_found(
    as_charlie: Client, alice: User
) -> None:
    for name in ("Project 17", "Project 170", "Garden"):
        make_room(name, owner=alice)
    assert found_rooms(as_charlie, "proj 17") == ["Project 17", "Project 170"]
    assert found_rooms(as_charlie, "porject 17") == ["Project 17", "Project 170"]
    assert found_rooms(as_charlie, "gardne") == ["Garden"]
    assert found_rooms(as_charlie, "gradne") == []


def test_members_are_found_by_several_words(room: Room, alice: User, bob: User) -> None:
    profiles.set_display_name(actor=bob, name="Émile Zola")
    found, _next = directory.members(actor=alice, slug=room.slug, matching="zol em")
    assert [member.name for member in found] == ["Émile Zola"]
    assert directory.members(actor=alice, slug=room.slug, matching="zola bob")[0] == []


# -- how it is kept --------------------------------------------------------------------------


def test_a_renamed_person_is_found_by_the_new_name(alice: User, bob: User) -> None:
    profiles.set_display_name(actor=bob, name="Émile")
    assert found_people(alice, "emile") == ["Émile"]
    profiles.set_display_name(actor=bob, name="")
    assert found_people(alice, "emile") == []


def test_the_fold_is_kept_in_bulk_operations_and_with_its_source_field(bob: User) -> None:
    User.objects.bulk_create([User(username="ida", display_name="Ída")])
    assert User.objects.get(username="ida").folded_name == "ida"
    bob.display_name = "Łukasz"
    bob.save(update_fields=["language"])
    assert User.objects.get(pk=bob.pk).folded_name == "bob"
    bob.save(update_fields=["display_name"])
    assert User.objects.get(pk=bob.pk).folded_name == "lukasz"


def test_existing_names_are_folded_by_the_migration(alice: User, bob: User, room: Room) -> None:
    folded = User.objects.order_by("pk").values_list("folded_name", flat=True)
    before, rooms = list(folded), Room.objects.get().folded
    assert set(before) == {"alice adams", "bob", ""}
    User.objects.update(folded_name="")
    Room.objects.update(folded="")
    migration = importlib.import_module("rooms.migrations.0018_folded")
    migration.fold_names(apps, connection.schema_editor())
    assert list(folded) == before
    assert Room.objects.get().folded == rooms


def test_people_are_looked_up_by_index(alice: User) -> None:
    found = User.objects.filter(directory._begins_with("emi"))
    if connection.vendor == "sqlite":
        plan = found.explain()
        assert "folded_name>? AND folded_name<?" in plan
        assert "username>? AND username<?" in plan
        assert "SCAN" not in plan
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
        assert "Seq Scan" not in found.explain()


def test_the_server_folds_what_the_scripts_fold(alice: User) -> None:
    texts = json.loads((ROOT / "tests/tables/fold.json").read_text())["texts"]
    for text, folded in texts:
        alice.display_name = text[:40]
        alice.save()
        assert alice.folded_name == folded
