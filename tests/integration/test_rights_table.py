"""The table of rights describes what really happens: everyone tries every operation in every kind
of room, through every entry point."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.contrib.messages import constants, get_messages
from django.core.management import call_command
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from rooms.actions.rooms import sidebars
from rooms.models import (
    AuditEntry,
    Ban,
    CustomEmoji,
    Held,
    Installation,
    Invite,
    Job,
    LinkPreview,
    Membership,
    Message,
    Mute,
    Reaction,
    Removal,
    Report,
    Room,
    Rule,
    Upload,
    User,
)
from rooms.policy import cases, moderator_group, table
from rooms.policy.cases import Case, Outcome, Person, Place
from rooms.policy.table import Operation
from rooms.protocol.commands import COMMANDS
from tests import factories
from tests.integration import admin_desk as desk
from tests.integration.conftest import Connect

pytestmark = pytest.mark.thorough

ROLES = Membership.Role
_count = itertools.count()
Json = dict[str, Any]


class World:
    """A room of one kind, everyone in and around it, and the things they can act on."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.people: dict[Person, User] = {
            person: factories.make_user(f"the_{person.name.lower()}")
            for person in Person
            if person is not Person.ANONYMOUS
            and (place is not Place.DIRECT or person in cases.DIRECT)
        }
        self.people[Person.STAFF] = desk.make_moderator()
        User.objects.filter(username="the_admin").update(is_staff=True, is_superuser=True)
        self.victim = factories.make_user("victim")
        self.other = factories.make_user("other")
        self.room = self._room()
        everybody = [*self.people.values(), self.victim]
        numbered = enumerate(everybody, start=1)
        Message.objects.bulk_create(self._message(number, user) for number, user in numbered)
        self.numbers = {user.pk: number for number, user in enumerate(everybody, start=1)}
        count = len(everybody)
        Room.objects.filter(pk=self.room.pk).update(last_number=count, revision=count)
        self.reset()

    def _room(self) -> Room:
        if self.place is Place.DIRECT:
            return factories.make_direct(self.people[Person.MEMBER], self.victim)
        kind = Room.Kind.PRIVATE if self.place is Place.PRIVATE else Room.Kind.PUBLIC
        return factories.make_room("Place", owner=self.people[Person.OWNER], kind=kind)

    def _message(self, number: int, author: User) -> Message:
        return Message(
            room=self.room,
            author=author,
            number=number,
            revision=number,
            nonce=f"written-{number}",
            body="Hello.",
            html="<p>Hello.</p>",
            renderer=1,
        )

    @transaction.atomic
    def browsers(self) -> Iterator[tuple[Case, Client]]:
        """Yield each case of this place with a browser of its person."""
        for case in Case.all():
            if case.place is self.place:
                client = Client()
                if case.person is not Person.ANONYMOUS:
                    client.force_login(self.user(case.person))
                yield case, client

    def reset(self) -> None:
        """Restore the initial state, whatever someone did."""
        room = self.room
        Ban.objects.filter(room=room).delete()
        Mute.objects.all().delete()
        room.memberships.all().delete()
        roles = {
            self.people[person]: role
            for person, role in cases.ROLES.items()
            if person in self.people
        }
        Membership.objects.bulk_create(
            Membership(room=room, user=user, role=role)
            for user, role in {**roles, self.victim: ROLES.MEMBER}.items()
        )
        by = self.people[Person.ADMIN]
        if Person.MUTED in self.people:
            Mute.objects.create(user=self.people[Person.MUTED], room=room, created_by=by)
        if Person.BANNED in self.people:
            Ban.objects.create(user=self.people[Person.BANNED], room=room, created_by=by)
        Message.objects.filter(room=room).update(deleted_at=None, removal=None)
        Room.objects.filter(pk=room.pk).update(
            archived_at=timezone.now() if self.place is Place.ARCHIVED else None,
            announcement=self.place is Place.ANNOUNCEMENT,
            slow_mode=0,
        )

    def user(self, person: Person) -> User:
        return self.people[person]

    @property
    def decider(self) -> User:
        """Return someone of the lowest rank that decides here, whose decisions anyone may lift."""
        return self.people.get(Person.MODERATOR) or self.people[Person.ADMIN]

    # Preconditions of some operations.

    def ban(self) -> Ban:
        return Ban.objects.create(user=self.other, room=self.room, created_by=self.decider)

    def mute(self) -> Mute:
        return Mute.objects.create(user=self.victim, room=self.room, created_by=self.decider)

    def emoji(self) -> CustomEmoji:
        return CustomEmoji.objects.create(name="squawk", key="0" * 32, created_by=self.decider)

    def removal(self) -> Removal:
        now = timezone.now()
        return Removal.objects.create(
            user=self.victim,
            room=self.room,
            scope=Removal.Scope.ROOM,
            created_by=self.decider,
            finished_at=now,
        )

    def invite(self) -> Invite:
        ends = timezone.now() + timedelta(days=1)
        invite, _token = Invite.draw(
            room=self.room,
            created_by=self.people[Person.ADMIN],
            expires_at=ends,
            max_uses=None,
        )
        invite.save()
        return invite


