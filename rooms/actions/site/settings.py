"""The settings of the site that aren't environment variables: its name and look, whom it lets in,
and the rooms that everyone joins."""

from collections.abc import Iterable

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import colours, ratelimit, serializers
from rooms.actions import audit
from rooms.broadcast import envelope, publish_on_commit
from rooms.errors import Forbidden, Invalid
from rooms.fanout.envelopes import Envelope, Subject
from rooms.fanout.hub import EVERYONE
from rooms.files import icons
from rooms.files.storage import media
from rooms.models import Installation, Room, User
from rooms.models.site import MAX_RETENTION, RoomMentionBy
from rooms.policy.site import require_admin
from rooms.protocol import events
from rooms.queries import site as sites
from rooms.text import languages, names

FOLDER = "site"  # of the logo, in the media folder
MAX_MEGABYTES = 100_000_000  # 100 TB
MAX_DEFAULT_ROOMS = 20  # each locks its room while an account is created


def change(
    *,
    actor: User,
    name: str | None = None,
    accent: str | None = None,
    language: str | None = None,
    signup: str | None = None,
    room_makers: str | None = None,
    retention: str | None = None,
    mails_missed: bool | None = None,
    room_mention_by: str | None = None,
    file_mb: int | None = None,
    person_files_mb: int | None = None,
    site_files_mb: int | None = None,
    link_previews: bool | None = None,
) -> Installation:
    """Change some settings; None leaves one as it is, and "" is what a new site has. Of the limits
    on files, in MB, 0 is none."""
    ratelimit.consume("site", actor.pk)
    wanted = {
        "name": None if name is None else names.clean_site_name(name),
        "accent": None if accent is None else _accent(accent),
        "language": None if language is None else _language(language),
        "signup": None if signup is None else _among(signup, Installation.Signup.values),
        "room_makers": (
            None if room_makers is None else _among(room_makers, Installation.Makers.values)
        ),
        "retention": None if retention is None else _sentence(retention),
        "mails_missed": mails_missed,
        "file_mb": _megabytes(file_mb),
        "person_files_mb": _megabytes(person_files_mb),
        "site_files_mb": _megabytes(site_files_mb),
        "link_previews": link_previews,
        "room_mention_by": (
            None if room_mention_by is None else _among(room_mention_by, RoomMentionBy.values)
        ),
    }
    with transaction.atomic():
        require_admin(actor)
        site = _locked()
        for field, value in wanted.items():
            _set(actor, site, field, value)
        _announce()
    return site


def set_logo(*, actor: User, upload: File | None) -> Installation:  # type: ignore[type-arg]
    """Set or remove the logo; the previous one is deleted. Raises Invalid or TooLarge."""
    ratelimit.consume("avatar", actor.pk)
    require_admin(actor)
    picture = icons.logo(upload) if upload is not None else None
    with transaction.atomic():
        require_admin(actor)
        site = _locked()
        before = site.logo
        site.logo = ""
        if picture is not None:
            site.logo = str(picture.name)
            media().save(f"{FOLDER}/{site.logo}", picture)
        site.save(update_fields=["logo"])
        audit.record("site.logo", actor=actor, before=before, after=site.logo)
        _announce()
        if before:
            transaction.on_commit(lambda: media().delete(f"{FOLDER}/{before}"))
    return site


def set_default_rooms(*, actor: User, rooms: Iterable[Room]) -> None:
    """Set the rooms that new accounts join: public ones, which anyone could join. People who are
    in a room stay there."""
    ratelimit.consume("site", actor.pk)
    wanted = {room.pk for room in rooms}
    if len(wanted) > MAX_DEFAULT_ROOMS:
        raise Invalid(
            _("New people can join at most %(most)d rooms by themselves."), most=MAX_DEFAULT_ROOMS
        )
    with transaction.atomic():
        require_admin(actor)
        _locked()
        if Room.objects.public().filter(pk__in=wanted).count() < len(wanted):
            raise Forbidden(_("Only public rooms that are open can be joined by everyone."))
        before = {room.pk for room in Room.objects.default()}
        for room in Room.objects.filter(pk__in={*wanted, *before}).order_by("pk"):
            if (room.pk in wanted) != room.is_default:
                set_default(actor=actor, room=room, default=not room.is_default)


def set_default(*, actor: User, room: Room, default: bool) -> None:
    """Mark one room, or unmark it. For operations that have checked the rights."""
    Room.objects.filter(pk=room.pk).update(is_default=default)
    words = ("not for new people", "for new people")
    before, after = words if default else words[::-1]
    audit.record("site.rooms", actor=actor, room=room, before=before, after=after)


def changed() -> Envelope:
    """Build the event that tells every page what the site is called and how it looks now."""
    sites.forget()
    event = events.SiteChanged(site=serializers.site(sites.current()))
    return envelope(EVERYONE, event, about=Subject("site"))


def _announce() -> None:
    publish_on_commit(changed())
    # Another request may have read the former ones meanwhile.
    transaction.on_commit(sites.forget)


def _locked() -> Installation:
    Installation.current()
    return Installation.objects.select_for_update(no_key=True).get(pk=1)


def _set(actor: User, site: Installation, field: str, value: str | bool | int | None) -> None:
    before = getattr(site, field)
    if value is None or value == before:
        return
    setattr(site, field, value)
    site.save(update_fields=[field])
    audit.record("site.changed", actor=actor, detail=field, before=str(before), after=str(value))


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    if len(text) > MAX_RETENTION or not text.isprintable():
        raise Invalid(
            _("The sentence can have at most %(most)d characters, on one line."), most=MAX_RETENTION
        )
    return text


def _megabytes(number: int | None) -> int | None:
    if number is not None and not 0 <= number <= MAX_MEGABYTES:
        raise Invalid(
            _("The limits are whole numbers of MB up to %(most)d; 0 is none."), most=MAX_MEGABYTES
        )
    return number


def _accent(colour: str) -> str:
    colour = colour.strip().lower()
    if colour and not colours.HEX.fullmatch(colour):
        raise Invalid(_("A colour is six digits after a #, such as #1d5fa8."))
    return colour


def _language(language: str) -> str:
    if language and not languages.is_offered(language):
        raise Invalid(_("This language isn't available."))
    return language


def _among(value: str, values: list[str]) -> str:
    if value not in values:
        raise Invalid(_("That must be one of %(values)s."), values=", ".join(values))
    return value
