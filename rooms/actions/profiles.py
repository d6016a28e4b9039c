"""How somebody appears to others, and where they were last."""

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import languages, names, ratelimit, uploads
from rooms.actions import people
from rooms.errors import Invalid
from rooms.models import Room, User
from rooms.policy import anew


def set_display_name(*, actor: User, name: str) -> User:
    """What others see; nothing for the username. Raises Invalid with what is accepted."""
    name = name.strip()
    if name:
        clean = names.clean_display_name if anew(actor).is_staff else names.clean_own_name
        name = clean(name)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if user.display_name != name:
            user.display_name = name
            user.save(update_fields=["display_name"])
            people.announce(user)
    return user


def set_avatar(*, actor: User, upload: File | None) -> User:  # type: ignore[type-arg]
    """Show this picture, or none; the one before it is deleted.

    Raises Invalid or TooLarge for what isn't accepted.
    """
    ratelimit.consume("avatar", actor.pk)
    picture = uploads.avatar(upload) if upload is not None else None
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
    """What the site speaks to them, on every device; nothing: whatever their browser asks for.
    Raises Invalid for a language that isn't offered."""
    if language and not languages.is_offered(language):
        raise Invalid(_("This site doesn't speak that language."))
    actor.language = language
    actor.save(update_fields=["language"])
    return actor


def remember_rooms(rooms: dict[int, int]) -> None:
    """The rooms that `/` leads people back to, by their ids; one that is gone by now is nobody's
    last."""
    with transaction.atomic():
        # In id order, so that two processes, with two tabs of the same people, never wait for each
        # other.
        people = User.objects.filter(pk__in=rooms).select_for_update(no_key=True)
        list(people.order_by("pk").values_list("pk", flat=True))
        existing = set(Room.objects.filter(pk__in=set(rooms.values())).values_list("pk", flat=True))
        for room_id in existing:
            there = [user_id for user_id, where in rooms.items() if where == room_id]
            User.objects.filter(pk__in=there).update(last_room=room_id)