@dataclass(frozen=True)
class Try:
    """How to request an operation: the fields of a command, or the arguments and form of an
    address."""

    world: World
    person: Person

    @property
    def own(self) -> int:
        return self.world.numbers[self.world.user(self.person).pk]

    @property
    def others(self) -> int:
        return self.world.numbers[self.world.victim.pk]

    @property
    def section(self) -> str:
        """A section of their own."""
        made = sidebars.make_section(actor=self.world.user(self.person), name="Work")
        return next(own.id for own in made.sections if own.name == "Work")


def _victim(one: Try, **fields: Any) -> Json:
    return {"user": one.world.victim.username, **fields}


def _muted(one: Try) -> Json:
    one.world.mute()
    return _victim(one)


SCOPE = {"scope": "room"}
LAID_OUT = {"member.unmute", "removal.undo"}
# By command, or by command and operation where a command has several.
FIELDS: dict[str, Callable[[Try], Json]] = {
    "room.open": lambda one: {},
    "history": lambda one: {"before": 5},
    "reactions": lambda one: {"number": 1, "emoji": "👍"},
    "link.open": lambda one: {"number": 1},
    "preview.remove": lambda one: {"number": one.own, "url": "https://a.example/"},
    "mention.preview": lambda one: {"body": "Hello, @other and @room"},
    "room.join": lambda one: {},
    "room.leave": lambda one: {},
    "room.hide": lambda one: {},
    "room.unhide": lambda one: {},
    "member.add": lambda one: {"people": ["other"]},
    "profile": lambda one: {"user": "other"},
    "profile.zone": lambda one: {"zone": "Europe/Berlin"},
    "room.read": lambda one: {"number": 1},
    "room.unread": lambda one: {"number": 1},
    "room.notify": lambda one: {"level": "all"},
    "inbox": lambda one: {},
    "inbox.read": lambda one: {"all": True},
    "keywords.set": lambda one: {"keywords": ["launch"]},
    "search": lambda one: {"query": "hello"},
    "room.star": lambda one: {},
    "room.place": lambda one: {"section": one.section},
    "message.post": lambda one: {"body": "Hello.", "nonce": f"written-here-{next(_count)}"},
    "message.edit": lambda one: {"number": one.own, "body": f"Edited {next(_count)}."},
    "reaction.add": lambda one: {"number": 1, "emoji": "👍"},
    "reaction.remove": lambda one: {"number": 1, "emoji": "👍"},
    "message.report": lambda one: {"number": one.others, "reason": "spam"},
    "removal.preview": lambda one: _victim(one, **SCOPE),
    "removal.make": lambda one: _victim(one, **SCOPE),
    "removal.undo": lambda one: {"removal": one.world.removal().pk},
    "member.mute": _victim,
    "member.unmute": _muted,
    "member.ban": _victim,
    "room.close": lambda one: {},
    "room.unstar": lambda one: {},
    "rooms": lambda one: {},
    "rooms.read": lambda one: {},
    "rooms.unread": lambda one: {
        "rooms": [{"room": "nowhere", "before": 0, "number": 0, "read_revision": 0}]
    },
    "section.make": lambda one: {"name": "Work"},
    "section.rename": lambda one: {"section": one.section, "name": f"Play {next(_count)}"},
    "section.move": lambda one: {"section": one.section},
    "section.delete": lambda one: {"section": one.section},
    "section.fold": lambda one: {"section": "favourites"},
    "section.unfold": lambda one: {"section": "favourites"},
    "person.ignore": lambda one: {"user": "other", "kind": "mute"},
    "person.unignore": lambda one: {"user": "other"},
    "appearance.set": lambda one: {"scheme": "dark"},
    "status.set": lambda one: {"text": f"Away {next(_count)}"},
    "quiet.set": lambda one: {"until": None},
    "people.watch": lambda one: {"ids": [1]},
    "presence.idle": lambda one: {"idle": False},
    "room.create": lambda one: {"name": f"Room {next(_count)}", "kind": "public"},
    "room.direct": lambda one: {"people": ["other"]},
    "lobby.open": lambda one: {},
    "lobby.close": lambda one: {},
    "ping": lambda one: {},
}
WITHOUT_ROOM = {*table.ANYWHERE[0].commands, *table.ANYWHERE[1].commands} - {
    "room.close",
    "room.unstar",
}


