"""Avatars, custom emoji and the logo, the only files of the media folder that are served; and the
site's accent colour."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from rooms import colours
from rooms.files.storage import media

FOR_GOOD = "public, max-age=31536000, immutable"


@require_safe
def avatar(request: HttpRequest, name: str) -> HttpResponse:
    """Serve a person's picture."""
    return _picture(f"avatars/{name}")


@require_safe
def emoji(request: HttpRequest, name: str) -> HttpResponse:
    """Serve a custom emoji, or its first frame."""
    return _picture(f"emoji/{name}")


@require_safe
def logo(request: HttpRequest, name: str) -> HttpResponse:
    """Serve the site's logo."""
    return _picture(f"site/{name}", "image/png")


@require_safe
def accent(request: HttpRequest, colour: str, mark: str) -> HttpResponse:
    """Serve the style sheet of any colour: it is made from the address. Only its current content
    may be kept for good."""
    chosen = f"#{colour}"
    if not colours.HEX.fullmatch(chosen):
        raise Http404
    keeps = FOR_GOOD if mark == colours.digest(chosen) else "no-cache"
    return HttpResponse(
        colours.style_sheet(chosen), content_type="text/css", headers={"Cache-Control": keeps}
    )


def _picture(path: str, kind: str = "image/webp") -> HttpResponse:
    """Serve a picture under its random name, which is never reused. It is small enough to be read
    whole: streaming a file under ASGI takes a thread for each chunk."""
    try:
        content = media().read(path)
    except FileNotFoundError:
        raise Http404 from None
    return HttpResponse(
        content,
        content_type=kind,
        headers={
            "Cache-Control": FOR_GOOD,
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
