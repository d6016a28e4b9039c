"""The process behind `tests.browser.clerk`: one request per line on stdin, one reply per line on
stdout."""

import json
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import django

django.setup()

from allauth.account.forms import default_token_generator  # noqa: E402
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password  # noqa: E402
from allauth.account.models import EmailAddress, EmailConfirmationHMAC  # noqa: E402
from allauth.account.utils import user_pk_to_url_str  # noqa: E402
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes  # noqa: E402
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib import admin  # noqa: E402
from django.contrib.admin.utils import quote  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import F  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from rooms import letters  # noqa: E402
from rooms.accounts.session_store import SessionStore  # noqa: E402
from rooms.actions.accounts import accounts, profiles  # noqa: E402
from rooms.actions.files import processing  # noqa: E402
from rooms.actions.messages import posts, reactions, updates  # noqa: E402
from rooms.actions.moderation import removals, reports, rules, sanctions  # noqa: E402
from rooms.actions.moderation import review as reviews  # noqa: E402
from rooms.actions.rooms import rooms, web  # noqa: E402
from rooms.models import (  # noqa: E402
    Held,
    Job,
    Membership,
    Message,
    Reaction,
    Room,
    Upload,
    User,
)
from rooms.text.markup import RENDERER_VERSION  # noqa: E402
from tests import factories  # noqa: E402

SAID = 60  # messages in each of many rooms: more than a page


def make_person(username: str, name: str, staff: bool) -> str:
    """Create an account; return the key of its session."""
    rights = {"is_staff": staff, "is_superuser": staff}
    user = factories.make_user(username, display_name=name, **rights)
    return session(user.username)


def appoint(username: str) -> None:
    """Make someone a site moderator without a superuser's rights."""
    user = _user(username)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    user.groups.add(Group.objects.get(name="Moderators"))


def session(username: str) -> str:
    client = Client()
    client.force_login(_user(username))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def recent_session(username: str) -> str:
    """Return the key of a session that has just confirmed the password."""
    key = session(username)
    request = HttpRequest()
    request.user, request.session = _user(username), SessionStore(key)
    reauthenticate_by_password(request)
    request.session.save()
    return key


def furnish_account(username: str) -> dict[str, str]:
    """Add an authenticator app, recovery codes and an unconfirmed address; return what is in the
    links of their mails."""
    user = _user(username)
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    email = EmailAddress.objects.create(user=user, email=f"{username}@example.com", primary=True)
    return {
        "uid": user_pk_to_url_str(user),
        "reset": default_token_generator.make_token(user),
        "confirmation": EmailConfirmationHMAC(email).key,
        "unsubscribe": letters.unsubscribe_link(user.pk, "missed").split("/")[-2],
    }


def render(template: str, context: dict[str, Any]) -> str:
    """Render a page of the site as a visitor sees it."""
    return render_to_string(template, context)


def make_invite(room: str, owner: str) -> str:
    return factories.make_invite(_room(room), by=_user(owner))


def make_room(name: str, owner: str, members: list[str], topic: str, kind: str) -> str:
    room = factories.make_room(name, owner=_user(owner), topic=topic, kind=kind)
    for username in members:
        factories.add_member(room, _user(username))
    return room.slug


def make_many_rooms(username: str, rooms: int, people: int) -> list[str]:
    """Create public rooms with a person and as many others in each, and some messages; return their
    slugs."""
    me = _user(username)
    with transaction.atomic():
        crowd = User.objects.bulk_create(
            User(username=f"crowd{n:04}", display_name=f"Somebody of the Crowd {n:04}")
            for n in range(people)
        )
        made = Room.objects.bulk_create(
            Room(
                slug=f"large-{n:03}",
                kind=Room.Kind.PUBLIC,
                name=f"Large room {n:03}",
                name_key=f"large room {n:03}",
                created_by=me,
                revision=SAID,
                last_number=SAID,
            )
            for n in range(rooms)
        )
        for room in made:
            Membership.objects.bulk_create(
                Membership(room=room, user=user, role="member", read_number=SAID)
                for user in (me, *crowd)
            )
        Message.objects.bulk_create(
            (
                Message(
                    room=room,
                    author=crowd[number % people],
                    number=number,
                    revision=number,
                    nonce=f"said-{number:06}",
                    body=f"Number {number} of {room.name}",
                    html=f"<p>Number {number} of {room.name}</p>",
                    renderer=RENDERER_VERSION,
                )
                for room in made
                for number in range(1, SAID + 1)
            ),
            batch_size=1000,
        )
    return [room.slug for room in made]


