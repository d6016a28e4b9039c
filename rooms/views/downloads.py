"""Downloading files. Whether somebody may read the message is asked each time, for each part.

From a bucket, too, the bytes go through this server: an address of the bucket that answers without
asking would go on answering after the message is deleted or its reader removed, it would be another
host for the page's policy, and the bucket would have to be open to everyone's browser.
"""

import functools
from collections.abc import Awaitable, Callable
from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from rooms.actions.accounts import handshake
from rooms.actions.files import reading
from rooms.errors import NotFound, RateLimited, Unavailable
from rooms.files import ranges
from rooms.files.ranges import Span
from rooms.files.storage import KIB, content_key, storage, thumbnail_key
from rooms.models import Upload
from rooms.storage.threads import in_db_thread
from rooms.views.decorators import Request
from rooms.views.later import Later, has_waited, watch
from rooms.views.pieces import Pieces

# What browsers may show by themselves. Everything else is saved.
SHOWN = (
    Upload.Kind.IMAGE,
    Upload.Kind.VIDEO,
    Upload.Kind.AUDIO,
    Upload.Kind.VOICE,
)
THUMBNAIL_TYPE = "image/webp"
WAIT_SECONDS = 10.0  # for a file that is still being checked
LOOK_SECONDS = 0.2
SMALL = 64 * KIB  # bytes that are sent at once, such as most thumbnails

Answer = Callable[[Request, Upload], HttpResponseBase]


def _reader(answer: Answer) -> Callable[..., HttpResponseBase]:
    """Decorate a page for people who may read the file. Everyone else gets a 404."""

    @require_safe
    @functools.wraps(answer)
    def view(request: HttpRequest, upload_id: str, name: str = "") -> HttpResponseBase:
        if not request.user.is_authenticated or handshake.site_ban(request.user) is not None:
            raise Http404
        try:
            upload = reading.readable(actor=request.user, upload_id=upload_id)
        except NotFound:
            raise Http404 from None
        except RateLimited as error:
            wait = str(max(1, round(error.retry_after or 1)))
            return HttpResponse(status=429, headers={"Retry-After": wait})
        if upload.state == Upload.State.RECEIVED and not has_waited(request):
            return Later(until_checked(upload_id))
        if upload.state == Upload.State.RECEIVED:
            return HttpResponse(status=503, headers={"Retry-After": "5"})
        if upload.state != Upload.State.READY:
            raise Http404
        return answer(cast(Request, request), upload)

    return view


def until_checked(upload_id: str) -> Callable[[], Awaitable[None]]:
    """What to wait for while a file is being checked."""

    async def is_over() -> bool:
        try:
            return await in_db_thread(reading.state_of)(upload_id) != Upload.State.RECEIVED
        except Unavailable:
            return False

    return lambda: watch(upload_id, is_over, seconds=WAIT_SECONDS, pause=LOOK_SECONDS)


@_reader
def content(request: Request, upload: Upload) -> HttpResponseBase:
    """The file, or the part of it that was asked for."""
    is_shown = upload.kind in SHOWN and "download" not in request.GET
    disposition = content_disposition_header(not is_shown, upload.name)
    return _served(
        request,
        content_key(upload.pk),
        size=upload.size,
        kind=upload.type if upload.kind in SHOWN else "application/octet-stream",
        headers={"ETag": f'"{upload.pk}"', "Content-Disposition": disposition or "attachment"},
    )


@_reader
def thumbnail(request: Request, upload: Upload) -> HttpResponseBase:
    """A small still picture of it."""
    if not upload.has_thumbnail:
        raise Http404
    headers = {"ETag": f'"{upload.pk}-thumbnail"', "Content-Disposition": "inline"}
    key = thumbnail_key(upload.pk)
    return _served(request, key, size=None, kind=THUMBNAIL_TYPE, headers=headers)


def _served(
    request: Request, key: str, *, size: int | None, kind: str, headers: dict[str, str]
) -> HttpResponseBase:
    """Answer with what is stored under a key. The store is asked for a `size` of None."""
    etag = headers["ETag"]
    said = {
        **headers,
        # What is under an address never changes, but who may read it does: ask each time.
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
    }
    if settings.FILES_ACCEL:
        del said["Accept-Ranges"]  # the proxy sends its own
        said["X-Accel-Redirect"] = f"{settings.FILES_ACCEL}{key}"
        return HttpResponse(content_type=kind, headers=said)
    if ranges.names(request.headers.get("If-None-Match", ""), etag):
        return HttpResponse(status=304, headers=said)
    store = storage()
    try:
        size = store.size(key) if size is None else size
        span = _span(request, etag, size)
    except ranges.Unsatisfiable:
        return HttpResponse(status=416, headers={**said, "Content-Range": f"bytes */{size}"})
    except FileNotFoundError:
        raise Http404 from None
    status = 200
    if span is not None:
        status, said["Content-Range"] = 206, f"bytes {span.start}-{span.end - 1}/{size}"
    span = span or Span(0, size)
    said["Content-Length"] = str(span.length)
    if request.method == "HEAD" or not span.length:
        return HttpResponse(status=status, content_type=kind, headers=said)
    try:
        if span.length > SMALL:
            source = store.source(key, span.start)
            return Pieces(source, span, status=status, content_type=kind, headers=said)
        small = store.read_range(key, span.start, span.length)
    except FileNotFoundError:
        raise Http404 from None
    if len(small) < span.length:
        raise OSError(f"{key} is shorter than it was")
    return HttpResponse(small, status=status, content_type=kind, headers=said)


def _span(request: Request, etag: str, size: int) -> Span | None:
    """The part that was asked for; None for all of it, also if it was asked for of another file."""
    only_if = request.headers.get("If-Range", "").strip()
    if "Range" not in request.headers or (only_if and only_if != etag):
        return None
    return ranges.wanted(request.headers["Range"], size)
