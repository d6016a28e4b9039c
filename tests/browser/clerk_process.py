"""What `tests.browser.clerk` runs: one request a line on stdin, one answer a line on stdout."""

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
from django.contrib.auth.models import Group  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import F  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.template.loader import render_to_string  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from rooms.actions import (  # noqa: E402
    accounts,
    posts,
    profiles,
    reactions,
    removals,
    reports,
    rooms,
    rules,
    sanctions,
)
from rooms.actions import review as reviews  # noqa: E402
from rooms.models import Held, Membership, Message, Reaction, Room, User  # noqa: E402
from rooms.sessions import SessionStore  # noqa: E402
from tests import factories  # noqa: E402


def make_person(username: str, name: str, staff: bool) -> str:
    """The key of the session that they are signed in with."""
    rights = {"is_staff": staff, "is_superuser": staff}
    user = factories.make_user(username, display_name=name, **rights)
    return session(user.username)


def appoint(username: str) -> None:
    """Make somebody a moderator of the site, without a superuser's rights."""
    user = _user(username)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    user.groups.add(Group.objects.get(name="Moderators"))


def session(username: str) -> str:
    client = Client()
    client.force_login(_user(username))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def recent_session(username: str) -> str:
    """Of somebody who has just typed their password, and isn't asked for it again."""
    key = session(username)
    request = HttpRequest()
    request.user, request.session = _user(username), SessionStore(key)
    reauthenticate_by_password(request)
    request.session.save()
    return key


def furnish_account(username: str) -> dict[str, str]:
    """An authenticator app, recovery codes, an address that isn't confirmed; and what is in the
    links of their mails."""
    user = _user(username)
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    email = EmailAddress.objects.create(user=user, email=f"{username}@example.com", primary=True)
    return {
        "uid": user_pk_to_url_str(user),
        "reset": default_token_generator.make_token(user),
        "confirmation": EmailConfirmationHMAC(email).key,
    }


def render(template: str, context: dict[str, Any]) -> str:
    """A page of the site, for a visitor."""
    return render_to_string(template, context)


def make_invite(room: str, owner: str) -> str:
    return factories.make_invite(_room(room), by=_user(owner))


def make_room(name: str, owner: str, members: list[str], topic: str, kind: str) -> str:
    room = factories.make_room(name, owner=_user(owner), topic=topic, kind=kind)
    for username in members:
        factories.add_member(room, _user(username))
    return room.slug


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


def furnish_desk(room: str, staff: str, member: str) -> dict[str, str]:
    """One of each thing that the admin has pages for: its key, by the name of its model."""
    actor, author, place = _user(staff), _user(member), _room(room)
    stranger = factories.make_user(f"stranger_of_{member}")
    factories.add_member(place, stranger)
    one, _gone = factories.post_many(place, author, ["Buy watches", "Buy more"])
    with factories.unlimited():
        reports.report_message(
            actor=stranger, room=room, number=one.number, reason="spam", note="!"
        )
        reactions.add_reaction(actor=stranger, room=room, number=one.number, emoji="🎉")
        hold(room, staff, "cheap")
        draft = posts.Draft(actor=author, room=room, nonce="held", body="so cheap", reply_to=None)
        posts.post_messages([draft])
        factories.make_invite(place, by=actor)
        removals.remove_posts(actor=actor, user=stranger, scope="room", room=place)
        sanctions.mute_user(actor=actor, user=author, room=place, reason="Too loud.")
        sanctions.ban_user(actor=actor, user=stranger, room=None, reason="Adverts.")
    return {
        str(model._meta.model_name): str(model._default_manager.latest("pk").pk)
        for model in admin.site._registry
    }


def post(room: str, author: str, bodies: list[str]) -> list[int]:
    posted = factories.post_many(_room(room), _user(author), bodies)
    return [message.number for message in posted]


def fill(room: str, authors: list[str], count: int, days: int) -> None:
    """So many messages more, spread evenly over the last days. Not by the operation that posts,
    nor by the models: a hundred thousand take those minutes, and these eight seconds."""
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
    """What is stored: number, author, body; in the order of the room."""
    rows = Message.objects.filter(room=_room(room)).order_by("number")
    return list(rows.values_list("number", "author__username", "body"))


def ids(room: str, usernames: list[str]) -> dict[str, int]:
    """For the addresses of the admin's pages."""
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
        make_direct,
        call_person,
        call_room,
        archive,
        close_account,
        join,
        mute,
        hold,
        review,
        furnish_desk,
        post,
        fill,
        age,
        has_read,
        make_halls,
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
