"""Unmute or unblock a person."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rooms.actions.accounts import ignores
from rooms.views.decorators import Request, signed_in, telling, words


@require_POST
@signed_in
def unignore(request: Request) -> HttpResponse:
    """`username`: the person who is muted or blocked."""
    username = words(request, "username")
    with telling(request, _("You'll see messages from %(name)s again.") % {"name": username}):
        ignores.unignore_person(actor=request.user, username=username)
    return redirect("privacy")
