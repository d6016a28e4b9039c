"""A room's page, and what its moderators change about the room."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rooms import inviting, protocol, ratelimit
from rooms.actions import (
    arrivals,
    directory,
    memberships,
    pages,
    rooms,
    sight,
)
from rooms.errors import ChatError, NotFound
from rooms.forms import InviteForm, PaceForm, RoomSettingsForm
from rooms.models import Ban, Membership, Mute, Room
from rooms.models.moderation import Sanction
from rooms.policy import Standing
from rooms.views.bootstrap import bootstrap
from rooms.views.door import Request, signed_in, telling, words

SETTINGS_MEMBERS = 50  # on the settings page; more are found by searching


@require_safe
@signed_in
def room(request: Request, slug: str, number: int | None = None) -> HttpResponse:
    """The newest messages, the first unread one in its context, or the one the address names."""
    ratelimit.consume("room.open", request.user.pk)
    welcome = arrivals.arrival(user=request.user, here=slug).welcome
    around = number
    if number is None:
        mine = next((one for one in welcome.rooms if one.slug == slug), None)
        around = mine.read_number + 1 if mine and mine.unread else None
    opened = pages.open_room(actor=request.user, slug=slug, around=around)
    if number is not None and not 1 <= number <= opened.room.last_number:
        raise NotFound(_("There is no such message."))
    context = {
        "bootstrap": bootstrap(
            welcome,
            opened,
            around=around,
            people=_others(request, opened.room),
            staff=request.user.moderates_site,
        ),
        "rooms": welcome.rooms,
        "room": opened.room,
        "standing": opened.standing,
    }
    return render(request, "rooms/room.html", context)


def _others(request: Request, room: protocol.Room) -> list[protocol.Person]:
    """Whom one talks to in a direct room."""
    if room.kind != "direct":
        return []
    found = directory.members(actor=request.user, slug=room.slug, limit=protocol.MAX_PEOPLE + 1)[0]
    return [
        protocol.Person(one.id, one.username, one.name, one.avatar)
        for one in found
        if one.id != request.user.pk
    ]


@require_POST
@signed_in
def room_join(request: Request, slug: str) -> HttpResponse:
    memberships.join_room(actor=request.user, slug=slug)
    return redirect("room", slug=slug)


@require_POST
@signed_in
def room_leave(request: Request, slug: str) -> HttpResponse:
    name = sight.room_of(actor=request.user, slug=slug).name
    with telling(request, _("You left %(room)s.") % {"room": name}):
        memberships.leave_room(actor=request.user, slug=slug)
        return redirect("lobby")
    return redirect("room_settings", slug=slug)


@require_safe
@signed_in
def room_settings(request: Request, slug: str) -> HttpResponse:
    standing = sight.find_concern(actor=request.user, slug=slug)
    standing.require_people()
    return settings_page(request, standing)


@require_POST
@signed_in
def room_update(request: Request, slug: str) -> HttpResponse:
    standing = moderated(request, slug)
    form = RoomSettingsForm(request.POST)
    if form.is_valid():
        try:
            rooms.update_room(actor=request.user, room=standing.room, **form.cleaned_data)
        except ChatError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("room_settings", slug=slug)
    return settings_page(request, standing, form=form)


@require_POST
@signed_in
def room_archive(request: Request, slug: str) -> HttpResponse:
    """`archived`: 1, or 0 to open the room again."""
    standing = moderated(request, slug)
    archived = words(request, "archived") != "0"
    done = _("The room is archived.") if archived else _("The room is open again.")
    with telling(request, done):
        rooms.archive_room(actor=request.user, room=standing.room, archived=archived)
    return redirect("room_settings", slug=slug)


@require_POST
@signed_in
def room_pace(request: Request, slug: str) -> HttpResponse:
    standing = moderated(request, slug)
    form = PaceForm.of(standing.room, request.POST)
    if form.is_valid():
        try:
            rooms.set_pace(actor=request.user, room=standing.room, **form.cleaned_data)
        except ChatError as error:
            form.refuse(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("room_settings", slug=slug)
    return settings_page(request, standing, pace_form=form)


def moderated(request: Request, slug: str) -> Standing:
    """The standing of somebody who may change the room. Raises NotFound or Forbidden."""
    standing = sight.find_concern(actor=request.user, slug=slug)
    standing.require_moderation()
    return standing


def settings_page(
    request: Request,
    standing: Standing,
    *,
    form: RoomSettingsForm | None = None,
    pace_form: PaceForm | None = None,
    invite_form: InviteForm | None = None,
    invite_url: str = "",
) -> HttpResponse:
    """The settings, with the link of an invitation that was just made: it is shown this once."""
    room, moderates = standing.room, standing.moderates
    matching = words(request, "member")
    members, more = directory.members(
        actor=request.user, slug=room.slug, matching=matching, limit=SETTINGS_MEMBERS
    )
    form = form or RoomSettingsForm(initial={"name": room.name, "topic": room.topic})
    pace_form = pace_form or PaceForm.of(room)
    invite_form = invite_form or InviteForm()
    bans, mutes = ([*_in_force(kind, room)] if moderates else [] for kind in (Ban, Mute))
    usable = room.invites.usable().select_related("created_by").order_by("-created_at")
    invites = [*usable] if moderates else []
    context = {
        "room": sight.describe(standing),
        "standing": standing,
        "direct": room.kind == Room.Kind.DIRECT,
        "members": members,
        "more": more is not None,
        "matching": matching,
        "roles": Membership.Role.choices,
        "form": form,
        "pace_form": pace_form,
        "invite_form": invite_form,
        "invite_url": invite_url,
        "invites": invites,
        "counting": inviting.counting([invite.pk for invite in invites]),
        "bans": bans,
        "mutes": mutes,
        "liftable": [one for one in (*bans, *mutes) if standing.undoes(one)],
    }
    refused = form.errors or pace_form.errors or invite_form.errors
    return render(request, "rooms/settings.html", context, status=422 if refused else 200)


def _in_force(kind: type[Ban | Mute], room: Room) -> Iterable[Sanction]:
    rows = kind.objects.active().filter(room=room).select_related("user", "room", "created_by")
    return rows.order_by("-created_at")
