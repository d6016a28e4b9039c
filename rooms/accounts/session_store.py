"""Sessions: Django's table, read with a hand-written statement, and the names of their cookies."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

from rooms.queries import visitor

KEY = re.compile("[a-z0-9]{32}")  # the format of Django's keys
MAX_FORMER = 4  # each costs a query


class SessionStore(db.SessionStore):
    """Django's store with a faster read, which every page begins with."""

    def load(self) -> dict[str, Any]:
        # If there is none, let Django handle it: it forgets the key, and may log why.
        session = visitor.session(str(self.session_key)) or super().load()
        # A session names the backend that logged the person in, and Django ends it if there is none
        # of that name. There is only one here, and a release may move it.
        if BACKEND_SESSION_KEY in session:
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        return session


class Sessions(SessionMiddleware):
    """Django's middleware, but a browser whose session cookie has a former name, from before the
    site's address or key changed, stays logged in and gets a cookie of the current name."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            living = (key for key in former_keys(request.COOKIES) if visitor.session(key))
            request.session = self.SessionStore(next(living, None))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        key = request.session.session_key or ""
        name = settings.SESSION_COOKIE_NAME
        is_former = name not in request.COOKIES and key in [*former_keys(request.COOKIES)]
        # Only the cookie: nothing in the session has changed that would have to be saved.
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
    """The browser's session key."""
    own = cookies.get(settings.SESSION_COOKIE_NAME)
    return own or next(former_keys(cookies), None)


def former_keys(cookies: Mapping[str, str]) -> Iterator[str]:
    """Session keys in cookies of former names. Cookies of other sites on this host match, too, but
    their keys aren't in our table."""
    pattern = re.compile(re.escape(settings.COOKIE_PREFIX) + r"sessionid(_\w+)?")
    found = (key for name, key in cookies.items() if pattern.fullmatch(name) and KEY.fullmatch(key))
    return islice(found, MAX_FORMER)
