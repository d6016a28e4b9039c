"""Who is signed in: by which cookie, and where Django keeps it, in its own table, read by a
statement by hand."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

from rooms import arriving

KEY = re.compile("[a-z0-9]{32}")  # as Django makes them
MAX_FORMER = 4  # each is looked up


class SessionStore(db.SessionStore):
    """As Django's, which each page begins with."""

    def load(self) -> dict[str, Any]:
        # What there isn't is Django's business: it forgets the key, and may have to log why.
        return arriving.session(str(self.session_key)) or super().load()


class Sessions(SessionMiddleware):
    """As Django's. Whoever is logged in by a cookie of another name, of before the site's address
    or key was changed, stays so and gets one of today's."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            living = (key for key in former_keys(request.COOKIES) if arriving.session(key))
            request.session = self.SessionStore(next(living, None))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        key = request.session.session_key or ""
        name = settings.SESSION_COOKIE_NAME
        is_former = name not in request.COOKIES and key in [*former_keys(request.COOKIES)]
        # The cookie alone: nothing about the session has changed that would have to be written.
        if is_former and request.session.accessed and name not in response.cookies:
            response.set_cookie(
                name,
                key,
                max_age=request.session.get_expiry_age(),
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite=settings.SESSION_COOKIE_SAMESITE,
            )
        return response


def key_in(cookies: Mapping[str, str]) -> str | None:
    """The key of the session that a browser has."""
    own = cookies.get(settings.SESSION_COOKIE_NAME)
    return own or next(former_keys(cookies), None)


def former_keys(cookies: Mapping[str, str]) -> Iterator[str]:
    """Keys by which a browser may be logged in all the same. Those of another site on this host are
    among them, and are none here."""
    pattern = re.compile(re.escape(settings.COOKIE_PREFIX) + r"sessionid(_\w+)?")
    found = (key for name, key in cookies.items() if pattern.fullmatch(name) and KEY.fullmatch(key))
    return islice(found, MAX_FORMER)
