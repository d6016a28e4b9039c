"""Invitations: made and revoked by a room's moderators, followed by everybody else."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from rooms import address
from rooms.actions import memberships
from rooms.adapter import INVITE
from rooms.errors import ChatError, NotFound
from rooms.forms import InviteForm
from rooms.models import Membership
from rooms.views.door import Request, signed_in, telling
from rooms.views.rooms import moderated, settings_page


@require_POST
@signed_in
def invite_create(request: Request, slug: str) -> HttpResponse:
    """Answers with the page itself, not with a redirect: the link exists only in this response."""
    standing = moderated(request, slug)
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            _, token = memberships.create_invite(
                actor=request.user, room=standing.room, **form.cleaned_data
            )
        except ChatError as error:
            form.refuse(error)
        else:
            url = address.link(request, reverse("invite", args=[token]))
            return settings_page(request, standing, invite_url=url)
    return settings_page(request, standing, invite_form=form)


@require_POST
@signed_in
def invite_revoke(request: Request, slug: str, invite_id: int) -> HttpResponse:
    room = moderated(request, slug).room
    invite = get_object_or_404(room.invites.select_related("room"), pk=invite_id)
    with telling(request, _("That link no longer works.")):
        memberships.revoke_invite(actor=request.user, invite=invite)
    return redirect("room_settings", slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invite(request: HttpRequest, token: str) -> HttpResponseBase:
    """Where a link leads: who invites whereto. Looking changes nothing; joining is a POST."""
    if request.user.is_authenticated:
        return _accept(request, token) if request.method == "POST" else _show(request, token)
    try:
        found = memberships.find_invite(token=token)
    except NotFound:
        return _used_up(request)
    request.session[INVITE] = token
    return render(
        request,
        "rooms/invite.html",
        {"invite": found, "may_sign_up": settings.SIGNUP != "closed"},
    )


@signed_in
def _show(request: Request, token: str) -> HttpResponse:
    request.session.pop(INVITE, None)
    try:
        found = memberships.find_invite(token=token)
    except NotFound:
        return _used_up(request)
    room = found.room
    if room is None:
        return redirect("lobby")
    if Membership.objects.filter(room=room, user=request.user).exists():
        return redirect("room", slug=room.slug)
    return render(request, "rooms/invite.html", {"invite": found})


@signed_in
def _accept(request: Request, token: str) -> HttpResponse:
    try:
        room = memberships.accept_invite(actor=request.user, token=token)
    except NotFound:
        return _used_up(request)
    return redirect("room", slug=room.slug) if room else redirect("lobby")


def _used_up(request: HttpRequest) -> HttpResponse:
    return render(request, "rooms/invite.html", {"invite": None}, status=404)
