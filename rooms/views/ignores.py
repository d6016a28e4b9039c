"""Take back that one doesn't want to hear somebody."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rooms.actions import ignores
from rooms.views.door import Request, signed_in, telling, words


@require_POST
@signed_in
def unignore(request: Request) -> HttpResponse:
    """`username` of somebody whom one ignores."""
    username = words(request, "username")
    with telling(request, _("You hear %(name)s again.") % {"name": username}):
        ignores.unignore_person(actor=request.user, username=username)
    return redirect("profile")