def make_direct(usernames: list[str]) -> str:
    return factories.make_direct(*map(_user, usernames)).slug


def call_person(username: str, name: str) -> None:
    profiles.set_display_name(actor=_user(username), name=name)


def call_room(room: str, owner: str, name: str, topic: str) -> None:
    with factories.unlimited():
        rooms.update_room(actor=_user(owner), room=_room(room), name=name, topic=topic)


def archive(room: str, owner: str) -> None:
    with factories.unlimited():
        rooms.archive_room(actor=_user(owner), room=_room(room))


def open_to_web(room: str, owner: str) -> None:
    with factories.unlimited():
        web.open_to_web(actor=_user(owner), room=_room(room), indexed=False)


def report(room: str, reporter: str, number: int) -> None:
    reports.report_message(actor=_user(reporter), slug=room, number=number, reason="spam")


def close_account(username: str, closed: bool) -> None:
    admin, _ = User.objects.get_or_create(
        username="closes_accounts", defaults={"is_staff": True, "is_superuser": True}
    )
    accounts.set_active(actor=admin, user=_user(username), active=not closed)


def join(room: str, username: str) -> None:
    factories.add_member(_room(room), _user(username))


def mute(room: str, actor: str, username: str) -> None:
    user = _user(username)
    sanctions.mute_user(actor=_user(actor), user=user, room=_room(room), reason="Too loud.")


def hold(room: str, staff: str, word: str) -> None:
    rules.add_rule(actor=_user(staff), kind="word", pattern=word, action="hold", room=_room(room))


def review(staff: str, body: str, note: str) -> None:
    held = Held.objects.get(body=body, decided_at=None)
    if note:
        reviews.refuse_held(actor=_user(staff), held=held, note=note)
    else:
        reviews.approve_held(actor=_user(staff), held=held)


def refuse_file(room: str, name: str) -> None:
    with transaction.atomic():
        found = Upload.objects.filter(room__slug=room, name=name)
        found.update(state=Upload.State.RECEIVED)
        updates.announce(processing.settle(found.get().pk, processing.REFUSED))


def furnish_desk(room: str, staff: str, member: str) -> dict[str, str]:
    """Create one object of each model in the admin; return their keys by model name."""
    actor, author, place = _user(staff), _user(member), _room(room)
    stranger = factories.make_user(f"stranger_of_{member}")
    factories.add_member(place, stranger)
    one, _gone = factories.post_many(place, author, ["Buy watches", "Buy more"])
    with factories.unlimited():
        reports.report_message(
            actor=stranger, slug=room, number=one.number, reason="spam", note="!"
        )
        reactions.add_reaction(actor=stranger, slug=room, number=one.number, emoji="🎉")
        hold(room, staff, "cheap")
        draft = posts.Draft(actor=author, slug=room, nonce="held", body="so cheap", reply_to=None)
        posts.post_messages([draft])
        factories.make_invite(place, by=actor)
        removals.remove_posts(actor=actor, user=stranger, scope="room", room=place)
        sanctions.mute_user(actor=actor, user=author, room=place, reason="Too loud.")
        sanctions.ban_user(actor=actor, user=stranger, room=None, reason="Adverts.")
        factories.make_upload(place, author)
        factories.make_preview(one, f"https://{room}.example/")
    now = timezone.now()
    given_up = {"attempts": 12, "error": "TimeoutError", "given_up_at": now}
    Job.objects.create(kind="lost", key=room, arguments="[]", due=now, created_at=now, **given_up)
    return {
        str(model._meta.model_name): str(quote(model._default_manager.latest("pk").pk))
        for model in admin.site._registry
    }


def post(room: str, author: str, bodies: list[str]) -> list[int]:
    posted = factories.post_many(_room(room), _user(author), bodies)
    return [message.number for message in posted]


