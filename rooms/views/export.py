"""What the site knows of one, to take away."""

from collections.abc import AsyncIterator, Iterator

from allauth.decorators import rate_limit
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from rooms.actions import export as operations
from rooms.db import in_change_thread
from rooms.views.door import Request, signed_in


@require_POST
@signed_in
@rate_limit(action="export")  # type: ignore[untyped-decorator]  # allauth has no types
def export(request: Request) -> HttpResponseBase:
    """A ZIP that is made while it is sent, no faster than it is taken."""
    name = f"{request.user.username}-{timezone.now():%Y-%m-%d}.zip"
    return StreamingHttpResponse(
        _made(operations.export(actor=request.user)),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _made(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    # A page's own thread is given back before; those that read for sockets are never kept waiting.
    take = in_change_thread(lambda: next(pieces, b""))
    while piece := await take():
        yield piece