def _by_user(one: Try, **form: Any) -> tuple[list[Any], Json]:
    return [one.world.room.slug, one.world.victim.pk], form


def _by_room(one: Try, **form: Any) -> tuple[list[Any], Json]:
    return [one.world.room.slug], form


# Arguments and form; without a form the page is only viewed.
PAGES: dict[str, Callable[[Try], tuple[list[Any], Json | None]]] = {
    "room": lambda one: ([one.world.room.slug], None),
    "room_at": lambda one: ([one.world.room.slug, 1], None),
    "room_members": lambda one: ([one.world.room.slug], None),
    "room_settings": lambda one: ([one.world.room.slug], None),
    "room_join": _by_room,
    "room_leave": _by_room,
    "room_hide": _by_room,
    "member_add": lambda one: _by_room(one, people="other"),
    "room_update": lambda one: _by_room(one, name=f"Name {next(_count)}", topic=""),
    "room_convert": lambda one: _by_room(one, name=f"Name {next(_count)}"),
    "room_archive": lambda one: _by_room(
        one, archived="0" if one.world.place is Place.ARCHIVED else "1"
    ),
    "room_pace": lambda one: _by_room(one, slow_mode="30", announcement="all"),
    "room_web": lambda one: _by_room(one, indexed="no"),
    "room_web_close": _by_room,
    "ban_lift": lambda one: ([one.world.room.slug, one.world.ban().pk], {}),
    "mute_lift": lambda one: ([one.world.room.slug, one.world.mute().pk], {}),
    "member_ban": lambda one: _by_user(one, reason=""),
    "member_mute": lambda one: _by_user(one, reason=""),
    "member_remove": _by_user,
    "member_role": lambda one: _by_user(one, role="moderator"),
    "invite_create": lambda one: _by_room(one, days="7"),
    "invite_revoke": lambda one: ([one.world.room.slug, one.world.invite().pk], {}),
    "room_create": lambda one: ([], {"name": f"Room {next(_count)}", "kind": "public"}),
    "direct": lambda one: ([], {"people": "other"}),
    "lobby": lambda one: ([], None),
    "people": lambda one: ([], None),
    "search": lambda one: ([], None),
    "site_emoji": lambda one: ([], None),
    "site_emoji_remove": lambda one: ([one.world.emoji().name], {}),
    "site_settings": lambda one: ([], {"save": "rooms", "room_makers": "everyone"}),
    "next_steps": lambda one: ([], None),
    "site_invite": lambda one: ([], {}),
}


def fields(one: Try, operation: Operation, command: str) -> Json:
    room = {} if command in WITHOUT_ROOM else {"room": one.world.room.slug}
    if command == "preview.remove" and operation.needs == (table.deletion,):
        return {**room, **FIELDS[command](one), "number": one.others}
    if command == "message.delete":
        own = operation.needs == (table.own_deletion,)
        return {"number": one.own if own else one.others, **room}
    return {**room, **FIELDS[command](one)}


def of_reply(reply: Json) -> Outcome:
    if reply["type"] == "ok":
        return Outcome.ALLOWED
    assert reply["code"] in {"not_found", "forbidden", "not_member", "muted"}, reply
    return Outcome.HIDDEN if reply["code"] == "not_found" else Outcome.REFUSED


def of_page(response: Any) -> Outcome:
    if response.status_code == 404:
        return Outcome.HIDDEN
    to_login = "/login/" in response.headers.get("Location", "")
    # Only for this request: messages of earlier ones wait for a page to show them.
    messages: Any = get_messages(response.wsgi_request)
    told = messages._queued_messages
    if any(one.level == constants.ERROR for one in told):
        return Outcome.REFUSED
    return Outcome.ALLOWED if response.status_code < 400 and not to_login else Outcome.REFUSED