def fill(room: str, authors: list[str], count: int, days: int) -> None:
    """Insert this many messages, spread evenly over the last days. Posting or creating a hundred
    thousand one by one takes minutes; this takes eight seconds."""
    place, people = _room(room), [_user(author) for author in authors]
    first, now = place.last_number + 1, timezone.now()
    sample = Message(room=place, author=people[0], number=first, renderer=1)
    fields = [field for field in Message._meta.local_concrete_fields if not field.primary_key]
    row = {
        field.column: field.get_db_prep_save(field.pre_save(sample, True), connection)
        for field in fields
    }
    created_at = Message._meta.get_field("created_at")

    def rows() -> Iterator[list[Any]]:
        for number in range(first, first + count):
            moment = now - timedelta(days=days) * ((first + count - number) / count)
            yield [
                *{
                    **row,
                    "author_id": people[number // 7 % len(people)].pk,
                    "number": number,
                    "revision": place.revision + 1 + number - first,
                    "nonce": f"filled-{number}",
                    "body": f"message {number}",
                    "html": f"<p>message {number}</p>" + "<p>and more</p>" * (number % 5 == 0),
                    "created_at": created_at.get_db_prep_save(moment, connection),
                }.values()
            ]

    table = connection.ops.quote_name(Message._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(str(column)) for column in row)
    places = ", ".join(["%s"] * len(row))
    with transaction.atomic(), connection.cursor() as cursor:
        place.refresh_from_db(fields=["revision"])  # a file may have become ready
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", [*rows()])  # noqa: S608
        place.last_number += count
        place.revision += count
        place.save_counters()


def age(room: str, upto: int, days: int) -> None:
    """Move the messages up to this number into the past."""
    old = Message.objects.filter(room=_room(room), number__lte=upto)
    old.update(created_at=F("created_at") - timedelta(days=days))


def has_read(room: str, username: str, number: int) -> None:
    own = Membership.objects.filter(room=_room(room), user=_user(username))
    own.update(read_number=number)


def make_halls(username: str, count: int) -> None:
    user = _user(username)
    halls = Room.objects.bulk_create(
        Room(slug=f"{username}-hall-{index:03}", kind="private", name=f"Hall {index:03}",
             created_by=user)
        for index in range(count)
    )  # fmt: skip
    Membership.objects.bulk_create(Membership(room=room, user=user, role="owner") for room in halls)


def crowd(room: str, count: int) -> None:
    """Fill a room with members, Person 0000 and so on."""
    people = User.objects.bulk_create(
        User(username=f"member-{room[-8:]}-{index:04}", display_name=f"Person {index:04}")
        for index in range(count)
    )
    Membership.objects.bulk_create(Membership(room=_room(room), user=user) for user in people)


def make_public_rooms(count: int, start: int) -> None:
    Room.objects.bulk_create(
        Room(slug=f"room-{index}", kind="public", name=f"Room {index}", name_key=f"room {index}",
             topic="Nothing in particular")
        for index in range(start, start + count)
    )  # fmt: skip


def crowd_reacts(room: str, number: int, emoji: str, count: int) -> None:
    message = Message.objects.get(room=_room(room), number=number)
    crowd = User.objects.bulk_create(
        User(username=f"crowd-{room[-8:]}-{index:03}", display_name=f"Fan {index:03}")
        for index in range(count)
    )
    Reaction.objects.bulk_create(
        Reaction(message=message, user=user, emoji=emoji) for user in crowd
    )


def messages(room: str) -> list[tuple[int, str, str]]:
    """Return the stored messages, in the order of the room: number, author, body."""
    rows = Message.objects.filter(room=_room(room)).order_by("number")
    return list(rows.values_list("number", "author__username", "body"))


def ids(room: str, usernames: list[str]) -> dict[str, int]:
    """Return people's ids, for the addresses of the admin's pages."""
    return {room: _room(room).pk, **{name: _user(name).pk for name in usernames}}


def message_id(room: str, number: int) -> int:
    return Message.objects.get(room=_room(room), number=number).pk


def _user(username: str) -> User:
    return User.objects.get(username=username)


def _room(slug: str) -> Room:
    return Room.objects.get(slug=slug)


SERVICES: list[Callable[..., Any]] = [
    *(
        make_person,
        appoint,
        session,
        recent_session,
        furnish_account,
        render,
        make_invite,
        make_room,
        make_many_rooms,
        make_direct,
        call_person,
        call_room,
        archive,
        open_to_web,
        report,
        close_account,
        join,
        mute,
        hold,
        review,
        refuse_file,
        furnish_desk,
        post,
        fill,
        age,
        has_read,
        make_halls,
        crowd,
        make_public_rooms,
        crowd_reacts,
        messages,
        ids,
        message_id,
    ),
]


def main() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    services = {service.__name__: service for service in SERVICES}
    for line in sys.stdin:
        name, details = json.loads(line)
        try:
            answer = {"answer": services[name](**details)}
        except Exception:
            answer = {"trouble": traceback.format_exc()}
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
