"""Which language somebody reads: what they chose, or what their browser asks for."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.http.cookie import parse_cookie
from django.utils import translation


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
