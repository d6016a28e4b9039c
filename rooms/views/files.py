"""Sending files, by tus 1.0.0 (https://tus.io): core, creation and termination.

By session cookie, with the CSRF token in a header. Nobody but its sender learns that an upload
exists.
"""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, cast

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from rooms.actions.accounts import handshake
from rooms.actions.files import uploads
from rooms.actions.messages import updates
from rooms.errors import ChatError, Invalid
from rooms.files import tus
from rooms.files.storage import Readable
from rooms.models import Upload
from rooms.protocol import codec
from rooms.queries import site
from rooms.serializers.attachments import attachment
from rooms.views.decorators import Request, activate_language
from rooms.views.downloads import until_checked
from rooms.views.later import Later, has_waited

P = ParamSpec("P")
Page = Callable[Concatenate[Request, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

STATUS = {
    "not_found": 404,
    "forbidden": 403,
    "not_member": 403,
    "muted": 403,
    "too_large": 413,
    "conflict": 409,
    "rate_limited": 429,
    "unavailable": 503,
}


def sender(page: Page[P]) -> View[P]:
    """Decorate a page for signed-in senders. Strangers learn only that there is nothing."""

    @never_cache
    @functools.wraps(page)
    def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method == "OPTIONS":
            response: HttpResponseBase = _options()
        elif not request.user.is_authenticated:
            # Bearer tokens of programs belong here.
            response = _stranger(is_file=bool(kwargs))
        else:
            response = _answered(page, cast(Request, request), *args, **kwargs)
        response["Tus-Resumable"] = tus.VERSION
        return response

    return view


def _answered(
    page: Page[P], request: Request, *args: P.args, **kwargs: P.kwargs
) -> HttpResponseBase:
    activate_language(request)
    reason = handshake.site_ban(request.user)
    if reason is not None:
        return refusal("banned", _(reason), 404 if kwargs else 403)
    if request.headers.get("Tus-Resumable", tus.VERSION) != tus.VERSION:
        response = refusal("invalid", _("This site speaks tus 1.0.0."), 412)
        response["Tus-Version"] = tus.VERSION
        return response
    try:
        return page(request, *args, **kwargs)
    except uploads.Busy as error:
        return refusal(error.code, error.detail, 423)
    except ChatError as error:
        response = refusal(error.code, error.detail, STATUS.get(error.code, 400))
        if error.retry_after:
            response["Retry-After"] = str(max(1, round(error.retry_after)))
        return response


def _stranger(*, is_file: bool) -> HttpResponse:
    if is_file:
        return refusal("not_found", _("There is no such file."), 404)
    return refusal("not_signed_in", _("Log in first."), 401)


def refusal(code: str, detail: str, status: int) -> HttpResponse:
    return JsonResponse({"error": {"code": code, "detail": detail}}, status=status)


def _options() -> HttpResponse:
    response = HttpResponse(status=204)
    response["Tus-Version"] = tus.VERSION
    response["Tus-Extension"] = tus.EXTENSIONS
    most = site.current().file_bytes
    if most:
        response["Tus-Max-Size"] = str(most)
    return response


@sender
def files(request: Request) -> HttpResponse:
    """Begin an upload."""
    if request.method != "POST":
        return _not_allowed("OPTIONS, POST")
    if "Upload-Defer-Length" in request.headers:
        raise Invalid(_("The length of a file has to be known before it is sent."))
    upload = uploads.create(
        actor=request.user,
        length=tus.number(request.headers.get("Upload-Length"), "Upload-Length"),
        given=tus.metadata(request.headers.get("Upload-Metadata", "")),
    )
    return HttpResponse(status=201, headers={"Location": f"/files/{upload.pk}"})


@sender
def file(request: Request, upload_id: str) -> HttpResponse:
    """Look how far an upload is, add a part, or take it back."""
    match _method(request):
        case "HEAD":
            return _look(request, upload_id)
        case "PATCH":
            return _append(request, upload_id)
        case "DELETE":
            uploads.remove(actor=request.user, upload_id=upload_id)
            return HttpResponse(status=204)
    uploads.mine(actor=request.user, upload_id=upload_id)
    return _not_allowed("OPTIONS, HEAD, PATCH, DELETE")


def _method(request: Request) -> str:
    """The protocol's way around proxies that know few methods. Not for a GET, which is sent without
    a CSRF token."""
    override = request.headers.get("X-HTTP-Method-Override", "")
    return override.upper() if override and request.method == "POST" else request.method or ""


def _look(request: Request, upload_id: str) -> HttpResponse:
    upload = uploads.look(actor=request.user, upload_id=upload_id)
    said = {
        "filename": upload.name,
        "room": upload.room.slug,
        "alt": upload.alt,
        "kind": upload.kind if upload.kind == Upload.Kind.VOICE else "",
        "duration": "" if upload.duration is None else str(upload.duration),
        "peaks": upload.peaks,
        "poster": upload.poster_id or "",
    }
    packed = tus.packed_metadata({key: value for key, value in said.items() if value})
    return HttpResponse(
        headers={
            "Upload-Offset": str(upload.received),
            "Upload-Length": str(upload.length),
            "Upload-Metadata": packed,
        }
    )


def _append(request: Request, upload_id: str) -> HttpResponse:
    if request.content_type != tus.PART_TYPE:
        uploads.mine(actor=request.user, upload_id=upload_id)
        said = _("A part of a file is sent as %(type)s.") % {"type": tus.PART_TYPE}
        return refusal("invalid", said, 415)
    upload = uploads.append(
        actor=request.user,
        upload_id=upload_id,
        offset=tus.number(request.headers.get("Upload-Offset"), "Upload-Offset"),
        part=cast(Readable, request),
        size=tus.number(request.headers.get("Content-Length"), "Content-Length"),
    )
    return HttpResponse(status=204, headers={"Upload-Offset": str(upload.received)})


class Description(msgspec.Struct):
    """What somebody says of their file; what isn't named stays."""

    alt: str | None = None
    transcript: str | None = None


@sender
def about(request: Request, upload_id: str) -> HttpResponse:
    """What a file turned out to be, and what its sender says of it. Waits for its final sizes; if
    that takes long, says what is known."""
    if request.method == "PUT":
        said = _description(request)
        upload = updates.describe(
            actor=request.user, upload_id=upload_id, alt=said.alt, transcript=said.transcript
        )
        return HttpResponse(codec.encode(attachment(upload)), content_type="application/json")
    if request.method not in {"GET", "HEAD"}:
        return _not_allowed("GET, HEAD, PUT")
    upload = uploads.about(actor=request.user, upload_id=upload_id)
    if upload.state == Upload.State.RECEIVED and not has_waited(request):
        return Later(until_checked(upload_id))
    return HttpResponse(codec.encode(attachment(upload)), content_type="application/json")


def _description(request: Request) -> Description:
    try:
        return msgspec.json.decode(request.body, type=Description)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Invalid(_("That isn't a description of a file.")) from error


def _not_allowed(allowed: str) -> HttpResponse:
    response = refusal("invalid", _("That can't be done here."), 405)
    response["Allow"] = allowed
    return response
