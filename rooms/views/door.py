"""What every page's door does: let in who is signed in and not banned, and translate refusals."""

import functools
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

from rooms import languages, last_seen
from rooms.actions import accounts
from rooms.errors import ChatError, NotFound, RateLimited
from rooms.models import User

P = ParamSpec("P")


class Request(HttpRequest):
    """A request that has come through a door: somebody is signed in."""

    user: User


Page = Callable[Concatenate[Request, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

STATUS = {"forbidden": 403, "not_member": 403, "rate_limited": 429, "unavailable": 503}


def signed_in(page: Page[P]) -> View[P]:
    """For people. Others go to the log-in page and come back."""

    @never_cache
    @functools.wraps(page)
    def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            # What was posted is gone after logging in, so its address would lead nowhere.
            back = request.get_full_path() if request.method == "GET" else resolve_url("home")
            return redirect_to_login(back, resolve_url("account_login"))
        last_seen.note(request.session.session_key)
        left_over = _speak(request)
        reason = accounts.site_ban(request.user)
        if reason is not None:
            return render(request, "rooms/banned.html", {"reason": _(reason)}, status=403)
        try:
            response = page(cast(Request, request), *args, **kwargs)
        except ChatError as error:
            response = refusal(request, error)
        # Somebody who has just left the site has none.
        chosen = request.user.language if request.user.is_authenticated else ""
        if left_over or (chosen and chosen != languages.cookie_of(request.COOKIES)):
            languages.remember(response, chosen)
        return response

    return view


def signed_in_json(page: Page[P]) -> View[P]:
    """For scripts: refusals are JSON, with the codes of the wire."""

    @never_cache
    @functools.wraps(page)
    def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _json("not_signed_in", _("Log in first."), 401)
        _speak(request)
        reason = accounts.site_ban(request.user)
        if reason is not None:
            return _json("banned", _(reason), 403)
        try:
            return page(cast(Request, request), *args, **kwargs)
        except NotFound as error:
            return _json(error.code, error.detail, 404)
        except ChatError as error:
            return _json(error.code, error.detail, STATUS.get(error.code, 400))

    return view


@contextmanager
def telling(request: HttpRequest, success: str = "") -> Iterator[None]:
    """Say on the next page how it went: `success`, or the refusal."""
    try:
        yield
    except ChatError as error:
        messages.error(request, error.detail)
    else:
        if success:
            messages.success(request, success)


def refusal(request: HttpRequest, error: ChatError) -> HttpResponse:
    """A refusal as a page. What one may not know of looks like what doesn't exist."""
    if isinstance(error, NotFound):
        raise Http404
    status = STATUS.get(error.code, 400)
    response = render(request, f"{status}.html", {"detail": error.detail}, status=status)
    if isinstance(error, RateLimited) and error.retry_after:
        response["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


def words(request: HttpRequest, name: str, *, most: int = 100) -> str:
    """A short text of the query or the form, without what can't be printed."""
    text = request.POST.get(name) or request.GET.get(name) or ""
    return "".join(character for character in text if character.isprintable())[:most].strip()


def number(request: HttpRequest, name: str) -> int | None:
    """A small whole number of the form; None when it is left out."""
    text = words(request, name, most=9)
    return int(text) if text.isascii() and text.isdigit() else None


def _speak(request: HttpRequest) -> bool:
    """The language that they chose for their account, on whatever device; without a choice it is
    the one that the middleware found for this browser, unless that is a choice left over. Whether
    it is: then this browser has to forget it."""
    user = cast(User, request.user)
    if user.language:
        translation.activate(user.language)
    elif languages.is_left_over(request):
        translation.activate(languages.of_browser(request))
        return True
    return False


def _json(code: str, detail: str, status: int) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "detail": detail}}, status=status)
