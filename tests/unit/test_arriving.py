"""The hand-written statements of a handshake read what the ORM would."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from rooms.models import Ban, Ignore, Installation, Membership, Mute, Room, User
from rooms.policy import sanctions
from rooms.policy.standing import Standing
from rooms.queries import site, visitor
from tests.factories import add_member, make_room, make_user
from tests.integration.conftest import session_of


def test_a_person_is_the_one_the_orm_reads(staff: User) -> None:
    found = visitor.person(str(staff.pk))
    for field in User._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(staff, field.attname), field
    assert found is not None
    assert found.get_session_auth_hash() == staff.get_session_auth_hash()


def test_a_deactivated_or_unknown_account_is_nobody(bob: User) -> None:
    bob.is_active = False
    bob.save()
    assert visitor.person(bob.pk) is None
    assert visitor.person(bob.pk + 1000) is None


def test_a_session_is_read_until_it_expires(bob: User) -> None:
    key = session_of(bob)
    assert visitor.session(key)["_auth_user_id"] == str(bob.pk)
    assert visitor.session("nobody's") == {}
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert visitor.session(key) == {}


@pytest.mark.usefixtures("room", "private_room")
def test_seats_match_the_memberships_the_orm_reads(bob: User) -> None:
    make_room("Aardvarks", owner=bob).save()
    Room.objects.filter(slug="lounge").update(archived_at=timezone.now())
    found = visitor.seats(bob.pk, ignores=False)
    whole = [*Membership.objects.filter(user=bob).select_related("room").order_by("pk")]
    assert len(found) == len(whole) >= 2
    for seat, row in zip(found, whole, strict=True):
        for name in ("id", "room_id", "read_number", "read_revision"):
            assert getattr(seat, name) == getattr(row, name), name
        for name in ("slug", "kind", "name", "archived", "revision", "last_number"):
            assert getattr(seat, name) == getattr(row.room, name), name
    assert visitor.seats(bob.pk, ignores=True) == found
    assert visitor.seats(bob.pk, ignores=False, after=found[0].id, limit=1) == [found[1]]


def test_only_a_site_ban_in_force_is_read(bob: User, room: Room) -> None:
    ban = {"user": bob, "created_by": bob}
    now = timezone.now()
    Ban.objects.create(**ban, room=room)
    Ban.objects.create(**ban, expires_at=now - timedelta(seconds=1))
    Ban.objects.create(**ban, lifted_at=now)
    assert sanctions.ban(bob.pk) is None
    later = now + timedelta(hours=1)
    Ban.objects.create(**ban, reason="Spam.", expires_at=later)
    assert sanctions.ban(bob.pk) == ("Spam.", later)


def test_a_standing_matches_the_one_the_orm_reads(bob: User, charlie: User, room: Room) -> None:
    Room.objects.filter(pk=room.pk).update(archived_at=timezone.now())
    room.refresh_from_db()
    for who in (bob, charlie):
        found, whole = visitor.standing(who.pk, room.slug), Standing.of(who, room)
        assert found is not None
        assert found.banned is whole.banned is False
        for one, other in (
            (found.user, who),
            (found.room, room),
            (found.membership, whole.membership),
        ):
            for field in other._meta.concrete_fields if other else ():
                name = field.attname
                assert getattr(one, name) == getattr(other, name), field
        assert (found.membership is None) is (whole.membership is None) is (who == charlie)


def test_nobody_has_a_standing_in_a_missing_room(bob: User) -> None:
    assert visitor.standing(bob.pk, "nowhere") is None


def test_a_standing_includes_room_and_site_bans_in_force(bob: User, room: Room) -> None:
    def is_banned() -> bool:
        standing = visitor.standing(bob.pk, room.slug)
        return standing is not None and standing.banned

    now = timezone.now()
    ban = {"user": bob, "created_by": bob}
    Ban.objects.create(**ban, room=make_room("Elsewhere", owner=bob))
    Ban.objects.create(**ban, room=room, expires_at=now - timedelta(seconds=1))
    Ban.objects.create(**ban, lifted_at=now)
    assert not is_banned()
    everywhere = Ban.objects.create(**ban, expires_at=now + timedelta(hours=1))
    assert is_banned()
    everywhere.delete()
    Ban.objects.create(**ban, room=room)
    assert is_banned()


def test_a_standing_reads_the_person_s_rights_afresh(bob: User, room: Room) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False, is_staff=True)
    standing = visitor.standing(bob.pk, room.slug)
    assert standing is not None
    assert (standing.user.is_active, standing.user.is_staff) == (False, True)


def test_the_size_of_a_room_is_its_member_count(room: Room) -> None:
    before = visitor.size(room.pk)
    add_member(room, make_user("one_more"))
    assert visitor.size(room.pk) == room.memberships.count() == before + 1


def test_the_site_s_settings_are_read_with_them_or_alone(bob: User) -> None:
    assert visitor.facts(bob.pk).site == site.current() == site.UNSET
    fields = {"name": "Harbour", "accent": "#1d5fa8", "signup": "closed", "room_makers": "staff"}
    Installation.objects.update(**fields)
    site.forget()
    read = site.current()
    assert visitor.facts(bob.pk).site == read
    assert (read.name, read.accent, read.signup) == ("Harbour", "#1d5fa8", "closed")
    assert not read.everyone_makes_rooms


def test_a_welcome_takes_one_statement(bob: User, charlie: User, room: Room) -> None:
    epoch = visitor.facts(bob.pk).epoch
    assert epoch == Installation.current().epoch
    assert visitor.facts(bob.pk)[:3] == (epoch, False, False)
    Mute.objects.create(user=bob, created_by=charlie, room=room)
    assert not visitor.facts(bob.pk).is_muted
    Mute.objects.create(user=bob, created_by=charlie)
    Ignore.objects.create(user=bob, other=charlie, kind="mute")
    assert visitor.facts(bob.pk)[:3] == (epoch, True, True)
    assert visitor.facts(charlie.pk)[:3] == (epoch, False, False)
