"""Which language somebody reads: what they chose, or what their browser asks for."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.http.cookie import parse_cookie
from django.utils import translation

NOTED = "language"  # in the session: what a guest had chosen


def of_handshake(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The language that the pages have in the browser of a socket, by its headers."""
    said = {name: value.decode("latin1") for name, value in headers}
    request = HttpRequest()
    request.COOKIES = parse_cookie(said.get(b"cookie", ""))
    request.META["HTTP_ACCEPT_LANGUAGE"] = said.get(b"accept-language", "")
    return translation.get_language_from_request(request)


def is_offered(language: str) -> bool:
    return language in dict(settings.LANGUAGES)


def cookie_of(cookies: Mapping[str, str]) -> str:
    """What was chosen in this browser; nothing when it wasn't, or is offered no longer."""
    language = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    return language if is_offered(language) else ""


def note(request: HttpRequest) -> None:
    """Somebody logs in: what is chosen in this browser by now was chosen by a guest, and holds
    for this session as long as the account has no choice of its own."""
    language = cookie_of(request.COOKIES)
    if language:
        request.session[NOTED] = language


def is_left_over(request: HttpRequest) -> bool:
    """Whether the choice in this browser was the account's, which has been taken back elsewhere,
    if it has no other one."""
    language = cookie_of(request.COOKIES)
    return bool(language) and request.session.get(NOTED) != language


def of_browser(request: HttpRequest) -> str:
    """The language that the browser asks for, whatever was chosen in it."""
    asked = HttpRequest()
    asked.META["HTTP_ACCEPT_LANGUAGE"] = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
    return translation.get_language_from_request(asked)


def remember(response: HttpResponseBase, language: str) -> None:
    """Keep the choice in this browser, where the pages of nobody in particular find it; nothing:
    whatever the browser asks for."""
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
