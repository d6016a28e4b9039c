"""Unsubscribing by the link in a mail: one click, and nobody has to log in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rooms import letters
from rooms.actions.notifications import missed
from rooms.errors import ChatError, NotFound
from rooms.views.decorators import refusal


@csrf_exempt  # mail programs send it, without a cookie (RFC 8058); the link says who it is for
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, seal: str) -> HttpResponse:
    """A GET only shows a button: programs that look for viruses open every link."""
    try:
        user_id, what = letters.subscriber(seal)
        if request.method == "POST":
            missed.unsubscribe(user_id=user_id, what=what)
    except NotFound as error:
        return render(request, "rooms/unsubscribe.html", {"detail": error.detail}, status=404)
    except ChatError as error:
        return refusal(request, error)
    context = {"what": what, "is_done": request.method == "POST"}
    return render(request, "rooms/unsubscribe.html", context)
