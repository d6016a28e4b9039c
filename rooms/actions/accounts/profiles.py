"""What a user says about themselves, their picture, language, and last room."""

from collections.abc import Collection

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from msgspec import UNSET, structs

from rooms import ratelimit, serializers
from rooms.actions.accounts import people, statuses
from rooms.actions.rooms.directory import find_person
from rooms.actions.screening import rulebook
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.errors import Invalid
from rooms.fanout.envelopes import Subject
from rooms.files import icons
from rooms.models import Ignore, Room, User
from rooms.policy.standing import reread
from rooms.protocol import shapes
from rooms.protocol.values import Seen
from rooms.text import languages, names, zones

SEEN_CHUNK = 500  # people per transaction


def set_display_name(*, actor: User, name: str) -> User:
    """Set the name that others see; empty, they see the username. Raises Invalid."""
    name = name.strip()
    if name:
        clean = names.clean_display_name if reread(actor).is_staff else names.clean_own_name
        name = clean(name)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if user.display_name != name:
            user.display_name = name
            user.save(update_fields=["display_name"])
            people.announce(user)
    return user


def profile_of(*, actor: User, username: str) -> shapes.Profile:
    """Return what a person's card shows. Raises NotFound."""
    ratelimit.consume("person", actor.pk)
    user = find_person(username)
    profile = serializers.profile(user)
    is_hidden = user.ignores.filter(other=actor, kind=Ignore.Kind.BLOCK).exists()
    if is_hidden or not user.is_active:
        return profile
    return structs.replace(profile, seen=seen(user, by=actor) or UNSET)


def set_profile(
    *, actor: User, pronouns: str, about: str, zone: str = "", shows_time: bool = True
) -> User:
    """Set what a card says about the actor. Without a zone, the one of their browser applies.
    Raises Invalid, or Forbidden for words that the site's rules don't allow."""
    ratelimit.consume("profile", actor.pk)
    pronouns, about = names.clean_pronouns(pronouns), names.clean_about(about)
    zone = zones.clean_zone(zone)
    rulebook.require_name(actor, None, pronouns, about)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        user.pronouns, user.about = pronouns, about
        user.zone, user.shows_time = zone, shows_time
        user.save(update_fields=["pronouns", "about", "zone", "shows_time"])
        _move_schedule(user)
    return user


def note_zone(*, actor: User, zone: str) -> None:
    """Store the time zone that the actor's browser is in. Raises Invalid."""
    ratelimit.consume("profile", actor.pk)
    zone = zones.clean_zone(zone)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if user.browser_zone != zone:
            user.browser_zone = zone
            user.save(update_fields=["browser_zone"])
            _move_schedule(user)


def _move_schedule(user: User) -> None:
    """Announce that the hours in which they aren't to be disturbed are those of another zone."""
    if user.quiet_days:
        statuses.announce_quiet(user)


def set_privacy(*, actor: User, shows_seen: bool, shows_typing: bool) -> User:
    """Set whether others see when the actor was last here, and when they are typing, from now on
    and in all tabs. What isn't shown isn't stored."""
    ratelimit.consume("profile", actor.pk)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        user.shows_seen, user.shows_typing = shows_seen, shows_typing
        if not shows_seen:
            user.seen_at = None
        user.save(update_fields=["shows_seen", "shows_typing", "seen_at"])
        order = {"op": "typing", "shows": shows_typing}
        about = Subject("typing", user=user.pk)
        publish_on_commit(envelope(user_group(user.pk), order=order, about=about))
    return user


def note_seen(people: Collection[int]) -> None:
    """Store that these people were here just now, unless they don't show that."""
    everyone = sorted(people)
    for first in range(0, len(everyone), SEEN_CHUNK):
        some = everyone[first : first + SEEN_CHUNK]
        with transaction.atomic():
            # In id order, so that two processes with the same people never wait for each other.
            rows = User.objects.filter(pk__in=some, shows_seen=True).select_for_update(no_key=True)
            found = [*rows.order_by("pk").values_list("pk", flat=True)]
            User.objects.filter(pk__in=found).update(seen_at=timezone.now())


def seen(user: User, *, by: User) -> Seen | None:
    """Return when somebody was last here, as coarsely as others may know it, in days of the one who
    asks."""
    at = user.seen_at if user.shows_seen else None
    if at is None:
        return None
    zone = zones.zone(by.local_zone)
    days = (timezone.now().astimezone(zone).date() - at.astimezone(zone).date()).days
    return next((words for most, words in _SEEN if days <= most), "earlier")


_SEEN: tuple[tuple[int, Seen], ...] = ((0, "today"), (1, "yesterday"), (6, "week"), (30, "month"))


def set_avatar(*, actor: User, upload: File | None) -> User:  # type: ignore[type-arg]
    """Set or remove the picture; the previous one is deleted. Raises Invalid or TooLarge."""
    ratelimit.consume("avatar", actor.pk)
    picture = icons.avatar(upload) if upload is not None else None
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        storage, before = user.avatar.storage, user.avatar.name
        if picture is None:
            user.avatar = ""
        else:
            user.avatar.save(picture.name or "", picture, save=False)
        user.save(update_fields=["avatar"])
        people.announce(user)
        if before:
            transaction.on_commit(lambda: storage.delete(before))
    return user


def set_language(*, actor: User, language: str) -> User:
    """Set the interface language on every device; empty, each browser's own preference applies.
    Raises Invalid for a language that isn't offered."""
    if language and not languages.is_offered(language):
        raise Invalid(_("This language isn't available."))
    actor.language = language
    actor.save(update_fields=["language"])
    return actor


def set_web_named(*, actor: User, named: bool) -> User:
    """Set whether rooms that are open to the web show outsiders the name and picture, also on what
    was written before."""
    actor.web_named = named
    actor.save(update_fields=["web_named"])
    return actor


def remember_rooms(rooms: dict[int, int]) -> None:
    """Store the room that `/` leads each user back to: room ids by user id. Rooms that are gone by
    now are skipped."""
    with transaction.atomic():
        # In id order, so that two processes that serve the same people never wait for each other.
        people = User.objects.filter(pk__in=rooms).select_for_update(no_key=True)
        list(people.order_by("pk").values_list("pk", flat=True))
        existing = set(Room.objects.filter(pk__in=set(rooms.values())).values_list("pk", flat=True))
        for room_id in existing:
            there = [user_id for user_id, where in rooms.items() if where == room_id]
            User.objects.filter(pk__in=there).update(last_room=room_id)
