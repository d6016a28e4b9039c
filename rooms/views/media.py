"""Avatars. Nothing else of the media folder is served."""

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def avatar(request: HttpRequest, name: str) -> HttpResponse:
    """A picture under its random name, which no other picture will ever have. Small, so it is
    read whole: an ASGI server can't stream a file without a thread per chunk."""
    try:
        with default_storage.open(f"avatars/{name}") as file:
            content = file.read()
    except FileNotFoundError:
        raise Http404 from None
    return HttpResponse(
        content,
        content_type="image/webp",
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
