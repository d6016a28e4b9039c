"""How somebody has arranged their list of rooms."""

from collections.abc import Callable, Sequence
from typing import get_args

import msgspec
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from msgspec import structs

from rooms import protocol, ratelimit
from rooms.actions.sight import find_room
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.envelopes import Subject
from rooms.errors import Conflict
from rooms.models import Membership, User
from rooms.protocol import Section, Sidebar

SECTIONS: tuple[Section, ...] = get_args(Section)


class _Kept(Sidebar, frozen=True):
    """What a row holds, perhaps with sections that only another version has."""

    folded: list[str] = []  # type: ignore[assignment]


def sidebar(user: User) -> Sidebar:
    """By the person's row as it was read."""
    if not user.sidebar:
        return Sidebar()
    kept = msgspec.json.decode(user.sidebar, type=_Kept)
    folded = [section for section in SECTIONS if section in kept.folded]
    return Sidebar(kept.favourites, folded, kept.revision)


def star_room(*, actor: User, slug: str, before: str | None = None) -> Sidebar:
    """Make a room a favourite, or move it: before another one, or to the end."""
    find_room(actor=actor, slug=slug).require_membership()

    def starred(now: Sidebar) -> Sidebar:
        others = _without(now.favourites, slug)
        if len(others) >= protocol.MAX_FAVOURITES:
            others = _there(actor, others)
        if len(others) >= protocol.MAX_FAVOURITES:
            raise Conflict(
                _("There are at most %(count)s favourites."), count=protocol.MAX_FAVOURITES
            )
        at = others.index(before) if before in others else len(others)
        return structs.replace(now, favourites=[*others[:at], slug, *others[at:]])

    return _change(actor, starred)


def unstar_room(*, actor: User, slug: str) -> Sidebar:
    """Also of a room that they have left, which nobody else learns by it."""
    return _change(
        actor, lambda now: structs.replace(now, favourites=_without(now.favourites, slug))
    )


def fold_section(*, actor: User, section: Section, folded: bool) -> Sidebar:
    def changed(now: Sidebar) -> Sidebar:
        others = [one for one in now.folded if one != section]
        return structs.replace(now, folded=[*others, section] if folded else others)

    return _change(actor, changed)


def _change(actor: User, change: Callable[[Sidebar], Sidebar]) -> Sidebar:
    """Each change is made to what is stored now: two tabs at once lose nothing of each other's."""
    ratelimit.consume("sidebar", actor.pk)
    with transaction.atomic():
        rows = User.objects.select_for_update(no_key=True)  # posting needs their key meanwhile
        now = sidebar(rows.only("sidebar").get(pk=actor.pk))
        then = change(now)
        if (then.favourites, {*then.folded}) == (now.favourites, {*now.folded}):
            return now
        then = structs.replace(then, revision=now.revision + 1)
        User.objects.filter(pk=actor.pk).update(sidebar=protocol.encode(then).decode())
        event = protocol.SidebarChanged(sidebar=then)
        about = Subject("sidebar", user=actor.pk)
        publish_on_commit(envelope(user_group(actor.pk), event, about=about))
    return then


def _there(actor: User, slugs: Sequence[str]) -> list[str]:
    """Those that they are in: a favourite that they have left, and don't see, takes no place."""
    rows = Membership.objects.filter(user=actor, room__slug__in=slugs)
    mine = {*rows.values_list("room__slug", flat=True)}
    return [one for one in slugs if one in mine]


def _without(slugs: Sequence[str], slug: str) -> list[str]:
    return [one for one in slugs if one != slug]
