"""How a user has arranged their list of rooms: favourites, sections of their own, and what is
folded."""

import secrets
from collections.abc import Callable, Sequence
from typing import get_args

import msgspec
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from msgspec import structs

from rooms import ratelimit
from rooms.actions.rooms.lookup import find_room
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.errors import Conflict, Invalid
from rooms.fanout.envelopes import Subject
from rooms.models import Membership, User
from rooms.protocol import codec, events, limits
from rooms.protocol.shapes import OwnSection, Sidebar
from rooms.protocol.values import Section
from rooms.text import names
from rooms.text.folding import fold

SECTIONS: tuple[Section, ...] = get_args(Section)


class _Kept(Sidebar, frozen=True):
    """The stored form, which may name sections that only another version has."""

    folded: list[str] = []  # type: ignore[assignment]


def sidebar(user: User) -> Sidebar:
    """Return a user's sidebar, from the row as it was loaded."""
    kept = msgspec.json.decode(user.sidebar or "{}", type=_Kept)
    folded = [section for section in SECTIONS if section in kept.folded]
    own = msgspec.json.decode(user.sections or "[]", type=list[OwnSection])
    return Sidebar(kept.favourites, folded, kept.revision, own)


def star_room(*, actor: User, slug: str, before: str | None = None) -> Sidebar:
    """Make a room a favourite, or move it: before another favourite, or to the end."""
    find_room(actor=actor, slug=slug).require_membership()

    def starred(now: Sidebar) -> Sidebar:
        now = _taken_out(now, slug)
        others = now.favourites
        if len(others) >= limits.MAX_FAVOURITES:
            others = _there(actor, others)
        if len(others) >= limits.MAX_FAVOURITES:
            raise Conflict(
                _("You can have at most %(count)s favourites."), count=limits.MAX_FAVOURITES
            )
        return structs.replace(now, favourites=_inserted(others, slug, before))

    return _change(actor, starred)


def unstar_room(*, actor: User, slug: str) -> Sidebar:
    """Remove a room from the favourites. It may be one that the actor has left, or never saw."""
    return _change(
        actor, lambda now: structs.replace(now, favourites=_without(now.favourites, slug))
    )


def place_room(
    *, actor: User, slug: str, section: str | None = None, before: str | None = None
) -> Sidebar:
    """Put a room into a section of the actor's own: before another room of it, or at the end.
    Without a section, put it back among the other rooms."""
    find_room(actor=actor, slug=slug).require_membership()

    def placed(now: Sidebar) -> Sidebar:
        if section is not None:
            _own(now, section)
        now = _taken_out(now, slug)
        return now if section is None else _put(actor, now, slug, section, before)

    return _change(actor, placed)


def make_section(*, actor: User, name: str, slug: str | None = None) -> Sidebar:
    """Add a section to the actor's sidebar, last among their own, and put a room into it.

    A name that they have used for another one means that one, so that a client whose connection
    broke can ask again.
    """
    name = names.clean_section_name(name)
    if slug is not None:
        find_room(actor=actor, slug=slug).require_membership()

    def made(now: Sidebar) -> Sidebar:
        found = _called(now, name)
        if found is None:
            if len(now.sections) >= limits.MAX_SECTIONS:
                raise Conflict(
                    _("You can have at most %(count)s sections of your own."),
                    count=limits.MAX_SECTIONS,
                )
            found = OwnSection(_free_id(now), name, [], False)
            now = structs.replace(now, sections=[*now.sections, found])
        if slug is None or slug in found.rooms:
            return now
        return _put(actor, _taken_out(now, slug), slug, found.id, None)

    return _change(actor, made)


def rename_section(*, actor: User, section: str, name: str) -> Sidebar:
    """Rename a section of the actor's own. Raises Conflict if another one has this name."""
    name = names.clean_section_name(name)

    def renamed(now: Sidebar) -> Sidebar:
        own, same = _own(now, section), _called(now, name)
        if same is not None and same.id != section:
            raise Conflict(_("You already have a section called '%(name)s'."), name=same.name)
        return _with(now, structs.replace(own, name=name))

    return _change(actor, renamed)


def move_section(*, actor: User, section: str, before: str | None = None) -> Sidebar:
    """Move a section of the actor's own: before another one, or to the end of them."""

    def moved(now: Sidebar) -> Sidebar:
        order = _inserted([one.id for one in now.sections if one.id != section], section, before)
        known = {one.id: one for one in (*now.sections, _own(now, section))}
        return structs.replace(now, sections=[known[one] for one in order])

    return _change(actor, moved)


