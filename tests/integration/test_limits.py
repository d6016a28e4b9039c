"""Every command and form has its own limit, or costs no more than its frame."""

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client
from django.urls import reverse

from rooms import ratelimit
from rooms.errors import RateLimited
from rooms.policy.cases import Person, Place
from rooms.protocol import commands
from tests.integration.conftest import Connect
from tests.integration.test_rights_table import FIELDS, PAGES, WITHOUT_ROOM, Try, World

# Counted only as frames: nothing is read or written for them.
CHEAP = {"room.close", "lobby.close", "typing.stop", "ping"}
NO_REPLY = {"typing.start", "typing.stop"}
# Read-only, and no more work than any other page.
PLAIN = {"room_settings", "room_members", "people", "site_emoji", "next_steps", "search"}
OF_OWNERS = {"site_settings", "next_steps", "site_invite"}  # the site's


class Empty(RateLimited):
    """The value of every limit here."""


def use_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site where every limit is used up."""

    def consume(name: str, key: object) -> None:
        assert name in settings.LIMITS
        raise Empty("Used up.", retry_after=1)

    monkeypatch.setattr(ratelimit, "consume", consume)


@pytest.mark.django_db(transaction=True)
async def test_every_command_has_a_limit(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    world = await sync_to_async(World)(Place.PUBLIC)
    one = Try(world, Person.OWNER)
    wanted = {}
    for command in sorted(commands.COMMAND_TYPES - NO_REPLY):
        fields = FIELDS.get(command, lambda one: {"number": one.own})
        room = {} if command in WITHOUT_ROOM else {"room": world.room.slug}
        wanted[command] = {**room, **await sync_to_async(fields)(one)}
    tab = await connect(world.user(Person.OWNER))
    use_up(monkeypatch)
    free = set()
    for command, fields_ in wanted.items():
        reply = await tab.asks(command, **fields_)
        if reply.get("code") != "rate_limited":
            free.add(command)
    assert free == CHEAP & {*wanted}


@pytest.mark.django_db
def test_every_form_and_every_room_page_has_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(Place.PUBLIC)
    one = Try(world, Person.OWNER)
    clients = {person: Client() for person in (Person.OWNER, Person.ADMIN)}
    for person, client in clients.items():
        client.force_login(world.user(person))
    use_up(monkeypatch)
    free = set()
    for name, asked in PAGES.items():
        args, form = asked(one)
        client = clients[Person.ADMIN if name in OF_OWNERS else Person.OWNER]
        address = reverse(name, args=args)
        response = client.get(address) if form is None else client.post(address, form, follow=True)
        if response.status_code != 429 and "Used up." not in response.text:
            free.add(name)
    assert free <= PLAIN
