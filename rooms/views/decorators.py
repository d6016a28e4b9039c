"""What every view shares: it lets in people who are logged in and not banned, and turns refusals
into responses."""

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from rooms.actions.accounts import handshake
from rooms.errors import ChatError, NotFound, RateLimited
from rooms.jobs import last_seen
from rooms.models import User
from rooms.queries import site
from rooms.text import languages
from rooms.views.trouble import trouble_page

P = ParamSpec("P")


class Request(HttpRequest):
    """A request by someone who is logged in."""

    user: User


Page = Callable[Concatenate[Request, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

MAX_USERNAMES = 2000  # characters
STATUS = {"forbidden": 403, "not_member": 403, "rate_limited": 429, "unavailable": 503}
STATUS_JSON = {**STATUS, "not_found": 404, "conflict": 409}


def signed_in(page: Page[P]) -> View[P]:
    """For pages. Anyone who isn't logged in is sent to the log-in page, and back afterwards."""

    @never_cache
    @functools.wraps(page)
    def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            # A POST can't be repeated after the log-in, so don't come back to its address.
            back = request.get_full_path() if request.method == "GET" else resolve_url("home")
            return redirect_to_login(back, resolve_url("account_login"))
        last_seen.note(request.session.session_key)
        left_over = activate_language(request)
        reason = handshake.site_ban(request.user)
        if reason is not None:
            return render(request, "rooms/banned.html", {"reason": _(reason)}, status=403)
        try:
            response = page(cast(Request, request), *args, **kwargs)
        except ChatError as error:
            response = refusal(request, error)
        # Someone who has just deleted their account is nobody now.
        chosen = request.user.language if request.user.is_authenticated else ""
        if left_over or (chosen and chosen != languages.cookie_of(request.COOKIES)):
            languages.remember(response, chosen)
        return response

    return view


def signed_in_json(page: Page[P]) -> View[P]:
    """For scripts: refusals are JSON with the error codes of the protocol."""

    @never_cache
    @functools.wraps(page)
    def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _json("not_signed_in", _("Log in first."), 401)
        activate_language(request)
        reason = handshake.site_ban(request.user)
        if reason is not None:
            return _json("banned", _(reason), 403)
        try:
            return page(cast(Request, request), *args, **kwargs)
        except ChatError as error:
            return _json(error.code, error.detail, STATUS_JSON.get(error.code, 400))

    return view


@contextmanager
def telling(request: HttpRequest, success: str = "") -> Iterator[None]:
    """Show a message on the next page: `success`, or the refusal."""
    try:
        yield
    except ChatError as error:
        messages.error(request, error.detail)
    else:
        if success:
            messages.success(request, success)


def refusal(request: HttpRequest, error: ChatError) -> HttpResponse:
    """Render a refusal as a page. What the user may not know of looks like what doesn't exist."""
    if isinstance(error, NotFound):
        raise Http404
    status = STATUS.get(error.code, 400)
    wait = 0
    if isinstance(error, RateLimited) and error.retry_after:
        wait = max(1, round(error.retry_after))
    response = trouble_page(request, status, detail=error.detail)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def words(request: HttpRequest, name: str, *, most: int = 100) -> str:
    """Return a short text from the form or the query, without unprintable characters."""
    text = request.POST.get(name) or request.GET.get(name) or ""
    return "".join(character for character in text if character.isprintable())[:most].strip()


def usernames(request: HttpRequest) -> list[str]:
    """Return the usernames in the form's field `people`, which may occur several times, each with
    several names."""
    people = re.split(r"[\s,;]+", " ".join(request.POST.getlist("people"))[:MAX_USERNAMES])
    return [name.removeprefix("@") for name in people if name]


def number(request: HttpRequest, name: str, *, most: int = 9) -> int | None:
    """Return a whole number of at most so many digits from the form or the query, or None if there
    is none."""
    text = words(request, name, most=most)
    return int(text) if text.isascii() and text.isdigit() else None


def activate_language(request: HttpRequest) -> bool:
    """Activate the language of the user's account. If they never chose one, keep the one that the
    middleware found for this browser, unless that stems from a choice that no longer holds; return
    whether it does, so that the browser can be made to forget it."""
    user = cast(User, request.user)
    if user.language:
        translation.activate(user.language)
    elif languages.is_left_over(request):
        translation.activate(languages.of_browser(request, site.known().language))
        return True
    return False


def _json(code: str, detail: str, status: int) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "detail": detail}}, status=status)