def said(operation: Operation, case: Case, door: str) -> str:
    return f"{operation.words} · {case.person.name} · {case.place.name} · {door}"


@pytest.mark.parametrize("place", Place)
@pytest.mark.django_db(transaction=True)
async def test_every_command_follows_the_table(
    connect: Connect, no_limits: None, place: Place
) -> None:
    world = await sync_to_async(World)(place)
    tabs = {person: await connect(user) for person, user in world.people.items()}
    differ = {}
    for case in Case.all():
        if case.place is not place or case.person is Person.ANONYMOUS:
            continue
        for operation in table.OPERATIONS:
            for command in operation.commands:
                wanted = await sync_to_async(fields)(Try(world, case.person), operation, command)
                reply = await tabs[case.person].asks(command, **wanted)
                if of_reply(reply) is not operation.outcome(case):
                    differ[said(operation, case, command)] = reply
                # A refused request has changed nothing, but preconditions may have been created for
                # it.
                if reply["type"] == "ok" or command in LAID_OUT:
                    await sync_to_async(world.reset)()
    assert not differ


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever is stored meanwhile."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("place", Place)
@pytest.mark.django_db
def test_every_page_follows_the_table(no_limits: None, place: Place) -> None:
    world = World(place)
    differ = {}
    for case, client in world.browsers():
        for operation in table.OPERATIONS:
            for name in operation.pages:
                with undone():
                    args, form = PAGES[name](Try(world, case.person))
                    address = reverse(name, args=args)
                    response = client.get(address) if form is None else client.post(address, form)
                if of_page(response) is not operation.outcome(case):
                    differ[said(operation, case, name)] = response.status_code
    assert not differ


def _at_the_list(client: Client, action: str, obj: Model) -> Any:
    form = {"action": action, "_selected_action": obj.pk, "index": 0}
    return client.post(desk.url(type(obj)), form)


def _member(one: Try) -> Membership:
    return Membership.objects.get(room=one.world.room, user=one.world.victim)


def _rename(one: Try, client: Client) -> Outcome:
    name = f"Name {next(_count)}"
    archived = {"archived": "on"} if one.world.place is Place.ARCHIVED else {}
    desk.save(client, one.world.room, name=name, topic="", **archived)
    renamed = Room.objects.filter(pk=one.world.room.pk, name=name).exists()
    return Outcome.ALLOWED if renamed else Outcome.REFUSED


def _archive(one: Try, client: Client) -> Any:
    action = "unarchive" if one.world.place is Place.ARCHIVED else "archive"
    return _at_the_list(client, action, one.world.room)


def _by_place(one: Try) -> Json:
    return {"user": one.world.victim.pk, "room": one.world.room.pk, "reason": ""}


# By the operation's English description.
AT_THE_DESK: dict[str, Callable[[Try, Client], Any]] = {
    "Delete other people's messages": lambda one, client: _at_the_list(
        client, "delete_selected", Message.objects.get(room=one.world.room, number=one.others)
    ),
    "Ban somebody": lambda one, client: desk.add(client, Ban, **_by_place(one)),
    "Mute somebody": lambda one, client: desk.add(client, Mute, **_by_place(one)),
    "Unmute somebody": lambda one, client: desk.save(client, one.world.mute(), lifted="on"),
    "Lift a ban": lambda one, client: desk.save(client, one.world.ban(), lifted="on"),
    "Remove somebody from the room": lambda one, client: desk.delete(client, _member(one)),
    "Rename the room, change its topic": _rename,
    "Archive and reopen the room": _archive,
    "Invite": lambda one, client: desk.add(client, Invite, room=one.world.room.pk, days=7),
    "Revoke an invitation": lambda one, client: _at_the_list(client, "revoke", one.world.invite()),
    "Assign roles": lambda one, client: desk.save(client, _member(one), role="moderator"),
}


def of_desk(answer: Any) -> Outcome:
    """A form shown again counts as refused, and so does a redirect to log in."""
    if isinstance(answer, Outcome):
        return answer
    outcome = of_page(answer)
    return Outcome.REFUSED if answer.status_code == 200 else outcome


