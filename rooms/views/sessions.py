"""The list of active sessions, and logging them out."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from rooms.accounts import user_agents
from rooms.actions.accounts import sessions
from rooms.views.decorators import Request, signed_in, telling
from rooms.views.settings import in_settings, settings_page


@require_http_methods(["GET", "HEAD"])
@in_settings
def session_list(request: Request) -> HttpResponseBase:
    here = request.session.session_key
    rows = sessions.sessions_of(request.user)
    if here not in {row.session_key for row in rows}:
        # A session from before this page existed isn't in the table yet.
        UserSession.objects.create_from_request(request)
        rows = sessions.sessions_of(request.user)
    shown = [
        {"row": row, "here": row.session_key == here, "name": _name(row.user_agent)} for row in rows
    ]
    shown.sort(key=lambda one: not one["here"])
    return settings_page(request, "account/sessions.html", {"sessions": shown})


@require_POST
@signed_in
def session_revoke(request: Request, session_id: int) -> HttpResponse:
    with telling(request, _("That session was logged out.")):
        sessions.revoke(actor=request.user, session_id=session_id)
    return redirect("sessions")


@require_POST
@signed_in
def session_revoke_others(request: Request) -> HttpResponse:
    count = sessions.revoke_others(actor=request.user, session_key=request.session.session_key)
    words = ngettext(
        "%(count)d other session was logged out.",
        "%(count)d other sessions were logged out.",
        count,
    )
    messages.success(request, words % {"count": count})
    return redirect("sessions")


def _name(user_agent: str) -> str:
    browser, system = user_agents.names(user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown browser")
