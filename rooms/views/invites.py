"""Invitations: created and revoked by a room's moderators, accepted by anyone with the link."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from rooms import address
from rooms.accounts.adapter import INVITE
from rooms.actions.rooms import invites
from rooms.errors import NotFound
from rooms.forms.rooms import InviteForm
from rooms.models import Membership
from rooms.queries import site
from rooms.views.decorators import Request, signed_in, telling
from rooms.views.rooms import moderated, settings_page


@require_POST
@signed_in
def invite_create(request: Request, slug: str) -> HttpResponse:
    """Render the page instead of redirecting: the link exists only in this response."""
    standing = moderated(request, slug)
    form = InviteForm(request.POST)
    if form.is_valid():
        with form.refusing():
            _, token = invites.create_invite(
                actor=request.user, room=standing.room, **form.cleaned_data
            )
            url = address.link(request, reverse("invite", args=[token]))
            return settings_page(request, standing, invite_url=url)
    return settings_page(request, standing, invite_form=form)


@require_POST
@signed_in
def invite_revoke(request: Request, slug: str, invite_id: int) -> HttpResponse:
    room = moderated(request, slug).room
    invite = get_object_or_404(room.invites.select_related("room"), pk=invite_id)
    with telling(request, _("That link no longer works.")):
        invites.revoke_invite(actor=request.user, invite=invite)
    return redirect("room_settings", slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invite(request: HttpRequest, token: str) -> HttpResponseBase:
    """The page of an invitation link: who invites to what. GET changes nothing; POST joins."""
    if request.user.is_authenticated:
        return _accept(request, token) if request.method == "POST" else _show(request, token)
    try:
        found = invites.find_invite(token=token)
    except NotFound:
        return _used_up(request)
    request.session[INVITE] = token
    return render(
        request,
        "rooms/invite.html",
        {"invite": found, "may_sign_up": site.current().signup != "closed"},
    )


@signed_in
def _show(request: Request, token: str) -> HttpResponse:
    request.session.pop(INVITE, None)
    try:
        found = invites.find_invite(token=token)
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
        room = invites.accept_invite(actor=request.user, token=token)
    except NotFound:
        return _used_up(request)
    return redirect("room", slug=room.slug) if room else redirect("lobby")


def _used_up(request: HttpRequest) -> HttpResponse:
    return render(request, "rooms/invite.html", {"invite": None}, status=404)
