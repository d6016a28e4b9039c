"""A download of everything the site stores about the user."""

from collections.abc import AsyncIterator, Iterator

from allauth.decorators import rate_limit
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from rooms.actions.accounts import export as operations
from rooms.storage.threads import in_change_thread
from rooms.views.decorators import Request, signed_in


@require_POST
@signed_in
@rate_limit(action="export")  # type: ignore[untyped-decorator]  # allauth has no types
def export(request: Request) -> HttpResponseBase:
    """Stream a ZIP file, which is built only as fast as the client reads it."""
    name = f"{request.user.username}-{timezone.now():%Y-%m-%d}.zip"
    return StreamingHttpResponse(
        _made(operations.export(actor=request.user)),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _made(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    # The view's own thread is free by now; the threads that read for sockets are never used.
    take = in_change_thread(lambda: next(pieces, b""))
    while piece := await take():
        yield piece
