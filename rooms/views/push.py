"""Web Push: the site's key and a browser's subscription, for scripts."""

from typing import Any

import msgspec
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms.actions.notifications import subscriptions, testing
from rooms.errors import Invalid
from rooms.views.decorators import Request, signed_in_json

MOST = 8 * 1024  # bytes of a subscription


class Keys(msgspec.Struct):
    """Of a browser."""

    p256dh: str
    auth: str


class Gone(msgspec.Struct):
    """A browser that isn't told any more."""

    endpoint: str


class Subscription(Gone):
    """What a browser's `PushSubscription.toJSON()` says; it may say more."""

    keys: Keys


@require_safe
@signed_in_json
def key(request: Request) -> HttpResponse:
    """What the browser subscribes with (`applicationServerKey`), and the CSRF token that it sends
    along: a service worker has no page to read it from."""
    return JsonResponse({"key": subscriptions.public_key(), "token": get_token(request)})


@require_http_methods(["POST", "DELETE"])
@signed_in_json
def subscription(request: Request) -> HttpResponse:
    """Begin or end telling this person in this browser."""
    if request.method == "DELETE":
        said = _read(request, Gone)
        subscriptions.unsubscribe(actor=request.user, endpoint=said.endpoint)
        return HttpResponse(status=204)
    told = _read(request, Subscription)
    subscriptions.subscribe(
        actor=request.user,
        session_key=request.session.session_key or "",
        endpoint=told.endpoint,
        p256dh=told.keys.p256dh,
        auth=told.keys.auth,
    )
    return JsonResponse({"endpoint": told.endpoint}, status=201)


@require_POST
@signed_in_json
def test(request: Request) -> HttpResponse:
    """Send a test to this browser. `quiet` says until when nothing else would come, `mail` why no
    mail would."""
    said = _read(request, Gone)
    hops = testing.begin(actor=request.user, endpoint=said.endpoint)
    return JsonResponse(
        {"known": hops.is_known, "quiet": hops.quiet, "mail": hops.mail, "test": hops.mark}
    )


@require_safe
@signed_in_json
def test_outcome(request: Request, mark: str) -> HttpResponse:
    """How the test with this mark went: `outcome` is null until a job has sent it."""
    outcome, status = testing.outcome(mark=mark) or (None, 0)
    return JsonResponse({"outcome": outcome, "status": status})


def _read(request: Request, shape: Any) -> Any:
    """Raises Invalid for a body that isn't of this shape."""
    try:
        return msgspec.json.decode(request.body[:MOST], type=shape)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Invalid(_("That isn't a subscription.")) from error
