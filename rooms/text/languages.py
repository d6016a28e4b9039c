"""The language that somebody reads: the one they chose, or the one that their browser asks for."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.http.cookie import parse_cookie
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

NOTED = "language"  # in the session: the language that a guest had chosen


def of_handshake(headers: Iterable[tuple[bytes, bytes]], fallback: str = "") -> str:
    """The language of the pages in a socket's browser, by the handshake's headers."""
    said = {name: value.decode("latin1") for name, value in headers}
    request = HttpRequest()
    request.COOKIES = parse_cookie(said.get(b"cookie", ""))
    request.META["HTTP_ACCEPT_LANGUAGE"] = said.get(b"accept-language", "")
    return of_request(request, fallback)


def of_request(request: HttpRequest, fallback: str = "") -> str:
    """The language chosen in this browser, or else what it asks for."""
    return cookie_of(request.COOKIES) or of_browser(request, fallback)


def is_offered(language: str) -> bool:
    return language in dict(settings.LANGUAGES)


def cookie_of(cookies: Mapping[str, str]) -> str:
    """The language chosen in this browser; "" if there is none, or it is no longer offered."""
    language = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    return language if is_offered(language) else ""


def note(request: HttpRequest) -> None:
    """Remember at login what a guest had chosen in this browser. It counts in this session as long
    as the account has no choice of its own."""
    language = cookie_of(request.COOKIES)
    if language:
        request.session[NOTED] = language


def is_left_over(request: HttpRequest) -> bool:
    """Whether the choice in this browser was the account's, for an account that has none now: it
    has been withdrawn in another browser."""
    language = cookie_of(request.COOKIES)
    return bool(language) and request.session.get(NOTED) != language


def of_browser(request: HttpRequest, fallback: str = "") -> str:
    """The language that the browser asks for, whatever people have chosen in it. If the site has
    none of those, the `fallback`, which is the site's own."""
    for tag, _weight in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
        with suppress(LookupError):
            return get_supported_language_variant(tag)
    return fallback or settings.LANGUAGE_CODE


def remember(response: HttpResponseBase, language: str) -> None:
    """Store the choice in this browser, for pages that guests see. "": whatever the browser asks
    for."""
    name = settings.LANGUAGE_COOKIE_NAME
    if not language:
        response.delete_cookie(name, samesite="Lax")
        return
    response.set_cookie(
        name,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
