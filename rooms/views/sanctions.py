"""Lifting bans and mutes in a room."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rooms import ratelimit
from rooms.actions.moderation import sanctions
from rooms.models import Ban, Mute
from rooms.views.decorators import Request, signed_in, telling
from rooms.views.rooms import moderated


@require_POST
@signed_in
def ban_lift(request: Request, slug: str, ban_id: int) -> HttpResponse:
    ratelimit.consume("sanction", request.user.pk)
    room = moderated(request, slug).room
    bans = Ban.objects.active().filter(room=room, pk=ban_id).select_related("user", "room")
    with telling(request, _("The ban was lifted.")):
        sanctions.lift_bans(actor=request.user, bans=bans)
    return redirect("room_settings", slug=slug)


@require_POST
@signed_in
def mute_lift(request: Request, slug: str, mute_id: int) -> HttpResponse:
    ratelimit.consume("sanction", request.user.pk)
    room = moderated(request, slug).room
    mutes = Mute.objects.active().filter(room=room, pk=mute_id).select_related("user", "room")
    with telling(request, _("The mute was lifted.")):
        sanctions.lift_mutes(actor=request.user, mutes=mutes)
    return redirect("room_settings", slug=slug)
