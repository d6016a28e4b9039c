"""The page that says what went wrong: in the chat's own frame for somebody who is logged in, and
where that can't be drawn, a plain one."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from rooms.actions.accounts import handshake
from rooms.errors import ChatError
from rooms.views.bootstrap import shell


def trouble_page(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    """Render `<status>.html`. Its context may have a `detail` to say instead of the usual."""
    frame = _frame(request) if status != 503 else {}
    shown = {**context, **frame, "back": _way_back(request), "is_again": request.method == "GET"}
    return render(request, f"{status}.html", shown, status=status)


def _frame(request: HttpRequest) -> dict[str, Any]:
    """What the frame needs; nothing for a visitor, nor for a picture or script that is missing."""
    if "text/html" not in request.headers.get("Accept", "") or request.path.startswith("/admin/"):
        return {}
    try:
        user = getattr(request, "user", None)  # none, if it failed before the middleware found one
        if user is None or not user.is_authenticated or handshake.site_ban(user) is not None:
            return {}
        context = shell(request)
    except (ChatError, DatabaseError):
        return {}
    if user.language:
        translation.activate(user.language)
    return {**context, "frame": "rooms/_app.html", "room": None}


def _way_back(request: HttpRequest) -> str:
    """The page of this site that led here, for browsers whose own button would send a form again;
    "" if there is none."""
    try:
        url = urlsplit(request.headers.get("Referer", ""))
        is_here = url.netloc == request.get_host()
    except (ValueError, DisallowedHost):  # the host may be what the page is about
        return ""
    path = url._replace(scheme="", netloc="").geturl()
    return path if is_here and path != request.get_full_path() else ""