def delete_section(*, actor: User, section: str) -> Sidebar:
    """Delete a section of the actor's own; its rooms go back among the others. Deleting one that
    isn't there changes nothing."""
    return _change(
        actor,
        lambda now: structs.replace(
            now, sections=[one for one in now.sections if one.id != section]
        ),
    )


def fold_section(*, actor: User, section: str, folded: bool) -> Sidebar:
    """Fold or unfold a section."""

    def changed(now: Sidebar) -> Sidebar:
        known = next((one for one in SECTIONS if one == section), None)
        if known is None:
            return _with(now, structs.replace(_own(now, section), folded=folded))
        others = [one for one in now.folded if one != known]
        return structs.replace(now, folded=[*others, known] if folded else others)

    return _change(actor, changed)


def _change(actor: User, change: Callable[[Sidebar], Sidebar]) -> Sidebar:
    """Change the stored sidebar, locked: two tabs never overwrite each other's changes."""
    ratelimit.consume("sidebar", actor.pk)
    with transaction.atomic():
        rows = User.objects.select_for_update(no_key=True)  # posts may refer to the row meanwhile
        now = sidebar(rows.only("sidebar", "sections").get(pk=actor.pk))
        then = change(now)
        if _comparable(then) == _comparable(now):
            return now
        then = structs.replace(then, revision=now.revision + 1)
        User.objects.filter(pk=actor.pk).update(
            sidebar=codec.encode(structs.replace(then, sections=[])).decode(),
            sections=codec.encode(then.sections).decode() if then.sections else "",
        )
        event = events.SidebarChanged(sidebar=then)
        about = Subject("sidebar", user=actor.pk)
        publish_on_commit(envelope(user_group(actor.pk), event, about=about))
    return then


def _comparable(arranged: Sidebar) -> tuple[list[str], set[Section], list[OwnSection]]:
    return arranged.favourites, {*arranged.folded}, arranged.sections


def _own(now: Sidebar, section: str) -> OwnSection:
    found = next((one for one in now.sections if one.id == section), None)
    if found is None:
        raise Invalid(_("There is no such section."))
    return found


def _called(now: Sidebar, name: str) -> OwnSection | None:
    return next((one for one in now.sections if fold(one.name) == fold(name)), None)


def _free_id(now: Sidebar) -> str:
    taken = {one.id for one in now.sections}
    while (drawn := secrets.token_hex(3)) in taken:
        pass
    return drawn


def _with(now: Sidebar, changed: OwnSection) -> Sidebar:
    sections = [changed if one.id == changed.id else one for one in now.sections]
    return structs.replace(now, sections=sections)


def _put(actor: User, now: Sidebar, slug: str, section: str, before: str | None) -> Sidebar:
    """Put a room that is nowhere into a section. Raises Conflict if there are too many."""
    if _count(now) >= limits.MAX_PLACED:
        here = {*_there(actor, [one for own in now.sections for one in own.rooms])}
        sections = [
            structs.replace(own, rooms=[one for one in own.rooms if one in here])
            for own in now.sections
        ]
        now = structs.replace(now, sections=sections)
    if _count(now) >= limits.MAX_PLACED:
        raise Conflict(
            _("You can have at most %(count)s rooms in sections of your own."),
            count=limits.MAX_PLACED,
        )
    own = _own(now, section)
    return _with(now, structs.replace(own, rooms=_inserted(own.rooms, slug, before)))


def _count(now: Sidebar) -> int:
    return sum(len(own.rooms) for own in now.sections)


def _taken_out(now: Sidebar, slug: str) -> Sidebar:
    """A room is in one place: take it from wherever it is."""
    sections = [structs.replace(own, rooms=_without(own.rooms, slug)) for own in now.sections]
    return structs.replace(now, favourites=_without(now.favourites, slug), sections=sections)


def _there(actor: User, slugs: Sequence[str]) -> list[str]:
    """Return the rooms that the actor is in: those that they have left don't count."""
    rows = Membership.objects.filter(user=actor, room__slug__in=slugs)
    mine = {*rows.values_list("room__slug", flat=True)}
    return [one for one in slugs if one in mine]


def _inserted(others: Sequence[str], one: str, before: str | None) -> list[str]:
    at = others.index(before) if before in others else len(others)
    return [*others[:at], one, *others[at:]]


def _without(slugs: Sequence[str], slug: str) -> list[str]:
    return [one for one in slugs if one != slug]
