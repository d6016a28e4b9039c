"""A room's page and its settings."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rooms import address, ratelimit
from rooms.actions.messages import conversion, history
from rooms.actions.rooms import directory, hiding, lookup, memberships, rooms, web
from rooms.errors import ChatError, NotFound
from rooms.forms.base import INPUT_ERRORS
from rooms.forms.rooms import ConvertForm, InviteForm, PaceForm, RoomSettingsForm, WebForm
from rooms.models import Ban, Membership, Mute, Room
from rooms.models.sanctions import Sanction
from rooms.policy.standing import Standing
from rooms.queries.invites import counting
from rooms.views.bootstrap import shell
from rooms.views.decorators import Request, signed_in, telling, words

SETTINGS_MEMBERS = 50  # listed on the settings page; a search finds the others


@require_safe
@signed_in
def room(request: Request, slug: str, number: int | None = None) -> HttpResponse:
    """The newest messages, the first unread one in context, or the one that the address names."""
    ratelimit.consume("room.open", request.user.pk)
    opened = history.open_room(actor=request.user, slug=slug, around=number, unread=number is None)
    if number is not None and not 1 <= number <= opened.room.last_number:
        raise NotFound(_("There is no such message."))
    context = {**shell(request, opened), "room": opened.room, "standing": opened.standing}
    return render(request, "rooms/room.html", context)


@require_POST
@signed_in
def room_join(request: Request, slug: str) -> HttpResponse:
    memberships.join_room(actor=request.user, slug=slug)
    return redirect("room", slug=slug)


@require_POST
@signed_in
def room_leave(request: Request, slug: str) -> HttpResponse:
    name = lookup.room_of(actor=request.user, slug=slug).name
    with telling(request, _("You left %(room)s.") % {"room": name}):
        memberships.leave_room(actor=request.user, slug=slug)
        return redirect("lobby")
    return redirect("room_settings", slug=slug)


@require_POST
@signed_in
def room_hide(request: Request, slug: str) -> HttpResponse:
    lookup.find_room(actor=request.user, slug=slug)
    with telling(request, _("Conversation hidden. It's back with the next message.")):
        hiding.hide_room(actor=request.user, slug=slug)
        return redirect("lobby")
    return redirect("room_settings", slug=slug)


@require_safe
@signed_in
def room_settings(request: Request, slug: str) -> HttpResponse:
    standing = lookup.find_concern(actor=request.user, slug=slug)
    standing.require_people()
    return settings_page(request, standing)


@require_POST
@signed_in
def room_update(request: Request, slug: str) -> HttpResponse:
    standing = moderated(request, slug)
    form = RoomSettingsForm(request.POST)
    if form.is_valid():
        with form.refusing():
            rooms.update_room(actor=request.user, room=standing.room, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("room_settings", slug=slug)
    return settings_page(request, standing, form=form)


@require_POST
@signed_in
def room_convert(request: Request, slug: str) -> HttpResponse:
    """Make a private room of the people in a direct one."""
    form = ConvertForm(request.POST)
    if form.is_valid():
        try:
            made = conversion.make_private_room(
                actor=request.user,
                slug=slug,
                name=form.cleaned_data["name"],
                address=lambda room: address.link(request, reverse("room", args=[room.slug])),
            )
        except ChatError as error:
            if isinstance(error, NotFound) or error.code not in INPUT_ERRORS:
                raise
            form.refuse(error)
        else:
            return redirect("room", slug=made.slug)
    standing = lookup.find_room(actor=request.user, slug=slug)
    standing.require_membership()
    return settings_page(request, standing, convert_form=form)


@require_POST
@signed_in
def room_archive(request: Request, slug: str) -> HttpResponse:
    """`archived`: 1, or 0 to unarchive the room."""
    standing = moderated(request, slug)
    archived = words(request, "archived") != "0"
    done = _("The room was archived.") if archived else _("The room was unarchived.")
    with telling(request, done):
        rooms.archive_room(actor=request.user, room=standing.room, archived=archived)
    return redirect("room_settings", slug=slug)


@require_POST
@signed_in
def room_pace(request: Request, slug: str) -> HttpResponse:
    standing = moderated(request, slug)
    form = PaceForm.of(standing.room, request.POST)
    if form.is_valid():
        with form.refusing():
            rooms.set_pace(actor=request.user, room=standing.room, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("room_settings", slug=slug)
    return settings_page(request, standing, pace_form=form)


@require_POST
@signed_in
def room_web(request: Request, slug: str) -> HttpResponse:
    """Open the room to the web, or change whether search engines list it (`indexed`)."""
    standing = lookup.find_concern(actor=request.user, slug=slug)
    indexed = words(request, "indexed") == "yes"
    with telling(request, _("Saved.")):
        web.open_to_web(actor=request.user, room=standing.room, indexed=indexed)
    return redirect("room_settings", slug=slug)


@require_POST
@signed_in
def room_web_close(request: Request, slug: str) -> HttpResponse:
    standing = lookup.find_concern(actor=request.user, slug=slug)
    with telling(request, _("The web can't read this room any more.")):
        web.close_to_web(actor=request.user, room=standing.room)
    return redirect("room_settings", slug=slug)


def moderated(request: Request, slug: str) -> Standing:
    """The standing of someone who may change the room. Raises NotFound or Forbidden."""
    standing = lookup.find_concern(actor=request.user, slug=slug)
    standing.require_moderation()
    return standing


def settings_page(
    request: Request,
    standing: Standing,
    *,
    form: RoomSettingsForm | None = None,
    pace_form: PaceForm | None = None,
    invite_form: InviteForm | None = None,
    convert_form: ConvertForm | None = None,
    invite_url: str = "",
) -> HttpResponse:
    """The settings page. `invite_url` is a new link, which is shown only this once."""
    room, moderates = standing.room, standing.moderates
    matching = words(request, "member")
    members, more = directory.members(
        actor=request.user, slug=room.slug, matching=matching, limit=SETTINGS_MEMBERS
    )
    form = form or RoomSettingsForm(initial={"name": room.name, "topic": room.topic})
    pace_form = pace_form or PaceForm.of(room)
    invite_form = invite_form or InviteForm()
    convert_form = convert_form or ConvertForm()
    bans, mutes = ([*_in_force(kind, room)] if moderates else [] for kind in (Ban, Mute))
    usable = room.invites.usable().select_related("created_by").order_by("-created_at")
    invites = [*usable] if moderates else []
    context = {
        "room": lookup.describe(standing),
        "standing": standing,
        "direct": room.kind == Room.Kind.DIRECT,
        "members": members,
        "more": more is not None,
        "matching": matching,
        "roles": Membership.Role.choices,
        "form": form,
        "pace_form": pace_form,
        "web_form": WebForm(initial={"indexed": "no" if room.web_noindex else "yes"}),
        "web_shown": settings.WEB_ROOMS,
        "invite_form": invite_form,
        "convert_form": convert_form,
        "invite_url": invite_url,
        "invites": invites,
        "counting": counting([invite.pk for invite in invites]),
        "bans": bans,
        "mutes": mutes,
        "liftable": [one for one in (*bans, *mutes) if standing.undoes(one)],
    }
    refused = form.errors or pace_form.errors or invite_form.errors or convert_form.errors
    return render(request, "rooms/settings.html", context, status=422 if refused else 200)


def _in_force(kind: type[Ban | Mute], room: Room) -> Iterable[Sanction]:
    rows = kind.objects.active().filter(room=room).select_related("user", "room", "created_by")
    return rows.order_by("-created_at")
