"""The pictures of link previews."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from rooms.actions.accounts import handshake
from rooms.actions.messages import previews

# Its content never changes. Kept by the reader's browser alone: a shared cache would serve anyone.
FOR_GOOD = "private, max-age=31536000, immutable"


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """Serve one to anybody who is logged in, whichever message shows it: it is public elsewhere,
    and its name can't be guessed, so it tells nobody which links were posted here. Asking who may
    read the message would cost each picture a look-up."""
    if not request.user.is_authenticated or handshake.site_ban(request.user) is not None:
        raise Http404
    try:
        content = previews.picture(name)
    except FileNotFoundError:
        raise Http404 from None
    return HttpResponse(
        content,
        content_type="image/webp",
        headers={
            "Cache-Control": FOR_GOOD,
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