@pytest.mark.parametrize("place", Place)
@pytest.mark.django_db
def test_the_desk_follows_the_table_and_only_for_site_moderators(
    no_limits: None, place: Place
) -> None:
    world = World(place)
    differ = {}
    for case, client in world.browsers():
        for operation in table.IN_ROOMS:
            attempt = AT_THE_DESK.get(str(operation.words))
            if attempt is None:
                continue
            expected = operation.outcome(case) if case.moderates_site else Outcome.REFUSED
            with undone():
                answer = attempt(Try(world, case.person), client)
            if of_desk(answer) is not expected:
                differ[said(operation, case, "desk")] = answer
    assert not differ


def _parts(client: Client, model: type[Model], key: Any) -> tuple[str, ...]:
    """Return what someone can do with one model: the verbs of the pages that they are shown."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    def page(which: str, *args: Any) -> Any:
        return client.get(reverse(f"{name}_{which}", args=args), follow=False)

    def shown(response: Any) -> bool:
        # The only model without a list redirects to its single page.
        to_page = response.status_code == 302 and "login" not in response.headers["Location"]
        return response.status_code == 200 or bool(to_page)

    def changeable(response: Any) -> bool:
        # Undoing a removal and deciding a report have their own buttons.
        ways = ("has_change_permission", "can_undo", "buttons")
        return any(response.context.get(way) for way in ways)

    change = page("change", key)
    verbs = {
        "view": shown(page("changelist")) and shown(change),
        "add": shown(page("add")),
        "change": shown(change) and changeable(change),
        "delete": shown(page("delete", key)),
    }
    return tuple(verb for verb, can in verbs.items() if can)


def _examples(world: World) -> dict[type[Model], Model]:
    """One object of every model in the admin."""
    staff, room = world.people[Person.ADMIN], world.room
    message = Message.objects.get(room=room, number=world.numbers[world.victim.pk])
    by = {"created_by": staff}
    return {
        User: world.victim,
        Group: Group.objects.get(name=moderator_group.NAME),
        Message: message,
        Reaction: Reaction.objects.create(message=message, user=world.victim, emoji="👍"),
        Ban: world.ban(),
        Mute: Mute.objects.create(user=world.victim, room=room, **by),
        AuditEntry: AuditEntry.objects.create(actor=staff, action="user.banned"),
        Room: room,
        Membership: Membership.objects.get(room=room, user=world.victim),
        Invite: world.invite(),
        Rule: Rule.objects.create(pattern="spam", **by),
        Held: Held.objects.create(room=room, author=world.victim, nonce="held", body="spam"),
        Report: Report.objects.create(message=message, reporter=staff, reason="spam"),
        Removal: world.removal(),
        Job: Job.objects.create(kind="x", key="x", due=timezone.now(), created_at=timezone.now()),
        Installation: Installation.current(),
        Upload: factories.make_upload(room, world.victim),
        LinkPreview: factories.make_preview(message),
    }


@pytest.mark.django_db
def test_each_rank_uses_exactly_its_part_of_the_admin() -> None:
    world = World(Place.PUBLIC)
    examples = _examples(world)
    for person, user in [*world.people.items(), (Person.ANONYMOUS, None)]:
        client = desk.signed_in(user) if user else Client()
        parts: dict[Person, dict[str, tuple[str, ...]]] = {
            Person.ADMIN: table.PARTS_OF_ADMINS,
            Person.STAFF: table.PARTS_OF_STAFF,
        }
        for model in admin.site._registry:
            expected = parts.get(person, {}).get(str(model._meta.model_name), ())
            found = _parts(client, model, quote(examples[model].pk))
            assert found == expected, (person, model)


def test_the_table_in_the_readme_matches_the_code() -> None:
    call_command("export_rights", check=True)


def test_every_command_and_every_page_of_a_room_has_a_row() -> None:
    commands = {one for operation in table.OPERATIONS for one in operation.commands}
    known = {str(command.__struct_config__.tag) for command in COMMANDS}
    assert commands | table.SILENT == known
    pages = {one for operation in table.OPERATIONS for one in operation.pages}
    of_rooms = {
        str(name)
        for name in get_resolver().reverse_dict
        if isinstance(name, str) and reverse_begins_with(name, "rooms/")
    }
    assert of_rooms <= pages


def reverse_begins_with(name: str, beginning: str) -> bool:
    possibilities = get_resolver().reverse_dict.getlist(name)
    return any(
        pattern.startswith(beginning) for possible in possibilities for pattern, _ in possible[0]
    )
